"""Carry a POST out at most once for each Idempotency-Key, whoever sends it again and whatever crashed meanwhile."""

import secrets
import time
from collections.abc import Awaitable, Callable

import msgspec

from server.engine import desk as desks
from server.store import once
from server.wire import problems

#: A claim of another process is one of before a crash or restart.
PROCESS = secrets.token_hex(8)

#: Stands for the process of a claim whose answer is lost although this process lives.
LOST = ""


def check(key: str) -> None:
    """Raises problems.Refused for a text that cannot be a key."""
    if not once.may_be_key(key):
        raise problems.refuse(
            problems.Code.INVALID,
            "The Idempotency-Key cannot be used.",
            "Give 1 to 200 printable ASCII characters, such as a UUID.",
        )


def no_upload(key: str) -> None:
    """Raises problems.Refused for a key on a file: what makes two files the same is not known before they are read."""
    if key:
        raise problems.refuse(
            problems.Code.INVALID,
            "An upload takes no Idempotency-Key.",
            "Leave the header out; rows of a file that were imported before are updated, not added again.",
        )


async def carry_out(
    desk: desks.Desk, key: str, request: tuple[bytes, ...], act: Callable[[], Awaitable[bytes]]
) -> tuple[bytes, bool]:
    """Carry out `act` if nobody has under this key; returns its reply, and whether it is one that was kept.

    Raises problems.Refused for a key of another request (422), for one whose first request is still being carried
    out (409), and for one whose answer was lost after it was carried out (409).
    """
    check(key)
    own = once.Claim(
        at=time.time(), key=once.key_of(desk.workspace, key), process=PROCESS, digest=once.digest_of(*request)
    )
    async with desk.database.writing() as connection:
        found = await once.claim(connection, own)
        if found != own and _is_dead(found) and found.digest == own.digest:
            await once.put(connection, own)
            found = own
    if found != own:
        return _kept(found, own), True
    return await _first(desk, own, act), False


def _is_dead(found: once.Claim) -> bool:
    """Whether its process ended before it had done anything."""
    return found.process != PROCESS and not found.done


def _kept(found: once.Claim, own: once.Claim) -> bytes:
    if found.digest != own.digest:
        raise problems.refuse(
            problems.Code.INVALID,
            "This Idempotency-Key was used for another request.",
            "Make a new key for each new request; a key is kept for 24 hours.",
        )
    if found.reply:
        return once.unpacked(found.reply)
    if found.process == PROCESS:
        raise problems.refuse(
            problems.Code.UNDER_WAY,
            "The first request with this Idempotency-Key is still being carried out.",
            "Ask again in a moment: then its answer is here.",
        )
    raise problems.refuse(
        problems.Code.CONFLICT,
        "The first request with this Idempotency-Key was carried out, and its answer was lost.",
        "Look for what it made; it is not carried out again.",
    )


async def _first(desk: desks.Desk, own: once.Claim, act: Callable[[], Awaitable[bytes]]) -> bytes:
    mark = once.current.set(own)
    try:
        reply = await act()
    except BaseException:
        once.current.reset(mark)
        await _failed(desk, own)
        raise
    once.current.reset(mark)
    kept = msgspec.structs.replace(own, done=True, reply=once.packed(reply))
    async with desk.database.writing() as connection:
        await once.put(connection, kept)
    return reply


async def _failed(desk: desks.Desk, own: once.Claim) -> None:
    """What failed before it changed anything may be tried again under its key; what changed something may not."""
    async with desk.database.writing() as connection:
        found = await once.find(connection, own.key)
        if found is not None and found.done:
            await once.put(connection, msgspec.structs.replace(found, process=LOST))
        else:
            await once.forget(connection, own.key)
