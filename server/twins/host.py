"""Keep all twins in one process: their keys, their ports, their inbox, and a door to look inside."""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from server.twins import authority, base, callbacks, control, files, inbox, population
from server.twins.email import ses, smtp
from server.twins.push import apns, webpush
from server.twins.rcs import rbm
from server.twins.sms import twilio
from server.twins.whatsapp import cloud
from server.wire import twins as wire

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
CONTROL = "control"  #: the control door's name among the addresses

#: Every twin there is, in the order screens list them.
TWINS: tuple[type[base.Twin], ...] = (
    apns.ApnsTwin,
    webpush.WebPushTwin,
    smtp.Smtp,
    ses.Ses,
    twilio.Twilio,
    cloud.Cloud,
    rbm.Rbm,
)


class BadWorld(Exception):
    """The twins' own files cannot be used. The sentence names the file and the remedy."""


class World(msgspec.Struct, kw_only=True):
    """What the twins remember about themselves, in DATA/twins/world.json, readable by its owner alone."""

    seed: int
    token: str  #: asked for at the control door
    credentials: dict[str, dict[str, str]] = {}  #: twin key to what it invented
    hooks: dict[str, str] = {}  #: twin key to the webhook address configured at this provider


class Host:
    """The twins of one data folder."""

    def __init__(self, data: Path, seed: int | None = None, *, pace: float = 1.0) -> None:
        """Load the world or make it. A given seed replaces the remembered one.

        Raises BadWorld for files that cannot be read, OSError for a folder that cannot be written, and
        sqlite3.Error for an inbox that is none.
        """
        self.folder = data / "twins"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys lie in it
        self.folder.mkdir(exist_ok=True)
        self.world = self._load(seed)
        self.tls = authority.ensure(self.folder)
        self.population = population.Population(self.world.seed, pace=pace)
        self.inbox = inbox.Inbox(self.folder / "inbox.db", {kind.key: kind.opened for kind in TWINS})
        self.addresses: dict[str, str] = {}  #: twin key, and `control`, to where it listens
        self.twins: dict[str, base.Twin] = {}  #: those that run
        self.postman: callbacks.Postman | None = None
        self._door: control.Door | None = None

    @property
    def authority(self) -> Path:
        """The certificate a client must trust."""
        return self.tls.authority

    async def start(self) -> None:
        """Listen with every twin, on the ports of the last start where they are free. Writes addresses.json."""
        remembered = self._ports()
        self.postman = callbacks.Postman(
            authority_pem=self.tls.authority.read_bytes(), hooks=self.world.hooks
        )
        yard = base.Yard(
            credentials=self.world.credentials,
            population=self.population,
            inbox=self.inbox,
            callbacks=self.postman,
        )
        for kind in TWINS:
            await self._start_twin(kind(yard), remembered.get(kind.key, 0))
        self._door = control.Door(self)
        self.addresses[CONTROL] = await _listen(self._door.start, remembered.get(CONTROL, 0))
        files.write(self.folder / "addresses.json", msgspec.json.encode(self.addresses), 0o644)

    async def stop(self) -> None:
        """Stop listening, then write what the inbox still holds."""
        stops = [twin.stop() for twin in self.twins.values()]
        if self._door is not None:
            stops.append(self._door.stop())
        ends = await asyncio.gather(*stops, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                log.error("a twin did not stop cleanly", exc_info=end)
        self.twins.clear()
        if self.postman is not None:
            await self.postman.close()
        await asyncio.to_thread(self.inbox.close)

    def set_hooks(self, hooks: Mapping[str, str]) -> None:
        """Configure webhooks at the providers, and remember them. An empty address removes one."""
        changed = {key: url for key, url in {**self.world.hooks, **hooks}.items() if url}
        if changed != self.world.hooks:
            self.world.hooks = changed
            self._save()
        if self.postman is not None:
            self.postman.set_hooks(changed)

    def accounts(self) -> dict[str, dict[str, object]]:
        """Twin key to the settings and secrets an operator would type into our account form."""
        told: dict[str, dict[str, object]] = {}
        for kind in TWINS:
            settings, hidden = kind.account(self.world.credentials[kind.key])
            told[kind.key] = {"settings": settings, "secrets": hidden}
        return told

    def rows(self) -> list[wire.Twin]:
        """Every twin as the console lists it."""
        return [
            wire.Twin(
                key=kind.key,
                channel=kind.channel,
                title=kind.title,
                address=self.addresses.get(kind.key, ""),
                arrived=self.inbox.arrived[kind.key],
                running=kind.key in self.twins,
            )
            for kind in TWINS
        ]

    async def _start_twin(self, twin: base.Twin, port: int) -> None:
        async def listen(at: int) -> str:
            return await twin.start(HOST, at, self.tls)

        self.addresses[twin.key] = await _listen(listen, port)
        self.addresses |= {f"{twin.key}#{name}": address for name, address in twin.hosts.items()}
        self.twins[twin.key] = twin

    def _load(self, seed: int | None) -> World:
        path = self.folder / "world.json"
        try:
            world = msgspec.json.decode(path.read_bytes(), type=World)
        except FileNotFoundError:
            world = World(
                seed=secrets.randbelow(2**31) if seed is None else seed, token=secrets.token_urlsafe(32)
            )
        except msgspec.DecodeError as problem:
            raise BadWorld(
                f"The twins' keys in {path} cannot be read ({problem}). Restore the file, or delete it to have new "
                "keys made; accounts that use the twins must then be set up again."
            ) from problem
        if seed is not None:
            world.seed = seed
        for kind in TWINS:
            if kind.key not in world.credentials:
                world.credentials[kind.key] = kind.invent()
        self.world = world
        self._save()
        return world

    def _save(self) -> None:
        files.write(self.folder / "world.json", msgspec.json.encode(self.world), 0o600)

    def _ports(self) -> dict[str, int]:
        """The ports of the last start; they are a convenience, so a broken file is an empty one."""
        try:
            addresses = msgspec.json.decode(
                (self.folder / "addresses.json").read_bytes(), type=dict[str, str]
            )
            return {key: urlsplit(address).port or 0 for key, address in addresses.items()}
        except (FileNotFoundError, ValueError):
            return {}


async def _listen(start: control.Start, port: int) -> str:
    """Listen on the remembered port where it is free, else on a new one."""
    try:
        return await start(port)
    except OSError as problem:
        if port == 0:
            raise
        log.info("port %d is taken (%s); a new one is used", port, problem)
        return await start(0)
