"""Quiet hours, caps and the recipients' own hours over the API and the command line, against a real server."""

import datetime as dt
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from server import client
from server.channels import contents
from server.commands import output
from server.wire import audiences, campaigns, policies, problems
from server.wire import server as wire_server
from tests.support import served as running

NIGHT = policies.QuietHours(windows=[policies.Window(start="21:00", end="08:00", channels=["sms"])])
#: Quiet but for one hour that is twelve hours away from now in UTC.
TEXTS = campaigns.Contents(sms=contents.Sms(body="Hello {{ name }}"))
PEOPLE = "key,name,sms,zone,country\n" + "".join(
    f"p{number},Person {number},+3361234500{number},{zone},{country}\n"
    for number, (zone, country) in enumerate(
        [("Asia/Tokyo", "JP"), ("", "JP"), ("Europe/Paris", ""), ("", "US"), ("", "")]
    )
)


@pytest.fixture(scope="module")
def place(served: running.Served) -> Iterator[client.Client]:
    """A workspace whose rules no other test minds."""
    with served.client() as server:
        ask = wire_server.AddWorkspace(name="Policies", environment=wire_server.Environment.STAGING)
        server.work_in(str(server.call(wire_server.ADD_WORKSPACE, ask).workspace.id))
        yield server


@pytest.fixture(scope="module")
def audience(place: client.Client) -> int:
    imported = place.upload(audiences.IMPORT, audiences.ImportAsk(file="people.csv"), iter([PEOPLE.encode()]))
    running.until(
        lambda: place.call(audiences.IMPORTED, id=imported.id).status is audiences.ImportStatus.DONE,
        what="the import to be done",
    )
    found = place.call(audiences.IMPORTED, id=imported.id)
    assert found.audience is not None
    return found.audience


def save(place: client.Client, **more: Any) -> policies.Defaults:
    return place.call(policies.SAVE, policies.SaveDefaults(**more))


def drafted(place: client.Client, audience: int, policy: policies.Policy | None) -> campaigns.Campaign:
    ask = campaigns.SaveCampaign(name="Ruled", audience=audience, contents=TEXTS, policy=policy)
    return place.call(campaigns.CREATE, ask)


def always_quiet_but(hours_from_now: int) -> policies.QuietHours:
    """Quiet by UTC's clock for all but one hour of the day."""
    free = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours_from_now)).hour
    return policies.QuietHours(
        windows=[policies.Window(start=f"{(free + 1) % 24:02}:00", end=f"{free:02}:00")]
    )


def test_a_workspace_begins_without_rules_and_keeps_those_it_is_given(place: client.Client) -> None:
    before = place.call(policies.SHOW)
    assert (before.quiet.windows, before.caps, before.zone) == ([], [], "UTC")
    caps = [policies.Cap(most=3, hours=168)]
    save(place, quiet=NIGHT, caps=caps, zone="Europe/Paris")
    kept = place.call(policies.SHOW)
    assert (kept.quiet, kept.caps, kept.zone) == (NIGHT, caps, "Europe/Paris")
    save(place)


@pytest.mark.parametrize(
    "rules, where",
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"caps": [policies.Cap(most=0, hours=24)]}, "caps.0.most"),
        ({"caps": [policies.Cap(most=1, hours=0)]}, "caps.0.hours"),
        ({"caps": [policies.Cap(most=1, hours=9_999_999)]}, "caps.0.hours"),
        ({"caps": [policies.Cap(most=1, hours=1, channel="fax")]}, "caps.0.channel"),
        ({"caps": [policies.Cap(most=1, hours=1)] * 21}, "caps"),
        (
            {"quiet": policies.QuietHours(windows=[policies.Window(start="25:00", end="08:00")])},
            "quiet.windows.0.start",
        ),
        (
            {"quiet": policies.QuietHours(windows=[policies.Window(start="9", end="nine")])},
            "quiet.windows.0.end",
        ),
        (
            {
                "quiet": policies.QuietHours(
                    windows=[policies.Window(start="21:00", end="08:00", days=["payday"])]
                )
            },
            "quiet.windows.0.days",
        ),
        (
            {"quiet": policies.QuietHours(windows=[policies.Window(start="00:00", end="00:00")])},
            "quiet.windows",
        ),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_at_their_place_with_a_remedy(
    place: client.Client, rules: dict[str, Any], where: str
) -> None:
    with pytest.raises(problems.Refused) as refused:
        save(place, **rules)
    faults = {fault.place: fault for fault in refused.value.problem.fields}
    assert where in faults
    assert faults[where].message.endswith(".")
    assert faults[where].remedy.endswith(".")
    assert place.call(policies.SHOW).caps == []


