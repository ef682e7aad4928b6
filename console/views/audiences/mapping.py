"""Looking at a file before it is imported: what its columns are, and what each of them means."""

import pathlib

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.services import errors
from console.views.audiences import model
from console.widgets import (
    buttons,
    cards,
    facts,
    fields,
    figures,
    inputs,
    layout,
    notices,
    skeleton,
    text,
    theme,
)
from server.wire import audiences

MOST_SAMPLES = 3
COLUMN_W, SAMPLE_W, TARGET_W = 180, 240, 260


class MappingPage(QtWidgets.QWidget):
    """One file on its way in. `started` carries the ask once a person is content with the mapping."""

    started = QtCore.Signal(object, object)  #: pathlib.Path and audiences.ImportAsk
    left = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self.path = pathlib.Path()
        self.inspection: audiences.Inspection | None = None
        self._rows: dict[str, _Row] = {}
        self.banner = notices.Banner()
        self.start_button = buttons.primary("Import", self._on_start, icon="upload")
        back = buttons.ghost("Back", self.left.emit, icon="arrow-left")
        self._title = text.Label("", "section")
        self.name = fields.TextField(
            "Audience", required=True, help="The people of this file are kept under this name."
        )
        self.country = fields.ChoiceField(
            "Phone numbers are from",
            model.countries(),
            help="How numbers without + are read.",
        )
        self.name.input.returnPressed.connect(self.start_button.click)
        self._body = layout.column(gap=theme.MD)
        head = layout.row(back, self._title, None, self.start_button, gap=theme.MD)
        whole = layout.column(head, self.banner, layout.scroll(self._body), gap=theme.MD, grow=2)
        self.setLayout(whole)

    def wait_for(self, path: pathlib.Path) -> None:
        """A file was chosen; the server looks at its beginning."""
        self.path, self.inspection = path, None
        self._rows = {}
        self.banner.say("")
        self.start_button.setEnabled(False)
        self._title.setText(path.name)
        self._keep_fields()
        layout.clear(self._body)
        self._body.addWidget(cards.Card(skeleton.Skeleton(8), heading="Reading the first rows"))
        self._body.addStretch(1)

    def fail(self, problem: errors.Problem) -> None:
        """The file cannot be read, or the import was refused."""
        left = []
        for place, words in problem.faults.items():
            row = self._rows.get(place.removeprefix("mapping."))
            if row is not None:
                row.say(words)
            elif place == "country":
                self.country.set_error(words)
            elif place == "audience":
                self.name.set_error(words)
            else:
                left.append(words)
        self.banner.say(problem.sentence, " ".join(left) or problem.remedy, tone="bad")
        if self.inspection is None:
            self._keep_fields()
            layout.clear(self._body)
            self._body.addStretch(1)

    def tell(self, inspection: audiences.Inspection) -> None:
        """Show the columns with the mapping their header suggests."""
        self.inspection = inspection
        self.start_button.setEnabled(True)
        self._keep_fields()
        layout.clear(self._body)
        self.name.set_value(
            self.name.value() or self.path.stem.replace("_", " ").replace("-", " ").capitalize()
        )
        if inspection.faults:
            self.banner.say("Look at this before you import.", " ".join(inspection.faults), tone="warn")
        self._body.addWidget(self._about(inspection))
        self._body.addWidget(self._columns(inspection))
        self._body.addStretch(1)
        self._check()
        self.name.setFocus()
        self.name.input.selectAll()

    def mapping(self) -> dict[str, str]:
        """Column to target, as it stands."""
        return {column: row.target() for column, row in self._rows.items()}

    def set_target(self, column: str, target: str) -> None:
        """Map one column, as if a person had chosen it."""
        self._rows[column].set_target(target)
        self._check()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _keep_fields(self) -> None:
        # They live on when the page is drawn anew, with what was typed into them.
        for field in (self.name, self.country):
            field.setParent(None)

    def _about(self, inspection: audiences.Inspection) -> cards.Card:
        delimiter = model.DELIMITERS.get(inspection.delimiter, repr(inspection.delimiter))
        try:
            size = figures.size(self.path.stat().st_size)
        except OSError:
            size = figures.NOTHING
        known = facts.Facts(
            [
                ("File", self.path.name),
                ("Size", size),
                ("Encoding", inspection.encoding.upper()),
                ("Separator", delimiter),
                ("Columns", figures.count(len(inspection.columns))),
            ]
        )
        asked = layout.column(self.name, self.country, gap=theme.MD)
        line = layout.row(layout.column(known, None), layout.column(asked, None), gap=theme.XL)
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        return cards.Card(line)

    def _columns(self, inspection: audiences.Inspection) -> cards.Card:
        heads = (("Column", COLUMN_W), ("First rows", SAMPLE_W), ("Holds", TARGET_W))
        head = layout.row(gap=theme.MD)
        for words, width in heads:
            label = text.caption(words)
            label.setFixedWidth(width)
            head.addWidget(label)
        head.addWidget(text.caption("Attribute's name, or what is wrong"), 1)
        card = cards.Card(heading="What the columns hold", aside="suggested by the header", gap=6)
        card.add(head)
        for at, column in enumerate(inspection.columns):
            sample = [line[at] for line in inspection.sample if at < len(line) and line[at]]
            row = _Row(column, sample[:MOST_SAMPLES], inspection.mapping.get(column, ""))
            row.changed.connect(self._check)
            self._rows[column] = row
            card.add(row)
        return card

    def _check(self) -> None:
        mapping = self.mapping()
        wrong = model.doubled(mapping)
        for column, row in self._rows.items():
            row.say(wrong.get(column, ""))
        reaches = model.reaches(mapping)
        if not reaches and self.inspection is not None:
            self.banner.say(
                "No column holds an address, so nobody could be reached.",
                "Choose Email address, Phone, a device token or a subscription for one of them.",
                tone="warn",
            )
        elif self.inspection is not None and not self.inspection.faults:
            self.banner.say("")
        self.start_button.setEnabled(reaches and not wrong)

    def _on_start(self) -> None:
        if self.name.is_empty():
            self.name.set_error("A name is needed.")
            self.name.setFocus()
            return
        ask = audiences.ImportAsk(
            file=self.path.name,
            audience=self.name.value(),
            mapping=msgspec.json.encode(self.mapping()).decode(),
            country=str(self.country.value() or ""),
        )
        self.started.emit(self.path, ask)


