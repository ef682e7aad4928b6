"""Schedules over the API and by the command line: planned, read back, taken back, decided, refused."""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from server import client
from server.channels import contents
from server.commands import output
from server.wire import audiences, campaigns, problems, providers, schedules
from server.wire import server as wire_server
from tests.support import served as running

E = schedules.Every
DAILY = schedules.Plan(every=E.DAILY, zone="Europe/Berlin", time="09:00")
SMS = campaigns.Contents(sms=contents.Sms(body="Hello"))
ROWS = "key,phone,zone\n" + "".join(
    f"s{at},+1303200{at:04},{'Europe/Berlin' if at % 4 else 'America/New_York'}\n" for at in range(8)
)
DAY_S = 86_400
#: Nobody listens there: what is launched here waits.
GATEWAY = providers.SaveAccount(
    name="Our gateway",
    provider="sms/twilio",
    settings={"account_sid": "AC" + "0" * 32, "sender": "+14155550100", "endpoint": "https://127.0.0.1:9"},
    secrets={"auth_token": "f" * 32},
)


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    """A client in a workspace of its own, whose account reaches nobody: what is launched there only waits."""
    with served.client() as asked:
        ask = wire_server.AddWorkspace(name="Calendar", environment=wire_server.Environment.STAGING)
        asked.work_in(str(asked.call(wire_server.ADD_WORKSPACE, ask).workspace.id))
        yield asked


