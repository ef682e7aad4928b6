"""What is set about the block, the section or the mail that is selected; on the desktop, and on the phone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, fields, layout, tabs, text, theme
from console.widgets.editors import email_fields, mail_acts
from server.channels import mailblocks

Make = Callable[[], fields.Field]

ALIGNS = [("left", "Left"), ("center", "Centre"), ("right", "Right")]
FONTS = [
    ("Arial, Helvetica, sans-serif", "Arial"),
    ("Verdana, Geneva, sans-serif", "Verdana"),
    ("Tahoma, Geneva, sans-serif", "Tahoma"),
    ("'Trebuchet MS', Helvetica, sans-serif", "Trebuchet"),
    ("Georgia, 'Times New Roman', serif", "Georgia"),
    ("'Times New Roman', Times, serif", "Times"),
    ("'Courier New', Courier, monospace", "Courier"),
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a noun."""

    name: str
    make: Make


def _line(name: str, label: str, placeholder: str = "", help: str = "") -> Entry:
    return Entry(name, lambda: fields.TextField(label, placeholder=placeholder, help=help))


def _area(name: str, label: str) -> Entry:
    return Entry(name, lambda: fields.AreaField(label, lines=3))


def _colour(name: str, label: str, *, own: bool = False) -> Entry:
    return Entry(
        name,
        lambda: email_fields.ColourField(label, required=not own, placeholder="The mail's" if own else ""),
    )


def _number(name: str, label: str, *, low: int = 0, high: int = 400) -> Entry:
    return Entry(name, lambda: fields.NumberField(label, low=low, high=high, unit="px"))


def _switch(name: str, label: str, help: str = "") -> Entry:
    return Entry(name, lambda: fields.SwitchField(label, help=help))


_LINK = _line("link", "Link", "https://… or {{ a_value }}")

BLOCKS: dict[str, Sequence[Entry]] = {
    "text": (_colour("colour", "Colour of the text", own=True),),
    "image": (
        _line("src", "Address of the picture", "https://…", "It is fetched from there by the mail program."),
        _line("alt", "Alternative text", "What it shows, in a few words"),
        _switch("decorative", "Decorative", "It says nothing, so its alternative text stays empty."),
        _LINK,
        Entry("width", lambda: email_fields.MaybeField("Width", nothing="As wide as the column")),
        _number("radius", "Round corners", high=100),
    ),
    "button": (
        _line("label", "Words"),
        _LINK,
        _colour("fill", "Colour", own=True),
        _colour("ink", "Colour of the words"),
        _number("radius", "Round corners", high=60),
        _switch("full", "As wide as the column"),
    ),
    "divider": (_colour("colour", "Colour"), _number("thickness", "Thickness", low=1, high=20)),
    "spacer": (_number("height", "Height", low=1),),
    "social": (
        Entry("profiles", lambda: email_fields.ProfilesField("Profiles")),
        _colour("fill", "Colour"),
        _colour("ink", "Colour of the words"),
    ),
    "product": (
        _line("src", "Address of the picture", "https://…"),
        _line("alt", "Alternative text", help="Its name where this is empty."),
        _line("title", "Name"),
        _line("price", "Price"),
        _line("was", "Price before", help="Struck through."),
        _area("text", "Text"),
        _line("label", "Words of the button", help="No button where they are empty."),
        _LINK,
    ),
    "unsubscribe": (
        _area("text", "Text"),
        _line("label", "Words of the link"),
        _line("address", "Your postal address", help="Many laws ask for it."),
        _colour("colour", "Colour"),
    ),
}

MAIL: Sequence[Entry] = (
    _number("width", "Width", low=320, high=900),
    _colour("background", "Around the mail"),
    _colour("paper", "Paper"),
    _colour("ink", "Text"),
    _colour("accent", "Links and buttons"),
    Entry("font", lambda: fields.ChoiceField("Face", FONTS)),
    _number("size", "Size of the text", low=10, high=28),
)

