"""Adding or changing an account: which provider, then the form its settings describe."""

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.services import errors
from console.widgets import (
    accessible,
    buttons,
    fields,
    form,
    glyphs,
    icons,
    inspector,
    layout,
    notices,
    paint,
    text,
    theme,
)
from server.channels import contents
from server.wire import providers

WIDTH = 460


class Editor(inspector.Inspector):
    """A panel that asks for everything an account needs. Secrets go in and never come out."""

    saved = QtCore.Signal(object, object)  #: providers.SaveAccount, and the account that is changed or None

    def __init__(self) -> None:
        super().__init__("Account form")
        self.setFixedWidth(WIDTH)
        self.account: providers.Account | None = None
        self.form: form.Form | None = None
        self.preset: dict[str, str | int | bool] = {}  #: settings that the workspace makes plain
        self._kind: providers.ProviderType | None = None
        self._own: dict[str, fields.Field] = {}
        self._banner = notices.Banner()
        # The acts stay in sight however long the form is.
        self._again = buttons.ghost("Another provider", icon="arrow-left")
        self._again.clicked.connect(lambda: self.choose(self._kinds))
        self._kinds: Sequence[providers.ProviderType] = ()
        self.save_button = buttons.primary("Save and check", self._on_save, icon="plug-zap")
        self._foot = layout.boxed(
            layout.row(
                self._again, None, self.save_button, gap=theme.SM, margins=(theme.LG, 10, theme.LG, 12)
            )
        )
        whole = self.layout()
        assert isinstance(whole, QtWidgets.QVBoxLayout)
        whole.addWidget(layout.rule())
        whole.addWidget(self._foot)

    # what is on the panel

    def choose(self, kinds: Sequence[providers.ProviderType]) -> None:
        """Ask which provider it is for."""
        self.account, self._kind, self.form = None, None, None
        self._kinds = kinds
        self._foot.hide()
        self.clear()
        self.set_heading("New account", "Choose a provider")
        offers = [Offer(kind) for kind in kinds]
        for kind, offer in zip(kinds, offers, strict=True):
            offer.activated.connect(_Begin(self, kind, kinds))
            self.add(offer)
        self.finish()
        if offers:
            offers[0].setFocus()

    def begin(self, kind: providers.ProviderType, kinds: Sequence[providers.ProviderType]) -> None:
        """Ask for a new account at one provider; `preset` is filled in already."""
        self.account = None
        self._draw(kind, heading="New account", title=kind.title)
        self._kinds = kinds
        self._again.show()
        self._own["name"].set_value(kind.title)
        if self.form is not None:
            self.form.set_values(self.preset)
        self._own["name"].setFocus()

    def change(self, account: providers.Account, kind: providers.ProviderType) -> None:
        """Ask for what is to be different about an account."""
        self.account = account
        self._draw(kind, heading=f"Change account · {kind.title}", title=account.name)
        values: dict[str, object] = {
            "name": account.name,
            "weight": account.weight,
            "window": account.window,
            "rate_per_s": account.rate_per_s,
        }
        for name, value in values.items():
            self._own[name].set_value(value)
        assert self.form is not None
        self.form.set_values(account.settings)
        self._own["name"].setFocus()

    def refuse(self, problem: errors.Problem) -> None:
        """Show what the server found at the fields it is about, and what belongs to none of them above."""
        left: list[str] = []
        for place, words in problem.faults.items():
            own = self._own.get(place)
            if own is not None:
                own.set_error(words)
            elif self.form is not None:
                left += self.form.show_faults({place: words})
        wrong = self._wrong()
        told = [*left, *(f"{field.label()}: {field.error()}" for field in wrong)]
        self._banner.say(problem.sentence, " ".join(told) or problem.remedy, tone="bad")
        self._go_to(wrong)

    def _wrong(self) -> list[fields.Field]:
        """The fields that say something is wrong with them, from top to bottom."""
        return [field for field in self.findChildren(fields.Field) if field.error()]

    def _go_to(self, wrong: Sequence[fields.Field]) -> None:
        """Bring the first of them before a person's eyes and under the keyboard."""
        if wrong:
            wrong[0].setFocus()
            self.findChildren(QtWidgets.QScrollArea)[0].ensureWidgetVisible(wrong[0], 0, 60)

    def _draw(self, kind: providers.ProviderType, *, heading: str, title: str) -> None:
        self._kind = kind
        self.clear()
        self.set_heading(heading, title)
        self._banner = notices.Banner()
        self.form = form.Form(kind.fields, stored=self.account.stored_secrets if self.account else ())
        self._own = {
            "name": fields.TextField("Name", required=True, help="What you call this account."),
            "weight": fields.NumberField(
                "Weight", high=1000, help="Its share among the channel's accounts; 0 takes nothing."
            ),
            "window": fields.NumberField(
                "Window",
                low=1,
                high=10_000,
                unit="messages",
                help="In flight at most, and so in doubt at most after a crash.",
            ),
            "rate_per_s": fields.NumberField(
                "Rate limit",
                high=1_000_000,
                decimals=1,
                unit="/ s",
                help="Messages a second at most; 0 for no limit of ours.",
            ),
        }
        self._own["weight"].set_value(100)
        self._own["window"].set_value(64)
        self._foot.show()
        self._again.setVisible(self.account is None)
        self.add(text.muted(f"{kind.about.rstrip('.')}.", wrap=True))
        self.add(self._banner)
        self.add(self._own["name"])
        self.add(self.form)
        self.add(layout.rule())
        limits = layout.column(
            *(self._own[name] for name in ("weight", "window", "rate_per_s")), gap=theme.LG
        )
        self.add(limits, heading="Share and limits")
        self.finish()

    def _on_save(self) -> None:
        if self.form is None or self._kind is None:
            return
        self._banner.say("")
        named = not self._own["name"].is_empty()
        if not named:
            self._own["name"].set_error("A name is needed.")
        if not self.form.check() or not named:
            wrong = self._wrong()
            names = ", ".join(field.label() for field in wrong)
            self._banner.say("Some fields are still empty.", f"Fill in {names}.", tone="warn")
            self._go_to(wrong)
            return
        ask = providers.SaveAccount(
            name=self._own["name"].value(),
            provider=self._kind.key,
            enabled=self.account.enabled if self.account else True,
            weight=self._own["weight"].value(),
            window=self._own["window"].value(),
            rate_per_s=float(self._own["rate_per_s"].value()),
            settings=self.form.values(),
            secrets=self.form.secrets(),
        )
        self.saved.emit(ask, self.account)


