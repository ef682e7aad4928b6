"""The design tokens of both themes, and the one Theme object that dresses the running application in them."""

import dataclasses
import functools
import pathlib
import re
from typing import Literal

from PySide6 import QtCore, QtGui, QtWidgets

RESOURCES = pathlib.Path(__file__).parents[2] / "resources"

Choice = Literal["light", "dark", "system"]  #: what a person may ask for
Tone = Literal[
    "ok", "warn", "bad", "info", "mute", "accent"
]  #: what a colour means; never used without a word

#: Spaces and sizes in device independent pixels.
XS, SM, MD, LG, XL = 4, 8, 12, 16, 24
RADIUS_CONTROL, RADIUS_CARD = 6, 10
SIDEBAR_W, INSPECTOR_W, TOP_H, STATUS_H = 204, 340, 54, 28
ROW_TWO_LINES, ROW_SINGLE, CONTROL_H = 46, 34, 32
EMOJI = ("Noto Color Emoji", "Noto Emoji")  #: the system's where it has it, else the one that comes along
COMPACT_BY = 8  #: two lines of text still fit


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One theme's colours, as #RRGGBB; every text on its own ground reaches a contrast of 4.5:1."""

    name: Literal["light", "dark"]
    bg: str  #: behind everything
    surface: str  #: cards, tables, bars
    raised: str  #: inputs, chips
    side: str  #: the navigation
    border: str
    border2: str  #: stronger: controls, scroll handles
    text: str
    text2: str  #: secondary
    text3: str  #: captions, placeholders
    accent: str
    accent_hover: str
    accent_bg: str
    on_accent: str
    hover: str
    sel: str  #: a selected row
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    bad: str
    bad_bg: str
    bad_solid: str  #: the ground of a button that destroys
    on_bad: str
    info: str
    info_bg: str
    mute: str
    mute_bg: str
    track: str  #: the empty part of a bar
    c1: str  #: chart colours, 3:1 on surface
    c2: str
    c3: str
    c4: str
    c5: str
    c6: str
    grid: str
    tip: str  #: ground of tool tips and toasts
    on_tip: str
    env_production: str  #: the frame around everything that reaches real people
    env_staging: str
    env_sandbox: str

    def tone(self, tone: Tone) -> tuple[str, str]:
        """The ink and the ground of a meaning."""
        return getattr(self, tone), getattr(self, f"{tone}_bg")


LIGHT = Tokens(
    name="light",
    bg="#F5F6F8",
    surface="#FFFFFF",
    raised="#F1F3F6",
    side="#ECEEF2",
    border="#E2E5EA",
    border2="#C4CAD3",
    text="#161A22",
    text2="#58606E",
    text3="#636B79",
    accent="#4A4FD9",
    accent_hover="#3D42C4",
    accent_bg="#E2E3FB",
    on_accent="#FFFFFF",
    hover="#F3F4F8",
    sel="#EEEEFC",
    ok="#11794F",
    ok_bg="#E2F4EA",
    warn="#8F5600",
    warn_bg="#FDF0D5",
    bad="#BD2436",
    bad_bg="#FCE6E8",
    bad_solid="#C22A3C",
    on_bad="#FFFFFF",
    info="#1B5CB8",
    info_bg="#E3EDFB",
    mute="#58606E",
    mute_bg="#ECEEF2",
    track="#E4E7EC",
    c1="#4A4FD9",
    c2="#0E9384",
    c3="#D97706",
    c4="#C0398F",
    c5="#2E86C8",
    c6="#6D8A1F",
    grid="#E9EBEF",
    tip="#20252F",
    on_tip="#F3F5F8",
    env_production="#BD2436",
    env_staging="#A36100",
    env_sandbox="#0E8577",
)

DARK = Tokens(
    name="dark",
    bg="#0F1217",
    surface="#171B22",
    raised="#1F242D",
    side="#12151B",
    border="#262C36",
    border2="#3A4250",
    text="#E9ECF1",
    text2="#A2AAB8",
    text3="#8E96A5",
    accent="#7B80F5",
    accent_hover="#9094F8",
    accent_bg="#1E203F",
    on_accent="#0E1020",
    hover="#1C212A",
    sel="#23264A",
    ok="#4EC38C",
    ok_bg="#14301F",
    warn="#EDB155",
    warn_bg="#33270F",
    bad="#FA7B87",
    bad_bg="#3A1B20",
    bad_solid="#F0606E",
    on_bad="#1C0A0D",
    info="#73ABFA",
    info_bg="#172A45",
    mute="#A2AAB8",
    mute_bg="#262C36",
    track="#2E3541",
    c1="#8A8FFF",
    c2="#3CC7B6",
    c3="#F0A545",
    c4="#E57DBE",
    c5="#6DB9F2",
    c6="#B4CC5A",
    grid="#222831",
    tip="#E9ECF1",
    on_tip="#161A22",
    env_production="#F0606E",
    env_staging="#EDB155",
    env_sandbox="#3CC7B6",
)

