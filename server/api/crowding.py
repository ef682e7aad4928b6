"""Answer a connection too many at its first moment, so that a crowd uses up no handles that files and senders need."""

import asyncio
import sys

from uvicorn.protocols.http import httptools_impl

MOST = 1024  #: connections at once, whatever the system would allow
WORDS = b'{"code":"not_ready","title":"Too many connections are open.","remedy":"Ask again in a moment.","status":503}'
ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(WORDS), WORDS)
)


def most() -> int:
    """Connections that may be open at once: half of the handles this process may have, the rest is for its files."""
    if sys.platform == "win32":
        return MOST
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if allowed == resource.RLIM_INFINITY else max(16, min(MOST, allowed // 2))


class Protocol(httptools_impl.HttpToolsProtocol):
    """One connection. Beyond `limit_concurrency` of them it is answered and closed before it has asked."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency:
            transport.write(ANSWER)
            transport.close()

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            super().data_received(data)
