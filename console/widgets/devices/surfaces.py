"""Which devices show a channel's message, and the scene each of them makes of it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6 import QtGui

from console.widgets.devices import android, desktop, frames, ios, looks, rcs, sheet, sms, whatsapp
from console.widgets.devices.frames import Frame
from server.channels import contents

#: Room that the foot of a phone takes from what can be scrolled.
COMPOSER_H, FOOT_H = 92.0, 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One message on one device. The ground and the front stay; the page is scrolled between them."""

    frame: Frame
    ground: sheet.Sheet
    page: sheet.Sheet
    front: sheet.Sheet
    screen: str  #: the colour behind everything
    foot: float = 0.0  #: what the front hides below

    def overflow(self) -> float:
        """How far the page can be scrolled, in dp."""
        return max(0.0, self.page.height + self.foot - self.frame.height)

    def paint(self, painter: QtGui.QPainter, scrolled: float, offsets: dict[str, float]) -> None:
        """Draw the screen's whole content; the painter is clipped to it."""
        painter.fillRect(frames.outline(self.frame), QtGui.QColor(self.screen))
        self.ground.paint(painter, {})
        painter.save()
        painter.translate(0, -scrolled)
        self.page.paint(painter, offsets)
        painter.restore()
        self.front.paint(painter, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One place where a channel's messages are seen."""

    key: str
    title: str
    make: Callable[[contents.Content, str, bool], Scene]  #: content, sender, dark


def _blank(frame: Frame, look: looks.Look) -> tuple[sheet.Sheet, sheet.Sheet, sheet.Sheet, looks.Look]:
    return sheet.Sheet(frame.width), sheet.Sheet(frame.width), sheet.Sheet(frame.width), look


def _conversation(look: looks.Look, sender: str, second: str, hint: str, *, verified: bool) -> Scene:
    ground, page, front, _ = _blank(frames.PHONE, look)
    frames.app_bar(front, look, sender, second, verified=verified)
    frames.composer(front, look, frames.PHONE, hint)
    page.height = 98.0
    return Scene(
        frame=frames.PHONE, ground=ground, page=page, front=front, screen=look.screen, foot=COMPOSER_H
    )


def _rcs(content: contents.Content, sender: str, dark: bool) -> Scene:
    assert isinstance(content, contents.Rcs)
    look = looks.MESSAGES[dark]
    scene = _conversation(look, sender, "Verified business", "RCS message", verified=True)
    frames.day(scene.page, look, "Today 10:41 · RCS")
    rcs.draw(scene.page, content, look, sender)
    return scene


def _sms(content: contents.Content, sender: str, dark: bool) -> Scene:
    assert isinstance(content, contents.Sms)
    look = looks.MESSAGES[dark]
    scene = _conversation(look, sender, "Text message", "Text message", verified=False)
    frames.day(scene.page, look, "Today 10:41 · " + ("MMS" if content.media_urls else "SMS"))
    sms.draw(scene.page, content, look, sender)
    return scene


def _whatsapp(content: contents.Content, sender: str, dark: bool) -> Scene:
    assert isinstance(content, contents.WhatsApp)
    look = looks.WHATSAPP[dark]
    scene = _conversation(look, sender, "Business account", "Message", verified=False)
    frames.day(scene.page, look, "Today")
    whatsapp.draw(scene.page, content, look)
    return scene


def _lock(content: contents.Content, sender: str, dark: bool, *, expanded: bool = False) -> Scene:
    assert isinstance(content, contents.Apns)
    ground, page, front, look = _blank(frames.PHONE, looks.IOS[dark])
    frames.lock_screen(ground, look, frames.PHONE)
    page.height = ground.height
    ios.draw(page, content, look, sender, expanded=expanded)
    return Scene(frame=frames.PHONE, ground=ground, page=page, front=front, screen=look.bar, foot=FOOT_H)


def _banner(content: contents.Content, sender: str, dark: bool) -> Scene:
    assert isinstance(content, contents.Apns)
    ground, page, front, look = _blank(frames.PHONE, looks.IOS[dark])
    frames.wallpaper(ground, look, frames.PHONE)
    frames.status_bar(ground, "#FFFFFF", family="Inter")
    frames.camera(ground, island=True)
    page.height = 40.0
    ios.draw(page, content, look, sender, banner=True)
    return Scene(frame=frames.PHONE, ground=ground, page=page, front=front, screen=look.bar, foot=FOOT_H)


def _android(content: contents.Content, sender: str, dark: bool, *, expanded: bool = False) -> Scene:
    assert isinstance(content, contents.WebPush)
    ground, page, front, look = _blank(frames.PHONE, looks.ANDROID[dark])
    frames.wallpaper(ground, look, frames.PHONE)
    frames.status_bar(ground, "#FFFFFF")
    frames.camera(ground, island=False)
    page.height = 36.0
    android.draw(page, content, look, f"Chrome · {sender}", expanded=expanded)
    return Scene(frame=frames.PHONE, ground=ground, page=page, front=front, screen=look.bar, foot=FOOT_H)


def _desktop(system: desktop.System) -> Callable[[contents.Content, str, bool], Scene]:
    def make(content: contents.Content, sender: str, dark: bool) -> Scene:
        assert isinstance(content, contents.WebPush)
        ground, page, front, look = _blank(frames.SCREEN, looks.DESKTOP[dark])
        desktop.draw(page, content, look, sender, system)
        frame = Frame(width=frames.SCREEN.width, height=max(page.height + 24, 200.0), phone=False)
        frames.wallpaper(ground, look, frame)
        return Scene(frame=frame, ground=ground, page=page, front=front, screen=look.bar)

    return make


#: Channel to the places where its messages are seen, the most telling first.
SURFACES: dict[str, tuple[Surface, ...]] = {
    "apns": (
        Surface(key="lock", title="Lock screen", make=_lock),
        Surface(key="open", title="Held open", make=lambda c, s, d: _lock(c, s, d, expanded=True)),
        Surface(key="banner", title="Banner", make=_banner),
    ),
    "webpush": (
        Surface(key="chrome", title="Chrome", make=_desktop("chrome")),
        Surface(key="windows", title="Windows", make=_desktop("windows")),
        Surface(key="macos", title="macOS", make=_desktop("macos")),
        Surface(key="android", title="Android", make=_android),
        Surface(key="android_open", title="Opened", make=lambda c, s, d: _android(c, s, d, expanded=True)),
    ),
    "sms": (Surface(key="sms", title="Messages", make=_sms),),
    "whatsapp": (Surface(key="whatsapp", title="WhatsApp", make=_whatsapp),),
    "rcs": (Surface(key="rcs", title="Messages", make=_rcs),),
}
