"""Saving a template: kept here at every keystroke, on the server when a person says so, and taken back by name."""

import copy
from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors, whose
from console.views.templates.template import impact, work
from console.widgets import buttons, dialogs
from server.wire import problems, templates

EDITOR = "templates"  #: local drafts' editor: the view that opens them again
SAVE = "templates:save"


class Saver(QtCore.QObject):
    """One save at a time. What is edited meanwhile stays an edit."""

    told = QtCore.Signal(str, str)  #: words and tone for the header
    saved = QtCore.Signal(object)  #: the Template as the server has it now
    undone = QtCore.Signal(object)  #: the Template after a save was taken back
    refused = QtCore.Signal(object)  #: errors.Problem; None where it is known here what hinders it
    compare_wanted = QtCore.Signal(int)  #: somebody else's newer version

    def __init__(self, desk: views.Desk, page: QtWidgets.QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._work: work.Work | None = None
        self._known: work.Work | None = None  #: what the server has
        self.keeps = True  #: False for pictures, which change nothing

    def follow(self, edited: work.Work, known: work.Work | None) -> None:
        """Keep this template from now on; `known` is what the server has of it."""
        self._work, self._known = edited, copy.deepcopy(known)
        self._say()

    @property
    def is_clean(self) -> bool:
        """Whether the server has all of it."""
        edited, known = self._work, self._known
        return edited is not None and known is not None and work.same(edited, known)

    def touch(self) -> None:
        """Something was edited."""
        edited = self._work
        if edited is None or not self.keeps:
            return
        if self.is_clean:
            self._desk.drafts.drop(EDITOR, edited.key)
        else:
            self._desk.drafts.keep(EDITOR, edited.key, edited.kept())
        self._say()

    def _say(self) -> None:
        edited = self._work
        if edited is None:
            return
        if self.is_clean:
            self.told.emit("Saved", "mute")
            return
        hindered = work.hindrance(edited)
        words = f"Not saved: {hindered}" if hindered else "Edited, kept on this computer"
        self.told.emit(words, "warn" if hindered else "mute")

    def leave(self) -> None:
        """Another page takes its place: what was edited stays on this computer."""
        edited = self._work
        if not self.keeps or edited is None or self._desk.drafts.find(EDITOR, edited.key) is None:
            return
        self._desk.drafts.save()
        if not self.is_clean:
            self._desk.toast(f"What was edited in “{edited.name}” is kept on this computer.", tone="info")

    def forget(self) -> None:
        """What is kept here is dropped."""
        if self._work is not None:
            self._desk.drafts.drop(EDITOR, self._work.key)

    # -- the server -------------------------------------------------------------------------------

    def save(self) -> None:
        """Hand it to the server as a new version; whoever would be left out is named before."""
        edited = self._work
        if edited is None or self.is_clean:
            return
        ask = work.asked(edited, by=whose.user())
        if ask is None:
            self._say()
            self.refused.emit(None)
            return
        if edited.template is None:
            self._create(edited, ask)
            return
        template = edited.template
        query = templates.ImpactAsk(content=ask.content, translations=ask.translations)
        self._desk.operations.start(
            SAVE,
            lambda: self._desk.api.call(templates.IMPACT, query, template=template),
            done=lambda found: self._on_impact(edited, found),
            failed=self.refused.emit,
        )

    def _create(self, edited: work.Work, ask: templates.SaveTemplate) -> None:
        self._desk.operations.start(
            SAVE,
            lambda: self._desk.api.call(templates.CREATE, ask),
            done=lambda row: self._on_saved(edited, row, None),
            failed=self.refused.emit,
        )

    def _on_impact(self, edited: work.Work, found: templates.Impact) -> None:
        if found.breaks:
            impact.ask(self._page, edited.name, found, lambda: self._put(edited, confirm=True))
        else:
            self._put(edited, confirm=False)

    def _put(self, edited: work.Work, *, confirm: bool, newer: bool = False) -> None:
        ask = work.asked(edited, by=whose.user(), confirm=confirm)
        template = edited.template
        if ask is None or template is None:
            return
        if newer:
            ask = templates.SaveTemplate(
                name=ask.name, content=ask.content, translations=ask.translations, by=ask.by, confirm=True
            )
        before = copy.deepcopy(self._known)
        self._desk.operations.start(
            SAVE,
            lambda: self._desk.api.call(templates.SAVE, ask, template=template),
            done=lambda row: self._on_saved(edited, row, before),
            failed=lambda problem: self._on_refused(edited, problem),
        )

    def _on_refused(self, edited: work.Work, problem: errors.Problem) -> None:
        if problem.code is problems.Code.CONFLICT:
            self._ask_newer(edited, problem)
        else:
            self.refused.emit(problem)

    def _ask_newer(self, edited: work.Work, problem: errors.Problem) -> dialogs.Sheet:
        """Somebody else has saved meanwhile: look first, or save on top of theirs."""
        sheet = dialogs.Sheet(self._page, "Somebody saved it meanwhile", str(problem), width=560)
        over = buttons.danger("Save mine on top")
        over.clicked.connect(sheet.accept)
        over.clicked.connect(lambda _on=False: self._put(edited, confirm=True, newer=True))
        look = buttons.primary("Compare with theirs")
        look.clicked.connect(sheet.accept)
        look.clicked.connect(lambda _on=False: self.compare_wanted.emit(0))
        sheet.add_button(buttons.plain("Back to the editor", sheet.reject))
        sheet.add_button(over)
        sheet.add_button(look)
        sheet.open()
        look.setFocus()
        return sheet

    def _on_saved(self, edited: work.Work, row: templates.Template, before: work.Work | None) -> None:
        old_key = edited.key
        edited.template, edited.version = row.id, row.version
        self._desk.drafts.drop(EDITOR, old_key)
        self._known = work.of_template(row)
        if not self.is_clean and edited is self._work:  # edited while it travelled
            self._desk.drafts.keep(EDITOR, edited.key, edited.kept())
        self._tell(row, before)
        if edited is self._work:
            self._say()
            self.saved.emit(row)

    def _tell(self, row: templates.Template, before: work.Work | None) -> None:
        if before is None:
            self._desk.toast(f"Made “{row.name}”.", tone="ok")
        elif before.version == row.version:
            place = templates.Place(template=row.id, name=before.name)
            self._desk.toast(
                f"Renamed “{before.name}” to “{row.name}”.",
                tone="ok",
                action="Undo",
                clicked=lambda: self._rename_back(row.id, place),
            )
        else:
            undo = self._undo_of(row, before.version)
            self._desk.toast(f"Saved “{row.name}” as v{row.version}.", tone="ok", action="Undo", clicked=undo)

    def _undo_of(self, row: templates.Template, version: int) -> Callable[[], None]:
        """Take the older version up again: what was saved stays in the list of versions."""
        ask = templates.Restore(note=f"Takes v{row.version} back", by=whose.user(), confirm=True)

        def undo() -> None:
            self._desk.operations.start(
                SAVE,
                lambda: self._desk.api.call(templates.RESTORE, ask, template=row.id, version=version),
                done=lambda now: self._on_undone(now, f"“{now.name}” says what v{version} said."),
            )

        return undo

    def _rename_back(self, template: int, place: templates.Place) -> None:
        async def rename() -> templates.Template:
            await self._desk.api.call(templates.ARRANGE, templates.Arrange(places=[place]))
            return await self._desk.api.call(templates.SHOW, template=template)

        self._desk.operations.start(
            SAVE, rename, done=lambda row: self._on_undone(row, f"It is called “{row.name}” again.")
        )

    def restore(self, version: int, *, confirm: bool = False) -> None:
        """Take an older version up again, as a new one."""
        edited = self._work
        template = edited.template if edited is not None else None
        if template is None:
            return
        ask = templates.Restore(by=whose.user(), confirm=confirm)

        def refused(problem: errors.Problem) -> None:
            if problem.code is not problems.Code.CONFLICT or confirm:
                self.refused.emit(problem)
                return
            dialogs.confirm(
                self._page,
                f"Restore v{version} all the same?",
                str(problem),
                act=f"Restore v{version}",
                done=lambda: self.restore(version, confirm=True),
                danger=True,
            )

        self._desk.operations.start(
            SAVE,
            lambda: self._desk.api.call(templates.RESTORE, ask, template=template, version=version),
            done=lambda row: self._on_undone(
                row, f"“{row.name}” says what v{version} said, as v{row.version}."
            ),
            failed=refused,
        )

    def _on_undone(self, row: templates.Template, words: str) -> None:
        self._desk.toast(words, tone="ok")
        if self._work is not None and self._work.template == row.id:
            self._known = work.of_template(row)
            self.undone.emit(row)