class _Begin:
    def __init__(
        self, editor: Editor, kind: providers.ProviderType, kinds: Sequence[providers.ProviderType]
    ) -> None:
        self._editor, self._kind, self._kinds = editor, kind, kinds

    def __call__(self) -> None:
        self._editor.begin(self._kind, self._kinds)


class Offer(QtWidgets.QFrame):
    """One provider to choose: its channel, its name and what it is for."""

    activated = QtCore.Signal()

    def __init__(self, kind: providers.ProviderType) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        channel = contents.TITLES.get(kind.channel, kind.channel)
        accessible.be(self, accessible.Role.Button)
        self.setAccessibleName(f"{kind.title}, {channel}")
        self.setAccessibleDescription(kind.about)
        mark = layout.column(glyphs.Glyph(icons.channel(kind.channel), "accent", 18, name=channel), None)
        title = layout.row(text.Label(kind.title, "label"), None, text.caption(channel))
        told = layout.column(title, text.muted(f"{kind.about.rstrip('.')}.", wrap=True), gap=2)
        self.setLayout(layout.row(mark, told, gap=theme.MD, margins=(14, 10, 14, 10), grow=1))

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.activated.emit()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter, QtCore.Qt.Key.Key_Space):
            self.activated.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QtGui.QPainter(self)
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            paint.focus_ring(painter, QtCore.QRectF(self.rect()), theme.RADIUS_CARD - 1)
            painter.end()
