"""Tell what became of RCS messages: one signed post an event, as Google's Pub/Sub writes it."""

import asyncio
import base64
import functools
import hmac
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from server.twins import base

_chance = random.Random()  # ids are no secrets, and the system's source of chance is dear


class Publisher:
    """Posts events at their time, unless they have become untrue by then."""

    def __init__(self, yard: base.Yard, key: str, *, credentials: Mapping[str, str]) -> None:
        self._yard = yard
        self._key = key
        self._agent = credentials["agent_id"]
        self._token = credentials["client_token"].encode()
        self.waiting = 0  #: events whose time has not come

    def tell(self, after_s: float, event: dict[str, Any], *, true: Callable[[], bool]) -> None:
        """Post one event after a delay, if it is `true` then; `agentId` and `sendTime` are added."""
        if self._yard.callbacks.hook(self._key):
            self.waiting += 1
            asyncio.get_running_loop().call_later(after_s, self._post, event, true)

    def _post(self, event: dict[str, Any], true: Callable[[], bool]) -> None:
        self.waiting -= 1
        url = self._yard.callbacks.hook(self._key)
        if not url or not true():
            return
        now = stamp(self._yard.clock())
        data = msgspec.json.encode({**event, "agentId": self._agent, "sendTime": now})
        signature = base64.b64encode(hmac.digest(self._token, data, "sha512")).decode()
        headers = {
            "content-type": "application/json",
            "x-goog-signature": signature,
            "x-goog-webhook-type": "message_callback",
        }
        message = {
            "attributes": {"type": "message_callback"},
            "data": base64.b64encode(data).decode(),
            "messageId": str(_chance.getrandbits(53)),
            "publishTime": now,
        }
        body = msgspec.json.encode({"message": message})
        self._yard.callbacks.post(after_s=0.0, url=url, headers=lambda _: headers, body=body)


def stamp(seconds: float) -> str:
    """Epoch seconds as RFC 3339 in UTC, to the microsecond."""
    second, micro = divmod(int(seconds * 1_000_000), 1_000_000)
    return f"{_second(second)}.{micro:06d}Z"


@functools.lru_cache(maxsize=64)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
