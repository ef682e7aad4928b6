"""Templates in and out as JSON: what would happen is said before anything is taken in."""

import asyncio
import pathlib
from collections.abc import Callable

import msgspec
from PySide6 import QtWidgets

from console import views
from console.services import errors, whose
from console.views.templates import model
from console.widgets import buttons, dialogs, fields, notices, text
from server.wire import crafting

OUT, LOOK, IN = "templates:export", "templates:import:look", "templates:import"
LARGEST = 50_000_000
CLASHES = (
    (crafting.Clash.COPY, "Make it beside the one there"),
    (crafting.Clash.VERSION, "Make it the next version of the one there"),
    (crafting.Clash.SKIP, "Leave the one there, and skip it"),
)


def export(desk: views.Desk, parent: QtWidgets.QWidget, ids: list[int]) -> QtWidgets.QFileDialog:
    """Ask for a file, and write templates into it; all that are not archived where no ids are given."""
    ask = crafting.ExportQuery(ids=",".join(map(str, ids)))

    def save(target: str) -> None:
        path = pathlib.Path(target)

        async def fetch() -> int:
            bundle = await desk.api.call(crafting.EXPORT, ask)
            data = msgspec.json.format(msgspec.json.encode(bundle), indent=2)
            try:
                await asyncio.to_thread(path.write_bytes, data)
            except OSError as error:
                words = f"{path} cannot be written: {error.strerror or error}."
                raise errors.Problem(words, "Choose another place or make room.") from error
            return len(bundle.templates)

        desk.operations.start(
            OUT,
            fetch,
            done=lambda count: desk.toast(f"{model.some(count)} written to {path.name}", tone="ok"),
            label=f"Writing {path.name}",
        )

    return dialogs.choose_file(
        parent, "Export templates", save, kinds=["JSON files (*.json)"], save_as="templates.json"
    )


def read(path: pathlib.Path) -> dict[str, object]:
    """A file's bundle. Raises errors.Problem where it is none."""
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else b""
    except OSError as error:
        raise errors.Problem(
            f"{path} cannot be read: {error.strerror or error}.", "Choose another file."
        ) from error
    try:
        found: dict[str, object] = msgspec.json.decode(data, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise errors.Problem(
            f"{path.name} is no file of templates: it is not the JSON that an export writes.",
            "Export templates from another Heliograph, and choose that file.",
        ) from error
    return found


class ImportSheet(dialogs.Sheet):
    """Says what a file would bring, and takes it in. `done` is called with what was taken."""

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        desk: views.Desk,
        name: str,
        bundle: dict[str, object],
        done: Callable[[crafting.Imported], object],
    ) -> None:
        super().__init__(parent, f"Import {name}", width=520)
        self._desk, self._bundle, self._taken = desk, bundle, done
        self._over = False  #: it is closed; an import that had begun goes on
        self._told = text.Label("Looking through it…", wrap=True)
        self._banner = notices.Banner()
        self.clash = fields.ChoiceField("Where a template of that name is there already", CLASHES)
        self.clash.changed.connect(self._look)
        self.folder = fields.TextField("Into the folder", placeholder="as the file says")
        self.go = buttons.primary("Import")
        self.go.clicked.connect(lambda _on=False: self._import())
        self.go.setEnabled(False)
        for part in (self._told, self._banner, self.clash, self.folder):
            self.add(part)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self.go)
        self._look()

    def done(self, result: int) -> None:
        """Nobody waits for what would happen any more."""
        self._over = True
        self._desk.operations.cancel(LOOK)
        super().done(result)

    def _ask(self, *, dry: bool) -> crafting.ImportAsk:
        return crafting.ImportAsk(
            bundle=self._bundle,
            folder=model.clean_folder(self.folder.value()),
            clash=self.clash.value(),
            by=whose.user(),
            dry=dry,
        )

    def _look(self) -> None:
        ask = self._ask(dry=True)
        self._desk.operations.start(
            LOOK,
            lambda: self._desk.api.call(crafting.IMPORT, ask),
            done=self._show,
            failed=self._on_failed,
            latest=True,
        )

    def _show(self, found: crafting.Imported) -> None:
        self._banner.say("")
        self._told.setText(said(found, "would be"))
        self._told.show()
        self.go.setEnabled(bool(found.created or found.versions or found.blocks))
        self.adjustSize()

    def _on_failed(self, problem: errors.Problem) -> None:
        self.go.setEnabled(False)
        faults = " ".join(f"{place}: {words}" for place, words in list(problem.faults.items())[:5])
        self._told.hide()
        self._banner.say(problem.sentence, faults or problem.remedy, tone="bad")
        self.adjustSize()

    def _import(self) -> None:
        ask = self._ask(dry=False)
        self.go.set_busy(True, "Importing…")

        def taken(found: crafting.Imported) -> None:
            if not self._over:
                self.accept()
            self._taken(found)

        def refused(problem: errors.Problem) -> None:
            if self._over:
                self._desk.toast(str(problem), tone="bad")
                return
            self.go.set_busy(False)
            self._on_failed(problem)

        self._desk.operations.start(
            IN,
            lambda: self._desk.api.call(crafting.IMPORT, ask),
            done=taken,
            failed=refused,
            latest=True,
        )


def said(found: crafting.Imported, verb: str) -> str:
    """What an import did, or would do."""
    parts = [
        (f"{model.some(len(found.created))} {verb} made", found.created),
        (f"{model.some(len(found.versions))} {verb} given a new version", found.versions),
        (f"{model.some(len(found.skipped))} {verb} skipped", found.skipped),
        (f"{model.some(len(found.blocks), 'shared block')} {verb} taken in", found.blocks),
    ]
    words = "; ".join(one for one, rows in parts if rows)
    return f"{words}." if words else "There is nothing in it to take in."
