"""What the page can have done: acts begun, followed to their end, and taken back from the toast that tells of them."""

import uuid
from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import whose
from console.views.exceptions import model, sheets
from server.wire import exceptions

FOLLOW_MS = 400

Kind = exceptions.Kind


class Acts(QtCore.QObject):
    """Starts acts for a page. `changed` says that the lists are old by now."""

    changed = QtCore.Signal()

    def __init__(self, desk: views.Desk, page: QtWidgets.QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        # An act goes on at the server whoever looks; nobody follows it once the page is gone.
        page.destroyed.connect(lambda: desk.operations.cancel_under("exceptions:"))

    def ask(self, kind: Kind, pick: exceptions.Pick, count: int) -> QtWidgets.QDialog | None:
        """Do what was clicked, after whatever has to be asked first; the sheet that asks, if one does."""
        if kind in sheets.WORDS:
            reason = sheets.ReasonSheet(self._page, kind, count)
            reason.agreed.connect(lambda why: self.begin(kind, pick, why=why, expect=count))
            reason.open()
            reason.why.setFocus()
            return reason
        if kind in (Kind.AGAIN, Kind.REDRIVE):
            return self._preview(kind, pick)
        self.begin(kind, pick)
        return None

    def _preview(self, kind: Kind, pick: exceptions.Pick) -> QtWidgets.QDialog:
        sheet = sheets.PreviewSheet(self._page, kind)
        sheet.agreed.connect(
            lambda why, expect, twice: self.begin(kind, pick, why=why, expect=expect, twice=twice)
        )
        key = "exceptions:preview"
        self._desk.operations.start(
            key,
            lambda: self._desk.api.call(exceptions.PREVIEW, exceptions.PreviewAsk(kind=kind, pick=pick)),
            done=sheet.show_preview,
            failed=sheet.fail,
            latest=True,
        )
        sheet.finished.connect(lambda _result: self._desk.operations.cancel(key))
        sheet.open()
        sheet.why.setFocus()
        return sheet

    def begin(
        self,
        kind: Kind,
        pick: exceptions.Pick,
        *,
        why: str = "",
        expect: int | None = None,
        twice: bool = False,
    ) -> None:
        """Ask the server; a second click while it has not answered is harmless."""
        ask = exceptions.ActAsk(
            kind=kind, pick=pick, why=why, by=whose.user(), key=uuid.uuid4().hex, expect=expect, twice=twice
        )
        self._desk.operations.start(
            f"exceptions:act:{kind.value}",
            lambda: self._desk.api.call(exceptions.ACT, ask),
            done=self._begun,
        )

    def _begun(self, act: exceptions.Act) -> None:
        words, _ = model.DOING[act.kind]
        undo: Callable[[], None] | None = None
        if act.kind is not Kind.UNDO:
            undo = _Undo(self, act)
        self._desk.toast(
            f"{words.format(model.counted(act.expected))}.",
            tone="ok",
            action="Undo" if undo else "",
            clicked=undo,
        )
        self.changed.emit()
        self._follow(act)

    def _follow(self, act: exceptions.Act) -> None:
        """Look again until the act is over: the lists are read once more then."""
        if act.status is not exceptions.Status.RUNNING:
            self.changed.emit()
            return
        QtCore.QTimer.singleShot(FOLLOW_MS, self, lambda: self._look(act))

    def _look(self, act: exceptions.Act) -> None:
        self._desk.operations.start(
            f"exceptions:follow:{act.id}",
            lambda: self._desk.api.call(exceptions.SHOW, act=act.id),
            done=self._follow,
            failed=lambda _problem: self.changed.emit(),
        )

    def undo(self, act: exceptions.Act) -> None:
        """Take an act back, as far as its messages have not moved on."""
        self._desk.operations.start(
            f"exceptions:undo:{act.id}",
            lambda: self._desk.api.call(exceptions.UNDO, exceptions.UndoAsk(by=whose.user()), act=act.id),
            done=self._begun,
        )

    def look_up(self, pick: exceptions.Pick) -> None:
        """Have the providers asked now."""
        ask = exceptions.LookUpAsk(pick=pick, by=whose.user())

        def done(found: exceptions.LookUp) -> None:
            self._desk.toast(found.words, tone="ok" if found.asked else "warn")
            self.changed.emit()

        self._desk.operations.start(
            "exceptions:look_up", lambda: self._desk.api.call(exceptions.LOOK_UP, ask), done=done
        )


class _Undo:
    def __init__(self, acts: Acts, act: exceptions.Act) -> None:
        self._acts, self._act = acts, act

    def __call__(self) -> None:
        self._acts.undo(self._act)
