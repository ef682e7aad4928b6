"""Templates in a draft: take one up, see whether a newer version is out, and make one of what is written."""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors, whose
from console.views.campaigns.draft import model
from console.widgets import buttons, dialogs, empty, fields, icons, layout, paged, search, text, theme
from console.widgets.editors import checking, parts
from console.widgets.writing import grid
from server.channels import contents
from server.wire import problems, templates

LOOK, PICK, SAVE = "campaigns:template", "campaigns:template:pick:", "campaigns:template:save"
SHEET_W, GRID_H = 836, 470


class Templating(QtCore.QObject):
    """`button` and `line` for the content step; `taken` when the draft says what a template says."""

    taken = QtCore.Signal(str)  #: the channel

    def __init__(self, desk: views.Desk, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._desk, self._page = desk, parent
        self._work = model.Work()
        self._channel = ""
        self._known: dict[int, templates.Template] = {}  #: as they were when they were last asked for
        self.button = buttons.icon("layout-template", "Template: use one, or save as one")
        self.button.clicked.connect(lambda _on=False: self.open_menu())
        self._said = text.muted("", wrap=True)
        self._update = buttons.link("Update", self.update)
        self.line = layout.boxed(layout.row(self._said, self._update, gap=theme.XS, grow=0))
        self.line.setAccessibleName("Template")
        self.line.hide()

    def show(self, work: model.Work, channel: str) -> None:
        """Say where the content of this channel is from, if it is from a template."""
        self._work, self._channel = work, channel
        origin = work.taken.get(channel)
        layout.reveal(self.line, origin is not None and channel in work.on)
        self.button.setVisible(channel in work.on)
        if origin is None or channel not in work.on:
            return
        known = self._known.get(origin.template)
        self._tell(origin, known)
        if known is None:
            self._ask(origin.template)

    def _ask(self, template: int) -> None:
        self._desk.operations.start(
            LOOK,
            lambda: self._desk.api.call(templates.SHOW, template=template),
            done=self._heard,
            failed=self._gone,
            latest=True,
        )

    def _heard(self, row: templates.Template) -> None:
        self._known[row.id] = row
        self.show(self._work, self._channel)

    def _gone(self, problem: errors.Problem) -> None:
        if problem.code is problems.Code.NOT_FOUND:
            self._said.setText("From a template that was deleted since.")

    def _tell(self, origin: contents.Taken, known: templates.Template | None) -> None:
        newer = known is not None and known.version > origin.version
        layout.reveal(self._update, newer)
        if known is None:
            self._said.setText(f"From a template, v{origin.version}")
            return
        said = [f"From “{known.name}” v{origin.version}"]
        if newer:
            said.append(f"v{known.version} is out")
        if known.archived:
            said.append("archived since")
        others = self._work.languages.get(self._channel, contents.Translations()).others
        if others:
            said.append(f"also in {', '.join(sorted(others))}")
        self._said.setText(" · ".join(said))

    # -- taking one up ----------------------------------------------------------------------------

    def open_menu(self) -> QtWidgets.QMenu:
        """What can be done with templates here."""
        menu = QtWidgets.QMenu(self._page)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Template")
        origin = self._work.taken.get(self._channel)
        acts: list[tuple[str, str, Callable[[], object], bool]] = [
            ("Use a template…", "layout-template", self.ask_which, True),
            ("Save as a template…", "save", self.ask_name, True),
            ("Open the template", "external-link", self._open, origin is not None),
        ]
        for title, icon, act, possible in acts:
            entry = QtGui.QAction(icons.icon(icon), title, menu)
            entry.setEnabled(possible)
            entry.triggered.connect(lambda _on=False, act=act: act())
            menu.addAction(entry)
        menu.popup(self.button.mapToGlobal(QtCore.QPoint(0, self.button.height() + 4)))
        return menu

    def _open(self) -> None:
        origin = self._work.taken.get(self._channel)
        if origin is not None:
            self._desk.navigate("templates", template=str(origin.template))

    def ask_which(self) -> "Picker":
        """Let a person choose a template of this channel."""
        picker = Picker(self._page, self._desk, self._channel)
        picker.chosen.connect(self.take)
        picker.open()
        return picker

    def take(self, row: templates.Template) -> None:
        """Say what a template says, in all its languages; what stood there comes back by one click."""
        channel, work = row.channel, self._work
        back = self._now(channel)
        self._known[row.id] = row
        self._put(
            work,
            channel,
            checking.plain(row.content),
            row.translations,
            contents.Taken(template=row.id, version=row.version),
        )
        title = contents.TITLES[channel]
        self._desk.toast(
            f"{title} says what “{row.name}” v{row.version} says.",
            tone="ok",
            action="Undo",
            clicked=lambda: self._put(work, channel, *back),
        )

    def update(self) -> None:
        """Take the newest version up; what was changed by hand since is asked about first."""
        channel, origin = self._channel, self._work.taken.get(self._channel)
        row = self._known.get(origin.template) if origin is not None else None
        if origin is None or row is None:
            return

        def heard(old: templates.Version) -> None:
            if self._work.fields(channel) == checking.plain(old.content):
                self.take(row)
                return
            words = f"What was changed here since v{origin.version} was taken up is replaced."
            dialogs.confirm(
                self._page,
                f"Update to v{row.version}?",
                words,
                act=f"Update to v{row.version}",
                done=lambda: self.take(row),
            )

        self._desk.operations.start(
            LOOK,
            lambda: self._desk.api.call(templates.VERSION, template=origin.template, version=origin.version),
            done=heard,
            latest=True,
        )

    def _now(self, channel: str) -> tuple[parts.Fields, contents.Translations | None, contents.Taken | None]:
        work = self._work
        return dict(work.fields(channel)), work.languages.get(channel), work.taken.get(channel)

    def _put(
        self,
        work: model.Work,
        channel: str,
        fields_: parts.Fields,
        translations: contents.Translations | None,
        taken: contents.Taken | None,
    ) -> None:
        if work is not self._work:
            return  # another draft was opened since
        work.written[channel] = fields_
        _set(work.languages, channel, translations if translations != contents.Translations() else None)
        _set(work.taken, channel, taken)
        self.taken.emit(channel)

    # -- making one -------------------------------------------------------------------------------

    def ask_name(self) -> dialogs.Sheet | None:
        """Ask for the name of a new template that says what stands here."""
        channel = self._channel
        made = checking.content(channel, self._work.fields(channel))
        if isinstance(made, list) or checking.errors(channel, self._work.fields(channel)):
            self._desk.toast("Mend what is wrong here first, then save it as a template.", tone="warn")
            return None
        words = (
            "Other campaigns can take it up. This draft keeps what it says, and is told of newer versions."
        )
        sheet = dialogs.Sheet(self._page, "Save as a template", words)
        name = fields.TextField("Name", required=True)
        name.set_value(self._work.name if self._work.name != model.UNNAMED else "")
        folder = fields.TextField("Folder", placeholder="Onboarding/Week 1")
        go = buttons.primary("Save as a template")

        def on_go() -> None:
            if not name.value():
                name.set_error("A name is needed.")
                return
            sheet.accept()
            self._save(made, name.value(), folder.value())

        go.clicked.connect(lambda _on=False: on_go())
        name.input.returnPressed.connect(on_go)
        for part in (name, folder):
            sheet.add(part)
        sheet.add_button(buttons.plain("Cancel", sheet.reject))
        sheet.add_button(go)
        sheet.open()
        name.setFocus()
        return sheet

    def _save(self, made: contents.Content, name: str, folder: str) -> None:
        channel = self._channel
        ask = templates.SaveTemplate(
            name=name,
            content=made,
            translations=self._work.languages.get(channel),
            folder="/".join(part for one in folder.split("/") if (part := one.strip())),
            by=whose.user(),
        )

        def saved(row: templates.Template) -> None:
            self._known[row.id] = row
            self._work.taken[channel] = contents.Taken(template=row.id, version=row.version)
            self.taken.emit(channel)
            self._desk.toast(
                f"Made the template “{row.name}”.",
                tone="ok",
                action="Open it",
                clicked=lambda: self._desk.navigate("templates", template=str(row.id)),
            )

        self._desk.operations.start(SAVE, lambda: self._desk.api.call(templates.CREATE, ask), done=saved)


class Picker(dialogs.Sheet):
    """The templates of one channel as pictures, found by their words. `chosen` carries one."""

    chosen = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget, desk: views.Desk, channel: str) -> None:
        super().__init__(parent, f"Use a template for {contents.TITLES[channel]}", width=SHEET_W)
        self._desk, self._channel, self._find = desk, channel, ""
        self._over = False  #: it is closed, and what comes after that finds nobody
        self.search = search.SearchField("Find by name, tag or words…", name="Find a template")
        self.search.asked.connect(self._on_find)
        self.rows = paged.PagedModel(COLUMNS, self._fetch, self)
        self.rows.counted.connect(self._on_counted)
        self.grid = grid.Grid(self.rows)
        self.grid.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setDragEnabled(False)
        self.search.submitted.connect(lambda _words: self.grid.setFocus(QtCore.Qt.FocusReason.TabFocusReason))
        self.grid.activated_row.connect(self._take)
        self.grid.picked.connect(self._on_picked)
        self._none = empty.EmptyState("layout-template", "No template here", "")
        self._stack = QtWidgets.QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._none)
        self._stack.setFixedHeight(GRID_H)
        self._go = buttons.primary("Use it", self._on_go)
        self._go.setEnabled(False)
        self.add(self.search)
        self.add(self._stack)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self._go)
        self.rows.restart()
        self.search.setFocus()

    def _fetch(self, window: paged.Window) -> None:
        if self._over:
            return
        ask = templates.TemplateQuery(
            offset=window.offset, limit=window.limit, channel=self._channel, find=self._find
        )
        self._desk.operations.start(
            f"{PICK}{window.generation}:{window.offset}",
            lambda: self._desk.api.call(templates.LIST, ask),
            done=lambda page: self.rows.receive(window, page.rows, page.total),
            failed=lambda problem: self._none.set_text(str(problem)),
        )

    def _on_find(self, words: str) -> None:
        self._find = words
        self.rows.restart()

    def _on_counted(self, total: int) -> None:
        words = (
            f"None for {contents.TITLES[self._channel]} has “{self._find}” in it."
            if self._find
            else "Save what this draft says as a template, or write one under Templates."
        )
        self._none.set_text(words)
        self._stack.setCurrentWidget(self.grid if total else self._none)
        self._go.setEnabled(bool(self.grid.numbers()))

    def _on_picked(self) -> None:
        self._go.setEnabled(bool(self.grid.numbers()))

    def _on_go(self) -> None:
        numbers = self.grid.numbers()
        row = self.rows.row(numbers[0]) if numbers else None
        if row is not None:
            self._take(row)

    def _take(self, row: templates.Template) -> None:
        self.accept()
        self.chosen.emit(row)

    def done(self, result: int) -> None:
        """Nobody waits for the list any more."""
        self._over = True
        self._desk.operations.cancel_under(PICK)
        super().done(result)


COLUMNS = (paged.Column(title="Template", text=lambda row: row.name, second=lambda row: row.folder),)


def _set(into: dict[str, Any], channel: str, value: object) -> None:
    """Put a value in, or take it out."""
    if value is None:
        into.pop(channel, None)
    else:
        into[channel] = value
