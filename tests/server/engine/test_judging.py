"""What a sender makes of a run's rules, message by message."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from server.engine import judging, shaping
from server.store.ledger import batches, codes, ticks
from server.wire import policies

SMS, EMAIL = codes.CHANNELS["sms"], codes.CHANNELS["email"]
NIGHT = policies.QuietHours(windows=[policies.Window(start="21:00", end="08:00")])
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC).timestamp()
HOUR_S = 3600.0


def batch(channel: int = SMS) -> batches.Batch:
    return batches.Batch(workspace=1, run=2, n=1, channel=channel, seq_from=1, seq_to=501, fence=1)


def row(zone: str = "", country: str = "", **more: object) -> batches.Row:
    known = {"seq": 7, "attempts": 0, "contact": 9, "suppressed": 0, "zone": zone, "country": country, **more}
    values: list[Any] = [known.get(name, "") for name in batches.Row._fields]
    return batches.Row(*values)


def judge(rules: judging.Rules, now: float, found: batches.Row, channel: int = SMS) -> judging.Verdict:
    judges = judging.Judges()
    judges.learn(batch(channel), msgspec.json.encode(rules).decode())
    return judges.judge(batch(channel), found, now)


def test_a_run_without_rules_costs_a_look_into_a_table() -> None:
    judges = judging.Judges()
    assert not judges.knows(batch())
    judges.learn(batch(), "")
    assert judges.knows(batch())
    assert judges.judge(batch(), row(), NOON) is judging.FREE


def test_a_message_in_quiet_hours_waits_for_the_morning_of_its_recipient_and_says_why() -> None:
    verdict = judge(judging.Rules(quiet=NIGHT), NOON, row(zone="Asia/Tokyo"))
    assert isinstance(verdict, ticks.Deferred)
    assert verdict.until == NOON + 11 * HOUR_S  # nine in the evening in Tokyo, so eleven hours to eight
    assert verdict.detail == {"reason": "quiet_hours", "zone": "Asia/Tokyo", "zone_from": "contact"}


def test_a_zone_that_is_not_known_is_the_countrys_or_the_workspaces_and_that_is_said() -> None:
    rules = judging.Rules(quiet=NIGHT, zone="Asia/Tokyo")
    by_country = judge(rules, NOON, row(country="JP"))
    by_workspace = judge(rules, NOON, row(country="US"))
    assert isinstance(by_country, ticks.Deferred)
    assert by_country.detail["zone_from"] == "country"
    assert isinstance(by_workspace, ticks.Deferred)
    assert by_workspace.detail["zone_from"] == "workspace"


def test_by_the_other_policy_it_is_skipped() -> None:
    quiet = msgspec.structs.replace(NIGHT, otherwise=policies.Otherwise.SKIP)
    verdict = judge(judging.Rules(quiet=quiet), NOON, row(zone="Asia/Tokyo"))
    assert isinstance(verdict, ticks.Skipped)
    assert verdict.reason == "quiet_hours"


def test_a_message_that_may_go_is_good_for_a_minute_at_least_and_no_longer_than_its_rules() -> None:
    rules = judging.Rules(quiet=NIGHT, caps=[policies.Cap(most=2, hours=24)], not_after=NOON + 90)
    verdict = judge(rules, NOON + 1, row(zone="UTC"))
    assert isinstance(verdict, judging.Go)
    assert verdict.good_until == NOON + 90
    assert [(cap.most, cap.period_s) for cap in verdict.caps] == [(2, 24 * HOUR_S)]
    free = judge(msgspec.structs.replace(rules, not_after=None), NOON + 1, row(zone="UTC"))
    assert isinstance(free, judging.Go)
    assert free.good_until == NOON + 120


def test_what_comes_after_the_last_moment_is_skipped_as_expired() -> None:
    verdict = judge(judging.Rules(not_after=NOON), NOON, row())
    assert isinstance(verdict, ticks.Skipped)
    assert verdict.reason == "expired"


def test_what_could_only_leave_after_the_last_moment_is_skipped_at_once() -> None:
    rules = judging.Rules(quiet=NIGHT, not_after=NOON + HOUR_S)
    verdict = judge(rules, NOON, row(zone="Asia/Tokyo"))
    assert isinstance(verdict, ticks.Skipped)
    assert verdict.reason == "expired"


def test_a_cap_for_one_channel_concerns_no_other() -> None:
    rules = judging.Rules(caps=[policies.Cap(most=1, hours=1, channel="sms")])
    assert judge(rules, NOON, row(), EMAIL) is judging.FREE
    assert judge(rules, NOON, row(), SMS) != judging.FREE


# -- what a launch makes of both rules ------------------------------------------------------------

DEFAULTS = policies.SaveDefaults(quiet=NIGHT, caps=[policies.Cap(most=3, hours=168)], zone="Europe/Paris")


def test_a_campaigns_caps_stand_beside_the_workspaces_and_its_quiet_hours_in_their_place() -> None:
    noon = policies.QuietHours(windows=[policies.Window(start="12:00", end="13:00")])
    policy = policies.Policy(quiet=noon, caps=[policies.Cap(most=1, hours=24)])
    rules = shaping.merged(DEFAULTS, policy, "bulk")
    assert rules.quiet == noon
    assert [cap.most for cap in rules.caps] == [3, 1]
    assert rules.zone == "Europe/Paris"
    assert shaping.merged(DEFAULTS, policies.Policy(), "bulk").quiet == NIGHT
    none = policies.Policy(quiet=policies.QuietHours())
    assert shaping.merged(DEFAULTS, none, "bulk").quiet.windows == []


@pytest.mark.parametrize("priority", ["transactional", "test"])
def test_the_workspaces_rules_are_for_bulk(priority: str) -> None:
    rules = shaping.merged(DEFAULTS, policies.Policy(), priority)
    assert rules.quiet.windows == []
    assert rules.caps == []
    own = shaping.merged(DEFAULTS, policies.Policy(quiet=NIGHT), priority)
    assert own.quiet == NIGHT
