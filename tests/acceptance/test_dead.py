"""Dead letters sent again as a subset, through kills, and taken back; every message is tried as often as was said."""

import collections
import functools
import os
import signal
from pathlib import Path

import pytest

from server import client
from server.channels import contents
from server.twins import base, population
from server.wire import campaigns, exceptions, ledger, messages, problems, providers, twins
from tests.support import crashing, doubting, served

Kind = exceptions.Kind
Word = base.Word

MAIL = campaigns.Contents(
    email=contents.Email(subject="Hi {{ name }}", text="Hello {{ name }}", html="<p>Hello</p>")
)
DEAD, BLOCKED = 700, 50  #: people whose address does not exist, and whose server wants nothing of us


def test_a_subset_is_sent_again_exactly_once_though_the_server_is_killed_while_it_is(tmp_path: Path) -> None:
    rows = [{"email": population.recipient("email", Word.DEAD, f"d{at}")} for at in range(DEAD)]
    rows += [{"email": population.recipient("email", Word.BLOCKED, f"b{at}")} for at in range(BLOCKED)]
    sheet = doubting.write(tmp_path / "people.csv", *rows)
    data = tmp_path / "data"
    with crashing.twins(data):
        with served.serve(data, "--set", "twins=false") as server, server.client() as asked:
            only_smtp(asked)
            run = crashing.launch(asked, sheet, MAIL)
            served.until(
                lambda: asked.call(campaigns.RUN, run=run).status is campaigns.Status.DONE, "the run"
            )
            groups = asked.call(exceptions.DEAD).groups
            assert sum(group.count for group in groups) == DEAD + BLOCKED
            assert [(part.name, part.count) for part in groups[0].domains] == [
                ("magic.test", groups[0].count)
            ]
            assert all(group.meaning and group.remedy for group in groups)
            largest = groups[0]
            assert largest.count == DEAD
            pick = exceptions.Pick(reason=largest.reason, account=largest.account)
            preview = asked.call(exceptions.PREVIEW, exceptions.PreviewAsk(pick=pick))
            assert (preview.messages, preview.sends, preview.twice, preview.faults) == (DEAD, DEAD, 0, [])
            assert sum(lane.messages for lane in preview.lanes) == DEAD
            tried = _tried(asked)
            ask = exceptions.ActAsk(
                kind=Kind.REDRIVE, pick=pick, by="ann", why="new list", key="k1", expect=DEAD
            )
            begun = asked.call(exceptions.ACT, ask)
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait()
        with served.serve(data, "--set", "twins=false") as server, server.client() as asked:
            assert asked.call(exceptions.ACT, ask).id == begun.id
            os.kill(server.process.pid, signal.SIGKILL)  # and once more, wherever it is by then
            server.process.wait()
        with served.serve(data, "--set", "twins=false") as server, server.client() as asked:
            served.until(
                lambda: asked.call(exceptions.SHOW, act=begun.id).status is exceptions.Status.DONE, "the act"
            )
            assert asked.call(exceptions.SHOW, act=begun.id).moved == DEAD
            served.until(
                lambda: asked.call(campaigns.RUN, run=run).status is campaigns.Status.DONE, "the run"
            )
            doubting.audited(asked)
            equation = asked.call(campaigns.RUN, run=run).equation
            again = _tried(asked)
            more = {to: again[to] - tried[to] for to in again}
            doubts = {
                row.ref
                for row in asked.call(messages.LIST, messages.MessageQuery(state="doubt", limit=500)).rows
            }
            assert equation.failed + len(doubts) == DEAD + BLOCKED
            assert collections.Counter(count for to, count in more.items() if to not in doubts) == {
                0: BLOCKED,
                1: DEAD - len(doubts),
            }
            _refuses_and_closes(asked, pick)


def only_smtp(asked: client.Client) -> None:
    """Mail goes by SMTP alone, whose server refuses at once; SES takes everything and bounces later."""
    doubting.wired(asked, "email")
    served.until(
        lambda: [row for row in asked.call(providers.LIST).rows if row.provider == "email/ses"],
        "SES to be wired",
    )
    for account in asked.call(providers.LIST).rows:
        if account.provider == "email/ses":
            asked.call(providers.SAVE, crashing.same(account, enabled=False), account=account.id)


