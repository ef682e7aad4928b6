"""Links that a stranger's click may follow: they carry a message's reference and a proof that we made them."""

import base64
import hashlib
import hmac

PROOF_BYTES = 12
UNSUBSCRIBE = "/u/"  #: the path all unsubscribe links begin with
LONGEST = 200


def _proof(key: bytes, purpose: str, ref: str) -> str:
    digest = hmac.digest(key, f"{purpose}/{ref}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:PROOF_BYTES]).decode()


def unsubscribe(public_url: str, key: bytes, ref: str) -> str:
    """The one-click address of a message (RFC 8058) on a server; empty where nobody knows how it is reached."""
    return f"{public_url}{UNSUBSCRIBE}{ref}.{_proof(key, 'unsubscribe', ref)}" if public_url else ""


def unsubscribed(token: str, key: bytes) -> str | None:
    """The reference in an unsubscribe link's last part; None where we did not make it."""
    ref, _, proof = token.partition(".")
    return ref if hmac.compare_digest(proof.encode(), _proof(key, "unsubscribe", ref).encode()) else None
