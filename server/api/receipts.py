"""The receipts door: one unguessable address per account; verified on the raw bytes, answered after the commit."""

import asyncio
import contextlib
import functools
import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from server.api import guard, waiting
from server.engine import desk as desks
from server.engine import opening
from server.providers import base, errors
from server.store import accounts, receipts, workspaces
from server.store.ledger import merging, thread

log = logging.getLogger(__name__)

BODY_BYTES = 1_000_000
GATHER_S = 0.02  #: how long to gather requests for one commit
TOGETHER = 500  #: receipts in one commit; one request's stay together
PATIENCE_S = 0.3  #: a call that would wait longer for its commit is put off at once
LOOK_S = 1.0  #: how often the accounts are looked at anew while calls come
TEXT = 500  #: longest piece of a provider's words that is kept
EVENT_ID = 200

_QUIET = (b"cache-control", b"no-store")
_LATER = (b"retry-after", b"1")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One account, opened to read receipts."""

    workspace: int
    account: int
    updated_at: float
    provider: base.Provider


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call at the door, whole."""

    method: str
    path: str  #: without its escapes
    raw_path: str
    query: str  #: raw
    headers: Iterable[tuple[bytes, bytes]]  #: lower-case names
    body: bytes


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a call is told."""

    status: int
    body: bytes = b""
    later: bool = False  #: it may come again in a moment
    close: bool = False

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What stands above the body."""
        found = [
            (b"content-length", str(len(self.body)).encode()),
            _QUIET,
            (b"content-type", b"text/plain; charset=utf-8"),
        ]
        if self.later:
            found.append(_LATER)
        if self.close:
            found.append((b"connection", b"close"))
        return found


_COME_AGAIN = Said(status=503, later=True)
Tell = Callable[[Said], None]


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose signature is good, and what it told."""

    known: _Known
    answer: base.Answer


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One call's receipts on their way to a commit, and what the caller is told after it."""

    rows: list[receipts.Incoming]
    said: Said
    tell: Tell


