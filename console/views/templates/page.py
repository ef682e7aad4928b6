"""Templates: the library, the page of one template, and the shared blocks, one at a time."""

import functools
import pathlib
from collections.abc import Iterator
from typing import Any, TypeVar

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.templates import arranging, blocks, listing, making, travelling
from console.views.templates.template import page as template_page
from console.views.templates.template import saving, work
from console.widgets import commands, dialogs, empty, layout, skeleton
from console.widgets.editors import email
from server.wire import crafting, endpoint, problems, templates

SHOW, AGAIN, ACT = "templates:show", "templates:again", "templates:act"
DONE = object()

PageT = TypeVar("PageT", bound=QtWidgets.QWidget)


class Page(QtWidgets.QWidget):
    """`opened` with nothing shows the library; with `template`, `block` or `new` that."""

    def __init__(self, desk: views.Desk) -> None:
        super().__init__()
        self.desk = desk
        self._open = False
        self._wanted: dict[str, str] = {}
        self.library = listing.Library(desk)
        self._loading = layout.boxed(layout.page(skeleton.Skeleton(4, height=64, gap=18), None))
        self._loading.setAccessibleName("Loading")
        self._broken = empty.EmptyState("circle-x", "This template could not be opened", "")
        self._broken.set_action("All templates", self.to_library)
        self._stack = QtWidgets.QStackedWidget()
        for page in (self.library, self._loading, self._broken):
            self._stack.addWidget(page)
        self.setLayout(layout.column(self._stack))
        self.library.opened.connect(lambda template: desk.navigate("templates", template=str(template)))
        self.library.blocks_wanted.connect(lambda: desk.navigate("templates", shelf="blocks"))
        self.library.new_wanted.connect(self.ask_new)
        self.library.import_wanted.connect(self.ask_import)
        self.library.export_wanted.connect(lambda ids: travelling.export(desk, self, ids))
        self.library.picked.copy_wanted.connect(self.duplicate)
        self.library.arranger.changed.connect(self._on_arranged)
        desk.live.resumed.connect(self._on_resumed)

    # Each is built when it is first wanted: a person who comes for the list does not wait for an editor.

    @functools.cached_property
    def one(self) -> template_page.TemplatePage:
        """The page of one template."""
        made = self._added(template_page.TemplatePage(self.desk))
        made.left.connect(self.to_library)
        made.saved.connect(lambda row: self._wanted.update({"template": str(row.id), "new": ""}))
        made.wanted.connect(self._on_wanted)
        return made

    @functools.cached_property
    def blocks(self) -> blocks.BlocksPage:
        """The shared blocks."""
        made = self._added(blocks.BlocksPage(self.desk))
        made.left.connect(self.to_library)
        return made

    def _added(self, page: PageT) -> PageT:
        self._stack.addWidget(page)
        return page

    # -- coming and going -------------------------------------------------------------------------

    def opened(
        self,
        *,
        template: str = "",
        block: str = "",
        draft: str = "",
        new: str = "",
        shelf: str = "",
        **more: Any,
    ) -> None:
        """Show what was asked for."""
        self._leave()
        self._open = True
        self._wanted = {"template": template, "block": block, "shelf": shelf}
        self._register()
        wanted = template or (draft if draft.isdecimal() else "")
        if wanted.isdecimal():
            self._stack.setCurrentWidget(self._loading)
            self._ask(int(wanted))
        elif draft and self.one.start_left():
            self._stack.setCurrentWidget(self.one)
        elif block.isdecimal() or shelf == "blocks":
            self._stack.setCurrentWidget(self.blocks)
            self.blocks.start(int(block) if block.isdecimal() else 0)
        else:
            self._stack.setCurrentWidget(self.library)
            self.library.start({"shelf": shelf, **more})
            if new:
                self.ask_new()

    def _register(self) -> None:
        add = self.desk.commands.register
        group = "Templates"
        add(
            commands.Command(
                key="templates.new", title="New template", keys="Ctrl+N", group=group, run=self.ask_new
            )
        )
        add(
            commands.Command(
                key="templates.blocks",
                title="Shared blocks",
                keys="",
                group=group,
                run=lambda: self.desk.navigate("templates", shelf="blocks"),
            )
        )
        for key, title, run in (
            ("move", "Move the templates that are picked", self.library.picked.ask_move),
            ("tag", "Tag the templates that are picked", self.library.picked.ask_tag),
            (
                "archive",
                "Archive the templates that are picked, or bring them back",
                self.library.picked.archive,
            ),
        ):
            add(commands.Command(key=f"templates.{key}", title=title, keys="", group=group, run=run))
        add(
            commands.Command(
                key="templates.import",
                title="Import templates from JSON",
                keys="",
                group=group,
                run=self.ask_import,
            )
        )
        add(
            commands.Command(
                key="templates.export",
                title="Export all templates as JSON",
                keys="",
                group=group,
                run=lambda: travelling.export(self.desk, self, []),
            )
        )

    def where(self) -> dict[str, str]:
        """The library with its filters, or what was opened."""
        if self._stack.currentWidget() is self.library:
            return self.library.where()
        return {name: value for name, value in self._wanted.items() if value}

    def closed(self) -> None:
        """Another view takes its place."""
        self._leave()
        self._open = False
        for key in ("new", "blocks", "move", "tag", "archive", "import", "export"):
            self.desk.commands.forget(f"templates.{key}")

    def _leave(self) -> None:
        self.desk.operations.cancel(SHOW)
        shown = self._stack.currentWidget()
        if self._open and isinstance(shown, listing.Library | template_page.TemplatePage | blocks.BlocksPage):
            shown.stop()

    def to_library(self) -> None:
        """Go back to the library, narrowed as it was."""
        self.desk.navigate("templates")

    def _on_resumed(self) -> None:
        if self._open and self._stack.currentWidget() is self.library:
            self.library.reload()

    # -- one template -----------------------------------------------------------------------------

    def _ask(self, template: int) -> None:
        self.desk.operations.start(
            SHOW,
            lambda: self.desk.api.call(templates.SHOW, template=template),
            done=self._on_heard,
            failed=self._on_failed,
            latest=True,
        )

    def _on_heard(self, row: templates.Template) -> None:
        self._advance(row, self._steps(row))

    def _steps(self, row: templates.Template) -> Iterator[None]:
        """The page is dear to build, and its form too: each piece has a turn of its own."""
        if "one" not in vars(self):
            self.one.hide()
            yield
        yield from self.one.editor.warm(work.of_template(row))

    def _advance(self, row: templates.Template, steps: Iterator[None]) -> None:
        if not self._open or self._stack.currentWidget() is not self._loading:
            return
        if next(steps, DONE) is DONE:
            self.show_template(row)
        else:
            QtCore.QTimer.singleShot(0, self, lambda: self._advance(row, steps))

    def show_template(self, row: templates.Template) -> None:
        """Show one template in its editor."""
        self._stack.setCurrentWidget(self.one)
        self.one.start(row)

    def show_work(self, made: work.Work) -> None:
        """Edit a template that nobody has saved."""
        self._stack.setCurrentWidget(self.one)
        self.one.start_new(made)

    def _on_failed(self, problem: errors.Problem) -> None:
        gone = problem.code is problems.Code.NOT_FOUND
        self._broken.set_text("It is there no more. It may have been deleted." if gone else str(problem))
        self._stack.setCurrentWidget(self._broken)

    def _on_wanted(self, act: str) -> None:
        """An act on the template that is open, as the library does it on several."""
        row = self.one.row
        if row is None:
            return
        arranger, known = self.library.arranger, self.library.shelves
        match act:
            case "copy":
                self.duplicate(row)
            case "move":
                arranging.ask_folder(self, 1, known.folders(), lambda to: arranger.move([row], to))
            case "tag":
                arranging.ask_tags(
                    self, [row], known.tags(), lambda add, drop: arranger.tag([row], add, drop)
                )
            case "export":
                travelling.export(self.desk, self, [row.id])
            case "archive":
                arranger.archive([row], away=not row.archived)
            case _:
                self.ask_delete()

    def _on_arranged(self) -> None:
        """The template that is open may lie elsewhere now."""
        row = self.one.row if "one" in vars(self) else None
        if row is None or self._stack.currentWidget() is not self.one:
            return
        self.desk.operations.start(
            AGAIN,
            lambda: self.desk.api.call(templates.SHOW, template=row.id),
            done=self.one.show_row,
            latest=True,
        )

    # -- beginning --------------------------------------------------------------------------------

    def ask_new(self) -> dialogs.Sheet:
        """Ask for which channel, and from what; first about one that was begun and never saved."""
        left = self.desk.drafts.find(saving.EDITOR, work.NEW)
        kept = work.of_kept(left.content, None) if left is not None else None
        if kept is not None:
            return making.ask_left(self, kept.name, self._go_on, self._begin_anew)
        return self._ask_channel()

    def _go_on(self) -> None:
        self.desk.navigate("templates", draft=work.NEW)

    def _begin_anew(self) -> None:
        self.desk.drafts.drop(saving.EDITOR, work.NEW)
        self._ask_channel()

    def _ask_channel(self) -> making.NewSheet:
        folder = self.library.where().get("folder", "").strip("/")
        sheet = making.NewSheet(self, self.desk, self._begin, folder=folder)
        sheet.open()
        return sheet

    def _begin(self, made: work.Work, path: str) -> None:
        self._leave()
        self._wanted = {"new": "yes"}
        if path:
            made.name = pathlib.PurePath(path).stem[:200] or made.name
        self.show_work(made)
        form = self.one.editor.form()
        if path and isinstance(form, email.EmailEditor):
            form.load(path)

    def duplicate(self, row: templates.Template) -> None:
        """Make another of a template, and open it."""
        self.desk.operations.start(
            ACT,
            lambda: self.desk.api.call(templates.DUPLICATE, templates.Duplicate(), template=row.id),
            done=lambda made: self._on_duplicated(row, made),
        )

    def _on_duplicated(self, row: templates.Template, made: templates.Template) -> None:
        self.desk.toast(f"Made “{made.name}” of “{row.name}”.", tone="ok")
        self.desk.navigate("templates", template=str(made.id))

    def ask_import(self) -> QtWidgets.QFileDialog:
        """Ask for a file of templates."""
        return dialogs.choose_file(
            self, "Import templates", self._on_file, kinds=["JSON files (*.json)", "All files (*)"]
        )

    def _on_file(self, path: str) -> None:
        self.open_import(path)

    def open_import(self, path: str) -> travelling.ImportSheet | None:
        """Say what a file would bring, and take it in if that is wanted."""
        try:
            bundle = travelling.read(pathlib.Path(path))
        except errors.Problem as problem:
            self.desk.toast(str(problem), tone="bad")
            return None
        sheet = travelling.ImportSheet(
            self, self.desk, pathlib.PurePath(path).name, bundle, self._on_imported
        )
        sheet.open()
        return sheet

    def _on_imported(self, found: crafting.Imported) -> None:
        self.desk.toast(travelling.said(found, "were"), tone="ok")
        self.to_library()
        self.library.reload()

    # -- ending -----------------------------------------------------------------------------------

    def ask_delete(self) -> dialogs.Sheet | None:
        """Ask, then delete the template that is open."""
        edited = self.one.edited
        template = edited.template
        if template is None:
            return None

        def gone(_done: endpoint.Done) -> None:
            self.one.saver.forget()
            self.desk.toast(f"Deleted “{edited.name}”.", tone="ok")
            self.to_library()

        def go() -> None:
            self.desk.operations.start(
                ACT, lambda: self.desk.api.call(templates.DELETE, template=template), done=gone
            )

        words = (
            "It is gone from the library with all its versions; what was sent with it stays as it is. "
            "To keep it out of sight and have it back one day, archive it."
        )
        return dialogs.confirm(
            self, f"Delete “{edited.name}”?", words, act="Delete the template", done=go, danger=True
        )


def shots(page: Page) -> list[views.Shot]:
    """The library as pictures, a template with its panels and a comparison, and the shared blocks."""
    from console.views.templates import staging  # only pictures need it

    return staging.Stage(page).shots()
