"""One template: written in its channel's editor, seen as a real person beside it, compared, checked and saved."""

import functools
from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.services import errors
from console.views.templates.template import compare, editing, languages, saving, side, versions, work
from console.widgets import buttons, commands, icons, inputs, layout, notices, text, theme
from server.wire import templates

ROOM_W = 1_180  #: from this width on a mail's editor has room for the panel beside it
KEYS = ("save", "insert", "before", "after", "check", "side")


class TemplatePage(QtWidgets.QWidget):
    """`left` when a person goes back to the library; `saved` carries the template as the server has it."""

    left = QtCore.Signal()
    saved = QtCore.Signal(object)
    wanted = QtCore.Signal(str)  #: copy, move, tag, export, archive or delete

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self._desk = desk
        self._work = work.Work(channel="sms")
        self.row: templates.Template | None = None  #: as the server has it; None before the first save
        self._undo: Callable[[], None] | None = None
        self._side_wanted: bool | None = None  #: a person's choice; None leaves it to the room there is
        self.saver = saving.Saver(desk, self)
        self._build()
        self._connect()

    @property
    def edited(self) -> work.Work:
        """The template that is edited."""
        return self._work

    # -- what is on screen ------------------------------------------------------------------------

    def _build(self) -> None:
        self.name = inputs.Line("Name of the template")
        self.name.setAccessibleName("Name of the template")
        self.name.setMaxLength(200)
        self.name.setMinimumWidth(220)
        self._version = buttons.Badge()
        self._place = text.Elided("", size=text.SMALL, token="text2")
        self._told = text.Label("", "muted")
        self.more = buttons.icon("ellipsis", "What can be done with it")
        self.side_on = buttons.icon("panel-right", "Preview and panels (Ctrl+Shift+P)")
        self.side_on.setCheckable(True)
        self.save = buttons.primary("Save", self.saver.save, icon="save", tip="Save a new version (Ctrl+S)")
        self.languages = languages.Languages()
        self.banner = notices.Banner()
        self.editor = editing.Editing(self._desk)
        self.side = side.Side(self._desk)
        top = layout.row(
            buttons.icon("arrow-left", "All templates", self.left.emit),
            self.name,
            self._version,
            self._place,
            self._told,
            self.languages,
            self.side_on,
            self.more,
            self.save,
            gap=theme.SM,
            grow=3,
        )
        body = layout.row(self.editor, self.side, gap=theme.MD, grow=0)
        self._writing = layout.boxed(layout.column(top, self.banner, body, gap=theme.MD, grow=2))
        self._stack = QtWidgets.QStackedWidget()
        self._stack.addWidget(self._writing)
        self.setLayout(layout.page(self._stack, grow=0))

    @functools.cached_property
    def compare(self) -> compare.Compare:
        """Two versions side by side."""
        made = compare.Compare(self._desk, lambda: self._work)
        made.left.connect(self.show_editor)
        made.restore_wanted.connect(self.saver.restore)
        self._stack.addWidget(made)
        return made

    def _connect(self) -> None:
        self.name.textEdited.connect(self._on_named)
        self.editor.changed.connect(self._on_edited)
        self.editor.pointed.connect(self.side.preview.shown.handset.mark)
        self.languages.chosen.connect(self._on_language)
        self.languages.changed.connect(self._on_languages)
        self.side.preview.part_clicked.connect(self.editor.go_to)
        self.side.people.audience_changed.connect(self.editor.insert.set_audience)
        self.side.compare_wanted.connect(self.show_compare)
        self.side.restore_wanted.connect(self.saver.restore)
        self.side_on.clicked.connect(lambda _on=False: self._on_side())
        self.more.clicked.connect(lambda _on=False: self.open_menu())
        self.saver.told.connect(self._on_told)
        self.saver.saved.connect(self._on_saved)
        self.saver.undone.connect(self._on_restored)
        self.saver.refused.connect(self._on_refused)
        self.saver.compare_wanted.connect(self.show_compare)
        self.banner.acted.connect(self._on_banner)
        self._desk.operations.bind(saving.SAVE, self.save, "Saving…")

    # -- coming and going -------------------------------------------------------------------------

    def start_new(self, made: work.Work) -> None:
        """Edit a template that nobody has saved."""
        self._open(made, None)
        self.saver.touch()
        self.name.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        self.name.selectAll()

    def start_left(self) -> bool:
        """Go on with the new template that never reached the server; whether there is one."""
        left = self._desk.drafts.find(saving.EDITOR, work.NEW)
        found = work.of_kept(left.content, None) if left is not None else None
        if found is None:
            return False
        self._open(found, None)
        self._say("This is the template that was begun and not saved.", "Drop it", self._drop_new)
        return True

    def start(self, row: templates.Template) -> None:
        """Edit a template of the server's, with what was written here and never reached it."""
        known = work.of_template(row)
        left = self._desk.drafts.find(saving.EDITOR, str(row.id))
        found = work.of_kept(left.content, row.id) if left is not None else None
        if found is None or work.same(found, known):
            self._desk.drafts.drop(saving.EDITOR, str(row.id))
            self._open(work.of_template(row), row)
            return
        self._open(found, row)
        newer = found.version != row.version
        also = f" Meanwhile v{row.version} was saved by somebody else." if newer else ""
        words = f"This holds edits that were not saved.{also}"
        self._say(words, "Drop them", lambda: self._drop_edits(row))

    def stop(self) -> None:
        """Another page takes its place."""
        self.saver.leave()
        self.side.stop()
        self.show_editor()
        for key in KEYS:
            self._desk.commands.forget(f"templates.{key}")

    def _open(self, edited: work.Work, row: templates.Template | None) -> None:
        self._work, self._undo = edited, None
        self.banner.say("")
        self.name.setText(edited.name)
        self.languages.set_work(edited)
        self.editor.set_work(edited)
        self.saver.follow(edited, work.of_template(row) if row is not None else None)
        self.show_row(row)
        self.side.set_work(edited)
        self._show_marks()
        self.show_editor()
        self._fit()
        self.side.go("preview")
        self._register()

    def show_row(self, row: templates.Template | None) -> None:
        """The server has this of it now; what is written stays as it is."""
        self.row = row
        version = f"v{row.version}" if row is not None else "new"
        self._version.set(version, "mute")
        said = [self._work.folder or "", ", ".join(self._work.tags)]
        if row is not None:
            said = [row.folder, ", ".join(row.tags), "archived" if row.archived else ""]
        self._place.set_text(" · ".join(one for one in said if one))
        self.side.set_row(row)

    def _register(self) -> None:
        def add(key: str, title: str, keys: str, run: Callable[[], object]) -> None:
            self._desk.commands.register(
                commands.Command(key=f"templates.{key}", title=title, keys=keys, group="Templates", run=run)
            )

        add("save", "Save a template", "Ctrl+S", self.saver.save)
        add("insert", "Insert a contact's value", "Ctrl+I", self.editor.insert.open_menu)
        add("before", "Preview the person before", "Alt+,", lambda: self.side.people.step(-1))
        add("after", "Preview the next person", "Alt+.", lambda: self.side.people.step(1))
        add("check", "Check a template for everybody", "", self.check_everybody)
        add("side", "Preview and panels of a template", "Ctrl+Shift+P", self._on_side)

    # -- panels -----------------------------------------------------------------------------------

    def show_panel(self, key: str) -> None:
        """Bring one of the panels beside the editor on screen."""
        self._side_wanted = True
        self._fit()
        self.side.go(key)

    def check_everybody(self) -> None:
        """Go to the check, and start it."""
        self.show_panel("check")
        self.side.failing.start()

    def show_compare(self, version: int) -> None:
        """Show a version beside what is written now; 0 for the newest."""
        template = self._work.template
        if template is None:
            return

        def show(page: templates.Versions) -> None:
            if page.rows:
                self._stack.setCurrentWidget(self.compare)
                self.compare.start(page.rows, version or page.rows[0].version, self.side.people)

        self._desk.operations.start(
            versions.ASK, lambda: self._desk.api.call(templates.VERSIONS, template=template), done=show
        )

    def show_editor(self) -> None:
        """Back from a comparison."""
        if "compare" in vars(self):
            self.compare.stop()
        self._stack.setCurrentWidget(self._writing)

    def _on_side(self) -> None:
        self._side_wanted = self.side.isHidden()
        self._fit()

    def _fit(self) -> None:
        """A mail's editor needs the room; the panel beside it waits until it is asked for."""
        roomy = self._work.channel != "email" or self.width() >= ROOM_W
        shown = roomy if self._side_wanted is None else self._side_wanted
        self.side.setVisible(shown)
        self.side_on.setChecked(shown)
        if shown:
            self.side.preview.ask_soon()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # -- edits ------------------------------------------------------------------------------------

    def _on_named(self) -> None:
        self._work.name = self.name.text()
        self.saver.touch()

    def _on_edited(self) -> None:
        self.saver.touch()
        self._show_marks()
        self.side.edited()

    def _on_language(self, language: str) -> None:
        self.editor.show_language(language)
        if self._work.others():
            self.side.preview.show_languages()

    def _on_languages(self) -> None:
        self.side.preview.show_languages()
        self._on_edited()

    def _show_marks(self) -> None:
        self.languages.mark(work.errors(self._work))

    # -- what the server says ---------------------------------------------------------------------

    def _on_told(self, words: str, tone: str) -> None:
        self._told.setText(words)
        self._told.set_style("warn" if tone == "warn" else "muted")
        self.save.setEnabled(not self.saver.is_clean)

    def _on_saved(self, row: templates.Template) -> None:
        self.banner.say("")
        self.show_row(row)
        self.saved.emit(row)

    def _on_restored(self, row: templates.Template) -> None:
        self._desk.drafts.drop(saving.EDITOR, str(row.id))
        self._open(work.of_template(row), row)
        self.saved.emit(row)

    def _on_refused(self, problem: errors.Problem | None) -> None:
        self.editor.be_strict()
        if problem is None:
            found = work.errors(self._work)
            if found and self.editor.language not in found:
                self.languages.go(next(iter(found)))
            return
        self.editor.show_said(problem.faults)
        self._say(str(problem), "", None, tone="bad")

    # -- what was left from before ----------------------------------------------------------------

    def _say(
        self, words: str, action: str, undo: Callable[[], None] | None, *, tone: theme.Tone = "info"
    ) -> None:
        self._undo = undo
        self.banner.say(words, tone=tone, action=action)

    def _on_banner(self) -> None:
        undo, self._undo = self._undo, None
        self.banner.say("")
        if undo is not None:
            undo()

    def _drop_new(self) -> None:
        self.saver.forget()
        self.left.emit()

    def _drop_edits(self, row: templates.Template) -> None:
        self.saver.forget()
        self.start(row)

    # -- acts -------------------------------------------------------------------------------------

    def open_menu(self) -> QtWidgets.QMenu:
        """What can be done with the template as a whole."""
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Template")
        saved = self.row is not None
        away = self.row is not None and self.row.archived
        acts: list[tuple[str, str, Callable[[], object], bool]] = [
            ("Check it for everybody", "users", self.check_everybody, True),
            ("Compare with an older version", "columns-3", lambda: self.show_panel("versions"), saved),
            ("Duplicate", "copy", lambda: self.wanted.emit("copy"), saved),
            ("Move…", "folder", lambda: self.wanted.emit("move"), saved),
            ("Tag…", "tag", lambda: self.wanted.emit("tag"), saved),
            ("Export…", "file-down", lambda: self.wanted.emit("export"), saved),
            ("Bring back" if away else "Archive", "inbox", lambda: self.wanted.emit("archive"), saved),
            ("Delete…", "trash-2", lambda: self.wanted.emit("delete"), saved),
        ]
        for title, icon, act, possible in acts:
            entry = menu.addAction(icons.icon(icon), title)
            entry.setEnabled(possible)
            entry.triggered.connect(lambda _on=False, act=act: act())
        menu.popup(self.more.mapToGlobal(QtCore.QPoint(0, self.more.height() + 4)))
        return menu
