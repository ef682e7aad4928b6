"""What addresses are compared by."""

import hashlib

#: Longer addresses (push subscriptions) are compared by a digest, to keep the indexes small.
LONGEST = 80


def key(channel: str, address: str) -> str:
    """The form in which two spellings of one address are equal: lower case, long ones as a digest."""
    folded = address if channel == "webpush" else address.strip().lower()
    if len(folded) <= LONGEST:
        return folded
    return "b2:" + hashlib.blake2b(folded.encode(), digest_size=20).hexdigest()
