"""The api process: the API, the live feed, the receipts door, and the engine's own tasks beside them."""

import asyncio
import contextlib
import functools
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import uvicorn

from server import ports
from server import settings as configuration
from server.api import (  # noqa: F401 - each noun's module registers its endpoints
    accounts,
    audiences,
    blocks,
    campaigns,
    crafting,
    crowding,
    exceptions,
    flow,
    guard,
    health,
    holds,
    ledger,
    limits,
    live,
    mails,
    messages,
    openapi,
    overview,
    policies,
    prices,
    receipts,
    schedules,
    serving,
    shelf,
    shortcut,
    templates,
    testing,
    tokens,
    twins,
    unsubscribe,
    workspaces,
)
from server.engine import (
    acting,
    certificates,
    checking,
    clock,
    fallback,
    feed,
    finding,
    opening,
    sandbox,
    standing,
)
from server.engine import desk as desks
from server.engine import receipts as merging
from server.engine import twins as control
from server.pipeline.audience import importing
from server.security import links, vault
from server.store import database, meta
from server.store import workspaces as places
from server.store.ledger import thread

log = logging.getLogger(__name__)

STREAMS_END_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """What the process holds open."""

    desk: desks.Desk
    desks: desks.Desks
    intake: thread.Ledger


async def serve(
    settings: configuration.Settings, stop: asyncio.Event, ready: Callable[[int], Awaitable[None]]
) -> None:
    """Serve until told to stop, then finish what is in flight. Calls `ready` with the port once it listens.

    Raises ports.PortTaken.
    """
    bound = ports.bind(settings.host, settings.port)
    port = int(bound.getsockname()[1])
    token = tokens.ensure(settings.token_file)
    async with _house(settings, port) as house:
        door = receipts.Door(house.desk, house.intake)
        app = serving.build(house.desks, openapi.show)
        guarded = guard.Guard(
            app,
            doors={
                guard.DOOR: door,
                links.UNSUBSCRIBE: unsubscribe.Unsubscribe(house.desk, house.intake),
            },
            token=token,
            settings=settings,
            open_paths=[row.endpoint.path for row in serving.SERVED.values() if row.endpoint.open],
        )
        guarded.listen_on(port)
        server = _Server(_configuration(settings, guarded, door))
        serving_task = asyncio.create_task(server.serve(sockets=[bound]), name="http")
        tasks = [
            serving_task,
            asyncio.create_task(door.run(), name="receipts"),
            asyncio.create_task(house.desk.merger.run(), name="merger"),
            asyncio.create_task(house.desk.clock.run(), name="clock"),
            asyncio.create_task(house.desk.worker.run(), name="acts"),
            asyncio.create_task(house.desk.finder.run(), name="look-ups"),
            asyncio.create_task(
                fallback.Recaller(house.desk.ledger, house.desk.database, house.desk.vault).run(),
                name="fallback",
            ),
            asyncio.create_task(_wire_sandbox(house.desk), name="sandbox"),
            asyncio.create_task(certificates.Watch().run(settings), name="certificates"),
        ]
        try:
            await _listening(server, serving_task)
            await house.desk.importer.resume_all()
            await ready(port)
            await _until(stop, tasks)
        finally:
            house.desk.standing.draining = True
            await house.desks.close()
            server.should_exit = True
            with contextlib.suppress(Exception):
                await asyncio.wait_for(asyncio.shield(serving_task), settings.drain_s + STREAMS_END_S)
            await _end(tasks)
            with contextlib.suppress(sqlite3.Error, OSError):  # a start counts what a stop could not
                await house.desk.clock.keep_mark()
            await door.close()


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configuration(settings: configuration.Settings, app: guard.Guard, door: receipts.Door) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast(type[asyncio.Protocol], functools.partial(shortcut.Protocol, door=door, guarding=app)),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=crowding.most(),
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, int(settings.drain_s)),
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
    )


@contextlib.asynccontextmanager
async def _house(settings: configuration.Settings, port: int) -> AsyncIterator[_House]:
    """Open everything, and close it in the opposite order."""
    async with contextlib.AsyncExitStack() as stack:
        base = database.Database(settings.database)
        stack.push_async_callback(base.close)
        await base.warm()
        keys = vault.unlock(settings.data, keyring=settings.keyring)
        receipts_base = settings.public_url.rstrip("/") or ports.address(
            settings.host, port, secure=settings.secure
        )
        async with base.writing() as connection:
            installation = await meta.installation(connection)
            await meta.put(connection, opening.BASE_KEY, receipts_base)
            await meta.put(connection, meta.PORT, str(port))
        book, intake = thread.Ledger(settings.database), thread.Ledger(settings.database)
        stack.callback(book.close)
        stack.callback(intake.close)
        twins_control = control.Control(settings.data)
        stack.push_async_callback(twins_control.close)
        importer = importing.Importer(base, settings.data)
        stack.push_async_callback(importer.close)
        checker = checking.Checker(base)
        stack.push_async_callback(checker.close)
        await checker.abandon()
        desk = desks.Desk(
            settings=settings,
            database=base,
            workspace=places.SANDBOX,
            vault=keys,
            installation=installation,
            receipts_base=receipts_base,
            standing=standing.Standing(troubles=dict(sandbox.UNWIRED) if settings.twins else {}),
            importer=importer,
            ledger=book,
            merger=merging.Merger(book, installation),
            clock=clock.Clock(book, settings.data),
            worker=acting.Worker(book, installation.ref),
            finder=finding.Finder(
                finding.House(
                    database=base,
                    ledger=book,
                    keys=keys,
                    installation=installation,
                    wait_s=settings.lookup_wait_s,
                )
            ),
            twins=twins_control,
            feed=feed.Feed(),
            checker=checker,
        )
        await sandbox.establish(desk)
        yield _House(desk=desk, desks=desks.Desks(desk, feed.Feed), intake=intake)


async def _listening(server: _Server, task: asyncio.Task[None]) -> None:
    while not server.started:
        if task.done():
            await task
            raise RuntimeError("the server ended before it listened")
        await asyncio.sleep(0.01)


async def _wire_sandbox(desk: desks.Desk) -> None:
    """Wire the sandbox to its twins; again until they answer, for they may be started by hand, later."""
    wait_s = 0.2
    while not await sandbox.wire_up(desk):
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, 5.0)


async def _until(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait to be told to stop. A task of ours that fails ends the process: it is started anew, and says why."""
    stopping = asyncio.create_task(stop.wait())
    watched: set[asyncio.Task[Any]] = {stopping, *tasks}
    try:
        while not stopping.done():
            done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
    finally:
        stopping.cancel()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
