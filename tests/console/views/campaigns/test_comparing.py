"""Two campaigns laid side by side: figures, reasons, pace, and the words their contents do not share."""

import pathlib

import msgspec

from console.views.campaigns import page as campaigns_page
from console.views.campaigns.comparing import model, page
from console.widgets import differing, text
from server.channels import contents
from server.wire import campaigns
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.campaigns import samples

S = campaigns.Status


def side(status: S = S.DONE, **changed: object) -> model.Side:
    """One side of a comparison."""
    seen = samples.seen(status)
    campaign = msgspec.structs.replace(samples.campaign(status), **changed)
    return model.Side(campaign=campaign, run=seen.run, pace=seen.pace)


def line(rows: list[model.Line], name: str) -> model.Line:
    """A row by its name."""
    return next(row for row in rows if row.name == name)


def test_shares_are_compared_in_points_and_more_failures_are_bad_news() -> None:
    left, right = side(), side()
    assert left.run is not None
    worse = msgspec.structs.replace(
        left.run.equation, accepted=left.run.equation.accepted - 500, failed=left.run.equation.failed + 500
    )
    right = msgspec.structs.replace(right, run=msgspec.structs.replace(left.run, equation=worse))
    rows = model.figures_of(left, right)
    points = 500 / left.run.equation.audience * 100
    assert (line(rows, "Failed").change, line(rows, "Failed").tone) == (f"+{points:.1f} points", "bad")
    assert (line(rows, "Accepted").change, line(rows, "Accepted").tone) == (f"-{points:.1f} points", "bad")
    assert line(rows, "Skipped").change == ""


def test_a_draft_beside_a_run_has_dashes_and_two_drafts_have_no_figures() -> None:
    draft = model.Side(campaign=samples.campaign(S.DRAFT))
    assert line(model.figures_of(side(), draft), "Failed").right == "—"
    assert [row.name for row in model.figures_of(draft, draft)] == ["Status", "Audience", "Channels"]
    assert model.reasons(draft, draft) == []


def test_reasons_of_both_are_told_once() -> None:
    rows = model.reasons(side(), side())
    assert rows
    assert all(row.left == row.right and not row.change for row in rows)
    assert len({row.name for row in rows}) == len(rows)


def test_contents_differ_by_field_and_a_channel_of_one_alone_is_told_as_that() -> None:
    left = side(contents=campaigns.Contents(sms=contents.Sms(body="Hi"), email=contents.Email(subject="S")))
    right = side(contents=campaigns.Contents(sms=contents.Sms(body="Ho", media_urls=["https://x.test/1"])))
    assert model.places(left, right) == {
        "email": None,
        "sms": [
            model.Place(place="body", left="Hi", right="Ho"),
            model.Place(place="media_urls.0", left=None, right="https://x.test/1"),
        ],
    }
    assert model.places(left, left) == {"email": [], "sms": []}


def test_the_newest_runs_are_compared_where_nobody_chose() -> None:
    rows = [
        msgspec.structs.replace(samples.campaign(S.DONE), id=number, run=run)
        for number, run in ((5, None), (4, 40), (3, None), (2, 20))
    ]
    assert page.chosen(rows, (0, 0)) == (4, 2)
    assert page.chosen(rows, (5, 0)) == (5, 4)
    assert page.chosen(rows, (0, 4)) == (2, 4)
    assert page.chosen(rows[:1], (0, 0)) == (5, 0)
    assert page.pair_of("12,15") == (12, 15)
    assert page.pair_of("all,") == (0, 0)


async def test_two_picked_campaigns_are_compared_and_their_words_marked(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    with sent.server.client() as asked:
        again = msgspec.structs.replace(sandbox.CONTENTS, sms=contents.Sms(body="Bye {{ first_name }}."))
        asked.call(campaigns.CREATE, campaigns.SaveCampaign(name="Harvest", contents=again))
    async with sandbox.opened(sent.server, tmp_path, "campaigns") as shown:
        whole = shown.page()
        assert isinstance(whole, campaigns_page.Page)
        await until(lambda: whole.list.table.model.total == 2)
        assert not whole.list.compare.isVisible()
        whole.list.table.view.selectAll()
        assert whole.list.compare.isVisible()
        whole.list.compare.click()
        await until(lambda: whole.comparing.seen)
        assert (whole.comparing.left.currentText(), whole.comparing.right.currentText()) == (
            "Harvest",
            "Spring",
        )
        [words] = whole.comparing.findChildren(differing.Differing)
        assert "Bye {{ first_name }}." in words.accessibleName()
        said = [label.text() for label in whole.comparing.findChildren(text.Label)]
        assert "The same in both: Apple push, Email." in said
        whole.comparing.swap()
        await until(lambda: whole.comparing.left.currentText() == "Spring")
        assert shown.where().args["compare"] == f"{sent.campaign.id},{whole.comparing.pair[1]}"
