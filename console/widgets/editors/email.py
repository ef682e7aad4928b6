"""The editor of mails: blocks on a canvas, MJML, or HTML that is never rewritten; with everything around the page."""

import dataclasses
from collections.abc import Callable, Mapping

import msgspec
from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import buttons, dialogs, empty, layout, notices, tabs, theme
from console.widgets.editors import (
    email_canvas,
    email_files,
    email_head,
    email_panel,
    email_states,
    email_text,
    exact,
    leaves,
    mail_acts,
    parts,
)
from server.channels import base, email, mailblocks, mailmjml

PAUSE_MS = 150
SAMPLE = theme.RESOURCES / "samples" / "mail.json"
LOOKS = [("blocks", "Blocks"), ("mjml", "MJML"), ("html", "HTML")]
_NAMES = {"blocks": "blocks", "mjml": "MJML", "html": "HTML"}


class EmailEditor(QtWidgets.QWidget):
    """`changed` at every edit by a person, and when the server has made HTML of the source.

    `compile_wanted` carries a source a moment after it changed; whoever can ask the server answers with
    `set_compiled`.
    """

    changed = QtCore.Signal()
    compile_wanted = QtCore.Signal(str)
    beside_wanted = QtCore.Signal(bool)  #: whether the preview is to stand beside the editor

    def __init__(self) -> None:
        super().__init__()
        self.known: Callable[[], Mapping[str, str]] = dict
        self._state = email_states.State()
        self._kept: parts.Fields = {}
        self._faults: list[base.Fault] = []  #: of the source, as the server found them
        self._settling = False
        self.stack = QtGui.QUndoStack(self)
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._build()
        self._connect()
        self._show()

    # -- what is on screen ---------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.group = email_head.Head()
        self.looks = tabs.Tabs(LOOKS, name="How the mail is written")
        self.canvas = email_canvas.Canvas(lambda: self.known())
        self.canvas.setMinimumHeight(240)
        self.bar = email_text.Bar(lambda: self.known())
        self.mjml, self.html = exact.Source("MJML"), exact.Source("HTML")
        self.banner = notices.Banner()
        self._other = empty.EmptyState("code", "Written by hand", "")
        self._pages = QtWidgets.QStackedWidget()
        for shown in (self.canvas, self.mjml, self.html, self._other):
            self._pages.addWidget(shown)
        self.panel = email_panel.Panel()
        self._build_tools()
        line = layout.row(self.looks, None, self.bar, gap=theme.SM)
        frame = QtWidgets.QFrame()
        frame.setObjectName("well")
        frame.setLayout(layout.column(self._pages, margins=(1, 1, 1, 1)))
        body = layout.row(frame, self.panel, gap=theme.MD, grow=0)
        self.setLayout(layout.column(self.group, line, self.banner, body, gap=theme.SM, grow=3))
        self.setAccessibleName("Email: content")

    def _build_tools(self) -> None:
        self.undo = buttons.icon("undo-2", "Undo", self.stack.undo)
        self.redo = buttons.icon("redo-2", "Redo", self.stack.redo)
        self.load_file = buttons.icon(
            "file-up", "Import an HTML or MJML file", lambda: email_text.void(self.ask_file())
        )
        self.beside = buttons.icon("eye", "Preview beside the editor", self._on_beside)
        self.beside.setCheckable(True)
        self.tools = layout.boxed(layout.row(self.undo, self.redo, self.load_file, self.beside, gap=0))
        for keys, act in (
            ("Ctrl+Z", self.stack.undo),
            ("Ctrl+Shift+Z", self.stack.redo),
            ("Ctrl+Y", self.stack.redo),
        ):
            shortcut = QtGui.QShortcut(QtGui.QKeySequence(keys), self)
            shortcut.setContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        linking = QtGui.QShortcut(QtGui.QKeySequence("Ctrl+K"), self.canvas.text)
        linking.setContext(QtCore.Qt.ShortcutContext.WidgetShortcut)
        linking.activated.connect(self.bar.ask_link)

    def _connect(self) -> None:
        self.group.changed.connect(self._on_head)
        self.looks.chosen.connect(lambda _key: self._show())
        self.canvas.acted.connect(self._on_act)
        self.canvas.selected.connect(self._on_selected)
        self.canvas.opened.connect(self._on_opened)
        self.canvas.writing.connect(self.bar.set_target)
        self.panel.properties.changed.connect(
            lambda name, mail, merge: self._on_act(name, mail, self.canvas.key, merge)
        )
        self.panel.properties.act.connect(self._on_property_act)
        self.panel.properties.phone_chosen.connect(lambda phone: self.canvas.set_phone(phone=phone))
        self.panel.palette_.chosen.connect(self.canvas.add)
        self.panel.palette_.dragged.connect(
            lambda kind, at: self.canvas.show_drop(self._within(at), section=kind.startswith("section"))
        )
        self.panel.palette_.dropped.connect(lambda kind, at: self.canvas.drop_new(kind, self._within(at)))
        self.panel.palette_.left.connect(self.canvas.hide_drop)
        self.mjml.edited.connect(lambda: self._on_typed("mjml"))
        self.html.edited.connect(lambda: self._on_typed("html"))
        self.panel.sample.clicked.connect(self.start_sample)
        self.banner.acted.connect(lambda: self.turn(self.looks.current()))
        self.panel.checks.asked.connect(self.go_to)
        self.stack.undoTextChanged.connect(self._show_undo)
        self.stack.redoTextChanged.connect(self._show_undo)
        self._show_undo()

    def _within(self, place: QtCore.QPoint) -> QtCore.QPointF:
        return QtCore.QPointF(self.canvas.viewport().mapFromGlobal(place))

    # -- what it holds -------------------------------------------------------------------------------------------------

    def state(self) -> email_states.State:
        """The page as it is, with what was typed in its source."""
        return dataclasses.replace(self._state, key=self.canvas.key)

    def restore(self, state: email_states.State) -> None:
        """Show another state of the page, as undo does."""
        turned = state.kind != self._state.kind
        self._state = state
        if turned:
            self.looks.set_current(state.kind)
        self._show()
        self._edited()

    def value(self) -> parts.Fields:
        """The plain values of what is written."""
        made = {**self._kept, **self.group.value(), "html": self._state.html}
        made.pop("source", None)
        if source := self._state.source:
            made["source"] = source
        return made

    def set_value(self, value: parts.Fields) -> None:
        """Edit these plain values; there is nothing to undo yet."""
        self._kept = dict(value)
        self.group.set_value({**value, "html": ""})
        self._state = email_files.read(str(value.get("source") or ""), str(value.get("html") or ""))
        self.stack.clear()
        self.looks.set_current(self._state.kind)
        self._show()
        if self._state == email_states.State():
            self.panel.go("add")
        self._look_over()

    def content(self) -> email.EmailContent | None:
        """What is written; None while a field holds what fits no content."""
        try:
            return msgspec.convert(self.value(), email.EmailContent)
        except msgspec.ValidationError:
            return None

    def set_content(self, content: email.EmailContent) -> None:
        """Edit this content."""
        self.set_value(msgspec.to_builtins(content))

    def set_compiled(self, source: str, html: str, faults: list[base.Fault]) -> None:
        """What the server made of a source; one that has changed since is asked about again anyway."""
        if source != self._state.source:
            return
        self._faults = [fault for fault in faults if fault.place == "source"]
        broken = bool(self._faults)
        if not broken and html != self._state.html:
            self._state = dataclasses.replace(self._state, html=html)
            self._show()
            self.changed.emit()
        self._look_over()
        self._show_banner()

    # -- faults and places ---------------------------------------------------------------------------------------------

    def show_faults(self, faults: leaves.Faults, *, strict: bool) -> list[str]:
        """Say words at their places; returns the places that have no field."""
        mine = {
            where: words
            for where, words in faults.items()
            if where.partition(".")[0] not in ("source", "html")
        }
        left = self.group.show_faults(mine, strict=strict)
        key = self.canvas.key
        prefix = f"source.{key}."
        self.panel.properties.set_faults(
            {
                where.removeprefix(prefix): words
                for where, words in faults.items()
                if key and where.startswith(prefix)
            }
        )
        if strict:
            left += [where for where in faults if where not in mine]
        return left

    def set_faults(self, faults: list[base.Fault], *, strict: bool = True) -> list[base.Fault]:
        """Say each error at its field; returns those that have none."""
        words = {
            fault.place: f"{fault.message} {fault.remedy}".strip()
            for fault in faults
            if fault.level == "error"
        }
        left = self.show_faults(words, strict=strict)
        return [fault for fault in faults if fault.level == "error" and fault.place in left]

    def place(self, where: str) -> QtWidgets.QWidget | None:
        """The input at a place, brought into sight."""
        first, _, rest = where.partition(".")
        if first == "html" or (first == "source" and not rest):
            self.looks.set_current(self._state.kind)
            self._show()
            return self._pages.currentWidget()
        if first == "source":
            key, _, name = rest.partition(".")
            self.looks.set_current("blocks")
            self._show()
            self.canvas.select(key)
            self.panel.go("block")
            field = self.panel.properties.field(name)
            return field.control if field is not None else self.canvas
        return self.group.place(where)

    def go_to(self, place: str) -> None:
        """Put the keyboard at a place."""
        target = self.place(place)
        if target is not None:
            target.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def where(self, widget: QtWidgets.QWidget) -> str:
        """The place of an input; empty for whatever is none of them."""
        return self.group.where(widget) or "" if self.group.isAncestorOf(widget) else ""

    def set_folded(self, *, folded: bool) -> None:
        """Hide or show the rarer settings."""
        self.group.set_folded(folded=folded)

    # -- acts ----------------------------------------------------------------------------------------------------------

    def turn(self, kind: str) -> None:
        """Go on in another way: in MJML or HTML from what the blocks have made, or in blocks from nothing."""
        before = self.state()
        match kind:
            case "mjml" if before.kind == "blocks":
                after = email_states.State(kind="mjml", mjml=mailmjml.mjml(before.mail), html=before.html)
            case "html" if before.kind != "html":
                after = email_states.State(kind="html", html=before.html)
            case "mjml":
                after = email_states.State(kind="mjml", mjml=mailmjml.mjml(mailblocks.Mail()))
            case _:
                after = email_states.State()
        self._step(f"turn to {_NAMES[after.kind]}", before, after)
        self.restore(after)

    def start_sample(self) -> None:
        """Begin from the bundled mail."""
        self._on_act("start from the sample", mailblocks.read(SAMPLE.read_text(encoding="utf-8")), "", "")

    def ask_file(self) -> QtWidgets.QFileDialog:
        """Let a person choose a file to import."""
        kinds = ("Mails (*.html *.htm *.mjml)", "All files (*)")
        return dialogs.choose_file(self.window(), "Import a mail", self.load, kinds=kinds)

    def load(self, path: str) -> None:
        """Take a file's mail in the place of the page."""
        try:
            after, told = email_files.load(path)
        except email_files.Unreadable as error:
            self.banner.say(str(error), tone="bad")
            return
        before = self.state()
        self._step("import of a file", before, after)
        self.restore(after)
        if told:
            self.banner.say(told, tone="warn")

    def _on_act(self, name: str, mail: mailblocks.Mail, key: str, merge: str) -> None:
        before = self.state()
        after = dataclasses.replace(before, mail=mail, key=key)
        self._state = after
        self._settling = True
        self.canvas.set_mail(mail, key)
        self._settling = False
        self.panel.properties.show_for(mail, key)
        self._show_panel()
        self._step(name, before, after, merge)
        self._edited()

    def _on_property_act(self, act: str) -> None:
        acts = {
            "shift-up": lambda: self.canvas.shift(-1),
            "shift-down": lambda: self.canvas.shift(1),
            "duplicate": self.canvas.duplicate,
            "remove": self.canvas.remove,
        }
        acts[act]()

    def _on_typed(self, kind: str) -> None:
        if kind != self._state.kind:
            return
        if kind == "mjml":
            self._state = dataclasses.replace(self._state, mjml=self.mjml.source())
        else:
            self._state = dataclasses.replace(self._state, html=self.html.source())
        self._edited()

    def _on_head(self) -> None:
        self._look_over()
        self.changed.emit()

    def _step(
        self, name: str, before: email_states.State, after: email_states.State, merge: str = ""
    ) -> None:
        self.stack.push(email_states.Step(self, name, before, after, merge))

    def _edited(self) -> None:
        """Something of the page was changed."""
        self._faults = []
        if self._state.kind == "blocks" and not self._state.source:
            self._state = dataclasses.replace(self._state, html="")
        if self._state.source:
            self._pause.start()
        else:
            self._look_over()
        self.changed.emit()

    def _ask(self) -> None:
        self.compile_wanted.emit(self._state.source)

    # -- showing -------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        look, state = self.looks.current(), self._state
        self.canvas.set_mail(state.mail, state.key)
        as_source = {"mjml": self.mjml, "html": self.html}
        if (
            look == state.kind
            or (state.kind == "blocks" and look == "mjml")
            or (look == "html" and state.kind != "html")
        ):
            if look == "mjml":
                self.mjml.set_source(state.mjml if state.kind == "mjml" else mailmjml.mjml(state.mail))
            elif look == "html":
                self.html.set_source(state.html)
            for key, source in as_source.items():
                source.setReadOnly(key != state.kind)
            self._pages.setCurrentWidget(as_source.get(look, self.canvas))
        else:
            self._offer_other(look)
        self.bar.setVisible(self._on_canvas())
        if not self._on_canvas():
            self.canvas.stop_writing()
        self.panel.properties.show_for(state.mail, self.canvas.key)
        self._show_panel()
        self._show_banner()

    def _offer_other(self, look: str) -> None:
        self._pages.removeWidget(self._other)
        self._other.deleteLater()
        written = _NAMES[self._state.kind]
        self._other = empty.EmptyState(
            "code" if look == "mjml" else "layout-template",
            f"This mail is written in {written}",
            f"It cannot be read back into {_NAMES[look]}. One may begin anew; undo brings back what was.",
            f"Start over in {_NAMES[look]}",
            lambda: self.turn(look),
        )
        self._pages.addWidget(self._other)
        self._pages.setCurrentWidget(self._other)

    def _on_canvas(self) -> bool:
        return self.looks.current() == self._state.kind == "blocks"

    def _show_panel(self) -> None:
        self.panel.offer(on_canvas=self._on_canvas(), blank=not self._state.mail.blocks())

    def _show_banner(self) -> None:
        look, kind = self.looks.current(), self._state.kind
        if self._faults:
            fault = self._faults[0]
            self.banner.say(fault.message, fault.remedy, tone="bad")
        elif look != kind and self._pages.currentWidget() in (self.mjml, self.html):
            self.banner.say(
                f"The {_NAMES[kind]} {'write' if kind == 'blocks' else 'writes'} this.",
                f"From {_NAMES[look]} there is no way back but undo.",
                tone="info",
                action=f"Go on in {_NAMES[look]}",
            )
        else:
            self.banner.say("")

    def _on_selected(self, key: str) -> None:
        if self._settling:
            return
        self._state = dataclasses.replace(self._state, key=key)
        self.panel.properties.show_for(self._state.mail, key)
        self.panel.go("block" if key else self.panel.tabs.current())

    def _on_opened(self, key: str) -> None:
        self.panel.go("block")
        first = self.panel.properties.first()
        if mail_acts.block_at(self._state.mail, key) is not None and first is not None:
            first.control.setFocus(QtCore.Qt.FocusReason.TabFocusReason)

    def _on_beside(self) -> None:
        self.beside_wanted.emit(self.beside.isChecked())
        self._fit()

    def _show_undo(self, _words: str = "") -> None:
        for button, can, words, keys in (
            (self.undo, self.stack.canUndo(), f"Undo {self.stack.undoText()}", "Ctrl+Z"),
            (self.redo, self.stack.canRedo(), f"Redo {self.stack.redoText()}", "Ctrl+Shift+Z"),
        ):
            button.setEnabled(can)
            button.setToolTip(f"{words.strip()} ({keys})")
            button.setAccessibleName(words.strip())

    def _look_over(self) -> None:
        content = self.content()
        if content is not None:
            self.panel.tabs.set_count("check", self.panel.checks.set_content(content, self._faults) or None)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is no room for both, the preview takes the panel's."""
        self.panel.setVisible(self.width() >= email_panel.WIDTH + 260)