SECTION: Sequence[Entry] = (
    _colour("background", "Background", own=True),
    Entry("padding", lambda: email_fields.RoomField("Room around")),
    _switch("together", "Side by side on the phone too"),
)

LOOK: Sequence[Entry] = (
    Entry("align", lambda: fields.ChoiceField("Keeps to", ALIGNS)),
    Entry("size", lambda: email_fields.MaybeField("Size of the text", low=8, high=80, nothing="The mail's")),
    Entry("padding", lambda: email_fields.RoomField("Room around")),
    _switch("hidden", "Hidden on the desktop"),
)
PHONE: Sequence[Entry] = (
    Entry("align", lambda: fields.ChoiceField("Keeps to", [(None, "As on the desktop"), *ALIGNS])),
    Entry(
        "size",
        lambda: email_fields.MaybeField("Size of the text", low=8, high=80, nothing="As on the desktop"),
    ),
    Entry("padding", lambda: email_fields.RoomField("Room around", inherits=True)),
    _switch("hidden", "Hidden on the phone"),
)
#: Kinds of blocks whose text has a size.
_SIZED = {"text", "button", "social", "product", "unsubscribe"}
_ALIGNED = _SIZED | {"image"}
_COUNTS = [(count, f"{count} column{'s' if count > 1 else ''}") for count in range(1, 5)]


class Form(QtWidgets.QWidget):
    """Fields for a struct; `changed` carries the struct with what a person changed."""

    changed = QtCore.Signal(object, str)  #: the struct, and the field's name

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.fields: dict[str, fields.Field] = {entry.name: entry.make() for entry in entries}
        self._value: Any = None
        for name, field in self.fields.items():
            field.control.setProperty("takesValues", isinstance(field, fields.TextField | fields.AreaField))
            field.changed.connect(lambda name=name: self._on_changed(name))
        self.setLayout(layout.column(*self.fields.values(), gap=10))

    def set_value(self, value: Any, shown: Mapping[str, Any] | None = None) -> None:
        """Show a struct; `shown` says what stands for a field that is not set."""
        self._value = value
        for name, field in self.fields.items():
            given = getattr(value, name)
            wanted = (shown or {}).get(name) if given is None and shown and name in shown else given
            if field.value() != wanted:
                field.set_value(wanted)
                field.set_error("")

    def _on_changed(self, name: str) -> None:
        if self._value is not None:
            self._value = msgspec.structs.replace(self._value, **{name: self.fields[name].value()})
            self.changed.emit(self._value, name)


