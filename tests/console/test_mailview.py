"""A mail on the desk: shown as mail programs do, and unable to reach out whatever is in it."""

import http.server
import os
import pathlib
import threading
from collections.abc import Iterator

import pytest
from PySide6 import QtGui
from pytestqt.qtbot import QtBot

from console.widgets.mail import mailview, sandbox
from server.channels import contents

PLAIN = contents.Email(
    subject="Spring",
    preheader="For members",
    html="<p style='background:#FF0000;height:900px'>Hi</p>",
    text="Hi Ana",
)
PATIENCE_MS = 20_000


class Bait:
    """A server that writes down everything anybody asks of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        bait = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                bait.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_HEAD = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def bait() -> Iterator[Bait]:
    made = Bait()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[mailview.MailView]:
    made = mailview.MailView()
    qtbot.addWidget(made)
    made.resize(720, 700)
    made.show()
    yield made
    if made.page is not None:
        made.page.shut()


def hostile(base: str, file: pathlib.Path) -> str:
    """All the ways out of a page that we know of."""
    return f"""<html><head>
<link rel="stylesheet" href="{base}/css"><link rel="icon" href="{base}/icon">
<link rel="prefetch" href="{base}/prefetch"><link rel="dns-prefetch" href="//bait.invalid">
<base href="{base}/base/"><meta http-equiv="refresh" content="0;url={base}/refresh">
<style>@import url("{base}/import"); @font-face {{ font-family: f; src: url("{base}/font") }}
body {{ background: url("{base}/background"); font-family: f }}</style>
</head><body onload="fetch('{base}/onload')">words
<script>document.title = "ran"; fetch("{base}/script")</script><script src="{base}/script.js"></script>
<img src="{base}/pixel.gif" srcset="{base}/pixel2.gif 2x"><img src="x" onerror="fetch('{base}/onerror')">
<img src="file://{file}"><iframe src="{base}/frame"></iframe><iframe srcdoc="<img src='{base}/nested.gif'>"></iframe>
<object data="{base}/object"></object><embed src="{base}/embed">
<video autoplay poster="{base}/poster"><source src="{base}/video"></video><audio autoplay src="{base}/audio"></audio>
<svg onload="fetch('{base}/svg')"><image href="{base}/svgimage"/></svg>
<form id="f" action="{base}/form"><input autofocus onfocus="f.submit()"></form>
<a ping="{base}/ping" href="javascript:fetch('{base}/link')">link</a></body></html>"""


def test_a_hostile_mail_fetches_nothing_and_runs_nothing(
    view: mailview.MailView, bait: Bait, tmp_path: pathlib.Path, qtbot: QtBot
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    view.show_mail(contents.Email(subject="Win", html=hostile(bait.base, secret)))
    page = view.page
    assert page is not None
    qtbot.waitUntil(lambda: "blocked" in view.notice.accessibleName(), timeout=PATIENCE_MS)
    drawn: list[str] = []
    page.page().toPlainText(drawn.append)
    qtbot.waitUntil(lambda: bool(drawn) and "words" in drawn[0], timeout=PATIENCE_MS)
    assert bait.asked == []
    assert page.page().title() != "ran"
    assert page.page().url().scheme() == "data"


def test_remote_pictures_are_counted_and_come_once_when_asked_for(
    view: mailview.MailView, bait: Bait, qtbot: QtBot
) -> None:
    mail = contents.Email(
        subject="Two",
        html=f"<img src='{bait.base}/a.gif'><img src='{bait.base}/b.gif'><link rel=stylesheet href='{bait.base}/css'>",
    )
    view.show_mail(mail)
    qtbot.waitUntil(lambda: view.notice.accessibleName() == "2 remote pictures blocked.", timeout=PATIENCE_MS)
    view.notice.acted.emit()
    qtbot.waitUntil(lambda: len(bait.asked) >= 2, timeout=PATIENCE_MS)
    assert set(bait.asked) == {"/a.gif", "/b.gif"}
    assert _loads_pictures(view)
    bait.asked.clear()
    view.show_mail(mail)
    qtbot.waitUntil(lambda: view.notice.accessibleName() == "2 remote pictures blocked.", timeout=PATIENCE_MS)
    assert not _loads_pictures(view)
    assert bait.asked == []


def test_a_mail_is_shown_at_the_width_a_mail_program_gives_it(view: mailview.MailView, qtbot: QtBot) -> None:
    view.show_mail(PLAIN)
    page = view.page
    assert page is not None
    for part, width in mailview.WIDTHS.items():
        view.show_on(part)
        assert page.width() == round(width * page.zoomFactor())
    qtbot.waitUntil(lambda: _middle(view) == "#ff0000", timeout=PATIENCE_MS)


def test_dark_is_called_an_approximation(view: mailview.MailView) -> None:
    view.show_mail(PLAIN)
    words = view._approximation
    assert words.isHidden()
    view.dark.click()
    assert not words.isHidden()
    view.show_on("text")
    assert words.isHidden()


def test_the_plain_text_and_the_source_are_shown_as_they_are(view: mailview.MailView) -> None:
    view.show_mail(PLAIN)
    view.show_on("text")
    assert view._plain.text() == "Hi Ana"
    view.show_on("source")
    assert view._source.text() == PLAIN.html


def test_a_mail_without_html_shows_its_text_and_loads_no_chromium(view: mailview.MailView) -> None:
    view.show_mail(contents.Email(subject="Plain", text="Only words"))
    assert view.page is None
    assert "no HTML" in view.notice.accessibleName()
    assert view._plain.text() == "Only words"


def test_a_mail_too_long_for_a_page_says_so(view: mailview.MailView) -> None:
    view.show_mail(contents.Email(subject="Long", html="<p>" + "é" * 400_000))
    assert "too long" in view.notice.accessibleName()


def test_where_chromium_has_no_sandbox_the_text_is_shown_and_the_page_only_once_a_person_says_so(
    view: mailview.MailView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(sandbox.VARIABLE)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    view.show_mail(PLAIN)
    assert not _has_page(view)
    assert "no sandbox for root" in view.notice.accessibleName()
    view.notice.acted.emit()
    assert _has_page(view)
    qtbot.waitUntil(lambda: view.notice.accessibleName() == "", timeout=PATIENCE_MS)


def _middle(view: mailview.MailView) -> str:
    image = view.grab().toImage()
    return QtGui.QColor(image.pixel(image.width() // 2, image.height() // 2)).name()


def _has_page(view: mailview.MailView) -> bool:
    return view.page is not None


def _loads_pictures(view: mailview.MailView) -> bool:
    page = view.page
    return page is not None and page.loads_pictures