SETS = {"light": LIGHT, "dark": DARK}

_ROLES = {
    "Window": "bg",
    "Base": "surface",
    "AlternateBase": "raised",
    "Button": "surface",
    "Text": "text",
    "WindowText": "text",
    "ButtonText": "text",
    "BrightText": "bad",
    "Highlight": "accent",
    "HighlightedText": "on_accent",
    "PlaceholderText": "text3",
    "ToolTipBase": "tip",
    "ToolTipText": "on_tip",
    "Link": "accent",
    "LinkVisited": "accent",
    "Accent": "accent",
    "Light": "raised",
    "Midlight": "hover",
    "Mid": "border",
    "Dark": "border2",
    "Shadow": "border2",
}


class Theme(QtCore.QObject):
    """What the application wears now; `changed` is emitted after a restyle is complete."""

    changed = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self.choice: Choice = "system"
        self.compact = False  #: lists with lower rows
        self.motion = True  #: False draws every animation's end at once (screenshots, tests, a person's wish)

    def wear(self, choice: Choice) -> None:
        """Dress the application; `system` follows the desktop where it says something, and is light elsewhere."""
        self.choice = choice
        self._put_on(SETS[choice] if choice != "system" else SETS[_system_name()])

    def toggle(self) -> None:
        """Go to the other of light and dark, whatever the desktop says."""
        self.wear("light" if self.tokens.name == "dark" else "dark")

    def set_compact(self, compact: bool) -> None:
        """Lower or higher rows in every list."""
        if compact != self.compact:
            self.compact = compact
            self.changed.emit()

    def row_height(self, *, two_lines: bool) -> int:
        """How high a list's rows are now."""
        high = ROW_TWO_LINES if two_lines else ROW_SINGLE
        return high - COMPACT_BY if self.compact else high

    def follow_system(self) -> None:
        """Restyle when the desktop changes, as long as the choice is `system`."""
        hints = QtGui.QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)

    def _on_system_changed(self) -> None:
        if self.choice == "system":
            self.wear("system")

    def _put_on(self, tokens: Tokens) -> None:
        app = QtWidgets.QApplication.instance()
        if not isinstance(app, QtWidgets.QApplication):
            raise TypeError("a theme can only be worn by a QApplication: make one first")
        self.tokens = tokens
        app.setPalette(palette(tokens))
        app.setStyleSheet(sheet(tokens))
        self.changed.emit()


@functools.cache
def active() -> Theme:
    """The application's Theme."""
    return Theme()


def tokens() -> Tokens:
    """The colours worn now; ask again at every paint."""
    return active().tokens


@functools.lru_cache(maxsize=256)
def _parsed(value: str) -> QtGui.QColor:
    return QtGui.QColor(value)


def color(token: str, alpha: float = 1.0) -> QtGui.QColor:
    """A token of the theme worn now as a colour, `alpha` from 0 to 1."""
    found = QtGui.QColor(_parsed(getattr(tokens(), token)))
    if alpha < 1.0:
        found.setAlphaF(alpha)
    return found


def palette(tokens: Tokens) -> QtGui.QPalette:
    """The palette behind the style sheet, so that whatever a sheet forgets is not stock grey."""
    made = QtGui.QPalette()
    for role, token in _ROLES.items():
        made.setColor(QtGui.QPalette.ColorRole[role], QtGui.QColor(getattr(tokens, token)))
    for role in ("Text", "WindowText", "ButtonText"):
        made.setColor(
            QtGui.QPalette.ColorGroup.Disabled, QtGui.QPalette.ColorRole[role], QtGui.QColor(tokens.text3)
        )
    return made


def sheet(tokens: Tokens) -> str:
    """The style sheet with every @token replaced; an unknown token is a KeyError, found by the first test."""
    known = dataclasses.asdict(tokens)
    return re.sub(r"@([a-z0-9_]+)", lambda found: known[found.group(1)], _sheet_source())


@functools.cache
def _sheet_source() -> str:
    return (RESOURCES / "themes" / "console.qss").read_text(encoding="utf-8")


def _system_name() -> str:
    scheme = QtGui.QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == QtCore.Qt.ColorScheme.Dark else "light"


def dress(app: QtWidgets.QApplication, choice: Choice = "system", *, motion: bool = True) -> Theme:
    """Load the fonts, set the base style, and wear a theme: the first thing after QApplication exists."""
    app.setStyle("Fusion")
    for path in sorted((RESOURCES / "fonts").glob("*.ttf")):
        QtGui.QFontDatabase.addApplicationFont(str(path))
    QtGui.QFontDatabase.setApplicationEmojiFontFamilies(list(EMOJI))
    base = QtGui.QFont("Inter")
    base.setPixelSize(13)
    base.setHintingPreference(QtGui.QFont.HintingPreference.PreferNoHinting)
    base.setStyleStrategy(QtGui.QFont.StyleStrategy.PreferAntialias)
    app.setFont(base)
    theme = active()
    theme.motion = motion
    theme.wear(choice)
    theme.follow_system()
    return theme
