"""A server that answers from the recording, over a real socket, and remembers what it had no answer for."""

import http.server
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from server.wire import (
    all_endpoints,
    arrivals,
    audiences,
    campaigns,
    endpoint,
    exceptions,
    flow,
    holds,
    ledger,
    limits,
    messages,
    policies,
    prices,
    problems,
    providers,
    server,
    shelf,
    testing,
    twins,
)
from tests.console.golden import library, paced, promised, stuck, tested, world
from tests.console.golden.world import KEPT

TOKEN = "g" * 43
BEAT_S = 5.0  #: a feed that says nothing for longer is taken for lost

RowT = TypeVar("RowT")
Answer = Callable[..., Any]  #: takes the ask, and each slot by its name

_LIVE = {
    campaigns.Status.LAUNCHING,
    campaigns.Status.RUNNING,
    campaigns.Status.PAUSED,
    campaigns.Status.CANCELLING,
}


class Missing(Exception):
    """There is no such thing in the recording."""


def _cut(rows: Sequence[RowT], ask: endpoint.Window) -> dict[str, Any]:
    return {
        "total": len(rows),
        "offset": ask.offset,
        "rows": list(rows[ask.offset : ask.offset + ask.limit]),
    }


def _one(rows: Sequence[RowT], **wanted: int) -> RowT:
    [(name, value)] = wanted.items()
    for row in rows:
        if getattr(row, name) == value:
            return row
    raise Missing


def _campaigns(ask: campaigns.CampaignQuery) -> campaigns.Campaigns:
    wanted = _LIVE if ask.status == "live" else {ask.status}
    return campaigns.Campaigns(
        **_cut(
            [
                row
                for row in world.CAMPAIGNS
                if (not ask.status or row.status in wanted)
                and ask.find.lower() in row.name.lower()
                and ask.tag in ("", *row.tags)
                and row.archived == (ask.archived == "only")
            ],
            ask,
        )
    )


def _messages(ask: messages.MessageQuery) -> messages.Messages:
    states = ledger.ACCEPTED if ask.group and ask.state == "accepted" else (ask.state,)
    rows = [
        row
        for row in KEPT.rows
        if (not ask.state or row.state in states)
        and ask.channel in ("", row.channel)
        and ask.reason in ("", row.reason)
        and ask.run in (0, row.run)
        and ask.campaign in (0, row.campaign)
        and ask.account in (0, row.account)
        and ask.find in ("", row.address, row.ref, row.provider_ref)
    ]
    if ask.sort:
        name = ask.sort.removeprefix("-")
        rows.sort(key=lambda row: str(getattr(row, name)), reverse=ask.sort.startswith("-"))
    return messages.Messages(**_cut(rows, ask))


def _contacts(ask: audiences.ContactQuery) -> audiences.Contacts:
    found = [row for row in KEPT.contacts if not ask.find or row.name.lower().startswith(ask.find.lower())]
    return audiences.Contacts(**_cut(found, ask))


def _inbox(ask: twins.ArrivalQuery) -> twins.Arrivals:
    rows = [
        one.arrival
        for one in KEPT.arrived
        if ask.twin in ("", one.arrival.twin)
        and ask.outcome in ("", one.arrival.outcome)
        and ask.find in one.arrival.to
    ]
    return twins.Arrivals(**_cut(rows, ask))


def _preview(ask: campaigns.PreviewAsk) -> campaigns.Preview:
    """The recorded rendering, of the channels that were asked for."""
    kept = KEPT.previews[ask.position]
    rendered = kept.contents.chosen()
    chosen = {name: rendered[name] for name in ask.contents.chosen()}
    return msgspec.structs.replace(
        kept,
        contents=campaigns.Contents(**chosen),  # type: ignore[arg-type]
        hashes={name: kept.hashes[name] for name in chosen},
    )


def _estimate(campaign: int) -> campaigns.Estimate:
    channels = _one(world.CAMPAIGNS, id=campaign).channels
    rows = [row for row in KEPT.estimate.channels if row.channel in channels]
    faults = [] if rows else ["No audience is chosen.", "No channel has a content."]
    people = KEPT.estimate.people if rows else 0
    return campaigns.Estimate(
        people=people,
        messages=people * len(rows),
        channels=rows,
        faults=faults,
        cost=tested.COST,
        duration=tested.duration(rows),
    )


