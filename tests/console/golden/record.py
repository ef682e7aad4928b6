"""Record what a real server says after a demo: `python -m tests.console.golden.record DATA`, while it serves DATA.

DATA is the folder of a finished `heliograph demo --keep`. The recording is written beside this file; the pictures
change with it and have to be looked at and renewed.
"""

import argparse
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from server import client
from server.channels import contents
from server.wire import audiences, campaigns, endpoint, ledger, messages, providers, server, twins

FILE = pathlib.Path(__file__).with_name("recorded.json")
ROWS, OF_EACH, STORIES = 12, 5, 2

#: What differs from machine to machine, and what stands there instead.
LOCAL = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8443"),
    (re.compile(r"localhost:\d+"), "localhost:8443"),
    (re.compile(r"/tmp/[^\s\"\\]*?/data"), "/srv/heliograph"),
)


class Recorded(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A server's answers, in the wire's own types: a change of the wire makes the recording unreadable."""

    about: server.About
    types: providers.ProviderTypes
    accounts: providers.Accounts
    checks: dict[int, providers.Check]
    stand_ins: twins.Twins
    arrived: list[twins.Arrived]  #: newest first
    audience: audiences.Audience
    contacts: list[audiences.Contact]
    imported: audiences.Import
    faults: list[audiences.ImportFault]
    inspection: audiences.Inspection
    suppressions: list[audiences.Suppression]
    campaign: campaigns.Campaign
    estimate: campaigns.Estimate
    previews: dict[int, campaigns.Preview]  #: by position: the first three, the middle and the last
    run: campaigns.Run
    series: campaigns.Series
    rows: list[messages.Message]  #: newest first
    stories: dict[str, messages.Story]  #: by reference


def record(asked: client.Client) -> Recorded:
    """Ask for everything a console would, in small."""
    campaign = asked.call(campaigns.LIST, campaigns.CampaignQuery()).rows[-1]
    assert campaign.run is not None
    assert campaign.audience is not None
    accounts = asked.call(providers.LIST)
    rows = {row.ref: row for row in _messages(asked, campaign.run)}
    imported = asked.call(audiences.IMPORTS, endpoint.Window()).rows[-1]
    return Recorded(
        about=asked.call(server.ABOUT),
        types=asked.call(providers.TYPES),
        accounts=accounts,
        checks={row.id: asked.call(providers.CHECK, account=row.id) for row in accounts.rows},
        stand_ins=asked.call(twins.LIST),
        arrived=sorted(_arrived(asked), key=lambda one: one.arrival.at, reverse=True),
        audience=asked.call(audiences.SHOW, audience=campaign.audience),
        contacts=asked.call(audiences.CONTACTS, audiences.ContactQuery(limit=60)).rows,
        imported=imported,
        faults=asked.call(audiences.FAULTS, endpoint.Window(), id=imported.id).rows,
        inspection=_inspection(asked),
        suppressions=asked.call(audiences.SUPPRESSIONS, audiences.SuppressionQuery(limit=ROWS)).rows,
        campaign=campaign,
        estimate=_estimate(asked, campaign),
        previews=dict(_previews(asked, campaign)),
        run=asked.call(campaigns.RUN, run=campaign.run),
        series=asked.call(campaigns.SERIES, campaigns.SeriesQuery(), run=campaign.run),
        rows=sorted(rows.values(), key=lambda row: row.updated_at, reverse=True),
        stories=dict(_stories(asked, list(rows.values()))),
    )


def _messages(asked: client.Client, run: int) -> Iterator[messages.Message]:
    """Some of every state, and of every state on every channel."""
    for state in ledger.State:
        for channel in ("", *contents.CHANNELS):
            limit = OF_EACH if channel else ROWS
            query = messages.MessageQuery(run=run, channel=channel, state=state.value, limit=limit)
            yield from asked.call(messages.LIST, query).rows


def _stories(asked: client.Client, rows: list[messages.Message]) -> Iterator[tuple[str, messages.Story]]:
    """The first ones of every state on every channel: those that a list shows at its top."""
    told: dict[tuple[str, str], int] = {}
    for row in sorted(rows, key=lambda row: row.updated_at, reverse=True):
        key = (row.channel, row.state.value)
        told[key] = told.get(key, 0) + 1
        if told[key] <= STORIES:
            yield row.ref, asked.call(messages.STORY, ref=row.ref)


def _arrived(asked: client.Client) -> Iterator[twins.Arrived]:
    """A few of what each twin was handed, over the whole run; not what came of checking the accounts."""
    chosen: list[int] = []
    for twin in asked.call(twins.LIST).rows:
        found = asked.call(twins.INBOX, twins.ArrivalQuery(twin=twin.key, limit=500)).rows
        chosen += [row.id for row in found if row.ref][:: 500 // OF_EACH]
    for number in chosen:
        yield asked.call(twins.ARRIVED, id=number)


def _estimate(asked: client.Client, campaign: campaigns.Campaign) -> campaigns.Estimate:
    draft = _draft(asked, campaign)
    try:
        return asked.call(campaigns.ESTIMATE, campaign=draft.id)
    finally:
        asked.call(campaigns.DELETE, campaign=draft.id)


def _draft(asked: client.Client, campaign: campaigns.Campaign) -> campaigns.Campaign:
    ask = campaigns.SaveCampaign(name=campaign.name, audience=campaign.audience, contents=campaign.contents)
    return asked.call(campaigns.CREATE, ask)


def _previews(asked: client.Client, campaign: campaigns.Campaign) -> Iterator[tuple[int, campaigns.Preview]]:
    people = asked.call(audiences.SHOW, audience=campaign.audience or 0).people
    for position in (0, 1, 2, people // 2, people - 1):
        ask = campaigns.PreviewAsk(contents=campaign.contents, audience=campaign.audience, position=position)
        yield position, asked.call(campaigns.PREVIEW, ask)


def _inspection(asked: client.Client) -> audiences.Inspection:
    """What the demo's own file would look like to whoever imports it by hand."""
    contact = asked.call(audiences.CONTACTS, audiences.ContactQuery(limit=4)).rows
    names = ["key", "first_name", "last_name", "email", "phone", "country", "zone", "points", "plan"]
    lines = [",".join(names), *(_line(row) for row in contact)]
    ask = audiences.InspectAsk(file="members-eu.csv")
    return asked.upload(audiences.INSPECT, ask, [("\r\n".join(lines) + "\r\n").encode()])


def _line(row: audiences.Contact) -> str:
    reach = {one.channel: one.address for one in row.identities}
    values: dict[str, Any] = {**row.attributes}
    first, _, last = row.name.partition(" ")
    cells = [row.key, first, last, reach.get("email", ""), reach.get("sms", ""), row.country, row.zone]
    return ",".join([*cells, str(values.get("points", "")), str(values.get("plan", ""))])


def read() -> Recorded:
    """The recording as it was kept. Raises msgspec.ValidationError where the wire has moved on."""
    return msgspec.json.decode(FILE.read_bytes(), type=Recorded)


def main() -> int:
    """Write the recording."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=pathlib.Path, metavar="DATA")
    with client.on(parser.parse_args().data) as asked:
        words = msgspec.json.encode(record(asked)).decode()
    for pattern, instead in LOCAL:
        words = pattern.sub(instead, words)
    FILE.write_bytes(msgspec.json.format(words.encode(), indent=1) + b"\n")
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
