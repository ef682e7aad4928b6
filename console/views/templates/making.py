"""Beginning a template: for which channel, and from what: nothing, the sample, another template, or a file."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console import views
from console.views.templates.template import work
from console.widgets import buttons, dialogs, fields, icons, tabs, text, theme
from server.channels import contents
from server.wire import templates

SAMPLE = theme.RESOURCES / "samples" / "demo.json"
OTHERS = "templates:others"
WIDTH, MOST = 520, 200
FROM = {
    "blank": ("Nothing", "An empty content, with every field of the channel."),
    "sample": ("The sample", "A short message of a made-up shop, to write over."),
    "copy": ("Another template", "Its newest version in all its languages; the two are apart from then on."),
    "file": ("A file", "An HTML or MJML file. HTML is kept sign for sign, however it was written."),
}


class NewSheet(dialogs.Sheet):
    """Answers by `begin` with a Work, and with the path of a file to be read into it; empty for none."""

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        desk: views.Desk,
        begin: Callable[[work.Work, str], object],
        *,
        folder: str = "",
    ) -> None:
        super().__init__(
            parent, "New template", "A template is for one channel, and stays for it.", width=WIDTH
        )
        self._desk, self._begin, self._folder = desk, begin, folder
        self.channel = "email"
        self._rows: dict[int, templates.Template] = {}
        self._chips: dict[str, buttons.Button] = {}
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for at, channel in enumerate(contents.CHANNELS):
            chip = buttons.Button(contents.TITLES[channel], icon=icons.channel(channel), kind="chip")
            chip.setCheckable(True)
            chip.setAutoExclusive(True)
            chip.clicked.connect(lambda _on=False, channel=channel: self.choose(channel))
            self._chips[channel] = chip
            grid.addWidget(chip, at // 3, at % 3)
        self.start_from = tabs.Tabs([], name="Begin from")
        self.start_from.chosen.connect(lambda _key: self._show())
        self._about = text.muted("", wrap=True)
        self.other = fields.ChoiceField("Template")
        self._go = buttons.primary("Begin")
        self._go.clicked.connect(lambda _on=False: self._on_go())
        self.add(text.caption("Channel"))
        self.add(grid)
        self.add(text.caption("Begin from"))
        self.add(self.start_from)
        self.add(self._about)
        self.add(self.other)
        self.add_button(buttons.plain("Cancel", self.reject))
        self.add_button(self._go)
        self.choose(desk.settings.get("templates.channel", "email"))

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._chips[self.channel].setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def choose(self, channel: str) -> None:
        """Write for this channel."""
        self.channel = channel if channel in contents.CHANNELS else "email"
        for name, chip in self._chips.items():
            chip.setChecked(name == self.channel)
            chip.setProperty("filled", name == self.channel)
            chip.style().unpolish(chip)
            chip.style().polish(chip)
        offered = [key for key in FROM if key != "file" or self.channel == "email"]
        self.start_from.set_tabs([(key, FROM[key][0]) for key in offered])
        self._ask_others()
        self._show()

    def _show(self) -> None:
        key = self.start_from.current()
        self._about.setText(FROM[key][1])
        self.other.setVisible(key == "copy")
        self._go.setEnabled(key != "copy" or bool(self._rows))
        self._go.set_label("Choose a file…" if key == "file" else "Begin")
        self.adjustSize()

    def _ask_others(self) -> None:
        ask = templates.TemplateQuery(channel=self.channel, limit=MOST, sort="name")
        self._desk.operations.start(
            OTHERS,
            lambda: self._desk.api.call(templates.LIST, ask),
            done=lambda page: self._show_others(page.rows),
            failed=lambda _problem: None,  # nothing can be copied, which the sheet shows
            latest=True,
        )

    def _show_others(self, rows: Sequence[templates.Template]) -> None:
        self._rows = {row.id: row for row in rows}
        self.other.set_choices([(row.id, row.name) for row in rows] or [(None, "There is none yet")])
        self._show()

    def _on_go(self) -> None:
        key = self.start_from.current()
        self._desk.settings.put("templates.channel", self.channel)
        if key == "file":
            dialogs.choose_file(
                self,
                "Begin from a file",
                lambda path: self._finish(blank(self.channel), path),
                kinds=("Mails (*.html *.htm *.mjml)", "All files (*)"),
            )
            return
        if key == "copy":
            row = self._rows.get(self.other.value())
            if row is not None:
                self._finish(copied(row))
            return
        self._finish(blank(self.channel) if key == "blank" else sample(self.channel))

    def _finish(self, made: work.Work, path: str = "") -> None:
        made.folder = made.folder or self._folder
        self.accept()
        self._begin(made, path)

    def done(self, result: int) -> None:
        """Nobody waits for the other templates any more."""
        self._desk.operations.cancel(OTHERS)
        super().done(result)


def blank(channel: str) -> work.Work:
    """A template that says nothing yet."""
    return work.Work(channel=channel)


def copied(row: templates.Template) -> work.Work:
    """A new template that says what another does."""
    made = work.of_content(row.content, row.translations)
    made.name, made.folder, made.tags = f"Copy of {row.name}", row.folder, list(row.tags)
    return made


class _Sample(msgspec.Struct, frozen=True):
    contents: contents.Contents


def sample(channel: str) -> work.Work:
    """The bundled sample of a channel."""
    found: Any = msgspec.json.decode(SAMPLE.read_bytes(), type=_Sample).contents.chosen()[channel]
    made = work.of_content(found)
    made.name = f"Sample {contents.TITLES[channel]}"
    return made


def ask_left(
    parent: QtWidgets.QWidget, name: str, go_on: Callable[[], object], anew: Callable[[], object]
) -> dialogs.Sheet:
    """Ask what shall become of a template that was begun and never saved."""
    words = f"“{name}” is kept on this computer. Only one that was never saved can be."
    sheet = dialogs.Sheet(parent, "A template was begun and not saved", words, width=540)
    drop = buttons.danger("Drop it, begin anew")
    drop.clicked.connect(sheet.accept)
    drop.clicked.connect(lambda _on=False: anew())
    back = buttons.primary("Go on with it")
    back.clicked.connect(sheet.accept)
    back.clicked.connect(lambda _on=False: go_on())
    sheet.add_button(buttons.plain("Cancel", sheet.reject))
    sheet.add_button(drop)
    sheet.add_button(back)
    sheet.open()
    back.setFocus()
    return sheet
