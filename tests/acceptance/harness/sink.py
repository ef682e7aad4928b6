"""A mail server that counts and does nothing else: one line of its log for each mail, written before the answer.

`python -m tests.acceptance.harness.sink --log FILE` listens on a free port of 127.0.0.1, says which in one line of
JSON, and ends when its stdin does. It is the judge of the fault harness, so it shares no code with the server and its
twins. `--hold S` waits between the log's line and the answer, so that whoever dies then cannot know; `--cut-every N`
takes every Nth mail and hangs up in place of an answer.
"""

import argparse
import asyncio
import collections
import json
import os
import re
import sys
from pathlib import Path

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^@>\s]+)@", re.IGNORECASE | re.MULTILINE)
LONGEST_LINE = 1 << 22


class Sink:
    """All sessions of one sink."""

    def __init__(self, log: Path, hold_s: float, cut_every: int) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._hold_s = hold_s
        self._cut_every = cut_every
        self._taken = 0

    async def serve(self) -> None:
        """Listen until stdin ends."""
        server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=LONGEST_LINE)
        sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
        server.close()
        os._exit(0)  # nobody is waited for: whoever is still connected is about to be killed as well

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink.test ESMTP\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper().strip()
                if verb == b"QUIT":
                    writer.write(b"221 2.0.0 bye\r\n")
                    break
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await self._mail(reader, writer)
                elif verb == b"EHLO":
                    writer.write(b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
                else:
                    writer.write(b"250 2.1.0 OK\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):  # whoever sent was killed
            pass
        finally:
            writer.close()

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.drain()
        mail = await reader.readuntil(b"\r\n.\r\n")
        found = _MESSAGE_ID.search(mail)
        os.write(self._log, (found[1] if found else b"nobody") + b"\n")
        self._taken += 1
        if self._cut_every and self._taken % self._cut_every == 0:
            raise ConnectionError
        await asyncio.sleep(self._hold_s)
        writer.write(b"250 2.0.0 OK\r\n")


def counted(log: Path) -> collections.Counter[str]:
    """How often each reference was taken."""
    return (
        collections.Counter(log.read_text(encoding="ascii").split())
        if log.exists()
        else collections.Counter()
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--hold", type=float, default=0.0, metavar="S")
    parser.add_argument("--cut-every", type=int, default=0, metavar="N")
    given = parser.parse_args()
    asyncio.run(Sink(given.log, given.hold, given.cut_every).serve())
