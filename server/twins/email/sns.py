"""A topic of the notification service: subscribes our door, then posts signed messages to it."""

import base64
import datetime as dt
import functools
import hashlib
import random
import secrets
import uuid
from collections import deque
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from server.twins import base

#: An unconfirmed subscriber is asked again so late, seconds.
ASK_AGAIN_S = 10.0
#: Messages kept for a subscriber that has not confirmed yet; the real service would drop them all.
MOST_KEPT = 100_000

_chance = random.Random()  # ids are no secrets, and the system's source of chance is dear
_PADDING = padding.PKCS1v15()
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}


def invent_key() -> tuple[str, str]:
    """A signing key and its self-made certificate, as PEM texts."""
    # A signature takes a quarter of a millisecond, the dearest thing the twins do. A shorter key would take a fifth of
    # that, and no door that is as strict with AWS as it should be lets it in.
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.twin.example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def stamp(at: float) -> str:
    """Epoch seconds as AWS writes a moment."""
    second, milli = divmod(int(at * 1000), 1000)
    return f"{_second(second)}.{milli:03d}Z"


@functools.lru_cache(maxsize=64)
def _second(at: int) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Topic:
    """One topic with one subscriber: the webhook configured for the twin's key."""

    signature_version = "2"

    def __init__(
        self,
        *,
        key: str,
        arn: str,
        key_pem: str,
        certificate_pem: str,
        callbacks: base.Callbacks,
        clock: Callable[[], float],
    ) -> None:
        self._key = key
        self._arn = arn
        private = serialization.load_pem_private_key(key_pem.encode(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError("a topic signs with an RSA key")
        self._private = private
        self._certificate = certificate_pem.encode()
        self._callbacks = callbacks
        self._clock = clock
        self.certificate_path = (
            f"/SimpleNotificationService-{hashlib.sha256(self._certificate).hexdigest()[:32]}.pem"
        )
        self.endpoint = ""  #: where the twin listens, set when it does
        self._token = secrets.token_hex(32)
        self._subscriber = ""  #: the address that confirmed
        self._asked: tuple[str, float] = ("", 0.0)
        self._kept: deque[tuple[float, str]] = deque(maxlen=MOST_KEPT)

    def publish(self, message: str, *, after_s: float) -> None:
        """Post a message after a delay, once there is a subscriber that has confirmed."""
        hook = self._callbacks.hook(self._key)
        if not hook:
            return
        if hook == self._subscriber:
            self._post(hook, message, after_s)
            return
        self._kept.append((self._clock() + after_s, message))
        self._ask(hook)

    def answer(self, request: base.Request) -> base.Response | None:
        """The service's own pages: its certificate, and the address by which a subscription is confirmed."""
        if request.method != "GET":
            return None
        if request.path == self.certificate_path:
            return base.Response(
                status=200, body=self._certificate, headers={"content-type": "binary/octet-stream"}
            )
        if request.path == "/" and "Action=ConfirmSubscription" in request.query:
            return self._confirm(parse_qs(request.query))
        return None

    def _confirm(self, query: dict[str, list[str]]) -> base.Response:
        right = query.get("TopicArn") == [self._arn]
        token = query.get("Token", [""])[0]
        if not right or not secrets.compare_digest(token.encode(), self._token.encode()):
            return base.Response(
                status=403,
                body=b"<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>",
            )
        first = self._subscriber != self._asked[0]
        self._subscriber = self._asked[0]
        if first:
            self._post(
                self._subscriber, "Successfully validated SNS topic for Amazon SES event publishing.", 0.0
            )
        while self._kept:
            due, message = self._kept.popleft()
            self._post(self._subscriber, message, max(0.0, due - self._clock()))
        arn = f"{self._arn}:{uuid.uuid4()}"
        body = f"<ConfirmSubscriptionResponse><SubscriptionArn>{arn}</SubscriptionArn></ConfirmSubscriptionResponse>"
        return base.Response(status=200, body=body.encode(), headers={"content-type": "text/xml"})

    def _ask(self, hook: str) -> None:
        address, at = self._asked
        if address == hook and self._clock() - at < ASK_AGAIN_S:
            return
        self._asked = (hook, self._clock())
        query = urlencode({"Action": "ConfirmSubscription", "TopicArn": self._arn, "Token": self._token})
        fields = {
            "Type": "SubscriptionConfirmation",
            "MessageId": str(uuid.uuid4()),
            "Token": self._token,
            "TopicArn": self._arn,
            "Message": f"You have chosen to subscribe to the topic {self._arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message.",
            "SubscribeURL": f"{self.endpoint}/?{query}",
            "Timestamp": stamp(self._clock()),
        }
        self._send(hook, fields, _CONFIRMATION, 0.0)

    def _post(self, hook: str, message: str, after_s: float) -> None:
        fields = {
            "Type": "Notification",
            "MessageId": str(uuid.UUID(int=_chance.getrandbits(128), version=4)),
            "TopicArn": self._arn,
            "Subject": "Amazon SES Email Event Notification",
            "Message": message,
            "Timestamp": stamp(self._clock() + after_s),
        }
        self._send(hook, fields, _NOTIFICATION, after_s)

    def _send(self, hook: str, fields: dict[str, str], signed: tuple[str, ...], after_s: float) -> None:
        text = "".join([f"{name}\n{fields[name]}\n" for name in signed])
        digest = _HASHES[self.signature_version]()
        signature = self._private.sign(text.encode(), _PADDING, digest)
        body = msgspec.json.encode(
            {
                **fields,
                "SignatureVersion": self.signature_version,
                "Signature": base64.b64encode(signature).decode(),
                "SigningCertURL": f"{self.endpoint}{self.certificate_path}",
            }
        )
        headers = {
            "content-type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": fields["Type"],
            "x-amz-sns-message-id": fields["MessageId"],
            "x-amz-sns-topic-arn": self._arn,
        }
        self._callbacks.post(after_s=after_s, url=hook, headers=lambda _: headers, body=body)
