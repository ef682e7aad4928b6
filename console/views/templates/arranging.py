"""Acts on several templates at once: each names its exact count, and is taken back from the toast that tells of it."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtWidgets

from console import views
from console.views.templates import model
from console.widgets import buttons, dialogs, fields, inputs, layout, text, theme
from server.wire import templates

ACT = "templates:act"
LIST_H = 190

Rows = Sequence[templates.Template]


class Arranger(QtCore.QObject):
    """Asks for acts. `changed` says that the lists are old by now."""

    changed = QtCore.Signal()

    def __init__(self, desk: views.Desk, page: QtWidgets.QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page

    def move(self, rows: Rows, folder: str) -> None:
        """Put templates into a folder."""
        where = f"to {folder}" if folder else "out of their folders"
        self._arrange(model.moved(rows, folder), f"Moved {{}} {where}.", "They lie there already.")

    def tag(self, rows: Rows, add: Sequence[str], drop: Sequence[str]) -> None:
        """Give templates tags, and take others from them."""
        said = [f"with {', '.join(add)}" if add else "", f"without {', '.join(drop)}" if drop else ""]
        words = " and ".join(one for one in said if one)
        self._arrange(model.tagged(rows, add, drop), f"Tagged {{}} {words}.", "They have these tags already.")

    def archive(self, rows: Rows, *, away: bool) -> None:
        """Put templates into the archive, or bring them back."""
        words = "Archived {}." if away else "Brought {} back from the archive."
        self._arrange(model.archived(rows, away=away), words, "Nothing to do.")

    def rename(self, row: templates.Template, name: str) -> None:
        """Call one template something else."""
        if name != row.name:
            place = templates.Place(template=row.id, name=name)
            self._arrange([place], f"“{row.name}” is called “{name}” now.", "")

    def rename_folder(self, path: str, to: str) -> None:
        """Give a folder another path; an empty one puts what lies in it at the top."""
        words = f"“{path}” is “{to}” now; {{}} moved along." if to else f"Dissolved “{path}”; {{}} moved up."
        self._desk.operations.start(
            ACT,
            lambda: self._desk.api.call(templates.RENAME_FOLDER, templates.RenameFolder(path=path, to=to)),
            done=lambda done: self._done(done, words),
        )

    def _arrange(self, places: list[templates.Place], words: str, nothing: str) -> None:
        if not places:
            self._desk.toast(nothing, tone="info")
            return
        self._desk.operations.start(
            ACT,
            lambda: self._desk.api.call(templates.ARRANGE, templates.Arrange(places=places)),
            done=lambda done: self._done(done, words),
        )

    def _done(self, done: templates.Arranged, words: str) -> None:
        self.changed.emit()
        told = words.format(model.some(done.changed))
        self._desk.toast(told, tone="ok", action="Undo", clicked=lambda: self._undo(done.before, told))

    def _undo(self, before: list[templates.Place], told: str) -> None:
        def taken_back(done: templates.Arranged) -> None:
            self.changed.emit()
            verb = "is" if done.changed == 1 else "are"
            self._desk.toast(f"Taken back: {model.some(done.changed)} {verb} as before.", tone="ok")

        self._desk.operations.start(
            ACT,
            lambda: self._desk.api.call(templates.ARRANGE, templates.Arrange(places=before)),
            done=taken_back,
        )


# -- sheets ---------------------------------------------------------------------------------------------


def ask_folder(
    parent: QtWidgets.QWidget, count: int, known: Sequence[str], done: Callable[[str], object]
) -> dialogs.Sheet:
    """Ask where templates shall lie: in a folder that is there, or in a new one."""
    sheet = dialogs.Sheet(
        parent, f"Move {model.some(count)}", "Choose a folder, or write the name of a new one."
    )
    field = fields.TextField(
        "Folder", placeholder="Onboarding/Week 1", help="A / makes a folder in a folder."
    )
    found = QtWidgets.QListWidget()
    found.setAccessibleName("Folders that are there")
    found.setFixedHeight(LIST_H)
    found.addItem("No folder")
    found.addItems(list(known))
    go = buttons.primary(f"Move {model.some(count)}")

    def take() -> None:
        field.set_value("" if found.currentRow() == 0 else found.currentItem().text())

    def on_go() -> None:
        sheet.accept()
        done(model.clean_folder(field.value()))

    found.itemClicked.connect(lambda _item: take())
    found.itemActivated.connect(lambda _item: on_go())
    found.currentRowChanged.connect(lambda _row: take() if found.hasFocus() else None)
    go.clicked.connect(lambda _on=False: on_go())
    field.input.returnPressed.connect(on_go)
    sheet.add(field)
    sheet.add(found)
    sheet.add_button(buttons.plain("Cancel", sheet.reject))
    sheet.add_button(go)
    sheet.open()
    field.setFocus()
    return sheet


def ask_tags(
    parent: QtWidgets.QWidget,
    rows: Rows,
    known: Sequence[str],
    done: Callable[[list[str], list[str]], object],
) -> dialogs.Sheet:
    """Ask which tags templates shall have: a tick for each that is there, half a one where only some have it."""
    sheet = dialogs.Sheet(parent, f"Tag {model.some(len(rows))}")
    ticks: dict[str, inputs.Check] = {}
    body = layout.column(gap=2)
    for tag in sorted({*known, *(tag for row in rows for tag in row.tags)}, key=str.casefold):
        having = sum(tag in row.tags for row in rows)
        ticks[tag] = tick = inputs.Check(tag.replace("&", "&&"))
        tick.setAccessibleName(tag)
        tick.setTristate(0 < having < len(rows))
        partly, all_ = QtCore.Qt.CheckState.PartiallyChecked, QtCore.Qt.CheckState.Checked
        none = QtCore.Qt.CheckState.Unchecked
        tick.setCheckState(all_ if having == len(rows) else partly if having else none)
        body.addWidget(tick)
    body.addStretch(1)
    if ticks:
        listed = layout.scroll(body)
        listed.setFixedHeight(min(LIST_H, 30 * len(ticks) + 8))
        sheet.add(listed)
    else:
        sheet.add(text.muted("No template has a tag yet."))
    field = fields.TextField("New tags", placeholder="welcome, spring", help="With commas between.")
    go = buttons.primary(f"Tag {model.some(len(rows))}")

    def on_go() -> None:
        states = {tag: tick.checkState() for tag, tick in ticks.items()}
        add = [tag for tag, state in states.items() if state == QtCore.Qt.CheckState.Checked]
        drop = [tag for tag, state in states.items() if state == QtCore.Qt.CheckState.Unchecked]
        had = {tag for row in rows for tag in row.tags}
        shared = {tag for tag in had if all(tag in row.tags for row in rows)}
        new = [tag for tag in add if tag not in shared] + model.clean_tags(field.value())
        sheet.accept()
        done(new, [tag for tag in drop if tag in had])

    go.clicked.connect(lambda _on=False: on_go())
    field.input.returnPressed.connect(on_go)
    sheet.add(field)
    sheet.add_button(buttons.plain("Cancel", sheet.reject))
    sheet.add_button(go)
    sheet.open()
    field.setFocus()
    return sheet


def ask_name(
    parent: QtWidgets.QWidget,
    title: str,
    name: str,
    act: str,
    done: Callable[[str], object],
    *,
    words: str = "",
    label: str = "Name",
) -> dialogs.Sheet:
    """Ask for one name, or one line of words."""
    sheet = dialogs.Sheet(parent, title, words)
    field = fields.TextField(label, required=True)
    field.input.setMaxLength(200)
    field.set_value(name)
    go = buttons.primary(act)

    def on_go() -> None:
        if not field.value():
            field.set_error(f"A {label.lower()} is needed.")
            return
        sheet.accept()
        done(field.value())

    go.clicked.connect(lambda _on=False: on_go())
    field.input.returnPressed.connect(on_go)
    sheet.add(field)
    sheet.add_button(buttons.plain("Cancel", sheet.reject))
    sheet.add_button(go)
    sheet.open()
    field.setFocus()
    field.input.selectAll()
    return sheet


class ActBar(QtWidgets.QFrame):
    """What can be done with the templates that are picked; hidden while none is."""

    def __init__(self, acts: Sequence[tuple[str, str, Callable[[], object]]]) -> None:
        super().__init__()
        self.setObjectName("well")
        self._said = text.Label("", "label")
        made = []
        for label, icon, run in acts:
            button = buttons.ghost(label, icon=icon)
            button.clicked.connect(lambda _on=False, run=run: run())
            made.append(button)
        self.buttons = dict(zip((label for label, _, _ in acts), made, strict=True))
        self.setLayout(layout.row(self._said, 12, *made, None, gap=2, margins=(theme.MD, 2, theme.SM, 2)))
        self.setAccessibleName("What is picked")
        self.hide()

    def say(self, count: int) -> None:
        """So many are picked."""
        self._said.setText(f"{model.some(count)} picked")
        self.setVisible(count > 1)
