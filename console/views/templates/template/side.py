"""The panels beside a template's editor: what a person gets, for whom it fails, who uses it, and its versions."""

import functools
from typing import TypeVar

from PySide6 import QtCore, QtWidgets

from console import views
from console.views.templates.template import failing, people, preview, uses, versions, work
from console.widgets import cards, layout, tabs, theme
from console.widgets.editors import limits, meters
from server.channels import contents
from server.wire import templates

WIDTH = 404
PANELS = [("preview", "Preview"), ("check", "Everybody"), ("uses", "Used in"), ("versions", "Versions")]
WITH_PEOPLE = ("preview", "check")

PanelT = TypeVar("PanelT", bound=QtWidgets.QWidget)


class Side(QtWidgets.QWidget):
    """Each panel but the preview is built when a person first goes there."""

    compare_wanted = QtCore.Signal(int)  #: a version
    restore_wanted = QtCore.Signal(int)

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._work = work.Work(channel="sms")
        self._row: templates.Template | None = None
        self._old: set[str] = set()  #: panels that show another template
        self.limits = limits.Limits()
        self.people = people.People(desk)
        self.preview = preview.Preview(desk, self.people)
        self.preview.rendered.connect(self.measure)
        self.panels = tabs.Tabs(PANELS, name="Panels")
        self.panels.chosen.connect(self.go)
        self._stack = QtWidgets.QStackedWidget()
        self._scrolled = layout.scroll(layout.boxed(layout.column(self.preview, margins=(0, 0, theme.SM, 0))))
        self._stack.addWidget(self._scrolled)
        self._who = layout.boxed(layout.column(self.people))
        card = cards.Card(self.panels, layout.rule(), self._who, self._stack, gap=10)
        card.body.setStretch(3, 1)
        self.setLayout(layout.column(self.limits, card, gap=theme.MD, grow=1))
        self.setFixedWidth(WIDTH)

    @functools.cached_property
    def failing(self) -> failing.FailingPanel:
        """For whom it fails."""
        made = failing.FailingPanel(self._desk, lambda: self.people.audience, lambda: work.whole(self._work))
        made.person_wanted.connect(self._on_person)
        return self._added(made)

    @functools.cached_property
    def uses(self) -> uses.UsesPanel:
        """Who uses it."""
        made = uses.UsesPanel(self._desk, "template")
        made.counted.connect(lambda count: self.panels.set_count("uses", count))
        return self._added(made)

    @functools.cached_property
    def versions(self) -> versions.VersionsPanel:
        """Its versions."""
        made = versions.VersionsPanel(self._desk)
        made.compare_wanted.connect(self.compare_wanted)
        made.restore_wanted.connect(self.restore_wanted)
        return self._added(made)

    def _added(self, panel: PanelT) -> PanelT:
        self._stack.addWidget(panel)
        return panel

    # -- what it shows ----------------------------------------------------------------------------

    def set_work(self, edited: work.Work) -> None:
        """Look at this template."""
        self._work = edited
        if "failing" in vars(self):
            self.failing.forget()
        self.preview.set_work(edited)
        self.people.start()

    def set_row(self, row: templates.Template | None) -> None:
        """The server has this of it; None where it was never saved."""
        self._row = row
        self._old = {"uses", "versions"}
        self.panels.set_count("uses", row.uses if row is not None else None)
        self.panels.set_count("versions", row.version if row is not None else None)
        self._bring(self.panels.current())

    def go(self, key: str) -> None:
        """Bring a panel on screen."""
        self.panels.set_current(key)
        self._who.setVisible(key in WITH_PEOPLE)
        self.people.show_one(shown=key == "preview")
        self.limits.setVisible(key == "preview")
        self._bring(key)
        if key == "preview":
            self.preview.ask_soon()
        if key == "check":
            self.failing.resume()

    def _bring(self, key: str) -> None:
        self._stack.setCurrentWidget(self._panel(key))
        if key not in self._old:
            return
        self._old.discard(key)
        row = self._row
        if key == "versions":
            self.versions.start(row.id if row is not None else None, row.version if row is not None else 0)
        elif row is not None:
            self.uses.start(templates.USES, template=row.id)
        else:
            self.uses.clear()

    def _panel(self, key: str) -> QtWidgets.QWidget:
        match key:
            case "check":
                return self.failing
            case "uses":
                return self.uses
            case "versions":
                return self.versions
        return self._scrolled

    def edited(self) -> None:
        """Something was written."""
        if "failing" in vars(self):
            self.failing.outdate()
        self.measure(None)
        self.preview.ask_soon()

    def stop(self) -> None:
        """Nobody looks any more."""
        self.preview.stop()
        if "failing" in vars(self):
            self.failing.stop()

    def measure(self, rendered: contents.Content | None) -> None:
        """Measure what this person gets where it could be rendered: that is what counts."""
        made = rendered or work.content(self._work)
        if made is not None:
            words = "as this person gets it" if rendered is not None else "as it is written"
            self.limits.set_gauges(meters.gauges(made), words)

    def _on_person(self, position: int, contact: int) -> None:
        self.people.go(position, contact)
        self.go("preview")