class Properties(QtWidgets.QWidget):
    """Show what is selected with `show_for`; `changed` carries the mail with it changed, and what changed."""

    changed = QtCore.Signal(str, object, str)  #: name of the act, Mail, and a key of acts that are one
    act = QtCore.Signal(str)  #: shift-up, shift-down, duplicate or remove
    phone_chosen = QtCore.Signal(bool)  #: the looks of which device are shown

    def __init__(self) -> None:
        super().__init__()
        self._mail, self._key = mailblocks.Mail(), ""
        self._forms: dict[str, Form] = {}
        self._title = text.section("")
        self._acts = [
            buttons.icon("arrow-up", "Move up (Alt+Up)", lambda: self.act.emit("shift-up")),
            buttons.icon("arrow-down", "Move down (Alt+Down)", lambda: self.act.emit("shift-down")),
            buttons.icon("copy", "Duplicate (Ctrl+D)", lambda: self.act.emit("duplicate")),
            buttons.icon("trash-2", "Delete (Del)", lambda: self.act.emit("remove")),
        ]
        self._stack = layout.column(gap=10)
        self._count = fields.ChoiceField("Columns", _COUNTS)
        self._count.changed.connect(self._on_count)
        self.devices = tabs.Tabs([("desktop", "Desktop"), ("phone", "Phone")], name="Looks on")
        self.devices.chosen.connect(self._on_device)
        self._looks: dict[str, Form] = {}  #: made when a block is first selected
        self._look_column = layout.column(email_fields.caption("Looks"), self.devices, gap=10)
        self._look_box = layout.boxed(self._look_column)
        head = layout.row(self._title, None, *self._acts, gap=0)
        self.setLayout(layout.column(head, self._count, self._stack, self._look_box, None, gap=10))
        self.setAccessibleName("What is selected")
        self.show_for(self._mail, "")

    def show_for(self, mail: mailblocks.Mail, key: str) -> None:
        """Show the properties of a block, of a section, or of the mail itself where `key` names neither."""
        self._mail, self._key = mail, key
        block, section = mail_acts.block_at(mail, key), mail_acts.section_at(mail, key)
        for button in self._acts:
            button.setVisible(block is not None or section is not None)
        self._count.setVisible(section is not None)
        self._look_box.setVisible(block is not None)
        if block is not None:
            kind = mailblocks.kind_of(block)
            self._title.setText(mailblocks.TITLES[kind])
            self._show_form(kind, BLOCKS[kind], block)
            self._show_looks(block, kind)
        elif section is not None:
            self._title.setText("Section")
            self._count.set_value(len(section.columns))
            self._show_form("section", SECTION, section)
        else:
            self._title.setText("The whole mail")
            if self.isVisible() or "mail" in self._forms:
                self._show_form("mail", MAIL, mail)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self.show_for(self._mail, self._key)  # the mail's own form is not made before somebody looks at it

    def set_faults(self, faults: Mapping[str, str]) -> None:
        """Say what is wrong with the fields shown, by their names."""
        for form in self._forms.values():
            if not form.isHidden():
                for name, field in form.fields.items():
                    if name in faults or not isinstance(field, email_fields.ColourField):
                        field.set_error(faults.get(name, ""))

    def set_device(self, device: str) -> None:
        """Show the looks on the desktop, or on the phone."""
        self.devices.set_current(device)
        for name, form in self._looks.items():
            form.setVisible(name == device)

    def field(self, name: str) -> fields.Field | None:
        """A field of what is shown."""
        shown = [form for form in self._forms.values() if not form.isHidden()]
        return next((form.fields[name] for form in shown if name in form.fields), None)

    def first(self) -> fields.Field | None:
        """The field that the keyboard goes to."""
        shown = [form for form in self._forms.values() if not form.isHidden()]
        return next((field for form in shown for field in form.fields.values()), None)

    def _show_form(self, kind: str, entries: Sequence[Entry], value: Any) -> None:
        if kind not in self._forms:
            form = self._forms[kind] = Form(entries)
            form.changed.connect(self._on_changed)
            self._stack.addWidget(form)
        for name, form in self._forms.items():
            form.setVisible(name == kind)
        self._forms[kind].set_value(value)

    def _make_looks(self) -> None:
        for device, entries in (("desktop", LOOK), ("phone", PHONE)):
            form = self._looks[device] = Form(entries)
            form.changed.connect(lambda look, name, device=device: self._on_look(device, look, name))
            self._look_column.addWidget(form)

    def _show_looks(self, block: mailblocks.AnyBlock, kind: str) -> None:
        if not self._looks:
            self._make_looks()
        self._looks["desktop"].set_value(
            block.desktop, {"align": mailblocks.align(block), "padding": mailblocks.padding(block)}
        )
        self._looks["phone"].set_value(block.phone)
        for form in self._looks.values():
            form.fields["size"].setVisible(kind in _SIZED)
            form.fields["align"].setVisible(kind in _ALIGNED)
        self.set_device(self.devices.current())

    def _on_changed(self, value: Any, name: str) -> None:
        merge = f"set:{self._key}:{name}"
        if isinstance(value, mailblocks.Mail):
            self.changed.emit("change the mail's looks", value, merge)
        elif isinstance(value, mailblocks.Section):
            self.changed.emit("change section", mail_acts.replace_section(self._mail, value), merge)
        else:
            self.changed.emit(
                f"change {self._title.text().lower()}", mail_acts.replace(self._mail, value), merge
            )

    def _on_look(self, device: str, look: mailblocks.Look, name: str) -> None:
        block = mail_acts.block_at(self._mail, self._key)
        if block is not None:
            changed = msgspec.structs.replace(block, **{device: look})
            merge = f"look:{self._key}:{device}:{name}"
            self.changed.emit(f"change looks on the {device}", mail_acts.replace(self._mail, changed), merge)

    def _on_count(self) -> None:
        self.changed.emit(
            "change columns", mail_acts.set_columns(self._mail, self._key, self._count.value()), ""
        )

    def _on_device(self, device: str) -> None:
        self.set_device(device)
        self.phone_chosen.emit(device == "phone")


