"""Private keys as operators paste them, each read once: to prove an RSA key sound takes 40 ms of the whole process.

Accounts are opened again and again: when one was changed, by every sender, by the door and by whoever looks up doubts.
"""

import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import types

KEPT = 32  #: keys; an operator has a few


@functools.lru_cache(maxsize=KEPT)
def private(pem: bytes) -> types.PrivateKeyTypes:
    """Read a key that is not locked.

    Raises ValueError for what is no key or an unsound one, TypeError where it is locked with a password.
    """
    return serialization.load_pem_private_key(pem, password=None)
