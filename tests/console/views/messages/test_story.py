"""The story on its panel: proof where there is one, and a loud warning where what is shown is not what was sent."""

import pytest
from pytestqt.qtbot import QtBot

from console.views.messages import story
from console.widgets import notices, text
from server.wire import messages
from tests.console.views.messages import test_model


def told(
    qtbot: QtBot, *, matches: bool | None, content: dict[str, object] | None
) -> tuple[list[str], list[str]]:
    """What the panel's labels and its banners say."""
    panel = story.StoryPanel()
    qtbot.addWidget(panel)
    panel.tell(
        messages.Story(
            message=test_model.message(reason=""),
            events=[],
            content=content,
            content_matches=matches,
            variables={},
            receipts=[],
        ),
        {},
    )
    banners = [banner.accessibleName() for banner in panel.findChildren(notices.Banner)]
    return [label.text() for label in panel.findChildren(text.Label)], banners


def test_a_rendering_with_another_hash_is_a_loud_warning_and_never_called_equal(qtbot: QtBot) -> None:
    labels, banners = told(qtbot, matches=False, content={"channel": "sms", "body": "Hi"})
    assert "This is not what was sent: its hash differs." in banners
    assert not any("equal to what was sent" in words for words in labels)


def test_an_equal_rendering_is_called_equal_and_warns_of_nothing(qtbot: QtBot) -> None:
    labels, banners = told(qtbot, matches=True, content={"channel": "sms", "body": "Hi"})
    assert any("equal to what was sent, by hash" in words for words in labels)
    assert banners == []


@pytest.mark.parametrize("content", [None, {"channel": "sms", "body": "Hi"}])
def test_where_nothing_was_sent_nothing_is_claimed(qtbot: QtBot, content: dict[str, object] | None) -> None:
    labels, banners = told(qtbot, matches=None, content=content)
    assert not any("equal to what was sent" in words for words in labels)
    assert banners == []
