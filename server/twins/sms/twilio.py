"""Twilio's stand-in: takes form posts, keeps messages for look-ups, and calls back signed."""

import base64
import hmac
import itertools
import random
import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec

from server.twins import base, http
from server.twins.sms import messages, news, posting, segmenting

Word = base.Word

NUMBER = "+14155550142"  #: the account's own
SLOW_S = 2.0
_ROOT = f"/{messages.API_VERSION}/Accounts/"
_MORE_INFO = "https://www.twilio.com/docs/errors/"
_JSON = {"content-type": "application/json", "twilio-concurrent-requests": "1"}
_REF = re.compile(r"[?&]ref=([^&#]*)")
_MESSAGE = re.compile(r"/Messages/([A-Z]{2}[0-9a-f]{32})")

#: What a word makes Twilio refuse at once, always.
_REFUSED = {
    Word.DEAD: posting.Refusal(status=400, code=21211, message="Invalid 'To' Phone Number"),
    Word.BLOCKED: posting.Refusal(
        status=400, code=21610, message="Attempt to send to unsubscribed recipient"
    ),
    Word.REFUSED: posting.Refusal(status=400, code=21618, message="The message body cannot be sent"),
}
#: And what only at the first attempt; neither was processed.
_AT_FIRST = {
    Word.THROTTLED: posting.Refusal(status=429, code=20429, message="Too Many Requests"),
    Word.DOWN: posting.Refusal(status=503, code=20503, message="Service temporarily unavailable"),
}
_NO_LOGIN = posting.Refusal(status=401, code=20003, message="Authenticate")
_TEST_ONLY = posting.Refusal(
    status=403, code=20008, message="Resource not accessible with Test Account Credentials"
)


