"""Devices: what they show, cut, read aloud and let one point at."""

import msgspec
import pytest
from PySide6 import QtCore, QtGui, QtTest
from pytestqt.qtbot import QtBot

from console.widgets import theme
from console.widgets.devices import device, handset, ios, looks, rcs, sheet, surfaces, whatsapp
from server.channels import contents
from server.channels import rcs as rich
from server.channels import webpush as push
from server.channels import whatsapp as chat

LONG = "Meet Karim at the pier. It is dry, the route is flat, and coffee is on us afterwards. " * 6
CARDS = [
    rich.Card(
        title=f"Shoe {number}",
        description="Grips wet rock.",
        media_url=f"https://cdn.example/{number}.jpg",
        suggestions=[rich.Suggestion(kind="open_url", text="Buy", url="https://example.com")],
    )
    for number in range(10)
]
CAROUSEL = contents.Rcs(
    kind="carousel", cards=CARDS, suggestions=[rich.Suggestion(text=f"Answer {n}") for n in range(6)]
)
SAMPLES: tuple[contents.Content, ...] = (
    CAROUSEL,
    contents.Rcs(kind="text", text="مرحبا Ana"),
    contents.Rcs(kind="card"),
    contents.Rcs(kind="card", orientation="HORIZONTAL", cards=CARDS[:1]),
    contents.Sms(),
    contents.Sms(body=LONG, media_urls=["https://cdn.example/a.jpg"]),
    contents.WhatsApp(),
    contents.WhatsApp(
        sample="Hi {{1}}, *now*",
        body=[chat.Parameter(text="Ana")],
        header=chat.Header(kind="document", link="https://cdn.example/terms.pdf"),
        buttons=[chat.Button(index=at, kind="quick_reply", value=f"Reply {at}") for at in range(5)],
    ),
    contents.Apns(title="Run", body=LONG, image_url="https://cdn.example/lake.jpg", badge=12_345),
    contents.Apns(push_type="background"),
    contents.WebPush(),
    contents.WebPush(
        title="Drop",
        body=LONG,
        image="https://cdn.example/b.jpg",
        actions=[push.Action(action="a", title="Shop")] * 3,
    ),
)


def _surfaces(content: contents.Content) -> tuple[surfaces.Surface, ...]:
    return surfaces.SURFACES[str(content.__struct_config__.tag)]


def _shown(qtbot: QtBot, content: contents.Content, key: str = "") -> device.Device:
    made = device.Device()
    qtbot.addWidget(made)
    surface = next(one for one in _surfaces(content) if one.key == (key or one.key))
    made.show_message(surface, content, "Northwind")
    made.show()
    return made


def _page(content: contents.Content, key: str = "") -> sheet.Sheet:
    device.load_fonts()
    surface = next(one for one in _surfaces(content) if one.key == (key or one.key))
    return surface.make(content, "Northwind", False).page


