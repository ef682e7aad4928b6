"""Give access tokens for assertions that the service account's own key signed."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any
from urllib import parse

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
LIFE_S = 3599
LONGEST_S = 3600  #: an assertion may live for an hour
SKEW_S = 60  #: how far clocks may differ


class Denied(Exception):
    """No token is given: an OAuth error word, and a sentence."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word
        self.sentence = sentence


class Mint:
    """Makes tokens, and knows which are good."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        private = serialization.load_pem_private_key(credentials["private_key"].encode(), password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError("A service account signs with an RSA key.")
        self._public = private.public_key()
        self._key_id = credentials["private_key_id"]
        self._email = credentials["client_email"]
        self._tokens: dict[str, float] = {}  #: token to its end, in epoch seconds

    def good(self, authorization: str, now: float) -> bool:
        """Whether an Authorization header holds a token of ours that has not ended."""
        return self._tokens.get(authorization.removeprefix("Bearer "), 0.0) > now

    def forget(self) -> None:
        """Let every token given so far be refused."""
        self._tokens.clear()

    def grant(self, body: bytes, *, audience: str, now: float) -> dict[str, Any]:
        """Exchange an assertion, posted as a form, for a token. Raises Denied."""
        form = dict(parse.parse_qsl(body.decode("latin-1")))
        if form.get("grant_type") != GRANT:
            raise Denied("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        claims = self._verified(form.get("assertion", ""))
        if claims.get("iss") != self._email:
            raise Denied("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") != audience:
            raise Denied("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(ends, int):
            raise Denied("invalid_grant", "Invalid JWT: iat and exp must be whole numbers.")
        if not (issued <= now + SKEW_S and now - SKEW_S < ends <= issued + LONGEST_S):
            sentence = (
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            )
            raise Denied("invalid_grant", sentence)
        if SCOPE not in str(claims.get("scope", "")).split():
            raise Denied("invalid_scope", "The scope for RCS Business Messaging was not asked for.")
        self._tokens = {token: end for token, end in self._tokens.items() if end > now}
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self._tokens[token] = now + LIFE_S
        return {"access_token": token, "expires_in": LIFE_S, "token_type": "Bearer"}

    def _verified(self, assertion: str) -> dict[str, Any]:
        """The claims of an assertion whose signature holds."""
        try:
            head, claims, signature = assertion.split(".")
            header = msgspec.json.decode(_bytes(head), type=dict[str, Any])
            if header.get("alg") != "RS256" or header.get("kid") not in (None, "", self._key_id):
                raise Denied("invalid_grant", "Invalid JWT: unknown algorithm or key.")
            signed = f"{head}.{claims}".encode()
            self._public.verify(_bytes(signature), signed, padding.PKCS1v15(), hashes.SHA256())
            return msgspec.json.decode(_bytes(claims), type=dict[str, Any])
        except InvalidSignature:
            raise Denied("invalid_grant", "Invalid JWT Signature.") from None
        except (ValueError, msgspec.MsgspecError):
            raise Denied("invalid_grant", "Bad Request") from None


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