class Twilio(http.HttpTwin):
    """One live account with an API key, a number and a messaging service, and its test credentials."""

    key: ClassVar[str] = "sms/twilio"
    channel: ClassVar[str] = "sms"
    title: ClassVar[str] = "Twilio"

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        known = self.credentials
        self._live = (
            _basic(known["account_sid"], known["auth_token"]),
            _basic(known["api_key_sid"], known["api_key_secret"]),
        )
        self._test = _basic(known["test_account_sid"], known["test_auth_token"])
        self._book = messages.Book(yard, known["account_sid"])
        self._teller = news.Teller(yard, self.key, auth_token=known["auth_token"])

    @classmethod
    def invent(cls) -> dict[str, str]:
        return {
            "account_sid": _sid("AC"),
            "auth_token": secrets.token_hex(16),
            "api_key_sid": _sid("SK"),
            "api_key_secret": secrets.token_urlsafe(24),
            "test_account_sid": _sid("AC"),
            "test_auth_token": secrets.token_hex(16),
            "messaging_service_sid": _sid("MG"),
            "sender": NUMBER,
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        settings: dict[str, str | int | bool] = {
            "endpoint": "twin",
            "account_sid": credentials["account_sid"],
            "sender": credentials["sender"],
        }
        return settings, {"auth_token": credentials["auth_token"]}

    def answer(self, request: base.Request) -> base.Response:
        """Answer one call of the REST API."""
        try:
            return self._route(request, test=self._is_test(request))
        except posting.Refused as problem:
            return _error(problem.refusal)

    def _is_test(self, request: base.Request) -> bool:
        """Whether test credentials were given. Raises posting.Refused for none that are known."""
        given = request.headers.get("authorization", "").encode()
        if any([hmac.compare_digest(given, known) for known in self._live]):  # noqa: C419 - as long for each
            return False
        if hmac.compare_digest(given, self._test):
            return True
        raise posting.Refused(_NO_LOGIN)

    def _route(self, request: base.Request, *, test: bool) -> base.Response:
        account = self.credentials["test_account_sid" if test else "account_sid"]
        rest = request.path.removeprefix(_ROOT + account)
        if request.method == "POST" and rest == "/Messages.json":
            return self._post(request, test=test)
        if test:
            raise posting.Refused(_TEST_ONLY)
        if request.method == "GET":
            return _json(
                200, self._look(request.path, rest.removesuffix(".json"), dict(parse_qsl(request.query)))
            )
        raise _missing(request.path)

    def _post(self, request: base.Request, *, test: bool) -> base.Response:
        pairs = posting.read(request.headers.get("content-type", ""), request.body)
        if test:
            return self._rehearse(posting.judge(pairs))
        try:
            post = posting.judge(pairs)
            fate = self._admit(post)
        except posting.Refused as problem:
            self._keep(dict(pairs), "", str(problem.refusal.code))
            raise
        message = self._message(post, fate)
        self._keep(post.fields | {"To": post.to}, message.sid, fate.word)
        self._book.enter(message)
        self._teller.tell(message, post.callback, number=self.credentials["sender"])
        if fate.word is Word.CUT:
            return base.Response(status=201, cut=True)
        return _json(201, message.shown(message.at), after_s=SLOW_S if fate.word is Word.SLOW else 0.0)

    def _rehearse(self, post: posting.Post) -> base.Response:
        """Answer test credentials: nothing is sent, nothing is kept, nobody is called back."""
        posting.check_test_sender(post)
        message = self._message(post, self.yard.population.fate(self.channel, post.to), "test_account_sid")
        return _json(201, message.shown(message.at))

    def _admit(self, post: posting.Post) -> base.Fate:
        """What becomes of a post. Raises posting.Refused where its sender or its recipient's fate says so."""
        posting.check_sender(
            post, number=self.credentials["sender"], service=self.credentials["messaging_service_sid"]
        )
        fate = self.yard.population.fate(self.channel, post.to)
        refusal = _REFUSED.get(fate.word)
        if fate.word in _AT_FIRST and self.yard.inbox.attempts(self.channel, post.to) == 0:
            refusal = _AT_FIRST[fate.word]
        if refusal is not None:
            raise posting.Refused(refusal)
        return fate

    def _message(self, post: posting.Post, fate: base.Fate, account: str = "account_sid") -> messages.Message:
        sid = f"{'MM' if post.media else 'SM'}{random.getrandbits(128):032x}"  # nothing hangs on it being secret
        return messages.taken(
            post, sid=sid, account_sid=self.credentials[account], fate=fate, at=self.yard.clock()
        )

    def _keep(self, fields: dict[str, str], sid: str, outcome: str) -> None:
        text, media = fields.get("Body", ""), fields.get("MediaUrl", "").partition("\n")[0]
        sender = fields.get("From") or fields.get("MessagingServiceSid", "")
        encoding, segments = segmenting.count(text)
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel=self.channel,
                to=fields.get("To", ""),
                ref=_ref(fields.get("StatusCallback", "")),
                provider_ref=sid,
                outcome=outcome,
                title=sender,
                text=text,
                image=media,
                wire=fields,
                body=text,
                shown={
                    "from": sender,
                    "body": text,
                    "media": media,
                    "encoding": encoding,
                    "segments": segments,
                },
                taken=bool(sid),
            )
        )

    def _look(self, path: str, rest: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Everything that is read and not sent. Raises posting.Refused for what does not exist."""
        now = self.yard.clock()
        if path == f"/v1/Services/{self.credentials['messaging_service_sid']}":
            return {"sid": self.credentials["messaging_service_sid"], "friendly_name": "Northwind campaigns"}
        if not path.startswith(_ROOT + self.credentials["account_sid"]):
            raise _missing(path)
        named = _MESSAGE.fullmatch(rest)
        message = self._book.find(named[1]) if named else None
        if message is not None:
            return message.shown(now)
        match rest:
            case "":
                return self._account()
            case "/Messages":
                size, page = _page_size(query), _page_number(query)
                found = self._book.listed(query, now)
                rows = [
                    message.shown(now) for message in itertools.islice(found, page * size, (page + 1) * size)
                ]
                onward = {**query, "PageSize": str(size), "Page": str(page + 1)}
                more = f"{path}?{urlencode(onward)}" if next(found, None) is not None else None
                return _page("messages", path, rows) | {"page": page, "next_page_uri": more}
            case "/IncomingPhoneNumbers":
                wanted = query.get("PhoneNumber", NUMBER) == self.credentials["sender"]
                return _page("incoming_phone_numbers", path, [self._number()] if wanted else [])
            case "/SMS/ShortCodes":
                return _page("short_codes", path, [])
        raise _missing(path)

    def _account(self) -> dict[str, Any]:
        sid = self.credentials["account_sid"]
        return {
            "sid": sid,
            "friendly_name": "Northwind Running",
            "status": "active",
            "type": "Full",
            "owner_account_sid": sid,
            "date_created": messages.stamp(1_600_000_000),
            "date_updated": messages.stamp(1_600_000_000),
            "uri": f"{_ROOT}{sid}.json",
        }

    def _number(self) -> dict[str, Any]:
        return {
            "sid": "PN" + self.credentials["account_sid"][2:],
            "account_sid": self.credentials["account_sid"],
            "phone_number": self.credentials["sender"],
            "friendly_name": self.credentials["sender"],
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        }


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def _basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def _ref(callback: str) -> str:
    found = _REF.search(callback)
    return unquote(found[1]) if found else ""


def _json(status: int, value: object, *, after_s: float = 0.0) -> base.Response:
    return base.Response(status=status, body=msgspec.json.encode(value), headers=_JSON, after_s=after_s)


def _error(refusal: posting.Refusal) -> base.Response:
    body = {
        "code": refusal.code,
        "message": refusal.message,
        "more_info": f"{_MORE_INFO}{refusal.code}",
        "status": refusal.status,
    }
    return base.Response(status=refusal.status, body=msgspec.json.encode(body), headers=_JSON)


def _missing(path: str) -> posting.Refused:
    message = f"The requested resource {path} was not found"
    return posting.Refused(posting.Refusal(status=404, code=20404, message=message))


def _page_size(query: Mapping[str, str]) -> int:
    asked = query.get("PageSize", "")
    return max(1, min(int(asked), messages.PAGE)) if asked.isdecimal() and len(asked) < 9 else 50


def _page_number(query: Mapping[str, str]) -> int:
    asked = query.get("Page", "")
    return int(asked) if asked.isdecimal() and len(asked) < 9 else 0


def _page(name: str, path: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: rows,
        "page": 0,
        "page_size": max(len(rows), 1),
        "start": 0,
        "end": max(len(rows) - 1, 0),
        "uri": path,
        "first_page_uri": path,
        "next_page_uri": None,
        "previous_page_uri": None,
    }
