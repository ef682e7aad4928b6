"""What can be asked of a campaign: each act runs once however often its button is pressed."""

from collections.abc import Callable

from PySide6 import QtWidgets

from console import views
from console.services import errors
from console.widgets import dialogs, figures
from server.wire import campaigns, endpoint, flow, schedules, shelf

Done = Callable[[campaigns.Campaign], object]
Failed = Callable[[errors.Problem], object]

DELETE = "campaigns:delete"
USUAL = flow.Flow()  #: a workspace's way to launch until it sets its own


def turning(campaign: int) -> str:
    """The key of pausing, resuming and cancelling: only one of them at a time."""
    return f"campaign:{campaign}:turn"


def launching(campaign: int) -> str:
    """The key of a launch."""
    return f"campaign:{campaign}:launch"


def turn(desk: views.Desk, campaign: int, act: str, done: Done, failed: Failed) -> None:
    """Pause, resume or cancel."""
    what: endpoint.Endpoint[endpoint.Nothing, campaigns.Campaign] = {
        "pause": campaigns.PAUSE,
        "resume": campaigns.RESUME,
        "cancel": campaigns.CANCEL,
    }[act]
    desk.operations.start(
        turning(campaign), lambda: desk.api.call(what, campaign=campaign), done=done, failed=failed
    )


def ask_cancel(parent: QtWidgets.QWidget, row: campaigns.Campaign, go: Callable[[], None]) -> dialogs.Sheet:
    """Say what a cancel would do, and to how many, before it is done."""
    known = row.equation
    waiting, sending = (known.waiting, known.sending) if known is not None else (0, 0)
    accepted = known.accepted if known is not None else 0
    left = f"{_messages(waiting)} will never be sent." if waiting else "Nothing waits any more."
    again = " Its schedule ends, too." if row.schedule is not None and row.schedule.recurring else ""
    words = (
        f"{left}{again} {_messages(sending)} under way will still be answered and written "
        f"down, and the {figures.count(accepted)} that providers accepted stay sent. This cannot be taken back."
    )
    return dialogs.confirm(
        parent, f"Cancel “{row.name}”?", words, act="Cancel the campaign", done=go, danger=True
    )


def ask_launch(
    parent: QtWidgets.QWidget,
    name: str,
    estimate: campaigns.Estimate,
    environment: str,
    go: Callable[[], None],
    *,
    planned: str = "",
    way: flow.Flow = USUAL,
) -> dialogs.Sheet:
    """Ask before a launch, now or as `planned` says; large ones by typing the number, as is the workspace's way."""
    people = figures.count(estimate.people)
    where = {
        "sandbox": "This is the sandbox: provider twins answer, and nobody real is reached.",
        "staging": "This is staging: it reaches whoever its accounts reach.",
        "production": "This is production: real people get it.",
    }.get(environment, "")
    how = f"“{name}” goes out as {_messages(estimate.messages)}. It can be paused and cancelled."
    if planned:
        how = (
            f"{planned}: “{name}” goes out as {_messages(estimate.messages)}, counted as of now; whoever is in the "
            "audience then gets it. It can be taken back until it starts."
        )
    words = f"{how} {where}".strip()
    return dialogs.confirm(
        parent,
        f"Send to {people} {'person' if estimate.people == 1 else 'people'}?",
        words,
        act="Schedule" if planned else "Launch",
        done=go,
        typed=typed(way, estimate.people),
    )


def typed(way: flow.Flow, people: int) -> str:
    """What has to be typed before so many are sent to; empty where nothing has."""
    return str(people) if way.typed_above is not None and people > way.typed_above else ""


def ask_delete(
    parent: QtWidgets.QWidget,
    desk: views.Desk,
    campaign: int,
    name: str,
    *,
    going: Callable[[], None],
    gone: Callable[[endpoint.Done], None],
) -> dialogs.Sheet:
    """Ask, then delete a draft on the server; `going` is called first, `gone` once it is."""

    def delete() -> None:
        going()
        desk.operations.start(DELETE, lambda: desk.api.call(campaigns.DELETE, campaign=campaign), done=gone)

    words = "The draft and its contents are deleted. Nothing of it went to its audience."
    return dialogs.confirm(
        parent, f"Delete “{name}”?", words, act="Delete the draft", done=delete, danger=True
    )


def launch(desk: views.Desk, campaign: int, ask: campaigns.Launch, done: Done, failed: Failed) -> None:
    """Freeze and start; the server refuses if the audience is not what was seen."""
    desk.operations.start(
        launching(campaign),
        lambda: desk.api.call(campaigns.LAUNCH, ask, campaign=campaign),
        done=done,
        failed=failed,
        label="Launching",
    )


def schedule(desk: views.Desk, campaign: int, plan: schedules.Plan, done: Done, failed: Failed) -> None:
    """Launch it at the plan's times."""
    desk.operations.start(
        launching(campaign),
        lambda: desk.api.call(schedules.SAVE, plan, campaign=campaign),
        done=done,
        failed=failed,
        label="Scheduling",
    )


def unschedule(desk: views.Desk, campaign: int, done: Done, failed: Failed) -> None:
    """Take its schedule back."""
    desk.operations.start(
        launching(campaign),
        lambda: desk.api.call(schedules.DROP, campaign=campaign),
        done=done,
        failed=failed,
    )


def copy(desk: views.Desk, row: campaigns.Campaign) -> None:
    """Make a draft with everything it has, and open it."""
    desk.operations.start(
        f"campaign:{row.id}:copy",
        lambda: desk.api.call(shelf.CLONE, shelf.Clone(), campaign=row.id),
        done=lambda made: desk.navigate("campaigns", campaign=made.id),
    )


def _messages(count: int) -> str:
    return f"{figures.count(count)} {'message' if count == 1 else 'messages'}"
