"""The editor of a template's channel, in the language that is chosen: one form, its faults, and its tools."""

from collections.abc import Iterator, Mapping

from PySide6 import QtCore, QtWidgets

from console import views
from console.views.templates.template import work
from console.widgets import cards, layout, notices, text, theme
from console.widgets.editors import channel as editor
from console.widgets.editors import email
from console.widgets.writing import mailing, values
from server.channels import contents

Form = editor.Form | email.EmailEditor
SCOPE = "templates"


class Editing(cards.Card):
    """`changed` at every edit; the template's Work is changed in place."""

    changed = QtCore.Signal()
    pointed = QtCore.Signal(str)  #: the field that is being written

    def __init__(self, desk: views.Desk) -> None:
        self._desk = desk
        self._work = work.Work(channel="sms")
        self.language = work.OWN
        self._strict = False
        self._said: dict[
            tuple[str, str], str
        ] = {}  #: the server's faults by language and place, until edited
        self._forms: dict[str, Form] = {}
        self._title = text.section("")
        self.insert = values.InsertButton(desk, SCOPE)
        self._general = notices.Banner()
        self._tools = layout.row(gap=0)
        self._stack = QtWidgets.QStackedWidget()
        head = layout.row(self._title, None, self._tools, self.insert, gap=theme.SM)
        super().__init__(head, self._general, self._stack, gap=theme.MD)
        self.body.setStretch(2, 1)
        app = QtWidgets.QApplication.instance()
        assert isinstance(app, QtWidgets.QApplication)
        app.focusChanged.connect(self._on_focus)

    # -- from outside -----------------------------------------------------------------------------

    def set_work(self, edited: work.Work) -> None:
        """Edit this template, in its default language."""
        self._work, self._strict, self._said = edited, False, {}
        self.show_language(work.OWN)

    def show_language(self, language: str) -> None:
        """Edit it in this language."""
        self.language = language
        form = self.form()
        form.set_value(self._work.fields(language))
        self._stack.setCurrentWidget(form)
        for channel, other in self._forms.items():
            other.tools.setVisible(channel == self._work.channel)
        title = contents.TITLES[self._work.channel]
        self._title.setText(f"{title} · {self._work.title(language)}" if self._work.others() else title)
        self.show_faults()

    def form(self) -> Form:
        """The editor of this template's channel."""
        return self.form_of(self._work.channel)

    def form_of(self, channel: str) -> Form:
        """The editor of a channel; built when it is first wanted."""
        known = self._forms.get(channel)
        if known is not None:
            return known
        made: Form = email.EmailEditor() if channel == "email" else editor.make(channel)
        self._forms[channel] = made
        if isinstance(made, email.EmailEditor):
            mailing.follow(self._desk, made, lambda: self.insert.known, SCOPE)
            made.beside.hide()  # the page has a button of its own for what stands beside
        made.changed.connect(self._on_edited)
        self._stack.addWidget(made)
        self._tools.addWidget(made.tools)
        return made

    def warm(self, edited: work.Work) -> Iterator[None]:
        """Build what this template needs, a piece at a time: the window answers in between."""
        form, fields = self.form_of(edited.channel), edited.fields()
        cards = fields.get("cards") or []
        for count in range(1, len(cards)):
            yield
            form.set_value({**fields, "cards": cards[:count]})

    def go_to(self, place: str) -> None:
        """Put the keyboard at a place."""
        self.form().go_to(place)

    def be_strict(self) -> None:
        """From now on name also what nobody has touched yet."""
        self._strict = True
        self.show_faults()

    def show_said(self, said: Mapping[str, str]) -> None:
        """Show the server's faults by their places, until they are edited."""
        self._said = {work.place_of(place): words for place, words in said.items()}
        self.show_faults()

    def show_faults(self) -> None:
        """Say what is wrong beside the fields."""
        found = work.faults(self._work, self.language)
        placed = {
            fault.place: f"{fault.message.rstrip('.')}. {fault.remedy}"
            for fault in reversed(found)
            if fault.level == "error"
        }
        said = {place: words for (tag, place), words in self._said.items() if tag == self.language}
        everything = {**placed, **said}
        left = self.form().show_faults(everything, strict=self._strict or bool(said))
        self._general.say(" ".join(everything[place] for place in left if place in everything), tone="bad")

    # -- from within ------------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self._work.written[self.language] = self.form().value()
        self._said = {at: words for at, words in self._said.items() if at[0] != self.language}
        self.show_faults()
        self.changed.emit()

    def _on_focus(self, _old: QtWidgets.QWidget | None, now: QtWidgets.QWidget | None) -> None:
        form = self._forms.get(self._work.channel)
        if form is not None and now is not None and form.isAncestorOf(now):
            self.pointed.emit(form.where(now))