class _Row(QtWidgets.QWidget):
    """One column of the file: its name, its first values, and what it holds."""

    changed = QtCore.Signal()

    def __init__(self, column: str, sample: list[str], target: str) -> None:
        super().__init__()
        name = text.Elided(column or "nameless", weight=text.MEDIUM)
        name.setFixedWidth(COLUMN_W)
        first = text.Elided(", ".join(sample) or "empty", size=text.SMALL, token="text2", mono=True)
        first.setFixedWidth(SAMPLE_W)
        self._choice = inputs.Choice(model.targets())
        self._choice.setFixedWidth(TARGET_W)
        self._choice.setAccessibleName(f"{column} holds")
        self._choice.activated.connect(self._on_chosen)
        self._name = inputs.Line("name_of_the_attribute")
        self._name.setAccessibleName(f"Attribute for {column}")
        self._name.textEdited.connect(lambda _words: self.changed.emit())
        self._wrong = text.Label("", "bad", wrap=True)
        self._column = column
        self.setLayout(
            layout.row(
                name, first, self._choice, layout.column(self._name, self._wrong, gap=2), gap=theme.MD, grow=3
            )
        )
        self.say("")
        self.set_target(target)

    def target(self) -> str:
        """What it holds, in the words of the wire."""
        chosen = str(self._choice.currentData() or "")
        return chosen + self._name.text().strip() if chosen == model.ATTRIBUTE else chosen

    def set_target(self, target: str) -> None:
        """Show a target."""
        chosen, name = model.split(target)
        self._choice.setCurrentIndex(max(self._choice.findData(chosen), 0))
        self._name.setText(name)
        layout.reveal(self._name, chosen == model.ATTRIBUTE)

    def say(self, words: str) -> None:
        """Say what is wrong with it; an empty text says nothing is."""
        self._wrong.setText(words)
        layout.reveal(self._wrong, bool(words))
        self._choice.setAccessibleDescription(words)

    def _on_chosen(self) -> None:
        is_attribute = self._choice.currentData() == model.ATTRIBUTE
        layout.reveal(self._name, is_attribute)
        if is_attribute and not self._name.text():
            self._name.setText(
                "".join(sign if sign.isalnum() else "_" for sign in self._column.lower()).strip("_")
            )
        self.changed.emit()
