"""Small pictures of messages: of every channel, painted one a turn, and only what is asked for."""

import pytest
from PySide6 import QtGui
from pytestqt.qtbot import QtBot

from console.widgets import thumbnails
from console.widgets.editors import checking
from server.channels import contents, email

HI: dict[str, contents.Content] = {
    "apns": contents.Apns(title="Hi", body="There"),
    "webpush": contents.WebPush(title="Hi"),
    "email": contents.Email(subject="Hi", html="<p>There</p>"),
    "sms": contents.Sms(body="Hi there"),
    "whatsapp": contents.WhatsApp(template="hi", sample="Hi there"),
    "rcs": contents.Rcs(text="Hi there"),
}


def colours(picture: QtGui.QPixmap) -> int:
    image = picture.toImage()
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})


@pytest.mark.parametrize("channel", HI)
@pytest.mark.parametrize("dark", [False, True])
def test_every_channel_has_a_picture_in_both_lights(channel: str, dark: bool) -> None:
    made = thumbnails.picture(HI[channel], dark=dark)
    assert (made.width(), made.height()) == (thumbnails.WIDTH, thumbnails.HEIGHT)
    assert colours(made) > 5


@pytest.mark.parametrize("channel", HI)
def test_an_empty_content_has_a_picture_too(channel: str) -> None:
    assert not thumbnails.picture(checking.TYPES[channel]()).isNull()


def test_a_mail_whose_blocks_cannot_be_read_is_shown_by_its_words() -> None:
    broken = email.EmailContent(subject="Hi", html="<p>There</p>", source='{"sections": 3}')
    assert colours(thumbnails.picture(broken)) > 5


def test_a_sharp_screen_gets_a_sharp_picture() -> None:
    made = thumbnails.picture(HI["sms"], ratio=2.0)
    assert made.width() == 2 * thumbnails.WIDTH


def test_a_picture_is_painted_in_a_turn_of_its_own_and_kept(qtbot: QtBot) -> None:
    kept = thumbnails.Thumbnails()
    assert kept.find((1, 1), HI["sms"]) is None
    with qtbot.waitSignal(kept.ready):
        pass
    first = kept.find((1, 1), HI["sms"])
    assert first is not None
    assert kept.find((1, 2), HI["sms"]) is None  # another version is another picture


def test_what_was_seen_last_is_painted_first_and_the_rest_is_let_go(qtbot: QtBot) -> None:
    kept = thumbnails.Thumbnails()
    for number in range(thumbnails.KEPT * 2):
        kept.find(number, HI["sms"])
    with qtbot.waitSignal(kept.ready):
        pass
    assert kept.find(thumbnails.KEPT * 2 - 1, HI["sms"]) is not None
    assert len(kept._wanted) <= thumbnails.KEPT // 2