#: Every endpoint that a screen may ask.
ANSWERS: dict[endpoint.Endpoint[Any, Any], Answer] = {
    server.HEALTH: lambda _ask: server.Readiness(
        ready=True, reasons=[], version=KEPT.about.version, senders=1, draining=False
    ),
    server.ABOUT: lambda _ask: KEPT.about,
    server.WORKSPACES: lambda _ask: server.Workspaces(rows=[KEPT.about.workspace]),
    server.OVERVIEW: lambda _ask: world.overview(),
    campaigns.LIST: _campaigns,
    campaigns.SHOW: lambda _ask, campaign: _one(world.CAMPAIGNS, id=campaign),
    campaigns.ESTIMATE: lambda _ask, campaign: _estimate(campaign),
    campaigns.PREVIEW: _preview,
    campaigns.SAVE: lambda _ask, campaign: _one(world.CAMPAIGNS, id=campaign),
    campaigns.RUN: lambda _ask, run: world.RUNS[run],
    campaigns.SERIES: lambda ask, run: world.series(run, ask.seconds),
    policies.SHOW: lambda _ask: policies.Defaults(
        quiet=policies.QuietHours(windows=[policies.Window(start="21:00", end="08:00")]),
        caps=[policies.Cap(most=3, hours=168)],
        zone="Europe/Paris",
    ),
    holds.SHOW: lambda _ask: holds.Hold(held=False),
    limits.PACE: lambda _ask, run: paced.pace(run),
    limits.LIST: lambda _ask: limits.Limits(rows=paced.LIMITS),
    limits.ROUTES: lambda _ask: limits.Routes(rows=paced.ROUTES),
    limits.ORIGINS: lambda _ask, account: paced.origins(account),
    policies.WAVES: lambda _ask, run: policies.Waves(planned=[], waiting=[]),
    messages.LIST: _messages,
    messages.STORY: lambda _ask, ref: world.story(ref),
    exceptions.DOUBTS: stuck.doubts,
    exceptions.DEAD: stuck.dead,
    exceptions.DOUBT_ROWS: lambda ask: stuck.page(ask, ledger.State.DOUBT),
    exceptions.DEAD_ROWS: lambda ask: stuck.page(ask, ledger.State.FAILED),
    exceptions.PREVIEW: stuck.preview,
    audiences.LIST: lambda ask: audiences.Audiences(**_cut([KEPT.audience], ask)),
    audiences.SHOW: lambda _ask, audience: _one([KEPT.audience], id=audience),
    audiences.CONTACTS: _contacts,
    audiences.CONTACT: lambda _ask, contact: _one(KEPT.contacts, id=contact),
    audiences.INSPECT: lambda _ask: KEPT.inspection,
    audiences.IMPORTS: lambda ask: audiences.Imports(**_cut([KEPT.imported], ask)),
    audiences.IMPORTED: lambda _ask, id: _one([KEPT.imported], id=id),
    audiences.FAULTS: lambda ask, id: audiences.ImportFaults(**_cut(KEPT.faults, ask)),
    audiences.SUPPRESSIONS: lambda ask: audiences.Suppressions(**_cut(KEPT.suppressions, ask)),
    providers.TYPES: lambda _ask: KEPT.types,
    providers.LIST: lambda _ask: providers.Accounts(rows=world.ACCOUNTS),
    providers.SHOW: lambda _ask, account: _one(world.ACCOUNTS, id=account),
    providers.CHECK: lambda _ask, account: world.check(account),
    prices.LIST: lambda _ask: tested.PRICES,
    flow.SHOW: lambda _ask: tested.WAY,
    shelf.TAGS: lambda _ask: tested.TAGS,
    testing.LIST: tested.tests,
    testing.ADDRESSES: lambda _ask: tested.ADDRESSES,
    **library.ANSWERS,
    twins.LIST: lambda _ask: KEPT.stand_ins,
    twins.INBOX: _inbox,
    twins.ARRIVED: lambda _ask, id: next(row for row in KEPT.arrived if row.arrival.id == id),
    arrivals.COMPARE: lambda _ask, id: promised.compare(id),
    arrivals.GLANCE: lambda ask: promised.glances(_inbox(ask)),
}


def _empty(reply: type[Any]) -> Answer:
    return lambda ask, **_slots: reply(total=0, offset=ask.offset, rows=[])


