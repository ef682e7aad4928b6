"""Sign mail with DKIM (RFC 6376, RFC 8463): relaxed/relaxed, by RSA or Ed25519."""

import base64
import functools
import hashlib
import re
from typing import Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from server.channels import mail_text
from server.providers import keys
from server.providers.email import mime

#: What is signed where it is present. From is listed twice: a second one would break the signature.
SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"feedback-id",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
)
SMALLEST_RSA = 1024  #: bits; verifiers must not accept less (RFC 8301)

_SPACES = re.compile(rb"[ \t]+")
_NAME = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*"
)


class Key(Protocol):
    """A private key of one algorithm."""

    algorithm: bytes  #: as the tag a= says it
    kind: str  #: as the DNS record's tag k= says it

    def sign(self, data: bytes) -> bytes:
        """Sign the canonical headers."""

    def public(self) -> bytes:
        """What the DNS record's tag p= holds, before base64."""


class Signer:
    """Signs for one domain and selector."""

    def __init__(self, *, domain: str, selector: str, key_pem: str) -> None:
        """Load the key. Raises ValueError with a clause that says which part is wrong, never the key."""
        if not _NAME.fullmatch(domain):
            raise ValueError("the domain is not a domain name")
        if not _NAME.fullmatch(selector):
            raise ValueError("the selector is not made of letters, digits, dots and dashes")
        self.domain = domain
        self.selector = selector
        self._key = _load(key_pem)
        self._opening = b"v=1; a=%s; c=relaxed/relaxed; d=%s;\r\n s=%s; t=" % (
            self._key.algorithm,
            domain.encode(),
            selector.encode(),
        )
        self._plain_opening = _canonical_value(self._opening)

    @property
    def record_name(self) -> str:
        """Where the public key must be published in DNS, as a TXT record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """What the TXT record must say."""
        return f"v=DKIM1; k={self._key.kind}; p={base64.b64encode(self._key.public()).decode()}"

    def sign(self, mail: mime.Mail, *, at: float) -> tuple[bytes, bytes]:
        """The DKIM-Signature header of a mail signed `at` (epoch seconds), to stand before all others."""
        present = {name.lower(): value for name, value in mail.headers}
        names = tuple(name for name in SIGNED if name in present)
        body = _without_empty_end(mail.relaxed) if mail.relaxed else canonical_body(mail.body)
        body_hash = base64.b64encode(hashlib.sha256(body).digest())
        listed, plainly = _listed(names)
        value = b"%s%d;\r\n h=%s;\r\n bh=%s;\r\n b=" % (self._opening, int(at), listed, body_hash)
        plain = b"dkim-signature:%s%d; h=%s; bh=%s; b=" % (self._plain_opening, int(at), plainly, body_hash)
        # The second From of the list is the one that is not there, and adds nothing to what is signed.
        lines = [b"%s:%s\r\n" % (name, _canonical_value(present[name])) for name in names]
        signature = self._key.sign(b"".join([*lines, plain]))
        encoded = base64.b64encode(signature)
        return b"DKIM-Signature", value + b"\r\n ".join(
            [encoded[i : i + 72] for i in range(0, len(encoded), 72)]
        )


def canonical_body(body: bytes) -> bytes:
    """The relaxed form of a body whose lines all end with CRLF."""
    return _without_empty_end(mail_text.relaxed(body))


def _without_empty_end(body: bytes) -> bytes:
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return b"" if body == b"\r\n" else body


@functools.lru_cache(maxsize=64)  # the mails of a campaign have the same headers
def _listed(names: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    """The tag h=, a few names a line, and the same as it is signed."""
    twice = (b"from", *names)
    listed = b":\r\n  ".join([b":".join(twice[at : at + 5]) for at in range(0, len(twice), 5)])
    return listed, _canonical_value(listed)


def _canonical_value(value: bytes) -> bytes:
    unfolded = value.replace(b"\r\n", b"")
    if b"  " in unfolded or b"\t" in unfolded:
        unfolded = _SPACES.sub(b" ", unfolded)
    return unfolded.strip(b" \t")


class _Rsa:
    algorithm = b"rsa-sha256"
    kind = "rsa"

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        self._padding = padding.PKCS1v15()
        self._hash = hashes.SHA256()

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, self._padding, self._hash)

    def public(self) -> bytes:
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class _Ed25519:
    algorithm = b"ed25519-sha256"
    kind = "ed25519"

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(hashlib.sha256(data).digest())

    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()


def _load(pem: str) -> Key:
    try:
        key = keys.private(pem.encode())
    except TypeError:
        raise ValueError("the key is locked with a password; paste one without") from None
    except ValueError:
        raise ValueError("the key cannot be read; paste the whole PEM text of a private key") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return _Ed25519(key)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the key is neither RSA nor Ed25519")  # noqa: TRY004 - a wrong value, not a wrong call
    if key.key_size < SMALLEST_RSA:
        raise ValueError(f"the RSA key has {key.key_size} bits; use 2048")
    return _Rsa(key)
