"""The WhatsApp Cloud API's stand-in: takes approved templates, and tells by webhook what became of them."""

import base64
import functools
import hmac
import random
import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from server.twins import base, http
from server.twins.whatsapp import templates, webhooks

Word = base.Word

_chance = random.Random()  # ids are no secrets, and the system's source of chance is dear

REF_LIMIT = 512
_PATH = re.compile(r"/v\d{1,3}\.\d/(\d+)(?:/([a-z_]+))?")
_PHONE = re.compile(r"\+?([1-9]\d{6,14})")
#: Types the API knows, which reach nobody outside an open conversation.
_FREE_FORM = frozenset(
    {"text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive"}
)

_NO_TOKEN = templates.Refusal(
    code=190, message="Invalid OAuth access token - Cannot parse access token", status=401
)
#: What a word makes the API refuse at once, always.
_REFUSED = {
    Word.DEAD: templates.Refusal(
        code=131026, message="Message undeliverable", details="Receiver is not on WhatsApp."
    ),
    Word.BLOCKED: templates.Refusal(
        code=131050,
        message="User stopped marketing messages",
        details="The user asked for no more marketing.",
    ),
    Word.REFUSED: templates.Refusal(
        code=132007,
        message="Template format character policy violated",
        details="The content breaks a policy.",
    ),
}
#: And what only at the first attempt.
_AT_FIRST = {
    Word.THROTTLED: templates.Refusal(
        code=131056, message="(Business Account, Consumer Account) pair rate limit hit", status=429
    ),
    Word.DOWN: templates.Refusal(code=131016, message="Service unavailable", status=503),
}
#: How far a message gets: each status with the delay it comes after. A tapped link is never told of.
_READ = (("sent", 0), ("delivered", 1), ("read", 2))
_JOURNEYS: dict[Word, tuple[tuple[str, int], ...]] = {
    Word.SEEN: _READ,
    Word.CLICKED: _READ,
    Word.REPLIED: _READ,
    Word.DOUBLED: (("sent", 0), ("sent", 1), ("delivered", 1), ("delivered", 2), ("read", 2), ("read", 3)),
    Word.SHUFFLED: (("read", 0), ("delivered", 1), ("sent", 2)),
    Word.BOUNCED: (("sent", 0), ("failed", 1)),
    Word.UNREACHABLE: (("sent", 0),),  # when it expires, nothing is told
    Word.SILENT: (),
}
_DELIVERED = (("sent", 0), ("delivered", 1))
_UNDELIVERABLE = {
    "code": 131026,
    "title": "Message undeliverable",
    "message": "Message undeliverable",
    "error_data": {"details": "Message Undeliverable."},
    "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
}
_JSON = {"content-type": "application/json; charset=UTF-8"}


