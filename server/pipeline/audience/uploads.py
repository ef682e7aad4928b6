"""Take a file in: bounded, flushed to the disk, and gone again if anything goes wrong."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from server.pipeline.audience import csvfile
from server.wire import problems

#: Bytes that are gathered before they are written.
_GATHERED = 1_048_576
#: Bytes of the largest file that is taken.
LARGEST = 4 * 1024**3


async def keep(body: AsyncIterator[bytes], folder: Path) -> Path:
    """Write the whole body to a new file; returns its path. Nothing is left of a file that did not come whole.

    Raises problems.Refused when it is too large; OSError when the disk does not take it.
    """
    await asyncio.to_thread(_make, folder)
    path = folder / f"{secrets.token_hex(8)}.csv"
    try:
        file = await asyncio.to_thread(_create, path)
        try:
            await _write(body, file)
            await asyncio.to_thread(_flush, file)
        finally:
            await asyncio.to_thread(_close, file)
    except BaseException:
        forget(path)
        raise
    return path


async def head(body: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """The first bytes of a body, and whether these are all."""
    gathered = bytearray()
    async for chunk in body:
        gathered += chunk
        if len(gathered) > csvfile.HEAD:
            return bytes(gathered[: csvfile.HEAD]), False
    return bytes(gathered), len(gathered) < csvfile.HEAD


def forget(path: Path) -> None:
    """Remove a file if it is there; one that is still open elsewhere is removed at the next start."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


async def _write(body: AsyncIterator[bytes], file: BinaryIO) -> None:
    gathered = bytearray()
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > LARGEST:
            raise problems.refuse(
                problems.Code.TOO_LARGE,
                f"The file is larger than {LARGEST // 1024**3} GB.",
                "Split it, repeating the header in each part.",
            )
        gathered += chunk
        if len(gathered) >= _GATHERED:
            await asyncio.to_thread(file.write, bytes(gathered))
            gathered.clear()
    await asyncio.to_thread(file.write, bytes(gathered))


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _close(file: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # what could not be written was reported when it was flushed
        file.close()
