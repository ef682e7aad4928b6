"""What one person would get, rendered by the server a moment after each keystroke, in their language or another."""

from PySide6 import QtCore, QtWidgets

from console import views
from console.services import errors
from console.views.templates.template import people, work
from console.widgets import layout, notices, skeleton, tabs, text, theme
from console.widgets.writing import rendered
from server.channels import contents
from server.wire import campaigns

ASK = "templates:preview"
PAUSE_MS = 150
THEIRS = "their own"  #: the tab of the language that the person reads
SCALE, MOST_W = 0.84, 344


class Preview(QtWidgets.QWidget):
    """Show a template with `set_work`; `rendered` says what came back, None where it could not be rendered."""

    rendered = QtCore.Signal(object)
    part_clicked = QtCore.Signal(str)

    def __init__(self, desk: views.Desk, shown_people: people.People) -> None:
        super().__init__()
        self._desk = desk
        self._people = shown_people
        self._work: work.Work | None = None
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.languages = tabs.Tabs([], name="Language of the preview")
        self.languages.chosen.connect(lambda _key: self._ask())
        self._why = text.muted("", wrap=True)
        self._hint = notices.Banner()
        self._waiting = skeleton.Skeleton(4)
        self.shown = rendered.Rendered(scale=SCALE, most_w=MOST_W)
        self.shown.part_clicked.connect(self.part_clicked)
        self.body = layout.column(
            self.languages, self._why, self._hint, self._waiting, self.shown, None, gap=theme.SM
        )
        self.setLayout(self.body)
        self._waiting.hide()
        self._why.hide()
        self.setAccessibleName("Preview")
        shown_people.changed.connect(self.ask_soon)

    def set_work(self, edited: work.Work) -> None:
        """Render this from now on."""
        self._work = edited
        self.shown.clear()
        self.show_languages()

    def show_languages(self) -> None:
        """The languages have changed."""
        edited = self._work
        if edited is None:
            return
        others = edited.others()
        offered = [(THEIRS, "As they read it"), (work.OWN or "own", edited.title(work.OWN))]
        self.languages.set_tabs([*offered, *((tag, tag) for tag in others)] if others else offered[:1])
        layout.reveal(self.languages, bool(others))
        self._why.setVisible(bool(others) and bool(self._why.text()))
        self.ask_soon()

    def ask_soon(self) -> None:
        """Render once a person pauses."""
        if self._work is not None and self.isVisible():
            self._pause.start()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._pause.stop()
        self._desk.operations.cancel(ASK)

    @property
    def waits(self) -> bool:
        """Whether a rendering is on its way, or about to be asked for."""
        return self._pause.isActive() or self._desk.operations.busy(ASK)

    def asked_language(self) -> str:
        """The language of the tab; empty for the person's own."""
        tab = self.languages.current()
        if tab == THEIRS or self._work is None:
            return ""
        return self._work.language if tab == "own" else tab

    def _ask(self) -> None:
        self._pause.stop()
        edited = self._work
        if edited is None:
            return
        whole = work.whole(edited)
        if whole is None:
            self._on_nothing("One of the fields holds what fits no message. It is named beside the field.")
            return
        known = self._people.count > 0
        own_forced = self.languages.current() == "own" and not edited.language
        ask = campaigns.PreviewAsk(
            contents=_default_alone(whole, edited.channel) if own_forced else whole,
            audience=self._people.audience if known else None,
            position=self._people.position,
            contact=self._people.contact if known else None,
            language=self.asked_language(),
        )
        self._waiting.setVisible(self.shown.handset.isHidden() and edited.channel != "email")
        self._desk.operations.start(
            ASK,
            lambda: self._desk.api.call(campaigns.PREVIEW, ask),
            done=self.show_preview,
            failed=self._on_failed,
            latest=True,
        )

    def show_preview(self, found: campaigns.Preview) -> None:
        """Show one rendering."""
        edited = self._work
        if edited is None:
            return
        self.setUpdatesEnabled(False)
        self._waiting.hide()
        self._hint.say("")
        self._people.named(found.person)
        spoken = found.languages.get(edited.channel)
        why = spoken.why if spoken is not None else ""
        self._why.setText(why)
        self._why.setVisible(bool(why) and bool(edited.others()))
        faults = [one for one in found.faults if one.channel == edited.channel]
        content: contents.Content | None = getattr(found.contents, edited.channel)
        self.shown.show_content(content, faults)
        self.setUpdatesEnabled(True)
        self.rendered.emit(content)

    def _on_nothing(self, words: str) -> None:
        self._waiting.hide()
        self.shown.show_content(None, nothing=words)
        self.rendered.emit(None)

    def _on_failed(self, problem: errors.Problem) -> None:
        self._waiting.hide()
        self._hint.say(problem.sentence, problem.remedy, tone="warn")
        self.rendered.emit(None)


def _default_alone(whole: campaigns.Contents, channel: str) -> campaigns.Contents:
    """A default that does not say its language cannot be asked for by name: it is rendered without the others."""
    return contents.Contents(**{channel: whole.chosen()[channel]})  # type: ignore[arg-type]  # its own channel
