"""A mail server over TLS that takes every mail at once, pipelined; `VRFY last` gives the last one back."""

import asyncio
import base64
import ssl
import sys
from typing import cast

import uvloop

HELLO = b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SIZE 20000000\r\n"
END = b"\r\n.\r\n"

_last = [b""]


class Session(asyncio.Protocol):
    """One client."""

    def __init__(self) -> None:
        self._buffer = b""
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"220 sink.test ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies = []
        while True:
            mark = END if self._in_data else b"\r\n"
            found = self._buffer.find(mark)
            if found < 0:
                break
            taken, self._buffer = self._buffer[:found], self._buffer[found + len(mark) :]
            replies.append(self._mail(taken) if self._in_data else self._command(taken))
        self._transport.write(b"".join(replies))

    def _mail(self, mail: bytes) -> bytes:
        self._in_data = False
        _last[0] = mail
        return b"250 2.0.0 taken\r\n"

    def _command(self, line: bytes) -> bytes:
        match line[:4].upper():
            case b"EHLO":
                return HELLO
            case b"AUTH":
                return b"235 2.7.0 welcome\r\n"
            case b"DATA":
                self._in_data = True
                return b"354 go on\r\n"
            case b"QUIT":
                return b"221 2.0.0 bye\r\n"
            case b"VRFY":
                return b"250 " + base64.b64encode(_last[0]) + b"\r\n"
        return b"250 2.1.0 ok\r\n"


async def serve(certificate: str, key: str) -> None:
    """Listen on a free port, say which, and serve until ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
