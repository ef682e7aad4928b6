"""Tell what became of messages: changes gathered for a moment, then posted together and signed."""

import asyncio
import hmac
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from server.twins import base

GATHER_S = 0.05  #: changes that fall due within this time travel together
MOST = 200  #: changes in one post

Change = tuple[str, dict[str, Any]]  #: what it is (`statuses`, `messages`, `user_preferences`), and one of it


class Gatherer:
    """Posts what falls due, a few times a second at most."""

    def __init__(self, yard: base.Yard, key: str, *, credentials: Mapping[str, str]) -> None:
        self._yard = yard
        self._key = key
        self._waba = credentials["waba_id"]
        self._secret = credentials["app_secret"].encode()
        self._metadata = {
            "display_phone_number": credentials["display_phone_number"].removeprefix("+"),
            "phone_number_id": credentials["phone_number_id"],
        }
        self._buckets: dict[int, list[Change]] = {}

    @property
    def waiting(self) -> int:
        """Changes that are not posted yet."""
        return sum(map(len, self._buckets.values()))

    def tell(self, after_s: float, what: str, one: dict[str, Any]) -> None:
        """Post one change after a delay; it gets its moment in epoch seconds, as text, as Meta writes it."""
        if not self._yard.callbacks.hook(self._key):
            return
        loop = asyncio.get_running_loop()
        bucket = int((loop.time() + after_s) / GATHER_S) + 1
        change = (what, {**one, "timestamp": str(int(self._yard.clock() + after_s))})
        waiting = self._buckets.get(bucket)
        if waiting is None:
            self._buckets[bucket] = [change]
            loop.call_at(bucket * GATHER_S, self._post, bucket)
        else:
            waiting.append(change)

    def _post(self, bucket: int) -> None:
        changes = self._buckets.pop(bucket)
        url = self._yard.callbacks.hook(self._key)
        for start in range(0, len(changes) if url else 0, MOST):
            body = self._body(changes[start : start + MOST])
            self._yard.callbacks.post(after_s=0.0, url=url, headers=self._sign, body=body)

    def _body(self, changes: list[Change]) -> bytes:
        """Meta writes everything outside ASCII as escapes, and signs that."""
        made = [
            {
                "field": "user_preferences" if what == "user_preferences" else "messages",
                "value": {"messaging_product": "whatsapp", "metadata": self._metadata, **_value(what, one)},
            }
            for what, one in changes
        ]
        post = {"object": "whatsapp_business_account", "entry": [{"id": self._waba, "changes": made}]}
        body = msgspec.json.encode(post)
        # Hardly any post holds more than ASCII, and then the quick writer's bytes are the same.
        return body if body.isascii() else json.dumps(post, separators=(",", ":")).encode()

    def _sign(self, body: bytes) -> dict[str, str]:
        digest = hmac.digest(self._secret, body, "sha256").hex()
        return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


def _value(what: str, one: dict[str, Any]) -> dict[str, Any]:
    """A person's own words and wishes come with who they are."""
    if what == "statuses":
        return {what: [one]}
    wa_id = one.get("from", one.get("wa_id"))
    return {"contacts": [{"profile": {"name": "A. Person"}, "wa_id": wa_id}], what: [one]}
