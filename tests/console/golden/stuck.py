"""Doubts and dead letters of the recording, grouped as the server groups them."""

import collections
from collections.abc import Sequence
from typing import Any

from console.widgets import reasons
from server.wire import exceptions, ledger, messages
from tests.console.golden.world import KEPT

RULE = (
    "This provider cannot be asked about a message. A receipt that carries our reference settles it when it comes;"
    " otherwise a person decides."
)


def _rows(ask: exceptions.Pick, state: ledger.State) -> list[messages.Message]:
    return [
        row
        for row in KEPT.rows
        if row.state == state
        and not ask.closed
        and ask.channel in ("", row.channel)
        and ask.reason in ("", row.reason)
        and ask.run in (0, row.run)
        and ask.campaign in (0, row.campaign)
        and ask.account in (0, row.account)
        and ask.find in f"{row.name} {row.address}"
    ]


def doubts(ask: exceptions.Pick) -> exceptions.Groups:
    """What is in doubt, by run."""
    return _groups(_rows(ask, ledger.State.DOUBT), by_run=True)


def dead(ask: exceptions.Pick) -> exceptions.Groups:
    """What was given up, over all runs."""
    return _groups(_rows(ask, ledger.State.FAILED), by_run=False)


def _groups(rows: Sequence[messages.Message], *, by_run: bool) -> exceptions.Groups:
    found: dict[tuple[str, int, str, int], list[messages.Message]] = {}
    for row in rows:
        key = (row.channel, row.account, row.reason, row.run if by_run else 0)
        found.setdefault(key, []).append(row)
    groups = [_group(some, by_run=by_run) for some in found.values()]
    groups.sort(key=lambda group: (-group.count, group.reason))
    return exceptions.Groups(groups=groups, total=len(rows), closed=0)


def _group(rows: list[messages.Message], *, by_run: bool) -> exceptions.Group:
    first = rows[0]
    meaning = reasons.explain(first.channel, first.reason)
    domains = collections.Counter(row.address.partition("@")[2] for row in rows if "@" in row.address)
    runs = collections.Counter((str(row.run), row.campaign_name) for row in rows)
    return exceptions.Group(
        channel=first.channel,
        account=first.account,
        account_name=first.account_name,
        provider="",
        reason=first.reason,
        count=len(rows),
        oldest=min(row.updated_at for row in rows),
        newest=max(row.updated_at for row in rows),
        meaning=f"{meaning.words}." if meaning.words else "",
        remedy=meaning.remedy,
        run=first.run if by_run else 0,
        campaign=first.campaign if by_run else 0,
        campaign_name=first.campaign_name if by_run else "",
        domains=[exceptions.Part(key=name, name=name, count=count) for name, count in domains.most_common(8)],
        runs=[exceptions.Part(key=key, name=name, count=count) for (key, name), count in runs.most_common(8)],
        rule=RULE,
    )


def page(ask: exceptions.Rows, state: ledger.State) -> exceptions.Letters:
    """A page of the messages meant."""
    rows = sorted(_rows(ask, state), key=lambda row: (row.updated_at, row.run, row.seq))
    return exceptions.Letters(
        total=len(rows), offset=ask.offset, rows=rows[ask.offset : ask.offset + ask.limit]
    )


def preview(ask: exceptions.PreviewAsk) -> exceptions.Preview:
    """What sending the picked ones again would do."""
    again = ask.kind is exceptions.Kind.AGAIN
    rows = _rows(ask.pick, ledger.State.DOUBT if again else ledger.State.FAILED)
    lanes: dict[str, Any] = {row.account_name: row for row in rows}
    return exceptions.Preview(
        messages=len(rows),
        sends=len(rows),
        skips=[],
        left_out=[],
        lanes=[
            exceptions.LaneShare(
                channel=row.channel, account=row.account, name=name, messages=len(rows), rate_per_s=25.0
            )
            for name, row in lanes.items()
        ],
        seconds=len(rows) / 25.0,
        twice=len(rows) if again else 0,
        changes=[],
        faults=[],
    )
