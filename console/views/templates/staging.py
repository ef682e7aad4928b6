"""Bringing the templates' pages into the states worth a picture; nothing is saved."""

from collections.abc import Callable
from typing import Protocol

from console import views
from console.views.templates import blocks, listing
from console.views.templates.template import impact
from console.views.templates.template import page as template_page
from console.widgets import dialogs
from server.wire import crafting, templates


class Page(Protocol):
    """The page that is brought into each state; what it has not shown yet is not made to be looked at."""

    desk: views.Desk
    library: listing.Library

    @property
    def one(self) -> template_page.TemplatePage:
        """The page of one template."""

    @property
    def blocks(self) -> blocks.BlocksPage:
        """The shared blocks."""

    def ask_new(self) -> dialogs.Sheet:
        """Ask for which channel, and from what."""


class Stage:
    """What the pictures are taken of: the data's own templates."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._desk = page.desk
        self._first: templates.Template | None = page.library.sample()
        self._sheet: dialogs.Sheet | None = None

    def shots(self) -> list[views.Shot]:
        """As pictures, each panel of a template, the sheets, a comparison, and the blocks."""
        if self._first is None:
            return [("new", self.new)]
        return [
            ("grid", self.grid),
            ("new", self.new),
            ("template", self._one("preview")),
            ("everybody", self.everybody),
            ("versions", self._one("versions")),
            ("breaking", self.breaking),
            ("compare", self.compare),
            ("blocks", self.blocks),
        ]

    # -- the library ------------------------------------------------------------------------------

    def grid(self) -> bool | None:
        """The library as pictures."""
        library = self._page.library
        if not library.shows_pictures():
            library.start({"as": "grid"})
            return False
        library.grid.grab()  # what is seen is asked for when it is painted
        return None if library.grid.is_painted() else False

    def new(self) -> None:
        """The sheet that begins a template."""
        self._page.library.start({"as": "list"})
        self._sheet = self._page.ask_new()

    # -- one template -----------------------------------------------------------------------------

    def _open(self) -> bool:
        """Whether the first template is on screen; asks for it where it is not."""
        self._shut()
        first = self._first
        assert first is not None
        if "one" not in vars(self._page) or not self._page.one.isVisible():
            if not self._desk.operations.running():
                self._desk.navigate("templates", template=str(first.id))
            return False
        self._page.one.saver.keeps = False
        return True

    def _still(self) -> bool:
        """Whether nothing is on its way any more."""
        return not self._desk.operations.running() and not self._page.one.side.preview.waits

    def _one(self, panel: str) -> Callable[[], bool | None]:
        def prepare() -> bool | None:
            if not self._open():
                return False
            if self._page.one.side.panels.current() != panel:
                self._page.one.show_panel(panel)
                return False
            return None if self._still() else False

        return prepare

    def everybody(self) -> bool | None:
        """A check that has found people for whom it fails."""
        if not self._open() or not self._still():
            return False
        failing = self._page.one.side.failing
        if failing.check is None:
            self._page.one.check_everybody()
            return False
        return None if failing.check.status is crafting.CheckStatus.DONE and failing.rows.heard else False

    def breaking(self) -> bool | None:
        """What saving would break."""
        if self._one("preview")() is False:
            return False
        audience = self._page.one.side.people.choice.currentText().partition(" (")[0]
        lack = templates.Lack(variable="city", audience=1, audience_name=audience, people=2_480, missing=312)
        use = templates.Use(kind="campaign", id=1, name="Spring drop, second wave", version=3)
        found = templates.Impact(variables=["city"], lacking=[lack], campaigns=[use], breaks=True)
        self._sheet = impact.ask(self._page.one, self._page.one.edited.name, found, lambda: None)
        return None

    def compare(self) -> bool | None:
        """Two versions side by side."""
        if not self._open() or not self._still():
            return False
        one = self._page.one
        if "compare" not in vars(one) or not one.compare.isVisible():
            one.show_compare(1)
            return False
        return None if one.compare.diff is not None else False

    # -- blocks -----------------------------------------------------------------------------------

    def blocks(self) -> bool | None:
        """The shared blocks, with one of them."""
        self._shut()
        if "blocks" not in vars(self._page) or not self._page.blocks.isVisible():
            self._desk.navigate("templates", shelf="blocks")
            return False
        there = self._page.blocks.block is not None and not self._desk.operations.running()
        return None if there else False

    def _shut(self) -> None:
        """Close the sheet of the picture before."""
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.reject()
