"""The page: people, imports and suppressions as three parts, and the way a file takes into them."""

import functools
import pathlib
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.views.audiences import contact, imports, mapping, people, suppressions
from console.widgets import buttons, commands, dialogs, layout, tabs, theme
from server.wire import audiences

LINKED = ("people", "imports", "suppressions")  #: parts that a link may lead to
HEAD = 65_536  #: bytes the server looks at to know a file


class Page(QtWidgets.QWidget):
    """Who can be reached, where they came from, and who must not be written to."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAcceptDrops(True)
        self.panel = contact.ContactPanel()
        self.panel.hide()
        self.people = people.PeoplePart(desk, self.panel)
        self.tabs = tabs.Tabs(
            [("people", "People"), ("imports", "Imports"), ("suppressions", "Suppressions")], name="Parts"
        )
        self.tabs.chosen.connect(self.show_part)
        self.import_button = buttons.primary("Import a file", self.choose_file, icon="upload")
        self.head = layout.boxed(layout.row(self.tabs, None, self.import_button, gap=theme.SM))
        self.stack = QtWidgets.QStackedWidget()
        self.stack.addWidget(self.people)
        self.people.import_asked.connect(self.choose_file)
        left = layout.boxed(layout.page(self.head, self.stack, grow=1))
        self.setLayout(layout.row(left, self.panel, gap=0, grow=0))

    # The other parts are built when they are first wanted: a person who comes for people does not wait for them.

    @functools.cached_property
    def imports(self) -> imports.ImportsPart:
        """The files that came in."""
        made = imports.ImportsPart(self._desk)
        made.import_asked.connect(self.choose_file)
        made.finished.connect(self._on_imported)
        self.stack.addWidget(made)
        return made

    @functools.cached_property
    def suppressions(self) -> suppressions.SuppressionsPart:
        """Who must not be written to."""
        made = suppressions.SuppressionsPart(self._desk)
        self.stack.addWidget(made)
        return made

    @functools.cached_property
    def mapping(self) -> mapping.MappingPage:
        """What the columns of a file mean."""
        made = mapping.MappingPage()
        made.started.connect(self._start)
        made.left.connect(lambda: self.show_part(self.tabs.current()))
        self.stack.addWidget(made)
        return made

    # what the window calls

    def opened(self, **args: Any) -> None:
        """Show an audience, a contact, an import, or what was last looked at; `fresh` forgets that."""
        for command in self._commands():
            self._desk.commands.register(command)
        if args.get("fresh"):
            self.panel.close_panel()
            self._turn_to("people")
        part = str(args.get("part") or "")
        if part in LINKED:
            self._turn_to(part)
        if part == "suppressions":
            self.suppressions.go(args)
        elif not part and any(args.get(name) for name in ("fresh", "find", "sort", "columns")):
            self.people.go(args)
        person = _number(args.get("contact"))
        audience = _number(args.get("audience") or args.get("subject"))
        if person or audience:
            self._turn_to("people")
            self.people.open(audience, person)
        elif "add" in args:
            self.choose_file()
        elif not isinstance(self.stack.currentWidget(), mapping.MappingPage):
            self.show_part(self.tabs.current())
        self.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def where(self) -> dict[str, str]:
        """The part, and of people the audience and whoever is looked at."""
        if self.tabs.current() == "suppressions":
            return self.suppressions.where()
        if self.tabs.current() != "people":
            return {"part": self.tabs.current()}
        return self.people.where()

    def closed(self) -> None:
        """Nobody looks any more."""
        if "imports" in self.__dict__:  # it has been built
            self.imports.rest()
        for command in self._commands():
            self._desk.commands.forget(command.key)

    def show_part(self, key: str) -> None:
        """People, imports, suppressions, or the mapping of a file."""
        self._turn_to(key)
        match key:
            case "people":
                self.people.open()
            case "imports":
                self.imports.open()
            case "suppressions":
                self.suppressions.open()

    def _turn_to(self, key: str) -> None:
        self.tabs.set_current(key)
        self.stack.setCurrentWidget(getattr(self, key))
        self.head.setVisible(key != "mapping")
        if key != "people":
            self.panel.hide()

    def _commands(self) -> list[commands.Command]:
        group = "Audiences"
        return [
            commands.Command(
                key="audiences.import",
                title="Import a file",
                keys="Ctrl+N",
                group=group,
                run=self.choose_file,
            ),
            commands.Command(
                key="audiences.find", title="Find a contact", keys="/", group=group, run=self._focus_seek
            ),
        ]

    def _focus_seek(self) -> None:
        self.show_part("people")
        self.people.seek.setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.panel.close_panel()
            return
        super().keyPressEvent(event)

    # a file on its way in

    def choose_file(self) -> None:
        """Let a person choose a file to import."""
        dialogs.choose_file(
            self, "Import people", self.look_at, kinds=["CSV files (*.csv *.tsv *.txt)", "All files (*)"]
        )

    def look_at(self, path: str) -> None:
        """Have the server look at a file's beginning, and show its columns."""
        chosen = pathlib.Path(path)
        self.mapping.name.set_value("")
        self.mapping.wait_for(chosen)
        self.show_part("mapping")
        self._desk.operations.start(
            "audiences:inspect",
            lambda: self._desk.api.upload(
                audiences.INSPECT, audiences.InspectAsk(file=chosen.name), chosen, head=HEAD
            ),
            done=self.mapping.tell,
            failed=self.mapping.fail,
            latest=True,
        )

    def _start(self, path: pathlib.Path, ask: audiences.ImportAsk) -> None:
        key = "audiences:upload"
        self._desk.operations.bind(key, self.mapping.start_button, "Sending the file…")
        self._desk.operations.start(
            key,
            lambda: self._desk.api.upload(
                audiences.IMPORT,
                ask,
                path,
                progress=lambda done, total: self._desk.operations.report(key, done, total),
            ),
            done=self._begun,
            failed=self.mapping.fail,
            label=f"Sending {path.name}",
        )

    def _begun(self, one: audiences.Import) -> None:
        self.imports.begun(one)
        self.show_part("imports")

    def _on_imported(self, one: audiences.Import) -> None:
        if one.status is audiences.ImportStatus.DONE:
            self._desk.toast(
                f"{one.rows_taken:,} people are in {one.audience_name}",
                tone="ok",
                action="Show them",
                clicked=lambda: self._desk.navigate("audiences", audience=one.audience),
            )

    # dropping a file

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if _dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        path = _dropped(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.look_at(path)


def _dropped(data: QtCore.QMimeData) -> str:
    """The one local file that is dragged, or nothing."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 else ""


def _number(value: object) -> int:
    words = str(value or "")
    return int(words) if words.isdecimal() else 0


def shots(page: Page) -> list[views.Shot]:
    """A contact, the imports with an error sheet, the mapping of a file, and the suppressions."""

    def person() -> bool:
        if page.stack.currentWidget() is not page.people:
            page.show_part("people")
        page.people.people.pick(0)
        return page.panel.contact is not None

    def imported() -> bool:
        if page.stack.currentWidget() is not page.imports:
            page.show_part("imports")
        return page.imports.current is not None and page.imports.sheet.heard

    def listed() -> bool:
        if page.stack.currentWidget() is not page.suppressions:
            page.show_part("suppressions")
        return page.suppressions.list.heard

    def mapped() -> bool:
        if page.stack.currentWidget() is not page.mapping:
            page.look_at(str(SAMPLE))
        return page.mapping.inspection is not None

    found: list[views.Shot] = [("imports", imported), ("suppressions", listed), ("mapping", mapped)]
    return [("contact", person), *found] if page.people.contacts.total else found


SAMPLE = theme.RESOURCES / "samples" / "contacts.csv"
