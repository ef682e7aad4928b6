"""Both themes are complete and readable, and a running window changes between them."""

import dataclasses
import re

import pytest
from PySide6 import QtGui, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets import buttons, icons, text, theme

INKS = ("text", "text2", "text3", "ok", "warn", "bad", "info", "accent")


def luminance(value: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", theme.SETS.values(), ids=theme.SETS.keys())
@pytest.mark.parametrize("ink", INKS)
def test_every_ink_can_be_read_on_every_ground(tokens: theme.Tokens, ink: str) -> None:
    for ground in ("surface", "bg", "side", "hover"):
        assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5, ground


@pytest.mark.parametrize("tokens", theme.SETS.values(), ids=theme.SETS.keys())
@pytest.mark.parametrize("tone", ["ok", "warn", "bad", "info", "mute", "accent"])
def test_every_meaning_can_be_read_on_its_own_ground(tokens: theme.Tokens, tone: theme.Tone) -> None:
    assert contrast(*tokens.tone(tone)) >= 4.5


@pytest.mark.parametrize("tokens", theme.SETS.values(), ids=theme.SETS.keys())
def test_buttons_and_tips_can_be_read(tokens: theme.Tokens) -> None:
    pairs = (("on_accent", "accent"), ("on_bad", "bad_solid"), ("on_tip", "tip"))
    assert all(contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5 for ink, ground in pairs)


@pytest.mark.parametrize("tokens", theme.SETS.values(), ids=theme.SETS.keys())
def test_chart_lines_stand_out(tokens: theme.Tokens) -> None:
    lines = [getattr(tokens, f"c{number}") for number in range(1, 7)]
    assert all(contrast(line, tokens.surface) >= 3 for line in lines)
    assert len(set(lines)) == 6


def test_the_sheet_leaves_no_token_unfilled() -> None:
    for tokens in theme.SETS.values():
        assert "@" not in theme.sheet(tokens)


def test_a_colour_is_spelled_as_a_colour() -> None:
    for tokens in theme.SETS.values():
        values = [value for name, value in dataclasses.asdict(tokens).items() if name != "name"]
        assert all(re.fullmatch("#[0-9A-F]{6}", value) for value in values)


def test_no_palette_role_is_left_to_the_platform(qapp: QtWidgets.QApplication) -> None:
    made = theme.palette(theme.DARK)
    for role in QtGui.QPalette.ColorRole:
        if role.name not in ("NoRole", "NColorRoles"):
            assert made.isBrushSet(QtGui.QPalette.ColorGroup.Active, role), role


def test_the_fonts_in_the_box_are_the_ones_used() -> None:
    for asked in (text.font(), text.font(mono=True)):
        assert QtGui.QFontInfo(asked).family() == asked.family()


def test_tabular_figures_are_all_equally_wide() -> None:
    metrics = QtGui.QFontMetricsF(text.font(tabular=True))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1


def test_an_icon_follows_the_theme(qtbot: QtBot) -> None:
    button = buttons.icon("mail", "Mail")
    qtbot.addWidget(button)
    before = button.icon().pixmap(16).toImage()
    theme.active().toggle()
    assert theme.tokens().name == "dark"
    assert button.icon().pixmap(16).toImage() != before


def test_an_unknown_icon_says_where_it_was_looked_for() -> None:
    with pytest.raises(LookupError, match="resources/icons"):
        icons.pixmap("no-such-icon")


def test_every_icon_in_the_box_can_be_drawn() -> None:
    for path in sorted((theme.RESOURCES / "icons").glob("*.svg")):
        drawn = icons.pixmap(path.stem).toImage()
        assert any(
            drawn.pixelColor(x, y).alpha() for x in range(drawn.width()) for y in range(drawn.height())
        )


def test_fonts_and_icons_travel_with_their_licences() -> None:
    fonts = theme.RESOURCES / "fonts"
    for path in fonts.glob("*.ttf"):
        assert (fonts / f"{path.stem.partition('-')[0]}-LICENSE.txt").is_file()
    assert "ISC" in (theme.RESOURCES / "icons" / "LICENSE").read_text(encoding="utf-8")


def test_emoji_are_drawn_by_a_font_made_for_them() -> None:
    made = QtGui.QTextLayout("👋🏽🎉❤️🇫🇷👨‍👩‍👧", text.font(text.BODY))
    made.beginLayout()
    made.createLine()
    made.endLayout()
    runs = made.glyphRuns()
    assert {run.rawFont().familyName() for run in runs} <= {*theme.EMOJI}
    assert all(glyph for run in runs for glyph in run.glyphIndexes())