def test_a_campaign_keeps_its_rules_until_it_is_given_others(place: client.Client, audience: int) -> None:
    policy = policies.Policy(quiet=NIGHT, caps=[policies.Cap(most=1, hours=24)])
    made = drafted(place, audience, policy)
    assert made.policy == policy
    unsaid = campaigns.SaveCampaign(name="Renamed", audience=audience, contents=TEXTS)
    assert place.call(campaigns.SAVE, unsaid, campaign=made.id).policy == policy
    dropped = campaigns.SaveCampaign(
        name="Renamed", audience=audience, contents=TEXTS, policy=policies.Policy()
    )
    assert place.call(campaigns.SAVE, dropped, campaign=made.id).policy == policies.Policy()


@pytest.mark.parametrize(
    "policy, where",
    [
        (policies.Policy(fallback=policies.Fallback()), "policy.fallback"),
        (policies.Policy(fallback=policies.Fallback(wait_s=1)), "policy.fallback.wait_s"),
        (policies.Policy(local_time=policies.LocalTime(at="9 am")), "policy.local_time.at"),
        (policies.Policy(local_time=policies.LocalTime(at="09:00", day="Sunday")), "policy.local_time.day"),
        (policies.Policy(not_after=dt.datetime(2030, 12, 24, 18, 0)), "policy.not_after"),  # noqa: DTZ001 - of no zone
    ],
)
def test_a_campaigns_rules_that_cannot_be_meant_are_refused_at_their_place(
    place: client.Client, audience: int, policy: policies.Policy, where: str
) -> None:
    with pytest.raises(problems.Refused) as refused:
        drafted(place, audience, policy)
    assert where in {fault.place for fault in refused.value.problem.fields}


def test_the_estimate_counts_who_would_wait_and_who_would_be_skipped(
    place: client.Client, audience: int
) -> None:
    quiet = always_quiet_but(12)
    waits = drafted(place, audience, policies.Policy(quiet=quiet))
    estimate = place.call(campaigns.ESTIMATE, campaign=waits.id)
    [sms] = estimate.channels
    # Only those who live by UTC, the workspace's zone, surely have their free hour half a day away.
    assert sms.held["quiet_hours"] >= 2
    assert estimate.assumed == 2
    skipping = policies.QuietHours(windows=quiet.windows, otherwise=policies.Otherwise.SKIP)
    skips = drafted(place, audience, policies.Policy(quiet=skipping))
    [sms] = place.call(campaigns.ESTIMATE, campaign=skips.id).channels
    assert sms.barred["quiet_hours"] >= 2
    assert "quiet_hours" not in sms.held


def test_the_estimate_shows_the_wave_by_zone(place: client.Client, audience: int) -> None:
    made = drafted(place, audience, policies.Policy(local_time=policies.LocalTime(at="09:00")))
    waves = place.call(campaigns.ESTIMATE, campaign=made.id).waves
    assert {wave.zone: (wave.messages, wave.assumed) for wave in waves} == {
        "Asia/Tokyo": (2, 0),
        "Europe/Paris": (1, 0),
        "UTC": (2, 2),
    }
    assert [wave.at for wave in waves] == sorted(wave.at for wave in waves)
    now = dt.datetime.now(dt.UTC)
    assert all(now < wave.at < now + dt.timedelta(days=1, hours=1) for wave in waves)


def test_a_last_moment_that_is_over_stands_against_a_launch(place: client.Client, audience: int) -> None:
    over = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    made = drafted(place, audience, policies.Policy(not_after=over))
    faults = place.call(campaigns.ESTIMATE, campaign=made.id).faults
    assert any("last moment is over" in fault for fault in faults)


def test_a_run_that_does_not_exist_has_no_waves(place: client.Client) -> None:
    with pytest.raises(problems.Refused, match="no run 99"):
        place.call(policies.WAVES, run=99)


# -- sent for real, in the sandbox ------------------------------------------------------------------

