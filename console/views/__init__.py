"""What a view is: one folder with a SPEC, found by walking, and a Page that is built on a Desk.

A view's folder holds `__init__.py` (SPEC and nothing that imports its page), `page.py` (class Page), `model.py`
(what the page knows) and `actions.py` (what it can ask the server to do). Two views never import each other: they
meet through `desk.navigate`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from PySide6 import QtWidgets

    from console.services import api, drafts, live, operations, session, settings
    from console.widgets import commands, theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that can be begun in a view from anywhere: the view is opened with `args`."""

    title: str
    args: Mapping[str, str]
    icon: str = "plus"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSpec:
    """How a view appears in the sidebar."""

    key: str  #: the name it is navigated to by, and its folder's name
    title: str
    icon: str  #: a file in resources/icons, without its ending
    order: int  #: within its group
    group: str = ""  #: heading in the sidebar; empty for the first group
    jump: str = ""  #: the letter after G that goes there
    offers: tuple[Offer, ...] = ()


class Toast(Protocol):
    """Shows one passing sentence."""

    def __call__(
        self,
        words: str,
        *,
        tone: "theme.Tone" = "mute",
        action: str = "",
        clicked: Callable[[], None] | None = None,
    ) -> object: ...


class Share(Protocol):
    """Puts a link to a view on the clipboard, with what it is opened with."""

    def __call__(self, view: str, args: Mapping[str, str], /) -> None: ...


class Navigate(Protocol):
    """Goes to a view; the arguments reach its `opened`."""

    def __call__(self, view: str, /, **args: Any) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that a page may use of what lies outside it."""

    api: "api.Api"
    live: "live.Live"
    operations: "operations.Operations"
    session: "session.Session"
    settings: "settings.Settings"
    drafts: "drafts.Drafts"
    commands: "commands.Commands"
    navigate: Navigate
    share: Share
    toast: Toast
    badge: Callable[
        [str, str, str], None
    ]  #: view key, words, tone: the count beside a view's name in the sidebar


class Page(Protocol):
    """What a view's page.Page offers besides being a QWidget. It is made once, at the first visit."""

    def __init__(self, desk: Desk) -> None: ...

    def opened(self, **args: Any) -> None:
        """It is on screen now; called at every navigation, with what was asked for.

        `fresh=True` asks for the page as at its first visit, without filters or panels.
        """

    def closed(self) -> None:
        """Another view takes its place: stop timers, let go of what only a visible page needs."""


@runtime_checkable
class Placed(Protocol):
    """A page that can say where one is in it; one that cannot is where it was last asked to be."""

    def where(self) -> dict[str, str]:
        """What `opened` needs to bring the page to what it shows now: for links, other windows and the next start."""


Shot = tuple[str, Callable[[], bool | None]]
"""A name and what brings the page there; returning False says that it is not there yet, and it is asked again."""


def specs() -> list[ViewSpec]:
    """Every view there is, in the order of the sidebar."""
    names = [entry.name for entry in pkgutil.iter_modules(__path__) if entry.ispkg]
    found: list[ViewSpec] = [importlib.import_module(f"{__name__}.{name}").SPEC for name in names]
    return sorted(found, key=lambda spec: (spec.order, spec.title))


def page(key: str, desk: Desk) -> "QtWidgets.QWidget":
    """Build a view's page; its module is imported now, not before."""
    module = importlib.import_module(f"{__name__}.{key}.page")
    made: QtWidgets.QWidget = module.Page(desk)
    return made


def warm() -> None:
    """Import every view's page, so that the first visit has only to build it. For a thread: it takes a second."""
    for spec in specs():
        importlib.import_module(f"{__name__}.{spec.key}.page")


def shots(key: str) -> Callable[["QtWidgets.QWidget"], list[Shot]]:
    """The sub-states a view wants photographed: its page module's `shots(page)`, or none."""
    module = importlib.import_module(f"{__name__}.{key}.page")
    return getattr(module, "shots", lambda _page: [])
