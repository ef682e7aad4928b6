"""Google RCS for Business' stand-in: one agent, tokens for its service account, phones that show and tap."""

import enum
import random
import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib import parse

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.twins import base, http
from server.twins.rcs import messages, tokens, webhooks

Word = base.Word

_chance = random.Random()  # ids are no secrets, and the system's source of chance is dear

REMEMBERED = (
    20_000  #: message ids at hand; older ones are looked up in the inbox, and can be called back no more
)
_MESSAGES = re.compile(r"/v1/phones/(\+[1-9]\d{6,14})/agentMessages(?:/([^/]{1,200}))?")
_CAPABILITIES = re.compile(r"/v1/phones/(\+[1-9]\d{6,14})/capabilities")
_ID = re.compile(r"[A-Za-z0-9_.:~-]{1,128}")
_JSON = {"content-type": "application/json; charset=UTF-8"}
_FEATURES = (
    "RICHCARD_STANDALONE",
    "RICHCARD_CAROUSEL",
    "ACTION_CREATE_CALENDAR_EVENT",
    "ACTION_DIAL",
    "ACTION_OPEN_URL",
    "ACTION_SHARE_LOCATION",
    "ACTION_VIEW_LOCATION",
    "REVOCATION",
)
_REFUSED = {
    Word.DEAD: (404, "NOT_FOUND", "Requested entity was not found."),
    Word.REFUSED: (400, "INVALID_ARGUMENT", "The message uses a feature that the device does not have."),
}
_AT_FIRST = {
    Word.THROTTLED: (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Agent messages'."),
    Word.DOWN: (503, "UNAVAILABLE", "The service is currently unavailable."),
}
#: How far a message gets: each event with the delay it comes after.
_READ = (("DELIVERED", 1), ("READ", 2))
_LOST = (("TTL_EXPIRATION_REVOKED", 3),)
_JOURNEYS: dict[Word, tuple[tuple[str, int], ...]] = {
    Word.SEEN: _READ,
    Word.CLICKED: _READ,
    Word.REPLIED: _READ,
    Word.DOUBLED: (("DELIVERED", 1), ("DELIVERED", 1), ("READ", 2), ("READ", 2)),
    Word.SHUFFLED: (("READ", 1), ("DELIVERED", 2)),
    Word.BOUNCED: _LOST,
    Word.UNREACHABLE: _LOST,
    Word.SILENT: (),
}
_DELIVERED = (("DELIVERED", 1),)


class State(enum.Enum):
    """Where a taken message is."""

    STORED = enum.auto()  #: the person's phone has not been told of it
    SETTLED = enum.auto()  #: on the phone, or given up: nothing can call it back
    REVOKED = enum.auto()


class Refused(Exception):
    """Ends a call with an error by Google's common model."""

    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.word = word
        self.message = message


class Rbm(http.HttpTwin):
    """One launched agent."""

    key: ClassVar[str] = "rcs/rbm"
    channel: ClassVar[str] = "rcs"
    title: ClassVar[str] = "Google RCS for Business"

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        self.mint = tokens.Mint(self.credentials)
        self._news = webhooks.Publisher(yard, self.key, credentials=self.credentials)
        self._taken: dict[str, State] = {}  #: by message id
        self._forgot = False  #: whether there are older ones
        self._agent = self.credentials["agent_id"]

    @classmethod
    def invent(cls) -> dict[str, str]:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "agent_id": f"northwind_{secrets.token_hex(4)}_agent",
            "client_token": secrets.token_urlsafe(24),
            "client_email": "sender@northwind-twin.iam.gserviceaccount.com",
            "private_key_id": secrets.token_hex(20),
            "private_key": pem.decode(),
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        key_file = {
            "type": "service_account",
            "project_id": "northwind-twin",
            "private_key_id": credentials["private_key_id"],
            "private_key": credentials["private_key"],
            "client_email": credentials["client_email"],
            "token_uri": "/token",  # beneath whatever address the twin listens at
        }
        settings: dict[str, str | int | bool] = {"endpoint": "twin", "agent_id": credentials["agent_id"]}
        secret = {
            "service_account": msgspec.json.encode(key_file).decode(),
            "client_token": credentials["client_token"],
        }
        return settings, secret

    @property
    def waiting(self) -> int:
        return self._news.waiting

    def answer(self, request: base.Request) -> base.Response:
        """Answer one call: for a token, or of the API."""
        if request.path == "/token" and request.method == "POST":
            return self._token(request)
        try:
            return self._route(request)
        except Refused as problem:
            return _refused(problem)

    def _token(self, request: base.Request) -> base.Response:
        try:
            granted = self.mint.grant(request.body, audience=request.url, now=self.yard.clock())
        except tokens.Denied as denied:
            return _json({"error": denied.word, "error_description": denied.sentence}, status=400)
        return _json(granted)

    def _route(self, request: base.Request) -> base.Response:
        if not self.mint.good(request.headers.get("authorization", ""), self.yard.clock()):
            raise Refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        query = dict(parse.parse_qsl(request.query, keep_blank_values=True))
        if request.path == "/v1/users:batchGet" and request.method == "POST":
            return self._reachable(_read(request.body))
        if query.get("agentId") != self._agent:
            raise Refused(403, "PERMISSION_DENIED", "The caller does not have permission for this agent.")
        found = _MESSAGES.fullmatch(request.path)
        if found and request.method == "POST" and found[2] is None:
            return self._message(request, found[1], query.get("messageId", ""))
        if found and request.method == "DELETE" and found[2] is not None:
            return self._revoke(found[2])
        found = _CAPABILITIES.fullmatch(request.path)
        if found and request.method == "GET" and query.get("requestId"):
            return self._capabilities(found[1])
        raise Refused(404, "NOT_FOUND", "Requested entity was not found.")

    def _message(self, request: base.Request, to: str, message_id: str) -> base.Response:
        if not _ID.fullmatch(message_id):
            raise Refused(400, "INVALID_ARGUMENT", "messageId is missing or malformed.")
        message = _read(request.body)
        try:
            messages.judge(message, len(request.body))
        except messages.Invalid as problem:
            self._keep(request, to, message_id, "INVALID_ARGUMENT", {}, taken=False)
            raise Refused(400, "INVALID_ARGUMENT", str(problem)) from None
        answer = self._answer(to, message_id, message)
        if self._knows(to, message_id):
            self._keep(request, to, message_id, "duplicate", message, taken=False)
            return _json(answer)
        fate = self.yard.population.fate(self.channel, to)
        refusal = _REFUSED.get(fate.word)
        if fate.word in _AT_FIRST and not self.yard.inbox.attempts(self.channel, to):
            refusal = _AT_FIRST[fate.word]
        self._keep(request, to, message_id, fate.word, message, taken=refusal is None)
        if refusal is not None:
            raise Refused(*refusal)
        self._remember(message_id)
        self._tell(fate, to, message_id, message)
        late = 2.0 if fate.word is Word.SLOW else 0.0
        return base.Response(
            status=200,
            body=msgspec.json.encode(answer),
            headers=_JSON,
            after_s=late,
            cut=fate.word is Word.CUT,
        )

    def _answer(self, to: str, message_id: str, message: Mapping[str, Any]) -> dict[str, Any]:
        rich = bool(messages.taps(message)) or "richCard" in message["contentMessage"]
        return {
            **message,
            "name": f"phones/{to}/agentMessages/{message_id}",
            "sendTime": webhooks.stamp(self.yard.clock()),
            "richMessageClassification": {"classificationType": "RICH" if rich else "BASIC"},
        }

    def _knows(self, to: str, message_id: str) -> bool:
        """Whether the message was taken before."""
        if message_id in self._taken:
            return True
        return self._forgot and self.yard.inbox.taken(self.channel, to, message_id) > 0

    def _remember(self, message_id: str) -> None:
        self._taken[message_id] = State.STORED
        if len(self._taken) > REMEMBERED:
            del self._taken[next(iter(self._taken))]
            self._forgot = True

    def _keep(
        self,
        request: base.Request,
        to: str,
        ref: str,
        outcome: str,
        message: Mapping[str, Any],
        *,
        taken: bool,
    ) -> None:
        shown = messages.shown(message) if message else {}
        cards = messages.cards(message) if message else []
        first = cards[0] if cards else {}
        text = message["contentMessage"].get("text", "") if message else ""
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel=self.channel,
                to=to,
                ref=ref,
                provider_ref=f"phones/{to}/agentMessages/{ref}" if taken else "",
                outcome=outcome,
                title=first.get("title", "") or text[:80],
                text=text or first.get("description", ""),
                image=first.get("media", {}).get("contentInfo", {}).get("fileUrl", ""),
                wire={"method": request.method, "path": request.path, "query": request.query},
                body=request.body.decode(errors="replace"),
                shown=shown,
                taken=taken,
            )
        )

    def _tell(self, fate: base.Fate, to: str, message_id: str, message: Mapping[str, Any]) -> None:
        """Let the news of a message's journey come, each in its time; a double is the same event twice."""

        def true() -> bool:
            state = self._taken.get(message_id)
            if state is State.STORED:
                self._taken[message_id] = State.SETTLED
            return state is not State.REVOKED

        made: dict[str, dict[str, Any]] = {}
        for kind, delay in _JOURNEYS.get(fate.word, _DELIVERED):
            who = "phoneNumber" if kind.startswith("TTL_") else "senderPhoneNumber"
            fresh = {"eventType": kind, "eventId": _event_id(), "messageId": message_id, who: to}
            self._news.tell(fate.delays_s[delay], made.setdefault(kind, fresh), true=true)
        words: dict[str, Any] | None = None
        if fate.word is Word.CLICKED:
            words = _tapped(message)
        elif fate.word is Word.REPLIED:
            words = {"text": "Thanks, I’ll have a look."}
        if words is not None:
            said = {"senderPhoneNumber": to, "messageId": _event_id(), **words}
            self._news.tell(fate.delays_s[3], said, true=true)
        if fate.word is Word.UNSUBSCRIBED:
            left = {"senderPhoneNumber": to, "eventType": "UNSUBSCRIBE", "eventId": _event_id()}
            self._news.tell(fate.delays_s[2], left, true=true)

    def _revoke(self, message_id: str) -> base.Response:
        """Take a message back. Google says yes even where it is too late, or where there is nothing."""
        if self._taken.get(message_id) is State.STORED:
            self._taken[message_id] = State.REVOKED
        return _json({})

    def _capabilities(self, to: str) -> base.Response:
        if self.yard.population.fate(self.channel, to).word is Word.DEAD:
            raise Refused(*_REFUSED[Word.DEAD])
        return _json({"name": f"phones/{to}/capabilities", "features": list(_FEATURES)})

    def _reachable(self, asked: Mapping[str, Any]) -> base.Response:
        users = asked.get("users")
        if asked.get("agentId") != self._agent:
            raise Refused(403, "PERMISSION_DENIED", "The caller does not have permission for this agent.")
        if not isinstance(users, list) or not 500 <= len(users) <= 10_000:
            raise Refused(400, "INVALID_ARGUMENT", "users must hold 500 to 10000 numbers.")
        fate = self.yard.population.fate
        alive = [fate(self.channel, str(user)).word is not Word.DEAD for user in users]
        sample = len(users) * 3 // 4
        return _json(
            {
                "reachableUsers": [user for user, lives in zip(users, alive, strict=True) if lives],
                "totalRandomSampleUserCount": sample,
                "reachableRandomSampleUserCount": sum(alive[:sample]),
            }
        )


def _tapped(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """A tap on the first action, else on the first reply; None where there is nothing to tap."""
    found = messages.taps(message)
    if not found:
        return None
    kind, tap = found[0]
    told = {"type": kind, "text": tap["text"], "postbackData": tap["postbackData"]}
    return {"suggestionResponse": told}


def _read(body: bytes) -> dict[str, Any]:
    try:
        message = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise Refused(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
    return message


def _refused(problem: Refused) -> base.Response:
    error = {"code": problem.status, "message": problem.message, "status": problem.word}
    return base.Response(status=problem.status, body=msgspec.json.encode({"error": error}), headers=_JSON)


def _json(value: object, status: int = 200) -> base.Response:
    return base.Response(status=status, body=msgspec.json.encode(value), headers=_JSON)


def _event_id() -> str:
    return "Ms" + _chance.randbytes(12).hex()
