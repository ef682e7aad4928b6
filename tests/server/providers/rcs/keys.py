"""Service account key files made on the spot."""

import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

EMAIL = "sender@northwind.iam.gserviceaccount.com"
KEY_ID = "0123456789abcdef"


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = _pem(RSA_KEY)
ELLIPTIC_PEM = _pem(ec.generate_private_key(ec.SECP256R1()))


def key_file(token_uri: str, *, private_key: str = PEM) -> str:
    """A key file as the operator pastes it."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "northwind",
            "private_key_id": KEY_ID,
            "private_key": private_key,
            "client_email": EMAIL,
            "token_uri": token_uri,
        }
    )