MAILS = {"email": {"subject": "Hello {{ name }}", "html": "<p>Hi</p>", "text": "Hi"}}


@pytest.fixture
def written(tmp_path: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A sheet of two people and the contents for them."""
    people, texts = tmp_path / "ruled.csv", tmp_path / "contents.json"
    people.write_text(
        "key,name,email,zone\nr1,Ada,delivered+r1@magic.test,UTC\nr2,Alan,delivered+r2@magic.test,UTC\n"
    )
    texts.write_text(json.dumps(MAILS))
    return people, texts


def test_a_run_waits_through_quiet_hours_skips_by_cap_and_tells_it_all(
    served: running.Served, ours: Any, written: tuple[pathlib.Path, pathlib.Path]
) -> None:
    people, texts = written
    assert ours("import", people, "--audience", "Ruled").code == output.OK

    def launch(name: str, *flags: str) -> dict[str, Any]:
        made = ours(
            "campaign", "create", "--name", name, "--audience", "Ruled", "--contents", texts, "--json", *flags
        )
        assert made.code == output.OK, made.err
        launched = ours("campaign", "launch", made.json["id"], "--json")
        assert launched.code == output.OK, launched.err
        return dict(launched.json["run"])

    with served.client() as server:
        first = launch("Unruled")
        running.until(
            lambda: server.call(campaigns.RUN, run=first["id"]).equation.accepted == 2, what="two mails"
        )
        capped = launch("Capped", "--cap", "1/24h:email")
        running.until(
            lambda: server.call(campaigns.RUN, run=capped["id"]).status is campaigns.Status.DONE,
            what="the capped run to end",
        )
        tallies = server.call(campaigns.RUN, run=capped["id"]).tallies
        assert [(row.state.value, row.reason, row.count) for row in tallies] == [("skipped", "frequency", 2)]

        window = always_quiet_but(12).windows[0]
        quiet = launch("Quiet", "--quiet", f"{window.start}-{window.end}")
        running.until(
            lambda: server.call(policies.WAVES, run=quiet["id"]).waiting, what="the messages to be put off"
        )
        [hold] = server.call(policies.WAVES, run=quiet["id"]).waiting
        assert (hold.channel, hold.messages) == ("email", 2)
        assert hold.until is not None
        assert f"{hold.until:%H:%M}" == window.end
        assert server.call(campaigns.RUN, run=quiet["id"]).equation.waiting == 2
        shown = ours("campaign", "show", "Quiet")
        assert "waits until" in shown.out
        assert ours("campaign", "cancel", "Quiet").code == output.OK


def test_the_workspaces_rules_by_hand(served: running.Served, place: client.Client, ours: Any) -> None:
    at = ("--workspace", "Policies")
    changed = ours(
        "policy", "set", "--quiet", "21:00-8:00@fri,sat/sms", "--in-quiet", "skip", "--cap", "3/1w",
        "--cap", "1/1d:sms", "--over-cap", "wait", "--zone", "Europe/Paris", *at,
    )  # fmt: skip
    assert changed.code == output.OK, changed.err
    kept = place.call(policies.SHOW)
    assert kept.quiet.windows == [
        policies.Window(start="21:00", end="8:00", days=["fri", "sat"], channels=["sms"])
    ]
    assert [(cap.most, cap.hours, cap.channel) for cap in kept.caps] == [(3, 168, ""), (1, 24, "sms")]
    told = ours("policy", "show", *at).out
    assert "Europe/Paris" in told
    assert "3 in 1 week" in told
    assert ours("policy", "set", "--quiet", "none", "--cap", "none", *at).code == output.OK
    assert place.call(policies.SHOW).quiet.windows == []


@pytest.mark.parametrize(
    "flags",
    [
        ("--quiet", "night"),
        ("--cap", "three"),
        ("--sms-fallback", "soon"),
        ("--not-after", "2026-12-24"),
        ("--local-day", "2026-12-24"),
    ],
)
def test_flags_that_cannot_be_read_say_how_they_are_written(
    ours: Any, written: tuple[pathlib.Path, pathlib.Path], flags: tuple[str, str]
) -> None:
    _, texts = written
    said = ours("campaign", "create", "--name", "x", "--audience", "1", "--contents", texts, *flags)
    assert said.code == output.USAGE
    assert "such as" in said.err or "Write it like" in said.err