def _refuses_and_closes(asked: client.Client, pick: exceptions.Pick) -> None:
    """The rest of what can be done, by the same server."""
    open_now = asked.call(exceptions.DEAD, pick).total
    with pytest.raises(problems.Refused) as refused:
        asked.call(exceptions.ACT, exceptions.ActAsk(kind=Kind.REDRIVE, pick=pick, expect=open_now + 1))
    assert refused.value.problem.code is problems.Code.CONFLICT
    closed = asked.call(exceptions.ACT, exceptions.ActAsk(kind=Kind.CLOSE, pick=pick, by="ann"))
    served.until(
        lambda: asked.call(exceptions.SHOW, act=closed.id).status is exceptions.Status.DONE, "the closing"
    )
    assert asked.call(exceptions.DEAD, pick).total == 0
    assert asked.call(exceptions.DEAD).closed == open_now
    [story] = [
        asked.call(messages.STORY, ref=row.ref)
        for row in asked.call(
            messages.LIST, messages.MessageQuery(state="failed", reason=pick.reason, limit=1)
        ).rows
    ]
    assert story.message.state == "failed"
    undone = asked.call(exceptions.UNDO, exceptions.UndoAsk(by="bob"), act=closed.id)
    served.until(
        lambda: asked.call(exceptions.SHOW, act=undone.id).status is exceptions.Status.DONE, "the undoing"
    )
    assert asked.call(exceptions.DEAD, pick).total == open_now
    assert asked.call(exceptions.SHOW, act=closed.id).undone_by == undone.id
    doubting.audited(asked)


def _is_closed(server: served.Served, account: int) -> bool:
    """Whether no sender has a lane on an account any more."""
    return all(f'"1/{account}"' not in lanes for (lanes,) in server.sql("SELECT lanes FROM sender"))


def _tried(asked: client.Client) -> dict[str, int]:
    """Address to how often something was tried there, by the twins' inbox."""
    counts: collections.Counter[str] = collections.Counter()
    offset = 0
    while rows := asked.call(twins.INBOX, twins.ArrivalQuery(limit=500, offset=offset)).rows:
        counts.update(row.to for row in rows)
        offset += len(rows)
    return dict(counts)


def test_a_redrive_that_is_taken_back_leaves_what_was_not_sent_as_it_was(tmp_path: Path) -> None:
    rows = [{"email": population.recipient("email", Word.DEAD, f"d{at}")} for at in range(30)]
    sheet = doubting.write(tmp_path / "people.csv", *rows)
    with doubting.sandbox(tmp_path) as server, server.client() as asked:
        only_smtp(asked)
        run = crashing.launch(asked, sheet, MAIL)
        served.until(lambda: asked.call(campaigns.RUN, run=run).status is campaigns.Status.DONE, "the run")
        for account in asked.call(providers.LIST).rows:
            if account.provider == "email/smtp":
                asked.call(providers.SAVE, crashing.same(account, enabled=False), account=account.id)
                served.until(functools.partial(_is_closed, server, account.id), "its lane to be closed")
        preview = asked.call(exceptions.PREVIEW, exceptions.PreviewAsk())
        assert "no account that can send" in preview.faults[0]
        assert any("switched off" in sentence for sentence in preview.changes)
        begun = asked.call(exceptions.ACT, exceptions.ActAsk(kind=Kind.REDRIVE))
        served.until(
            lambda: asked.call(campaigns.RUN, run=run).equation.waiting == 30, "the messages to wait"
        )
        assert asked.call(campaigns.RUN, run=run).status is campaigns.Status.RUNNING
        asked.call(exceptions.UNDO, exceptions.UndoAsk(), act=begun.id)
        served.until(
            lambda: asked.call(campaigns.RUN, run=run).equation.failed == 30, "the messages to be back"
        )
        served.until(
            lambda: asked.call(campaigns.RUN, run=run).status is campaigns.Status.DONE, "the run to end"
        )
        [group] = asked.call(exceptions.DEAD).groups
        assert group.account_name
        story = asked.call(messages.STORY, ref=asked.call(exceptions.DEAD_ROWS).rows[0].ref)
        assert doubting.kinds(story)[-2:] == [ledger.EventKind.REDRIVEN, ledger.EventKind.UNDONE]
        doubting.audited(asked)
