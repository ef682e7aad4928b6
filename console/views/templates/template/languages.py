"""The languages of a template: a tab for each, and which one stands in for a language that is missing."""

from collections.abc import Callable, Mapping

from PySide6 import QtCore, QtGui, QtWidgets

from console.views.templates import arranging
from console.views.templates.template import work
from console.widgets import buttons, dialogs, fields, icons, layout, tabs, text, theme
from server.channels import languages

OWN_TAB = "own"  #: the default's key: a tab has no empty one


class Languages(QtWidgets.QWidget):
    """`chosen` when a person goes to another language; `changed` when languages or fallbacks were edited."""

    chosen = QtCore.Signal(str)  #: a tag, or work.OWN
    changed = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self._work = work.Work(channel="sms")
        self.tabs = tabs.Tabs([], name="Language")
        self.tabs.chosen.connect(lambda key: self.chosen.emit(_tag(key)))
        self.more = buttons.ghost("Languages", icon="globe", tip="Add, name or remove a language")
        self.more.clicked.connect(lambda _on=False: self.open_menu())
        self.setLayout(layout.row(self.tabs, self.more, gap=theme.XS))
        self.setAccessibleName("Languages")

    def set_work(self, edited: work.Work) -> None:
        """Show the languages of this template, the default first."""
        self._work = edited
        self.refresh()
        self.tabs.set_current(OWN_TAB)

    def refresh(self) -> None:
        """The languages have changed."""
        edited = self._work
        offered = [(OWN_TAB, edited.title(work.OWN)), *((tag, tag) for tag in edited.others())]
        self.tabs.set_tabs(offered)
        layout.reveal(self.tabs, len(offered) > 1 or bool(edited.language))

    def current(self) -> str:
        """The language that is edited: a tag, or work.OWN."""
        return _tag(self.tabs.current())

    def go(self, language: str) -> None:
        """Edit another language."""
        self.tabs.set_current(language or OWN_TAB)
        self.chosen.emit(language)

    def mark(self, errors: Mapping[str, int]) -> None:
        """Show how many errors each language has."""
        for language in (work.OWN, *self._work.others()):
            self.tabs.set_count(language or OWN_TAB, errors.get(language) or None)

    # -- acts -------------------------------------------------------------------------------------

    def open_menu(self) -> QtWidgets.QMenu:
        """What can be done about languages."""
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Languages")
        here = self.current()
        acts: list[tuple[str, str, Callable[[], object], bool]] = [
            ("Add a language…", "plus", self.ask_add, True),
            ("Say which language the default is…", "flag", self.ask_own, True),
            ("What stands in for a missing one…", "route", self.ask_fallbacks, bool(self._work.others())),
            (f"Remove {here}", "trash-2", lambda: self.remove(here), here != work.OWN),
        ]
        for title, icon, act, possible in acts:
            entry = QtGui.QAction(icons.icon(icon), title, menu)
            entry.setEnabled(possible)
            entry.triggered.connect(lambda _on=False, act=act: act())
            menu.addAction(entry)
        menu.popup(self.more.mapToGlobal(QtCore.QPoint(0, self.more.height() + 4)))
        return menu

    def add(self, words: str) -> str:
        """Begin a language with what the default says. Returns why it cannot be, or nothing."""
        fault = work.language_fault(self._work, words)
        if not fault:
            tag = languages.canonical(words)
            self._work.written[tag] = {**self._work.fields()}
            self.refresh()
            self.changed.emit()
            self.go(tag)
        return fault

    def remove(self, language: str) -> None:
        """Take a language away; what it said stays in the versions that had it."""
        self._work.written.pop(language, None)
        self._work.fallbacks = {
            tag: to for tag, to in self._work.fallbacks.items() if language not in (tag, to)
        }
        self.refresh()
        self.changed.emit()
        self.go(work.OWN)

    def ask_add(self) -> dialogs.Sheet:
        """Ask for a language to add."""
        words = "It begins with what the default says. A person reads the one nearest to their own language."
        sheet = dialogs.Sheet(self, "Add a language", words)
        field = fields.TextField("Language tag", required=True, placeholder="de, pt-BR, zh-Hant")
        go = buttons.primary("Add")

        def on_go() -> None:
            fault = self.add(field.value())
            field.set_error(fault)
            if not fault:
                sheet.accept()

        go.clicked.connect(lambda _on=False: on_go())
        field.input.returnPressed.connect(on_go)
        sheet.add(field)
        sheet.add_button(buttons.plain("Cancel", sheet.reject))
        sheet.add_button(go)
        sheet.open()
        field.setFocus()
        return sheet

    def ask_own(self) -> dialogs.Sheet:
        """Ask which language the default is."""

        def take(words: str) -> None:
            tag = languages.canonical(words)
            if tag and tag not in self._work.written:
                self._work.language = tag
                self.refresh()
                self.changed.emit()

        return arranging.ask_name(
            self,
            "The default's language",
            self._work.language,
            "Keep it",
            take,
            words="Whoever reads none of the languages gets the default.",
            label="Language tag",
        )

    def ask_fallbacks(self) -> dialogs.Sheet:
        """Ask which languages stand in for which; one in each line."""
        words = "Before the default is taken, another language may stand in: gsw = de"
        sheet = dialogs.Sheet(self, "What stands in for a missing language", words)
        field = fields.AreaField("One in each line", lines=5, placeholder="gsw = de\npt = pt-BR", mono=True)
        field.set_value("\n".join(f"{tag} = {to}" for tag, to in sorted(self._work.fallbacks.items())))
        go = buttons.primary("Keep them")

        def on_go() -> None:
            found = read_fallbacks(field.value())
            if isinstance(found, str):
                field.set_error(found)
                return
            self._work.fallbacks = found
            sheet.accept()
            self.changed.emit()

        go.clicked.connect(lambda _on=False: on_go())
        sheet.add(field)
        sheet.add(text.muted("The chain of one person is shown above the preview.", wrap=True))
        sheet.add_button(buttons.plain("Cancel", sheet.reject))
        sheet.add_button(go)
        sheet.open()
        field.setFocus()
        return sheet


def _tag(key: str) -> str:
    return work.OWN if key == OWN_TAB else key


def read_fallbacks(words: str) -> dict[str, str] | str:
    """Lines such as `gsw = de` as a map of tags, or what is wrong with them."""
    found: dict[str, str] = {}
    for line in filter(None, (one.strip() for one in words.splitlines())):
        tag, sign, to = line.partition("=")
        one, other = languages.canonical(tag), languages.canonical(to)
        if not sign or not one or not other:
            return f"“{line}” is not a pair of language tags. Write it as gsw = de."
        if one == other:
            return f"{one} cannot stand in for itself."
        found[one] = other
    return found