def _refuse(_ask: Any, **_slots: Any) -> Any:
    raise problems.refuse(
        problems.Code.STORAGE, "The disk of the data folder is full.", "Make room; it goes on by itself."
    )


#: Each world's answers: the recording, an installation that has done nothing yet, and a server that cannot answer.
WORLDS: dict[str, dict[endpoint.Endpoint[Any, Any], Answer]] = {
    "recorded": ANSWERS,
    "nothing": ANSWERS
    | library.NOTHING
    | {
        server.OVERVIEW: lambda _ask: world.QUIET,
        campaigns.LIST: _empty(campaigns.Campaigns),
        messages.LIST: _empty(messages.Messages),
        exceptions.DOUBTS: lambda _ask: exceptions.Groups(groups=[], total=0, closed=0),
        exceptions.DEAD: lambda _ask: exceptions.Groups(groups=[], total=0, closed=0),
        audiences.LIST: _empty(audiences.Audiences),
        audiences.CONTACTS: _empty(audiences.Contacts),
        audiences.IMPORTS: _empty(audiences.Imports),
        audiences.SUPPRESSIONS: _empty(audiences.Suppressions),
        providers.LIST: lambda _ask: providers.Accounts(rows=[]),
        twins.INBOX: _empty(twins.Arrivals),
        arrivals.GLANCE: _empty(arrivals.Glances),
    },
    "refused": dict.fromkeys(ANSWERS, _refuse)
    | {what: ANSWERS[what] for what in (server.HEALTH, server.ABOUT, server.WORKSPACES)},
}


def _pattern(what: endpoint.Endpoint[Any, Any]) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(what.path)) + "$")


ROUTES = [(what.method, _pattern(what), what) for what in all_endpoints.ALL]


def route(method: str, path: str) -> tuple[endpoint.Endpoint[Any, Any], dict[str, Any]]:
    """The endpoint of a request and its slots; numbers as numbers. Raises Missing."""
    for wanted, pattern, what in ROUTES:
        found = pattern.match(path) if wanted == method else None
        if found:
            slots = found.groupdict()
            return what, {
                name: int(value) if value.isdecimal() and name != "ref" else value
                for name, value in slots.items()
            }
    raise Missing


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request after the other; the live feed stays open and tells of no change."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[endpoint.Endpoint[Any, Any], Answer]]
    unanswered: ClassVar[list[str]] = []
    over: ClassVar[threading.Event]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            what, slots = route(self.command, parts.path)
            if what is server.LIVE:
                self._live()
                return
            reply = self.answers[what](_ask(what, parts.query, body), **slots)
        except problems.Refused as refused:
            self._send(refused.problem.status, msgspec.json.encode(refused.problem))
            return
        except (KeyError, Missing, StopIteration, msgspec.MsgspecError) as error:
            self.unanswered.append(f"{self.command} {self.path}: {type(error).__name__} {error}")
            told = problems.refuse(problems.Code.NOT_FOUND, "This was not recorded.").problem
            self._send(told.status, msgspec.json.encode(told))
            return
        self._send(200, msgspec.json.encode(reply))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _live(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b": hello\n\n")
        self.wfile.flush()
        self.close_connection = True
        while not self.over.wait(BEAT_S):
            self.wfile.write(b": beat\n\n")
            self.wfile.flush()


def _ask(what: endpoint.Endpoint[Any, Any], query: str, body: bytes) -> Any:
    if what.asks_by_query:
        return msgspec.convert(dict(parse_qsl(query)), what.ask, strict=False)
    return msgspec.json.decode(body or b"{}", type=what.ask)


class Listener(http.server.ThreadingHTTPServer):
    """Every connection in a thread of its own."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Remember what went wrong; that a console hangs up is its right."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            Handler.unanswered.append(f"{client_address}: {error!r}")


@contextmanager
def serving(chosen: str = "recorded") -> Iterator[tuple[str, list[str]]]:
    """A running far side of one of the WORLDS: its address, and what it could not answer so far."""
    Handler.answers = WORLDS[chosen]
    Handler.over = threading.Event()
    Handler.unanswered.clear()
    listener = Listener(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, name="far", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}", Handler.unanswered
    finally:
        Handler.over.set()
        listener.shutdown()
        listener.server_close()
        thread.join()
