"""Limits and hours of a draft, of the workspace, and of a run: in words, on sheets, and against a real server."""

import datetime
import pathlib

import pytest
from PySide6 import QtCore, QtWidgets
from pytestqt.qtbot import QtBot

from console.views.campaigns import page as campaigns_page
from console.views.campaigns.draft import model, review
from console.views.campaigns.draft import rules as draft_rules
from console.views.campaigns.run import spread
from console.views.messages import model as messages_model
from console.widgets import reasons, rule_fields, rules, text
from server.channels import contents
from server.wire import campaigns, ledger, policies
from tests.console import conftest
from tests.console.views import sandbox

UNTIL = datetime.datetime(2026, 12, 24, 18, 0, tzinfo=datetime.UTC)
NIGHT = policies.QuietHours(windows=[policies.Window(start="21:00", end="08:00")])
WHOLE = policies.Policy(
    quiet=policies.QuietHours(
        windows=[
            policies.Window(start="22:15", end="07:30", days=["fri", "sat"], channels=["sms", "whatsapp"])
        ],
        otherwise=policies.Otherwise.SKIP,
    ),
    caps=[
        policies.Cap(most=2, hours=336, channel="email"),
        policies.Cap(most=1, hours=5, otherwise=policies.Otherwise.WAIT),
    ],
    local_time=policies.LocalTime(at="09:30", day="2026-12-24", late=policies.Late.SKIP),
    fallback=policies.Fallback(wait_s=7200),
    not_after=UNTIL,
)


def said(widget: QtWidgets.QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(text.Label))


# -- in words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chosen,words",
    [
        ([], "every day"),
        (["mon", "tue", "wed", "thu", "fri"], "Monday to Friday"),
        (["sun", "sat"], "Saturday and Sunday"),
        (["sun", "mon", "wed"], "Monday, Wednesday and Sunday"),
    ],
)
def test_days_are_told_as_people_say_them(chosen: list[str], words: str) -> None:
    assert rules.days(chosen) == words


@pytest.mark.parametrize(
    "hours,words", [(1, "an hour"), (5, "5 hours"), (24, "a day"), (72, "3 days"), (168, "a week")]
)
def test_periods_are_told_in_the_largest_unit_that_fits(hours: int, words: str) -> None:
    assert rules.period(hours) == words


def test_every_rule_of_a_policy_is_told_in_a_sentence() -> None:
    told = rules.policy(WHOLE)
    assert len(told) == 6
    assert (
        told[0] == "Quiet: 22:15 to 07:30, Friday and Saturday, SMS and WhatsApp. What comes then is skipped."
    )
    assert told[1] == "At most 2 messages by Email to one person in 2 weeks. What is over it is skipped."
    assert all(words.endswith(".") for words in told)
    assert rules.policy(policies.Policy()) == []


def test_what_would_wait_or_be_skipped_is_counted_by_reason() -> None:
    assert rules.foreseen({"quiet_hours": 1, "frequency": 0}, {"frequency": 1200}) == [
        "1 waits: it is quiet where they are",
        "1,200 are skipped: they have had their share",
    ]


@pytest.mark.parametrize("reason", list(ledger.Skip))
def test_every_reason_for_a_skip_has_words_and_a_remedy(reason: ledger.Skip) -> None:
    meaning = reasons.explain("sms", reason.value)
    assert not meaning.words.startswith("The provider's code")
    assert meaning.remedy


def test_a_deferral_tells_why_where_and_until_when() -> None:
    told = messages_model.ruled(
        {"reason": "quiet_hours", "until": 1_795_212_000.0, "zone": "Asia/Tokyo", "zone_from": "country"}
    )
    assert told[0] == "It is quiet where this person is."
    assert told[1].startswith("It waits until ")
    assert told[2] == "Zone Asia/Tokyo (by the country)."


def test_news_that_came_after_the_sms_had_left_is_told_as_it_is() -> None:
    assert "may have got both" in messages_model.ruled({"what": "arrived_late"})[0]


def test_the_review_tells_the_waves_and_whose_zone_was_assumed() -> None:
    wave = policies.Wave(zone="Asia/Tokyo", at=UNTIL, messages=12)
    last = policies.Wave(
        zone="Pacific/Honolulu", at=UNTIL + datetime.timedelta(hours=19), messages=3, assumed=3
    )
    estimate = campaigns.Estimate(
        people=15, messages=15, channels=[], faults=[], waves=[wave, last], assumed=3
    )
    told = review.foreseen(estimate)
    assert told[0].startswith("By the recipients' own clocks, in 2 zones: first 12 in Asia/Tokyo on ")
    assert "last 3 in Pacific/Honolulu" in told[0]
    assert told[1] == "The zone of 3 is not known: they live by the workspace's."


