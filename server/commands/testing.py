"""Test sends by hand: send one, and see what became of it."""

import argparse
import time

from server import client
from server.commands import named, output, reach
from server.wire import ledger
from server.wire import testing as wire

LOOK_S = 0.25
#: What still goes on.
OPEN = frozenset({ledger.State.WAITING, ledger.State.SENDING})


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add test and tests to the verbs of campaign."""
    sent = verbs.add_parser("test", help="send a test to any address, by the lanes that send for real")
    sent.add_argument("campaign", metavar="ID|NAME")
    sent.add_argument("--channel", required=True)
    sent.add_argument("--to", required=True, action="append", metavar="ADDRESS", help="repeatable")
    sent.add_argument(
        "--as", dest="person", default="", metavar="KEY", help="whose data it shows (default: the first)"
    )
    sent.add_argument(
        "--wait", type=float, default=30.0, metavar="S", help="how long to wait for the provider's answer"
    )
    listed = verbs.add_parser("tests", help="the tests of a campaign, newest first")
    listed.add_argument("campaign", metavar="ID|NAME")
    listed.add_argument("--limit", type=int, default=50, metavar="N")
    for verb, run in ((sent, send), (listed, list_)):
        verb.set_defaults(run=run)


def send(arguments: argparse.Namespace) -> int:
    """Send a test and wait for the answer; bad news where it did not go well."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        number = named.find(server, arguments.campaign)
        ask = wire.SendTest(channel=arguments.channel, to=arguments.to, person=arguments.person)
        begun = server.call(wire.SEND, ask, campaign=number)
        found = _answered(server, begun, arguments.wait)
    _tell(found, out)
    went = (*ledger.ACCEPTED, ledger.State.WAITING, ledger.State.SENDING)
    return output.OK if all(row.state in went for row in found.rows) else output.BAD_NEWS


def _answered(server: client.Client, begun: wire.Tests, wait_s: float) -> wire.Tests:
    """The tests once a provider has answered for each, or as they stand when the patience is over."""
    found, until = begun, time.monotonic() + wait_s
    query = wire.TestQuery(run=begun.rows[0].run)
    while any(row.state in OPEN for row in found.rows) and time.monotonic() < until:
        time.sleep(LOOK_S)
        found = server.call(wire.LIST, query)
    return found


def list_(arguments: argparse.Namespace) -> int:
    """Show a campaign's tests."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        number = named.find(server, arguments.campaign)
        _tell(server.call(wire.LIST, wire.TestQuery(campaign=number, limit=arguments.limit)), out)
    return output.OK


def _tell(found: wire.Tests, out: output.Output) -> None:
    if out.as_json:
        out.data(found)
        return
    rows = [
        (
            row.channel,
            row.address,
            row.person,
            row.state.value,
            row.meaning or row.reason,
            row.detail,
            row.started_at.strftime("%Y-%m-%d %H:%M:%S"),
            row.ref,
        )
        for row in found.rows
    ]
    out.table(("channel", "to", "as", "state", "why", "said", "sent (UTC)", "message"), rows)
