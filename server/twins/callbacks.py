"""Post receipts back in the background, each at its time, and again where our door was shut."""

import asyncio
import heapq
import itertools
import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from server.twins import courier, spool

log = logging.getLogger(__name__)

PATIENCE_S = 600.0  #: how long a post is tried again after it was first due
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 30.0
GRAIN_S = 0.005  #: receipts due within so short a time leave together
CLOSE_S = 5.0
ROOM = 1_000  #: receipts that may wait in memory for one host; whatever else is due lies in the spool
AHEAD = 20_000  #: receipts in memory whose time has not come
LOOK_S = 0.1  #: how often the spool is looked at while nothing else is due

Sign = Callable[[bytes], Mapping[str, str]]


class _Post(msgspec.Struct, kw_only=True):
    """One receipt on its way. Times are those of the monotonic clock."""

    origin: str  #: scheme and host
    path: str  #: with the query
    headers: Sign
    body: bytes
    first_due: float
    tries: int = 0


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the posts so far."""

    posted: int = 0  #: answered 2xx
    retried: int = 0  #: answered 429 or 5xx, or not at all, and tried again
    refused: int = 0  #: answered otherwise, or not to be sent at all; not tried again
    given_up: int = 0  #: not taken within PATIENCE_S


class Postman:
    """The yard's callbacks: one heap of what is to come, a few posts at once to every host."""

    def __init__(self, *, authority_pem: bytes = b"", hooks: Mapping[str, str] | None = None) -> None:
        """`hooks` is twin key to webhook address; `authority_pem` is trusted beside the system's authorities."""
        self.counts = Counts()
        self._authority = authority_pem.decode()
        self._hooks = dict(hooks or {})
        self._heap: list[tuple[float, int, _Post]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._couriers: dict[str, courier.Courier[_Post]] = {}
        self._spool = spool.Spool()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many receipts are still to be posted."""
        return len(self._heap) + len(self._spool) + sum(each.waiting for each in self._couriers.values())

    def hook(self, key: str) -> str:
        """The webhook address that was configured at this provider, or empty."""
        return self._hooks.get(key, "")

    def set_hooks(self, hooks: Mapping[str, str]) -> None:
        """Replace the webhook addresses; an empty one removes it."""
        self._hooks = {key: url for key, url in hooks.items() if url}

    def post(self, *, after_s: float, url: str, headers: Sign, body: bytes) -> None:
        """Post `body` after a delay. An empty address, or a closed postman, drops it: there is nobody to tell."""
        if not url or self._closed:
            return
        scheme, _, rest = url.partition("#")[0].partition("://")  # behind # stand overrides for the provider
        host, path = _split(rest)
        if scheme not in ("http", "https") or not host:
            self.counts.refused += 1
            return
        due = time.monotonic() + after_s
        origin = f"{scheme}://{host}"
        self._schedule(_Post(origin=origin, path=path, headers=headers, body=body, first_due=due), due)

    async def close(self) -> None:
        """Let posts in flight end; what was still to come is dropped."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._heap.clear()
        self._spool.close()
        await asyncio.gather(*(each.close(CLOSE_S) for each in self._couriers.values()))

    def _schedule(self, post: _Post, due: float) -> None:
        if len(self._heap) >= AHEAD:
            self._lay_aside(post, due)
            return
        heapq.heappush(self._heap, (due, next(self._order), post))
        if self._heap[0][2] is post:
            self._rearm()

    def _lay_aside(self, post: _Post, due: float) -> None:
        """Sign it now, for the one who signs cannot be written down, and keep it out of memory."""
        try:
            headers = post.headers(post.body)
        except Exception:
            log.exception("a receipt could not be made")
            self.counts.refused += 1
            return
        self._spool.put(
            spool.Spooled(
                origin=post.origin,
                path=post.path,
                headers=headers,
                body=post.body,
                due=due,
                first_due=post.first_due,
                tries=post.tries,
            )
        )

    def _rearm(self) -> None:
        """Wake when the earliest is due. Never sooner than a grain: a loop's timers may fire a little early."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap or len(self._spool):
            due_in = self._heap[0][0] - time.monotonic() if self._heap else LOOK_S
            wait = max(GRAIN_S, min(due_in, LOOK_S) if len(self._spool) else due_in)
            self._timer = asyncio.get_running_loop().call_later(wait, self._release)

    def _release(self) -> None:
        """Hand everything that is due to its host's courier."""
        self._timer = None
        horizon = time.monotonic() + GRAIN_S / 2
        while self._heap and self._heap[0][0] <= horizon:
            due, _, post = heapq.heappop(self._heap)
            carrier = self._courier(post.origin)
            if (
                carrier.waiting >= ROOM or self._spool.origins[post.origin]
            ):  # behind those that came before it
                self._lay_aside(post, due)
            else:
                carrier.carry(post)
        for origin in [name for name, count in self._spool.origins.items() if count]:
            self._refill(origin)
        self._rearm()

    def _refill(self, origin: str) -> None:
        """Take from the spool what a host has room for again."""
        carrier = self._courier(origin)
        if carrier.waiting <= ROOM // 2:
            for one in self._spool.take(origin, ROOM // 2):
                carrier.carry(_revived(one))

    def _courier(self, origin: str) -> courier.Courier["_Post"]:
        carrier = self._couriers.get(origin)
        if carrier is None:
            scheme, _, host = origin.partition("://")
            carrier = courier.Courier(scheme, host, trust=self._trust, done=self._done)
            self._couriers[origin] = carrier
        return carrier

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._authority:
            context.load_verify_locations(cadata=self._authority)
        return context

    def _done(self, post: _Post, status: int) -> None:
        if 200 <= status < 300:
            self.counts.posted += 1
        elif status in (courier.NO_ANSWER, 429) or status >= 500:
            self._retry(post)
        else:
            self.counts.refused += 1
            if status != courier.UNSENDABLE:
                log.warning("a receipt was refused with %d at %s", status, post.origin)

    def _retry(self, post: _Post) -> None:
        post.tries += 1
        wait = min(LAST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(post.tries - 1, 10)) * random.uniform(0.5, 1.0)
        due = time.monotonic() + wait
        if self._closed or due - post.first_due > PATIENCE_S:
            self.counts.given_up += 1
            log.warning("a receipt for %s was given up after %d tries", post.origin, post.tries)
            return
        self.counts.retried += 1
        self._schedule(post, due)


def _revived(one: spool.Spooled) -> _Post:
    return _Post(
        origin=one.origin,
        path=one.path,
        headers=lambda _: one.headers,
        body=one.body,
        first_due=one.first_due,
        tries=one.tries,
    )


def _split(rest: str) -> tuple[str, str]:
    """Host and path of an address behind its scheme; cut by hand, as it happens for every receipt."""
    host, slash, path = rest.partition("/")
    if "?" in host:
        host, _, query = rest.partition("?")
        return host, f"/?{query}"
    return host, f"/{path}" if slash else "/"