# -- on sheets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [policies.Policy(), WHOLE, policies.Policy(quiet=policies.QuietHours())])
def test_the_sheet_gives_back_what_it_was_given(qtbot: QtBot, policy: policies.Policy) -> None:
    parent = QtWidgets.QWidget()
    qtbot.addWidget(parent)
    sheet = draft_rules.RulesSheet(parent, policy, policies.Defaults(), both=True)
    assert sheet.value() == policy


def test_a_draft_remembers_its_rules_and_drops_a_fallback_that_has_nothing_to_fall_back_to() -> None:
    work = model.Work(on={"sms", "rcs"}, policy=WHOLE)
    assert model.of_kept(work.kept(), None) == model.Work(on={"sms", "rcs"}, policy=WHOLE)
    assert work.rules().fallback is not None
    work.on.discard("rcs")
    assert work.rules().fallback is None
    assert work.rules().caps == WHOLE.caps


def test_a_draft_kept_before_there_were_rules_has_none() -> None:
    kept = model.Work(name="Old").kept()
    kept.pop("policy")
    found = model.of_kept(kept, None)
    assert found is not None
    assert found.policy == policies.Policy()


def test_lines_are_added_changed_and_dropped(qtbot: QtBot) -> None:
    caps = rule_fields.Caps()
    qtbot.addWidget(caps)
    caps.put([policies.Cap(most=3, hours=168)])
    caps.add.click()
    assert len(caps.values()) == 2
    line = caps.lines[0]
    assert isinstance(line, rule_fields.CapLine)
    line.most.setValue(5)
    line.unit.setCurrentIndex(line.unit.findData(24))
    assert caps.values()[0] == policies.Cap(most=5, hours=24)
    line.dropped.emit()
    assert caps.values() == [policies.Cap(most=3, hours=168)]


def test_a_run_that_waits_for_nothing_shows_no_card(qtbot: QtBot) -> None:
    parent = QtWidgets.QWidget()
    qtbot.addWidget(parent)
    shown = spread.Spread()
    shown.setParent(parent)
    shown.set_waves(policies.Waves(planned=[], waiting=[]))
    assert shown.isHidden()
    held = policies.Hold(channel="sms", until=None, messages=7)
    shown.set_waves(policies.Waves(planned=[], waiting=[held]))
    assert not shown.isHidden()
    assert "for news of its RCS message" in said(shown)


# -- against a server ---------------------------------------------------------------------------------


async def test_rules_are_written_counted_and_launched(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    always = policies.Policy(caps=[policies.Cap(most=1, hours=24, channel="sms")])
    async with sandbox.opened(sent.server, tmp_path, "campaigns", new=True) as shown:
        ask = campaigns.SaveCampaign(
            name="Capped",
            audience=sent.audience.id,
            contents=campaigns.Contents(sms=contents.Sms(body="Hello")),
        )
        made = await shown.desk.api.call(campaigns.CREATE, ask)
        shown.navigate("campaigns", campaign=made.id)
        page = shown.page()
        assert isinstance(page, campaigns_page.Page)
        await until(lambda: page.draft.work.campaign == made.id)
        page.draft.go(2)
        card = page.draft.review.rules
        await until(lambda: "None: it leaves at once" in said(card))
        card._on_chosen(always)
        await until(lambda: "they have had their share" in said(page.draft.review))
        assert "At most 1 message by SMS to one person in a day" in said(card)
        kept = await shown.desk.api.call(campaigns.SHOW, campaign=made.id)
        assert kept.policy == always


async def test_the_workspaces_rules_are_changed_from_anywhere(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        sheet = shown.ruling.open()
        await until(sheet.go.isEnabled)
        before = sheet.value()
        sheet.quiet.set_value(NIGHT)
        sheet.zone.set_value("Europe/Paris")
        gone: list[bool] = []
        sheet.destroyed.connect(lambda: gone.append(True))
        sheet.go.click()
        await until(lambda: bool(gone))
        found = await shown.desk.api.call(policies.SHOW)
        assert found.quiet == NIGHT
        assert found.zone == "Europe/Paris"
        await shown.desk.api.call(policies.SAVE, before)


async def test_rules_the_server_refuses_are_refused_on_the_sheet(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "overview") as shown:
        sheet = shown.ruling.open()
        await until(sheet.go.isEnabled)
        sheet.quiet.set_value(policies.QuietHours(windows=[policies.Window(start="00:00", end="00:00")]))
        sheet.go.click()
        await until(lambda: "quiet all week" in said(sheet))
        sheet.reject()
        QtCore.QCoreApplication.sendPostedEvents()