@pytest.mark.parametrize("content", SAMPLES, ids=lambda one: type(one).__name__)
def test_every_device_draws_whatever_it_is_handed(qtbot: QtBot, content: contents.Content) -> None:
    for surface in _surfaces(content):
        for dark in (False, True):
            made = device.Device(scale=0.8)
            qtbot.addWidget(made)
            made.show_message(surface, content, "Northwind", dark=dark)
            image = made.grab().toImage()
            assert len({image.pixel(x, image.height() // 2) for x in range(0, image.width(), 3)}) > 1
            assert surface.title in made.accessibleName()


@pytest.mark.parametrize("content", SAMPLES, ids=lambda one: type(one).__name__)
def test_every_part_one_can_point_at_is_a_field_of_the_content(content: contents.Content) -> None:
    for surface in _surfaces(content):
        for part in surface.make(content, "Northwind", False).page.parts:
            if content == contents.Rcs(kind="card") and part.name == "cards.0":
                continue  # the empty card that stands where the first will be
            found: object = content
            for step in part.name.split("."):
                found = found[int(step)] if step.isdecimal() else getattr(found, step)  # type: ignore[index]


def test_what_a_device_shows_is_read_aloud(qtbot: QtBot) -> None:
    told = _shown(qtbot, CAROUSEL).accessibleDescription()
    assert "Shoe 0" in told
    assert "Shoe 9" in told
    assert "Button Buy" in told
    assert "Suggestion Answer 5" in told


def test_a_click_names_the_part_it_hit(qtbot: QtBot) -> None:
    shown = _shown(qtbot, contents.Sms(body="Hello"))
    page = shown._scene.page  # type: ignore[union-attr]
    part = next(one for one in page.parts if one.name == "body")
    with qtbot.waitSignal(shown.part_clicked, timeout=2000) as heard:
        at = (part.box.center() + shown._origin()).toPoint()
        QtTest.QTest.mouseClick(shown, QtCore.Qt.MouseButton.LeftButton, pos=at)
    assert heard.args == ["body"]


def test_a_drag_moves_the_carousel_and_is_no_click(qtbot: QtBot) -> None:
    shown = _shown(qtbot, CAROUSEL)
    heard: list[str] = []
    shown.part_clicked.connect(heard.append)
    card = shown._scene.page.strips["cards"].box  # type: ignore[union-attr]
    start = (card.center() + shown._origin()).toPoint()
    QtTest.QTest.mousePress(shown, QtCore.Qt.MouseButton.LeftButton, pos=start)
    for step in range(0, 260, 20):
        QtTest.QTest.mouseMove(shown, start - QtCore.QPoint(step, 0))
    QtTest.QTest.mouseRelease(shown, QtCore.Qt.MouseButton.LeftButton, pos=start - QtCore.QPoint(260, 0))
    assert heard == []
    assert shown._offsets["cards"] > 200
    QtTest.QTest.mouseClick(shown, QtCore.Qt.MouseButton.LeftButton, pos=start)
    assert heard[0].startswith("cards.1")


def test_the_last_card_can_be_reached_by_keyboard_and_no_further(qtbot: QtBot) -> None:
    shown = _shown(qtbot, CAROUSEL)
    for _ in range(80):
        QtTest.QTest.keyClick(shown, QtCore.Qt.Key.Key_Right)
    strip = shown._scene.page.strips["cards"]  # type: ignore[union-attr]
    assert shown._offsets["cards"] == strip.width - strip.box.width()


def test_typing_on_keeps_the_card_one_looked_at(qtbot: QtBot) -> None:
    shown = _shown(qtbot, CAROUSEL)
    shown.mark("cards.4.title")
    there = shown._offsets["cards"]
    longer = msgspec.structs.replace(CAROUSEL, cards=[*CARDS[:4], rich.Card(title="Another"), *CARDS[5:]])
    shown.show_message(surfaces.SURFACES["rcs"][0], longer, "Northwind")
    assert shown._offsets["cards"] == there > 500


def test_a_phone_cuts_a_long_text_where_it_would() -> None:
    collapsed, held = (_page(contents.Apns(title="T", body=LONG), key) for key in ("lock", "open"))
    height = {
        page: next(one.box.height() for one in page.parts if one.name == "body") for page in (collapsed, held)
    }
    line = 15 * 1.28
    assert height[collapsed] == pytest.approx(ios.BODY_LINES[False] * line)
    assert height[held] == pytest.approx(ios.BODY_LINES[True] * line)


def test_a_text_that_is_cut_ends_in_an_ellipsis_and_says_so() -> None:
    style = sheet.Type(size=14, color="#000000", lines=2)
    assert sheet.Block(LONG, style, 200).cut
    assert not sheet.Block("Short", style, 200).cut


def test_a_carousel_card_is_as_wide_and_its_picture_as_tall_as_google_says() -> None:
    small = msgspec.structs.replace(CAROUSEL, card_width="SMALL")
    boxes = [part.box for part in _page(small).parts if part.name == "cards.0"]
    assert boxes[0].width() == rcs.CARD_W["SMALL"]
    pictures = [part.box.height() for part in _page(CAROUSEL).parts if part.name.endswith("media_url")]
    assert set(pictures) == {rcs.MEDIA_H["MEDIUM"]}


@pytest.mark.parametrize(
    "words, plain, looks_like",
    [
        ("*now*", "now", ["b0-3"]),
        ("a *b _c_ d* e", "a b c d e", ["b2-7", "i4-5"]),
        ("_*x*_ and ~y~", "x and y", ["b0-1", "i0-1", "s6-7"]),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name", []),
        ("```code *x*``` *", "code x *", ["b5-6", "m0-6"]),
        ("* not bold *", "* not bold *", []),
    ],
)
def test_whatsapp_marks_become_formatting(words: str, plain: str, looks_like: list[str]) -> None:
    told, spans = whatsapp.formatted(words)
    names = {"bold": "b", "italic": "i", "struck": "s", "mono": "m"}
    found = [
        f"{letter}{one.start}-{one.start + one.length}"
        for one in spans
        for name, letter in names.items()
        if getattr(one, name)
    ]
    assert told == plain
    assert sorted(found) == sorted(looks_like)


def test_more_than_three_buttons_hide_behind_a_list() -> None:
    spoken = _page(SAMPLES[7]).spoken
    assert [words for words in spoken if words.startswith("Button")] == [
        "Button Reply 0",
        "Button Reply 1",
        "Button See all options",
    ]


def test_a_handset_offers_the_channels_devices_and_its_own_light(qtbot: QtBot) -> None:
    hand = handset.Handset()
    qtbot.addWidget(hand)
    hand.show_message(SAMPLES[8], "Your app")
    hand.show_on("banner")
    assert hand.tabs.current() == "banner"
    light = hand.device.grab().toImage()
    hand.light.click()
    assert hand.device.grab().toImage() != light
    hand.show_message(SAMPLES[-1], "shop.example")
    assert hand.tabs.current() == "chrome"


def test_a_device_follows_the_consoles_theme_until_one_chooses(qtbot: QtBot) -> None:
    hand = handset.Handset()
    qtbot.addWidget(hand)
    hand.show_message(contents.Sms(body="Hi"), "Northwind")
    theme.active().wear("dark")
    image = hand.device.grab().toImage()
    middle = QtGui.QColor(image.pixel(image.width() // 2, image.height() // 2))
    assert middle.name().upper() == looks.MESSAGES[True].screen