class Door:
    """What stands at /receipts/{key}: an ASGI app, or asked by `begin` and `answer` where a call is whole.

    Nothing here asks for a token: the provider's signature is the proof.
    """

    def __init__(self, desk: desks.Desk, ledger: thread.Ledger) -> None:
        self._desk = desk
        self._ledger = ledger
        self._known: dict[str, _Known] = {}
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()
        self._line = waiting.Line[_Waiting](most=desk.settings.receipts_waiting, patience_s=PATIENCE_S)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _body(scope, receive)
        said = Said(status=413, close=True) if body is None else await self.answer(_call(scope, body))
        await send({"type": "http.response.start", "status": said.status, "headers": said.headers()})
        await send({"type": "http.response.body", "body": said.body})

    def begin(self, call: Call, tell: Tell) -> bool:
        """Do what `answer` does, without a task for each call: `tell` is called once, now or after the commit.

        Returns False, with nothing done, where the call cannot be judged without waiting for something first.
        """
        if self._is_stale():
            return False
        judging = self._judged(call)
        try:
            judging.send(None)
        except StopIteration as ended:
            self._line_up(ended.value, tell)
            return True
        judging.close()
        return False

    async def answer(self, call: Call) -> Said:
        """Verify a call on its raw bytes, and store what it tells before it is told that it was taken."""
        if self._is_stale():
            await self._look_once()
        told: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._line_up(await self._judged(call), functools.partial(_set, told))
        return await told

    async def run(self) -> None:
        """Store what arrives, several requests to a commit, until cancelled.

        Between two commits it leaves the database to others for half as long as the last one held it, so that a flood
        of receipts takes no more than its share from the sending.
        """
        held_s = 0.0
        while True:
            await self._line.some()
            await asyncio.sleep(max(GATHER_S, held_s / 2))
            together = self._line.take(TOGETHER)
            began = time.monotonic()
            held_s = await self._store(together)
            self._line.done(sum(len(each.rows) for each in together), time.monotonic() - began)

    async def close(self) -> None:
        """Give the accounts' connections back."""
        for known in self._known.values():
            await known.provider.close()
        self._known.clear()

    async def _judged(self, call: Call) -> Said | _Read:
        """Verify a call; only a certificate that is not known yet is waited for."""
        known = self._known.get(call.path.removeprefix(guard.DOOR))
        if known is None:
            return Said(status=401)
        try:
            return _Read(known=known, answer=await known.provider.receipts(self._posted(call)))
        except errors.BadSignature as error:
            self._note(known, "refused", error)
            return Said(status=401)
        except errors.BadReceipt as error:
            self._note(known, "unreadable", error)
            return Said(status=400)
        except errors.SendError as error:
            self._note(known, "put_off", error)
            return _COME_AGAIN

    def _line_up(self, judged: Said | _Read, tell: Tell) -> None:
        """Let what a call told wait for the next commit; whatever else there is to say is said now."""
        if isinstance(judged, Said):
            tell(judged)
            return
        known, answer = judged.known, judged.answer
        said = Said(status=answer.status, body=answer.body.encode())
        if not answer.receipts:
            tell(said)
            return
        now = time.time()
        rows = [_incoming(known.workspace, known.account, one, now) for one in answer.receipts]
        if not self._line.join(_Waiting(rows=rows, said=said, tell=tell), len(rows)):
            tell(_COME_AGAIN)

    async def _store(self, together: list[_Waiting]) -> float:
        """Store what calls told, and tell them. Returns for how long that kept other writers out, in seconds."""
        rows = [row for each in together for row in each.rows]
        try:
            taken = await self._keep(rows)
        except (sqlite3.Error, OSError) as error:
            log.warning(
                "%d receipts could not be stored and were put off: %s",
                len(rows),
                error,
                extra={"action": "receipts_put_off", "receipts": len(rows)},
            )
            for each in together:
                _tell(each, _COME_AGAIN)
            return 0.0
        if taken.later:
            self._desk.merger.wake()
        for each in together:
            _tell(each, each.said)
        return taken.held_s

    async def _keep(self, rows: list[receipts.Incoming]) -> merging.Taken:
        """Store and merge; where they cannot be merged, store alone, for the merger to look at."""
        try:
            return await self._ledger.do(
                merging.take, rows, installation=self._desk.installation.ref, now=time.time()
            )
        except (sqlite3.OperationalError, OSError):
            raise
        except Exception:
            log.exception("%d receipts could not be merged as they came", len(rows))
            return merging.Taken(merged=0, later=await self._ledger.do(receipts.add, rows))

    # -- accounts -------------------------------------------------------------------------------------------------

    def _is_stale(self) -> bool:
        return time.monotonic() - self._looked_at > LOOK_S

    async def _look_once(self) -> None:
        """Look at the accounts, unless somebody else just did."""
        async with self._looking:
            if self._is_stale():
                await self._look()

    async def _look(self) -> None:
        """Open accounts that are new or were changed, close those that are gone."""
        async with self._desk.database.reading() as connection:
            rows = [
                (place.id, row)
                for place in await workspaces.all_(connection)
                for row in await accounts.all_(connection, place.id)
            ]
        fresh: dict[str, _Known] = {}
        for workspace, row in rows:
            key = self._desk.installation.door(workspace, row.id)
            old = self._known.pop(key, None)
            if old is not None and old.updated_at == row.updated_at:
                fresh[key] = old
                continue
            if old is not None:
                await old.provider.close()
            if opening.has_receipts(row.provider) and (provider := await self._open(workspace, row.id)):
                fresh[key] = _Known(
                    workspace=workspace, account=row.id, updated_at=row.updated_at, provider=provider
                )
        for gone in self._known.values():
            await gone.provider.close()
        self._known = fresh
        self._looked_at = time.monotonic()

    async def _open(self, workspace: int, account: int) -> base.Provider | None:
        with contextlib.suppress(errors.BadSettings, LookupError):
            return await opening.open_provider(self._desk.database, self._desk.vault, workspace, account)
        return None

    def _posted(self, call: Call) -> base.Posted:
        url = self._desk.receipts_base + call.raw_path
        return base.Posted(
            method=call.method,
            url=f"{url}?{call.query}" if call.query else url,
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers},
            query=dict(parse_qsl(call.query, keep_blank_values=True)) if call.query else {},
            body=call.body,
        )

    def _note(self, known: _Known, what: str, error: Exception) -> None:
        log.info(
            "a receipts call for account %d was %s: %s",
            known.account,
            what.replace("_", " "),
            error,
            extra={"action": f"receipt_{what}", "account": known.account},
        )


def _set(told: "asyncio.Future[Said]", said: Said) -> None:
    if not told.done():  # whoever asked may have gone
        told.set_result(said)


def _tell(one: _Waiting, said: Said) -> None:
    """Tell one caller; what goes wrong with that one is nobody else's affair."""
    try:
        one.tell(said)
    except Exception:
        log.exception("an answer at the receipts door could not be given")


def _incoming(workspace: int, account: int, receipt: base.Receipt, now: float) -> receipts.Incoming:
    event_id = receipt.event_id
    if len(event_id) > EVENT_ID:
        event_id = "b2:" + hashlib.blake2b(event_id.encode(), digest_size=20).hexdigest()
    return receipts.Incoming(
        workspace=workspace,
        account=account,
        event_id=event_id,
        at=now,
        kind=receipt.kind.value,
        ref=receipt.ref[:TEXT],
        provider_ref=receipt.provider_ref[:TEXT],
        address=receipt.address[:TEXT],
        happened_at=receipt.at.timestamp() if receipt.at else None,
        code=receipt.code[:TEXT],
        text=receipt.text[:TEXT],
        suppress=receipt.suppress,
        raw=receipt.raw[: receipts.RAW_BYTES],  # no more waits in memory than is kept
    )


def _call(scope: Any, body: bytes) -> Call:
    return Call(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope.get("raw_path", scope["path"].encode()).decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=scope["headers"],
        body=body,
    )


async def _body(scope: Any, receive: Any) -> bytes | None:
    """The body, or None where it is larger than the door takes."""
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > BODY_BYTES):
            return None
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