class Cloud(http.HttpTwin):
    """One business account with one number and a few approved templates."""

    key: ClassVar[str] = "whatsapp/cloud"
    channel: ClassVar[str] = "whatsapp"
    title: ClassVar[str] = "WhatsApp Cloud API"

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        self._bearer = f"Bearer {self.credentials['token']}".encode()
        self._news = webhooks.Gatherer(yard, self.key, credentials=self.credentials)

    @classmethod
    def invent(cls) -> dict[str, str]:
        return {
            "phone_number_id": _digits(15),
            "waba_id": _digits(15),
            "display_phone_number": "+14155550199",
            "verified_name": "Northwind Running",
            "token": "EAA" + secrets.token_urlsafe(96).replace("-", "x").replace("_", "y"),
            "app_secret": secrets.token_hex(16),
            "verify_token": secrets.token_urlsafe(18),
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        settings: dict[str, str | int | bool] = {
            "endpoint": "twin",
            "phone_number_id": credentials["phone_number_id"],
            "waba_id": credentials["waba_id"],
        }
        return settings, {name: credentials[name] for name in ("token", "app_secret", "verify_token")}

    @property
    def waiting(self) -> int:
        return self._news.waiting

    def answer(self, request: base.Request) -> base.Response:
        """Answer one Graph call."""
        try:
            return self._route(request)
        except templates.Refused as problem:
            return _refused(problem.refusal)

    def _route(self, request: base.Request) -> base.Response:
        bearer = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(bearer, self._bearer):
            raise templates.Refused(_NO_TOKEN)
        found = _PATH.fullmatch(request.path)
        thing, edge = (found[1], found[2]) if found else ("", None)
        ours = {"number": self.credentials["phone_number_id"], "waba": self.credentials["waba_id"]}
        if request.method == "POST" and thing == ours["number"] and edge == "messages":
            return self._message(request)
        if request.method == "GET" and thing == ours["number"] and edge is None:
            return _json(self._number())
        if request.method == "GET" and thing == ours["waba"] and edge == "message_templates":
            rows = [template.listed() for template in templates.APPROVED]
            return _json({"data": rows, "paging": {"cursors": {"before": "MAZDZD", "after": "MjQZD"}}})
        message = f"Unsupported {request.method.lower()} request. Object with ID '{thing}' does not exist"
        raise templates.Refused(templates.Refusal(code=100, subcode=33, message=message))

    def _number(self) -> dict[str, str]:
        return {
            "id": self.credentials["phone_number_id"],
            "verified_name": self.credentials["verified_name"],
            "display_phone_number": self.credentials["display_phone_number"],
            "quality_rating": "GREEN",
        }

    def _message(self, request: base.Request) -> base.Response:
        message = _read(request.body)
        to, ref, template = _recipient(message), _reference(message), _template(message)
        keep = functools.partial(self._keep, request, to, ref)
        try:
            filled = templates.fill(template)
        except templates.Refused as problem:
            keep(str(problem.refusal.code))
            raise
        fate = self.yard.population.fate(self.channel, to)
        refusal = _REFUSED.get(fate.word)
        if fate.word in _AT_FIRST and not self.yard.inbox.attempts(self.channel, to):
            refusal = _AT_FIRST[fate.word]
        if refusal is not None:
            keep(fate.word, filled)
            raise templates.Refused(refusal)
        wamid, wa_id = _wamid(), to.removeprefix("+")
        keep(fate.word, filled, wamid)
        self._tell(fate, wamid, wa_id, ref, filled.template.category.lower())
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": message["to"], "wa_id": wa_id}],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }
        return base.Response(
            status=200,
            body=msgspec.json.encode(answer),
            headers=_JSON,
            after_s=2.0 if fate.word is Word.SLOW else 0.0,
            cut=fate.word is Word.CUT,
        )

    def _keep(
        self,
        request: base.Request,
        to: str,
        ref: str,
        outcome: str,
        filled: templates.Filled | None = None,
        wamid: str = "",
    ) -> None:
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel=self.channel,
                to=to,
                ref=ref,
                provider_ref=wamid,
                outcome=outcome,
                title=self.credentials["verified_name"],
                text=filled.body if filled else "",
                image=filled.image if filled else "",
                wire={"method": request.method, "path": request.path},
                body=request.body.decode(errors="replace"),
                shown=_shown(filled) if filled else {},
                taken=bool(wamid),
            )
        )

    def _tell(self, fate: base.Fate, wamid: str, wa_id: str, ref: str, category: str) -> None:
        """Let the news of a message's journey come, each in its time."""
        pricing = {"billable": True, "pricing_model": "PMP", "category": category, "type": "regular"}
        for status, delay in _JOURNEYS.get(fate.word, _DELIVERED):
            one: dict[str, Any] = {"id": wamid, "status": status, "recipient_id": wa_id, "pricing": pricing}
            if ref:
                one["biz_opaque_callback_data"] = ref
            if status == "failed":
                one["errors"] = [_UNDELIVERABLE]
            self._news.tell(fate.delays_s[delay], "statuses", one)
        if fate.word is Word.REPLIED:
            reply = {
                "from": wa_id,
                "id": _wamid(),
                "context": {"from": self.credentials["phone_number_id"], "id": wamid},
                "type": "text",
                "text": {"body": "Thanks, I’ll have a look."},
            }
            self._news.tell(fate.delays_s[3], "messages", reply)
        elif fate.word is Word.UNSUBSCRIBED:
            wish = {
                "wa_id": wa_id,
                "detail": "User requested to stop marketing messages",
                "category": "marketing_messages",
                "value": "stop",
            }
            self._news.tell(fate.delays_s[2], "user_preferences", wish)


def _read(body: bytes) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        message = None
    if not isinstance(message, dict) or message.get("messaging_product") != "whatsapp":
        raise templates.refused(100, "The parameter messaging_product is required")
    return message


def _recipient(message: Mapping[str, Any]) -> str:
    to = message.get("to")
    found = _PHONE.fullmatch(to) if isinstance(to, str) else None
    if found is None:
        raise templates.refused(131009, "to must be a phone number")
    return f"+{found[1]}"


def _reference(message: Mapping[str, Any]) -> str:
    ref = message.get("biz_opaque_callback_data", "")
    if not isinstance(ref, str) or len(ref) > REF_LIMIT:
        raise templates.refused(100, f"biz_opaque_callback_data has at most {REF_LIMIT} characters")
    return ref


def _template(message: Mapping[str, Any]) -> dict[str, Any]:
    kind, template = message.get("type", "text"), message.get("template")
    if kind in _FREE_FORM:
        raise templates.refused(131047, "More than 24 hours have passed since the customer last replied")
    if kind != "template":
        raise templates.refused(131051, f"Message type {kind} is not supported")
    if not isinstance(template, dict):
        raise templates.refused(131008, "template is required")
    return template


def _shown(filled: templates.Filled) -> dict[str, object]:
    """The message as a phone shows it."""
    return {
        "image": filled.image,
        "body": filled.body,
        "footer": filled.template.footer,
        "buttons": [
            {"kind": button.kind, "text": button.text, "url": filled.links.get(index, button.url)}
            for index, button in enumerate(filled.template.buttons)
        ],
    }


def _refused(refusal: templates.Refusal) -> base.Response:
    error: dict[str, Any] = {
        "message": refusal.message,
        "type": "OAuthException",
        "code": refusal.code,
        "fbtrace_id": _chance.randbytes(8).hex(),
    }
    if refusal.subcode:
        error["error_subcode"] = refusal.subcode
    if refusal.details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": refusal.details}
    wait = {"retry-after": "1"} if refusal.status == 429 else {}
    body = msgspec.json.encode({"error": error})
    return base.Response(status=refusal.status, body=body, headers={**_JSON, **wait})


def _json(value: object) -> base.Response:
    return base.Response(status=200, body=msgspec.json.encode(value), headers=_JSON)


def _wamid() -> str:
    return "wamid." + base64.b64encode(_chance.randbytes(27)).decode()


def _digits(count: int) -> str:
    return str(secrets.randbelow(9 * 10 ** (count - 1)) + 10 ** (count - 1))