class Palette(QtWidgets.QWidget):
    """Blocks and sections to be clicked, or dragged onto the mail. `dragged` and `dropped` carry a global place."""

    chosen = QtCore.Signal(str)
    dragged = QtCore.Signal(str, QtCore.QPoint)
    dropped = QtCore.Signal(str, QtCore.QPoint)
    left = QtCore.Signal()  #: a drag was given up

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, _Tile] = {}
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.SM)
        for at, (kind, name) in enumerate(mailblocks.TITLES.items()):
            grid.addWidget(self._tile(kind, name, ICONS[kind]), at // 2, at % 2)
        shapes = QtWidgets.QGridLayout()
        shapes.setContentsMargins(0, 0, 0, 0)
        shapes.setSpacing(theme.SM)
        for count, name in _COUNTS:
            shapes.addWidget(
                self._tile(f"section:{count}", name, "columns-3"), (count - 1) // 2, (count - 1) % 2
            )
        hint = text.Label(
            "Drag one onto the mail, or press it to put it behind what is selected.", "muted", wrap=True
        )
        self.setLayout(
            layout.column(
                hint, email_fields.caption("Blocks"), grid, email_fields.caption("Sections"), shapes, None
            )
        )
        self.setAccessibleName("Blocks to add")

    def _tile(self, kind: str, name: str, icon: str) -> "_Tile":
        tile = self.entries[kind] = _Tile(name, icon)
        tile.setAccessibleName(f"Add {name.lower()}")
        tile.clicked.connect(lambda _on=False: self.chosen.emit(kind))
        tile.dragged.connect(lambda point: self.dragged.emit(kind, point))
        tile.dropped.connect(lambda point: self.dropped.emit(kind, point))
        tile.left.connect(self.left)
        return tile


ICONS = {
    "text": "text-cursor-input",
    "image": "image",
    "button": "mouse-pointer-click",
    "divider": "minus",
    "spacer": "square",
    "social": "share-2",
    "product": "tag",
    "unsubscribe": "log-out",
}


class _Tile(buttons.Button):
    """Pressed it adds; drawn away it is dropped where the mouse lets go. Qt's own drags would nest an event loop."""

    dragged = QtCore.Signal(QtCore.QPoint)
    dropped = QtCore.Signal(QtCore.QPoint)
    left = QtCore.Signal()

    def __init__(self, name: str, icon: str) -> None:
        super().__init__(name, icon=icon)
        self._from: QtCore.QPoint | None = None
        self._away = False

    def mousePressEvent(self, event: Any) -> None:
        super().mousePressEvent(event)
        self._from, self._away = event.globalPosition().toPoint(), False

    def mouseMoveEvent(self, event: Any) -> None:
        at = event.globalPosition().toPoint()
        if self._from is not None and (self._away or (at - self._from).manhattanLength() > 8):
            self._away = True
            self.setCursor(QtCore.Qt.CursorShape.DragCopyCursor)
            self.dragged.emit(at)
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: Any) -> None:
        away, self._away, self._from = self._away, False, None
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        if away:
            self.setDown(False)
            self.dropped.emit(event.globalPosition().toPoint())
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape and self._away:
            self._away, self._from = False, None
            self.setDown(False)
            self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
            self.left.emit()
            return
        super().keyPressEvent(event)
