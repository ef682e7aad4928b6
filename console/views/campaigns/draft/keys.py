"""The draft's acts by keyboard and palette, while a draft is on screen."""

from collections.abc import Callable
from typing import Protocol

from console.views.campaigns.draft import content, saving
from console.widgets import commands

KEYS = {
    "next": ("Next step of a draft", "Ctrl+Return"),
    "save": ("Save a draft now", "Ctrl+S"),
    "insert": ("Insert a contact's value", "Ctrl+I"),
    "before": ("Preview the person before", "Alt+,"),
    "after": ("Preview the next person", "Alt+."),
    "test": ("Send a test", "Alt+T"),
}


class Draft(Protocol):
    """What of the draft's page the keys reach."""

    saver: saving.Saver

    @property
    def content(self) -> content.ContentStep:
        """What is said."""

    def next(self) -> None:
        """Go on to the next step."""

    def insert(self) -> None:
        """Offer a contact's values."""

    def ask_test(self) -> None:
        """Ask where a test goes."""


def register(known: commands.Commands, draft: Draft) -> None:
    """Make them commands."""
    acts: dict[str, Callable[[], None]] = {
        "next": draft.next,
        "save": draft.saver.save,
        "insert": draft.insert,
        "before": lambda: draft.content.preview.step(-1),
        "after": lambda: draft.content.preview.step(1),
        "test": draft.ask_test,
    }
    for key, (title, keys) in KEYS.items():
        known.register(
            commands.Command(key=f"campaigns.{key}", title=title, keys=keys, group="Campaigns", run=acts[key])
        )


def forget(known: commands.Commands) -> None:
    """The draft is not on screen any more."""
    for key in KEYS:
        known.forget(f"campaigns.{key}")
