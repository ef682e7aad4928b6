"""Two versions side by side as one person would get them: what differs is marked, and told in words below."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.templates.template import lines, people, work
from console.widgets import buttons, cards, inputs, layout, notices, tabs, text, theme
from console.widgets.mail import marking
from console.widgets.writing import rendered
from server.channels import contents
from server.wire import crafting, templates

ASK = "templates:diff"
WRITTEN = 0  #: as a version: what stands in the editor
VIEWS = [("rendered", "As this person gets it"), ("written", "As it is written")]
SCALE, MOST_W = 0.7, 480


class Compare(QtWidgets.QWidget):
    """`start` with a template and a version; `left` when a person has seen enough."""

    left = QtCore.Signal()
    restore_wanted = QtCore.Signal(int)

    def __init__(self, desk: views.Desk, edited: Callable[[], work.Work]) -> None:
        super().__init__()
        self._desk, self._edited = desk, edited
        self.diff: crafting.Diff | None = None
        self.people = people.People(desk, flat=True)
        self.people.changed.connect(self.ask)
        self._build()

    def _build(self) -> None:
        self.old, self.new = inputs.Choice(), inputs.Choice()
        self.old.setAccessibleName("The older side")
        self.new.setAccessibleName("The newer side")
        for choice in (self.old, self.new):
            choice.setMinimumWidth(190)
            choice.activated.connect(lambda _at: self.ask())
        self.restore = buttons.plain("Restore the left one", self._on_restore, icon="rotate-ccw")
        self._told = text.muted("")
        top = layout.row(
            buttons.icon("arrow-left", "Back to the editor", self.left.emit),
            text.title("Compare"),
            12,
            self.old,
            text.muted("with"),
            self.new,
            self._told,
            None,
            self.restore,
            gap=theme.SM,
        )
        self.views = tabs.Tabs(VIEWS, name="What is compared")
        self.views.chosen.connect(lambda _key: self._show_lines())
        self.people.setFixedWidth(620)
        self._banner = notices.Banner()
        self.sides = (_Side("Before"), _Side("After"))
        both = layout.row(*self.sides, gap=theme.MD)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self.lines = lines.Lines()
        self._same = text.muted("", wrap=True)
        below = cards.Card(
            layout.row(self.views, None, gap=theme.SM), self._same, self.lines, heading="What differs"
        )
        split = QtWidgets.QSplitter(QtCore.Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(theme.SM)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        split.addWidget(layout.boxed(both))
        split.addWidget(below)
        split.setStretchFactor(0, 1)
        split.setSizes([520, 230])
        self.setLayout(
            layout.column(top, layout.row(self.people, None), self._banner, split, gap=theme.MD, grow=3)
        )
        self.setAccessibleName("Compare two versions")

    # -- what is compared -------------------------------------------------------------------------

    def start(self, versions: Sequence[templates.VersionLine], version: int, shown: people.People) -> None:
        """Compare a version with what is written now, as the person that was looked at."""
        offered = [
            (one.version, f"v{one.version} · {one.note}" if one.note else f"v{one.version}")
            for one in versions
        ]
        self.old.set_choices(offered)
        self.new.set_choices([(WRITTEN, "What is written now"), *offered])
        self.old.setCurrentIndex(max(self.old.findData(version), 0))
        newest = versions[0].version if versions else 0
        edited = self._edited()
        self.new.setCurrentIndex(0 if version != newest or edited.version == newest else 1)
        self.people.position, self.people.contact = shown.position, shown.contact
        self.people.start()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._desk.operations.cancel(ASK)

    def _side(self, choice: inputs.Choice) -> crafting.Side | None:
        edited = self._edited()
        version = choice.currentData()
        if version != WRITTEN:
            return crafting.Side(template=edited.template or 0, version=version)
        made, further = work.content(edited), work.translations(edited)
        return crafting.Side(content=made, translations=further) if made is not None else None

    def ask(self) -> None:
        """Have both rendered."""
        old, new = self._side(self.old), self._side(self.new)
        self.restore.setEnabled(self.old.currentData() != self._edited().version)
        if old is None or new is None:
            self._banner.say("What is written now holds a field that fits no message.", tone="warn")
            return
        known = self.people.count > 0
        ask = crafting.DiffAsk(
            left=old,
            right=new,
            audience=self.people.audience if known else None,
            position=self.people.position,
            contact=self.people.contact if known else None,
        )
        self._desk.operations.start(
            ASK, lambda: self._made(ask), done=self._show, failed=self._on_failed, latest=True
        )

    async def _made(self, ask: crafting.DiffAsk) -> tuple[crafting.Diff, tuple[str, str]]:
        """The difference, and both pages of a mail with marks. Raises errors.Problem."""
        found = await self._desk.api.call(crafting.DIFF, ask)
        old, new = found.left.content, found.right.content
        if isinstance(old, contents.Email) and isinstance(new, contents.Email):
            return found, await asyncio.to_thread(marking.marked, old.html, new.html)
        return found, ("", "")

    def _on_failed(self, problem: errors.Problem) -> None:
        self._banner.say(problem.sentence, problem.remedy, tone="bad")

    # -- what is shown ----------------------------------------------------------------------------

    def _show(self, made: tuple[crafting.Diff, tuple[str, str]]) -> None:
        found, pages = made
        self.show_diff(found, pages)

    def show_diff(self, found: crafting.Diff, pages: tuple[str, str]) -> None:
        """Show one comparison."""
        self.diff = found
        self._banner.say("")
        self.people.named(found.person)
        places = [field.place for field in found.rendered]
        for side, shown, page in zip(self.sides, (found.left, found.right), pages, strict=True):
            side.show_side(shown, page, places)
        self._told.setText("The same, to the byte" if found.equal else "")
        self._show_lines()

    def _show_lines(self) -> None:
        found = self.diff
        if found is None:
            return
        rendered_ = self.views.current() == "rendered"
        fields = found.rendered if rendered_ else found.written
        same = "This person would get the same." if rendered_ else "Both are written the same."
        self._same.setText("" if fields else same)
        layout.reveal(self._same, not fields)
        self.lines.setVisible(bool(fields))
        self.lines.show_fields(fields)
        self.views.set_count("rendered", len(found.rendered))
        self.views.set_count("written", len(found.written))

    def _on_restore(self) -> None:
        version = self.old.currentData()
        if isinstance(version, int):
            self.restore_wanted.emit(version)


class _Side(cards.Card):
    """One of the two, on its device."""

    def __init__(self, heading: str) -> None:
        self.shown = rendered.Rendered(scale=SCALE, most_w=MOST_W)
        inner = layout.column(self.shown, None, margins=(0, 0, theme.SM, 0))
        super().__init__(layout.scroll(layout.boxed(inner)), heading=heading)

    def show_side(self, shown: crafting.Shown, page: str, places: Sequence[str]) -> None:
        """Show it with its marks; `page` is a mail's HTML with them."""
        content = shown.content
        if isinstance(content, contents.Email) and page:
            content = msgspec.structs.replace(content, html=page)
        version = f"v{shown.version}" if shown.version else "as it is written now"
        said = [version, shown.language.language]
        self.set_aside(" · ".join(one for one in said if one))
        self.shown.show_content(content, shown.faults)
        self.shown.show_changes(places)
