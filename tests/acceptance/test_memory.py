"""Memory follows what is under way, not how much has been sent: no process keeps anything of each message."""

import contextlib

import pytest

from server.channels import sms
from server.store.ledger import codes
from server.wire import campaigns
from tests.bench import crowds, doors
from tests.support import books
from tests.support import served as running

PEOPLE = 5_000
MORE = 4  #: launches that follow the first
FLAT = 1.2  #: how much more memory they may take
SETTLED = 0.9  #: of the messages, when news of them has come; of some it never does
PATIENCE_S = 280.0
ROLES = ("api", "sender", "server.twins")


@pytest.mark.timeout(600)
def test_five_times_the_messages_take_no_more_memory() -> None:
    with running.folder() as data, running.serve(data) as served:
        with contextlib.closing(served.database()) as connection:
            crowds.fill(connection, PEOPLE)
        _send(served, 1)
        few = {role: doors.peak_mb(doors.child(served, role)) for role in ROLES}
        _send(served, MORE)
        many = {role: doors.peak_mb(doors.child(served, role)) for role in ROLES}
    grew = {role: many[role] / few[role] for role in ROLES}
    assert max(grew.values()) <= FLAT, f"MB, peak: {few} after the first launch, {many} after all"


def _send(served: running.Served, launches: int) -> None:
    """Send an SMS to everybody, so many times over, and wait for the news of it."""
    ask = campaigns.SaveCampaign(
        name="All",
        audience=books.AUDIENCE,
        contents=campaigns.Contents(sms=sms.SmsContent(body="Hello {{ first_name }}, it is open today.")),
    )
    with served.client() as client:
        for _ in range(launches):
            client.call(campaigns.LAUNCH, campaigns.Launch(), campaign=client.call(campaigns.CREATE, ask).id)
    running.until(lambda: _is_told(served), "the news of nearly all", PATIENCE_S)


def _is_told(served: running.Served) -> bool:
    """Whether all is sent, and the end of nearly every message known."""
    ((asked, ended),) = served.sql(
        "SELECT (SELECT count(*) FROM campaign), count(*) FROM run WHERE status = 'done'"
    )
    if ended < asked:
        return False
    open_ = (codes.WAITING, codes.SENDING, codes.ACCEPTED)
    ((messages, known),) = served.sql("SELECT sum(n), sum(n * (state NOT IN (?, ?, ?))) FROM tally", *open_)
    return bool(known >= SETTLED * messages)
