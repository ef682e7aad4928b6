"""Keep a bounded number of connections to a submission server open between messages."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.providers import errors
from server.providers.email import esmtp

#: An unused connection is not trusted for longer, seconds: servers and firewalls drop them in silence.
IDLE_S = 60.0
#: After the server refused our password it is not asked again for so long, seconds: accounts get locked.
LOCKOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Idle:
    """A connection at rest."""

    session: esmtp.Session
    since: float  #: seconds of the pool's clock


class Pool:
    """Connections to one server. At most `size` are in use at once; each takes at most `most` messages."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[esmtp.Session]],
        *,
        size: int,
        most: int,
        clock: Callable[[], float],
    ) -> None:
        """`connect` gives a session that is logged in, and raises errors.SendError."""
        self._connect = connect
        self._most = most
        self._clock = clock
        self._idle: deque[_Idle] = deque()
        self._slots = asyncio.Semaphore(size)
        self._first = asyncio.Lock()
        self._proven = False
        self._lockout: tuple[float, errors.AuthConfig] | None = None
        self._closed = False

    def slot(self) -> asyncio.Semaphore:
        """The right to use one connection; entering waits for its turn."""
        return self._slots

    async def rested(self) -> esmtp.Session | None:
        """The connection used last, if it is still good; old ones are closed on the way."""
        oldest = self._clock() - IDLE_S
        while self._idle and self._idle[0].since < oldest:
            await self._idle.popleft().session.quit()
        while self._idle:
            session = self._idle.pop().session
            if session.usable:
                return session
            session.abort()
        return None

    async def fresh(self) -> esmtp.Session:
        """A new connection. Until one log-in has succeeded they are made one after another, so that a wrong
        password is tried once and not once for every connection. Raises errors.SendError.
        """
        if self._proven:
            return await self._make()
        async with self._first:
            return await self._make()

    async def give_back(self, session: esmtp.Session) -> None:
        """Keep a connection for the next message, or close it if it is worn, broken or no longer wanted."""
        if self._closed or session.taken >= self._most or not session.usable:
            await session.quit()
        else:
            self._idle.append(_Idle(session=session, since=self._clock()))

    async def close(self) -> None:
        """Say goodbye on every connection at rest; those in use close when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().session.quit()

    async def _make(self) -> esmtp.Session:
        if self._closed:
            raise errors.Transient("closed", "The account's connections were just closed")
        if self._lockout and self._clock() < self._lockout[0]:
            held = self._lockout[1]
            raise errors.AuthConfig(held.code, held.text, status=held.status)
        try:
            session = await self._connect()
        except errors.AuthConfig as refusal:
            self._proven = False
            self._lockout = (self._clock() + LOCKOUT_S, refusal)
            raise
        self._proven, self._lockout = True, None
        return session