@pytest.fixture(scope="module")
def audience(server: client.Client) -> int:
    ask = audiences.ImportAsk(file="people.csv", audience="People")
    begun = server.upload(audiences.IMPORT, ask, [ROWS.encode()])
    running.until(
        lambda: server.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    server.call(providers.CREATE, GATEWAY)
    return int(begun.audience)


def workspace(served: running.Served) -> int:
    return int(served.sql("SELECT id FROM workspace WHERE name = 'Calendar'")[0][0])


@pytest.fixture
def draft(server: client.Client, audience: int) -> int:
    ask = campaigns.SaveCampaign(name="Planned", audience=audience, contents=SMS)
    return server.call(campaigns.CREATE, ask).id


def usable(served: running.Served) -> None:
    """The account that a sender has halted by now is usable again."""
    with contextlib.closing(served.database()) as database:
        database.execute(
            "UPDATE account SET halted = 0, enabled = 1 WHERE workspace = ?", (workspace(served),)
        )


def late(served: running.Served, campaign: int) -> None:
    """Let its next time be yesterday's, as if nobody had been there."""
    with contextlib.closing(served.database()) as database:
        database.execute(
            "UPDATE schedule SET next_local = '2020-01-01T09:00', next_at = next_at - ?"
            " WHERE workspace = ? AND campaign = ?",
            (DAY_S, workspace(served), campaign),
        )
        database.execute(
            "UPDATE account SET enabled = 1, halted = 0 WHERE workspace = ?", (workspace(served),)
        )


def missed(server: client.Client, served: running.Served, campaign: int) -> schedules.Occurrence:
    """One occurrence of a campaign that nobody was there for."""
    usable(served)
    server.call(schedules.SAVE, DAILY, campaign=campaign)
    late(served, campaign)
    found: schedules.Occurrence = running.until(
        lambda: next((one for one in server.call(schedules.OVERDUE).rows if one.campaign == campaign), None),
        "the overdue start",
    )
    return found


def test_a_plan_is_read_back_in_words_with_its_next_times_and_its_audiences_clocks(
    server: client.Client, audience: int
) -> None:
    found = server.call(schedules.PREVIEW, schedules.PreviewAsk(plan=DAILY, audience=audience, count=3))
    assert found.words == "Every day at 09:00, Europe/Berlin"
    assert [one.local[11:] for one in found.moments] == ["09:00"] * 3
    assert [(one.zone, one.people) for one in found.zones] == [("Europe/Berlin", 6), ("America/New_York", 2)]


def test_a_draft_is_scheduled_shown_everywhere_and_taken_back(
    server: client.Client, served: running.Served, draft: int
) -> None:
    usable(served)
    planned = server.call(schedules.SAVE, DAILY, campaign=draft)
    assert planned.status is campaigns.Status.SCHEDULED
    assert planned.schedule is not None
    assert (planned.schedule.words, planned.schedule.recurring) == ("Every day at 09:00, Europe/Berlin", True)
    listed = server.call(campaigns.LIST, campaigns.CampaignQuery(status="scheduled")).rows
    assert draft in {row.id for row in listed}
    shown = server.call(schedules.SHOW, campaign=draft)
    assert (shown.active, len(shown.moments), shown.occurrences) == (True, 5, [])
    assert shown.moments[0].at == planned.schedule.next_at
    assert shown.plan.start  # the day that it counts from is kept
    with pytest.raises(problems.Refused, match="is scheduled"):
        server.call(campaigns.LAUNCH, campaigns.Launch(), campaign=draft)
    with pytest.raises(problems.Refused, match="only a draft can be changed"):
        server.call(campaigns.SAVE, campaigns.SaveCampaign(name="x"), campaign=draft)
    back = server.call(schedules.DROP, campaign=draft)
    assert (back.status, back.schedule) == (campaigns.Status.DRAFT, None)
    with pytest.raises(problems.Refused, match="no schedule that could be taken back"):
        server.call(schedules.DROP, campaign=draft)


def test_what_a_plan_cannot_mean_is_refused_at_its_field(server: client.Client, draft: int) -> None:
    with pytest.raises(problems.Refused) as error:
        server.call(
            schedules.SAVE, schedules.Plan(every=E.DAILY, zone="Mars/Olympus", time="09:00"), campaign=draft
        )
    assert [fault.place for fault in error.value.problem.fields] == ["zone"]
    assert server.call(campaigns.SHOW, campaign=draft).status is campaigns.Status.DRAFT


def test_a_launch_can_be_put_off_by_an_hour_at_most_and_never_over_a_changed_audience(
    server: client.Client, served: running.Served, draft: int
) -> None:
    usable(served)
    with pytest.raises(problems.Refused, match="1 to 3,600 seconds"):
        server.call(campaigns.LAUNCH, campaigns.Launch(delay_s=4000), campaign=draft)
    with pytest.raises(problems.Refused, match="8 people now, not 7"):
        server.call(campaigns.LAUNCH, campaigns.Launch(delay_s=60, expected=7), campaign=draft)
    put_off = server.call(campaigns.LAUNCH, campaigns.Launch(delay_s=600, expected=8), campaign=draft)
    assert put_off.status is campaigns.Status.SCHEDULED
    assert server.call(schedules.DROP, campaign=draft).status is campaigns.Status.DRAFT


def test_what_was_missed_asks_in_the_overview_and_can_be_left_out(
    server: client.Client, served: running.Served, draft: int
) -> None:
    one = missed(server, served, draft)
    assert (one.state, one.people, one.messages) == (schedules.State.OVERDUE, 8, 8)
    assert one.why.startswith("missed by ")
    alarms = server.call(wire_server.OVERVIEW).alarms
    assert any(alarm.view == "campaigns" and alarm.subject == str(draft) for alarm in alarms)
    found = server.call(campaigns.SHOW, campaign=draft)
    assert found.schedule is not None
    assert (found.status, found.schedule.undecided) == (campaigns.Status.SCHEDULED, 1)
    server.call(schedules.SKIP, occurrence=one.id)
    with pytest.raises(problems.Refused, match="skipped by now"):
        server.call(schedules.SKIP, occurrence=one.id)
    server.call(schedules.DROP, campaign=draft)


def test_what_was_missed_can_be_moved_ahead_and_never_back(
    server: client.Client, served: running.Served, draft: int
) -> None:
    one = missed(server, served, draft)
    with pytest.raises(problems.Refused, match="cannot be moved there"):
        server.call(schedules.MOVE, schedules.Move(at="2020-01-01T09:00"), occurrence=one.id)
    server.call(schedules.MOVE, schedules.Move(at="2099-01-01T09:00"), occurrence=one.id)
    states = [past.state for past in server.call(schedules.SHOW, campaign=draft).occurrences]
    assert schedules.State.PLANNED in states
    server.call(schedules.DROP, campaign=draft)


def test_what_was_missed_runs_now_with_the_audience_as_it_was_seen(
    server: client.Client, served: running.Served, draft: int
) -> None:
    one = missed(server, served, draft)
    usable(served)
    with pytest.raises(problems.Refused, match="8 people now, not 3"):
        server.call(schedules.RUN_NOW, schedules.RunNow(expected=3), occurrence=one.id)
    usable(served)
    begun = server.call(schedules.RUN_NOW, schedules.RunNow(expected=8), occurrence=one.id)
    assert begun.run is not None
    assert begun.status is campaigns.Status.RUNNING
    ended = server.call(campaigns.CANCEL, campaign=draft)  # and its schedule with it
    assert ended.schedule is None
    running.until(
        lambda: server.call(campaigns.SHOW, campaign=draft).status is campaigns.Status.CANCELLED, "the cancel"
    )


# -- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(ours: Any) -> Any:
    """The command line in this workspace."""
    return lambda *words: ours(*words, "--workspace", "Calendar")


def test_the_command_line_plans_reads_back_and_takes_back(
    typed: Any, served: running.Served, draft: int
) -> None:
    usable(served)
    shown = typed(
        "campaign", "schedule", draft, "--weekly", "mon,thu", "09:00", "--zone", "Europe/Berlin", "--dry-run"
    )
    assert shown.code == output.OK
    assert "Every Monday and Thursday at 09:00, Europe/Berlin" in shown.out
    assert shown.out.count("Berlin (") == 5
    planned = typed("campaign", "schedule", draft, "--monthly", "1,last", "08:00", "--zone", "UTC", "--json")
    assert planned.json["campaign"]["status"] == "scheduled"
    assert typed("campaign", "unschedule", draft, "--json").json["campaign"]["status"] == "draft"


@pytest.mark.parametrize(
    "words, says",
    [
        (("--weekly", "someday", "09:00"), "no day of the week"),
        (("--monthly", "x", "09:00"), "no day of a month"),
    ],
)
def test_a_day_that_is_none_is_wrong_usage(typed: Any, draft: int, words: tuple[str, ...], says: str) -> None:
    found = typed("campaign", "schedule", draft, *words, "--zone", "UTC")
    assert (found.code, says in found.err) == (output.USAGE, True)


def test_the_command_line_lists_and_decides_what_was_missed(
    typed: Any, server: client.Client, served: running.Served, draft: int
) -> None:
    one = missed(server, served, draft)
    listed = typed("overdue")
    assert listed.code == output.BAD_NEWS
    assert f"{one.id}\t{draft}\tPlanned" in listed.out
    assert typed("overdue", "run").code == output.USAGE
    assert typed("overdue", "move", one.id).code == output.USAGE
    assert typed("overdue", "skip", one.id).code == output.OK
    server.call(schedules.DROP, campaign=draft)
    assert typed("overdue").out == "Nothing waits for a decision.\n"


def test_the_hold_is_told_and_its_words_are_checked(ours: Any, tmp_path: pathlib.Path) -> None:
    told = ours("held")
    assert (told.code, told.out) == (output.OK, "The server is not held.\n")
    assert ours("held", "--json").json["held"] is False
    assert ours("held", "release").code == output.REFUSED
    assert ours("held", "show", "--go-on", "all").code == output.USAGE
    assert ours("held", "release", "--cancel", "seven").code == output.USAGE
