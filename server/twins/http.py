"""What twins that speak HTTP/1.1 share: a TLS listener, a bounded body, late answers and cut connections."""

import abc
from typing import ClassVar

from server.twins import base, listener


class HttpTwin(base.Twin):
    """A twin that answers HTTPS requests. Subclasses write `answer`."""

    body_limit: ClassVar[int] = 1_000_000  #: bytes; more is answered 413

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        self.endpoint = ""  #: where it listens, set by `start`
        self._listener = listener.Listener(self.answer, body_limit=self.body_limit)

    @abc.abstractmethod
    def answer(self, request: base.Request) -> base.Response:
        """Answer one request. `request.path` is decoded, `request.query` and `request.url` are as they came."""

    async def start(self, host: str, port: int, tls: base.Tls) -> str:
        """Listen. Raises OSError where the port is taken."""
        self.endpoint = await self._listener.start(host, port, tls)
        return self.endpoint

    async def stop(self) -> None:
        """Stop listening; requests in flight have five seconds to end."""
        await self._listener.stop()
