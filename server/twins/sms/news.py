"""Tell of a message's fate by signed callbacks: its statuses, and what its recipient writes back."""

import base64
import hmac
import random
from collections.abc import Mapping
from urllib.parse import quote_plus

from server.twins import base
from server.twins.sms import messages

Word = base.Word

REPLY = "Thanks, count me in!"
_ANSWERS = {Word.REPLIED: {"Body": REPLY}, Word.UNSUBSCRIBED: {"Body": "STOP", "OptOutType": "STOP"}}


class Teller:
    """Posts what became of messages."""

    def __init__(self, yard: base.Yard, key: str, *, auth_token: str) -> None:
        self._yard = yard
        self._key = key
        self._secret = auth_token.encode()

    def tell(self, message: messages.Message, callback: str, *, number: str) -> None:
        """Schedule everything that will be told. `number` is the one a reply is sent to."""
        if callback:
            self._statuses(message, callback)
        answer = _ANSWERS.get(message.fate.word)
        if answer is not None:
            self._reply(message, answer, number)

    def _statuses(self, message: messages.Message, callback: str) -> None:
        address = callback.partition("#")[0]  # behind it stand overrides that are neither signed nor sent
        always = {
            "AccountSid": message.account_sid,
            "ApiVersion": messages.API_VERSION,
            "From": message.sender,
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "To": message.to,
        }
        if message.service:
            always["MessagingServiceSid"] = message.service
        encoded = _encoded(always)  # once for all statuses
        steps = [("queued", 0.0)] if message.service else []
        steps += [
            (status, message.fate.delays_s[step]) for status, step in messages.journey(message.fate.word)
        ]
        for status, after_s in steps:
            told = {"MessageStatus": status, "SmsStatus": status, **_outcome(message, status)}
            body = f"{encoded}&{_encoded(told)}"
            self._post(after_s, address, always | told, body.encode())

    def _reply(self, message: messages.Message, answer: Mapping[str, str], number: str) -> None:
        hook = self._yard.callbacks.hook(self._key)
        if not hook:
            return
        sid = f"SM{random.getrandbits(128):032x}"
        fields = {
            "AccountSid": message.account_sid,
            "ApiVersion": messages.API_VERSION,
            "From": message.to,
            "To": number,
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            **answer,
        }
        address = hook.partition("#")[0]
        self._post(message.fate.delays_s[3], address, fields, _encoded(fields).encode())

    def _post(self, after_s: float, url: str, fields: Mapping[str, str], body: bytes) -> None:
        token = f"{random.getrandbits(128):032x}"  # equal on all tries of one callback

        def headers(_: bytes) -> dict[str, str]:
            return {
                "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
                "x-twilio-signature": signature(self._secret, url, fields),
                "i-twilio-idempotency-token": token,
                "user-agent": "TwilioProxy/1.1",
            }

        self._yard.callbacks.post(after_s=after_s, url=url, headers=headers, body=body)


def _outcome(message: messages.Message, status: str) -> dict[str, str]:
    """What a final status says besides: the carrier's stamp, and why it was not delivered."""
    told = {}
    if status in ("delivered", "undelivered"):
        told["RawDlrDoneDate"] = messages.carrier_stamp(message.at)
    if status == "undelivered":
        code, text = messages.FAULTS[message.fate.word]
        told |= {"ErrorCode": str(code), "ErrorMessage": text}
    return told


def signature(secret: bytes, url: str, fields: Mapping[str, str]) -> str:
    """HMAC-SHA1 over the address and every name and value in the names' order, base64."""
    text = [url]
    for name in sorted(fields):
        text += (name, fields[name])
    return base64.b64encode(hmac.digest(secret, "".join(text).encode(), "sha1")).decode()


def _encoded(fields: Mapping[str, str]) -> str:
    """A form. Most values are letters and digits, which need no quoting."""
    return "&".join(
        f"{name}={value if value.isascii() and value.isalnum() else quote_plus(value)}"
        for name, value in fields.items()
    )
