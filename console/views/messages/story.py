"""One message's story on a panel: what happened when, why, what was sent, and what the provider told later."""

from collections.abc import Callable, Mapping

import msgspec
from PySide6 import QtCore, QtGui

from console.views.messages import model
from console.widgets import (
    buttons,
    code,
    facts,
    figures,
    inspector,
    layout,
    notices,
    pills,
    reasons,
    skeleton,
    text,
    timeline,
)
from server.channels import contents
from server.wire import messages

WIDTH = 420


class StoryPanel(inspector.Inspector):
    """Everything there is to say about one message."""

    contact_asked = QtCore.Signal(int)
    run_asked = QtCore.Signal(int)  #: the campaign's id

    def __init__(self) -> None:
        super().__init__("Message")
        self.setFixedWidth(WIDTH)
        self._story: messages.Story | None = None
        self._accounts: Mapping[int, str] = {}
        self.copy = buttons.icon("copy", "Copy the story as JSON", self._on_copy)
        self.add_tool(self.copy)

    @property
    def story(self) -> messages.Story | None:
        """What is told; None while it is on its way."""
        return self._story

    def wait_for(self, row: messages.Message) -> None:
        """Show what the list knows already, and that more is coming."""
        self._story = None
        self.copy.setEnabled(False)
        self._begin(row)
        self.add(skeleton.Skeleton(8))
        self.finish()

    def fail(self, row: messages.Message, words: str, again: Callable[[], None]) -> None:
        """Say why there is no story."""
        self._begin(row)
        banner = notices.Banner(words, tone="bad", action="Try again")
        banner.acted.connect(again)
        self.add(banner)
        self.finish()

    def tell(self, story: messages.Story, accounts: Mapping[int, str]) -> None:
        """Show a story; `accounts` are the names by id."""
        self._story, self._accounts = story, accounts
        self.copy.setEnabled(True)
        message = story.message
        self._begin(message)
        self._tell_reason(message)
        self.add(timeline.Timeline(model.lines(story, accounts)), heading="Story")
        self._tell_content(story)
        if story.variables:
            values = [(name, _plain(value)) for name, value in story.variables.items()]
            self.add(facts.Facts(values), heading="Values it used")
        for receipt in story.receipts:
            name = f"Receipt {receipt.kind}, {figures.clock(receipt.at)}"
            heading = "Receipts as they came" if receipt is story.receipts[0] else ""
            self.add(code.CodeBlock(pretty(receipt.body), name=name, lines=8), heading=heading)
        self._tell_rest(message)
        self.finish()

    def _begin(self, row: messages.Message) -> None:
        self.clear()
        self.set_heading(
            f"{contents.TITLES.get(row.channel, row.channel)} · {row.ref}", row.name or "Nameless"
        )
        marks = layout.row(pills.Pill(pills.look(pills.MESSAGE, row.state)), gap=6)
        if row.test:
            marks.addWidget(pills.Pill(pills.TEST))
        marks.addStretch(1)
        self.add(marks)
        self.add(text.Label(row.address or "no address", "mono", wrap=True, selectable=True))
        self.add(
            layout.row(
                buttons.plain("Open contact", lambda: self.contact_asked.emit(row.contact), icon="user"),
                buttons.plain("Campaign", lambda: self.run_asked.emit(row.campaign), icon="megaphone"),
                None,
            )
        )

    def _tell_reason(self, message: messages.Message) -> None:
        meaning = reasons.explain(message.channel, message.reason)
        if meaning.words:
            self.add(
                notices.Banner(
                    f"{meaning.words.rstrip('.')}.",
                    meaning.remedy,
                    tone=pills.look(pills.MESSAGE, message.state).tone,
                )
            )

    def _tell_content(self, story: messages.Story) -> None:
        if story.content is None and story.content_matches is None:
            self.add(
                text.muted("Nothing was ever rendered for this message.", wrap=True), heading="What was sent"
            )
            return
        self.add(_proof(story.content_matches), heading="What was sent")
        if story.content is None:
            return
        rows = model.shown(story.content)
        if rows:
            self.add(facts.Facts(rows))
        for name, value in model.long(story.content):
            self.add(code.CodeBlock(_plain(value), name=name, lines=10))

    def _tell_rest(self, message: messages.Message) -> None:
        rows: list[tuple[str, ...]] = [
            ("Campaign", message.campaign_name),
            ("Run", f"{message.run}, message {figures.count(message.seq)}"),
            ("Account", message.account_name),
            ("Our reference", message.ref, "mono"),
            ("Theirs", message.provider_ref, "mono"),
            ("Updated", figures.stamp(message.updated_at)),
        ]
        self.add(facts.Facts([row for row in rows if row[1]]), heading="Details")

    def _on_copy(self) -> None:
        if self._story is not None:
            words = msgspec.json.format(msgspec.json.encode(self._story), indent=2)
            QtGui.QGuiApplication.clipboard().setText(words.decode())
            self.copy.setToolTip("Copied")


def _proof(matches: bool | None) -> notices.Banner | text.Label:
    """Whether the rendering shown is the one that was sent."""
    if matches:
        return text.Label("✓ Rendered again, and equal to what was sent, by hash", "ok", wrap=True)
    if matches is None:
        return text.muted(
            "Rendered again. Nothing was sent, so there is nothing to compare it with.", wrap=True
        )
    return notices.Banner(
        "This is not what was sent: its hash differs.",
        "The kept values or the renderer have changed since. Do not show this to the person as proof.",
        tone="bad",
    )


def pretty(body: str) -> str:
    """A provider's payload to be read: JSON indented, a form one field a line; anything else as it came."""
    try:
        return msgspec.json.format(body, indent=2)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return body.replace("&", "\n&") if "=" in body and "\n" not in body else body


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
