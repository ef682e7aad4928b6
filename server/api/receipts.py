"""The receipts door: one unguessable address per account; verified on the raw bytes, answered after the commit."""

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from server.api import guard
from server.engine import desk as desks
from server.engine import opening
from server.providers import base, errors
from server.store import accounts, receipts, workspaces
from server.store.ledger import thread

log = logging.getLogger(__name__)

BODY_BYTES = 1_000_000
GATHER_S = 0.02  #: how long to gather requests for one commit
TOGETHER = 500  #: requests in one commit, at most
LOOK_S = 1.0  #: how often the accounts are looked at anew while calls come
TEXT = 500  #: longest piece of a provider's words that is kept
EVENT_ID = 200

_QUIET = (b"cache-control", b"no-store")
_LATER = (b"retry-after", b"1")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """One request's receipts on their way to a commit."""

    rows: list[receipts.Incoming]
    done: asyncio.Future[None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One account, opened to read receipts."""

    workspace: int
    account: int
    updated_at: float
    provider: base.Provider


class Door:
    """The ASGI app at /receipts/{key}. Nothing here asks for a token: the provider's signature is the proof."""

    def __init__(self, desk: desks.Desk, ledger: thread.Ledger) -> None:
        self._desk = desk
        self._ledger = ledger
        self._known: dict[str, _Known] = {}
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(desk.settings.receipts_waiting)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _body(scope, receive)
        if body is None:
            await _say(send, 413, close=True)
            return
        known = await self._find(scope["path"].removeprefix(guard.DOOR))
        if known is None:
            await _say(send, 401)
            return
        try:
            answer = await known.provider.receipts(self._posted(scope, body))
        except errors.BadSignature as error:
            self._note(known, "refused", error)
            await _say(send, 401)
        except errors.BadReceipt as error:
            self._note(known, "unreadable", error)
            await _say(send, 400)
        except errors.SendError as error:
            self._note(known, "put_off", error)
            await _say(send, 503, later=True)
        else:
            await self._take(known, answer, send)

    async def run(self) -> None:
        """Store what arrives, several requests to a commit, until cancelled."""
        while True:
            together = [await self._queue.get()]
            await asyncio.sleep(GATHER_S)
            while len(together) < TOGETHER and not self._queue.empty():
                together.append(self._queue.get_nowait())
            await self._store(together)

    async def close(self) -> None:
        """Give the accounts' connections back."""
        for known in self._known.values():
            await known.provider.close()
        self._known.clear()

    async def _take(self, known: _Known, answer: base.Answer, send: Any) -> None:
        if answer.receipts:
            now = time.time()
            rows = [_incoming(known.workspace, known.account, one, now) for one in answer.receipts]
            waiting = _Waiting(rows=rows, done=asyncio.get_running_loop().create_future())
            try:
                self._queue.put_nowait(waiting)
                await waiting.done
            except (asyncio.QueueFull, sqlite3.Error, OSError):
                await _say(send, 503, later=True)
                return
        await _say(send, answer.status, answer.body.encode())

    async def _store(self, together: list[_Waiting]) -> None:
        rows = [row for waiting in together for row in waiting.rows]
        try:
            await self._ledger.do(receipts.add, rows)
        except (sqlite3.Error, OSError) as error:
            log.warning(
                "%d receipts could not be stored and were put off: %s",
                len(rows),
                error,
                extra={"action": "receipts_put_off", "receipts": len(rows)},
            )
            for waiting in together:
                _settle(waiting, error)
            return
        self._desk.merger.wake()
        for waiting in together:
            _settle(waiting, None)

    # -- accounts -------------------------------------------------------------------------------------------------

    async def _find(self, key: str) -> _Known | None:
        if time.monotonic() - self._looked_at > LOOK_S:
            async with self._looking:
                if time.monotonic() - self._looked_at > LOOK_S:
                    await self._look()
        return self._known.get(key)

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

    def _posted(self, scope: Any, body: bytes) -> base.Posted:
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        url = self._desk.receipts_base + path
        return base.Posted(
            method=scope["method"],
            url=f"{url}?{query}" if query else url,
            headers={
                key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]
            },
            query=dict(parse_qsl(query, keep_blank_values=True)),
            body=body,
        )

    def _note(self, known: _Known, what: str, error: Exception) -> None:
        log.info(
            "a receipts call for account %d was %s: %s",
            known.account,
            what.replace("_", " "),
            error,
            extra={"action": f"receipt_{what}", "account": known.account},
        )


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.done.done():
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        waiting.done.set_exception(error)


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
        raw=receipt.raw,
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


async def _say(
    send: Any, status: int, body: bytes = b"", *, later: bool = False, close: bool = False
) -> None:
    headers = [
        (b"content-length", str(len(body)).encode()),
        _QUIET,
        (b"content-type", b"text/plain; charset=utf-8"),
    ]
    if later:
        headers.append(_LATER)
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
