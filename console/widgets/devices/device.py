"""The widget that shows a message on a device: scrolled, dragged and pointed at as a finger would."""

import functools
from collections.abc import Collection, Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from console.widgets import accessible, paint, theme
from console.widgets.devices import frames, surfaces
from server.channels import contents

SHADOW = 14.0
#: A press that moves less than this is a click.
SLOP = 5.0
STEP = 40.0
#: Over a part that differs; seen on light and dark devices alike.
CHANGED, CHANGED_EDGE = QtGui.QColor(255, 176, 32, 56), QtGui.QColor(224, 134, 0)


class Device(QtWidgets.QWidget):
    """One surface with one message. Parts are named by the content's fields, such as `cards.1.title`."""

    part_clicked = QtCore.Signal(str)

    def __init__(self, *, scale: float = 1.0, most_w: int = 0) -> None:
        super().__init__()
        load_fonts()
        self._scale = self._largest = scale
        self._most_w = most_w  #: pixels; a wider surface is drawn smaller. 0 for any
        self._scene: surfaces.Scene | None = None
        self._scrolled = 0.0
        self._offsets: dict[str, float] = {}
        self._pressed: QtCore.QPointF | None = None
        self._strip = ""
        self._moved = False
        self._marked = ""
        self._changed: frozenset[str] = frozenset()
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        accessible.describe(self, accessible.Role.Graphic, "Device")

    # -- what it shows ----------------------------------------------------------------------------

    def show_message(
        self, surface: surfaces.Surface, content: contents.Content, sender: str, *, dark: bool = False
    ) -> None:
        """Draw a message; where a finger had moved to is kept, so that typing does not make it jump."""
        scene = surface.make(content, sender, dark)
        self._scene = scene
        self._scrolled = min(self._scrolled, scene.overflow())
        self._offsets = {
            name: min(self._offsets.get(name, 0.0), _slack(scene, name)) for name in scene.page.strips
        }
        self._scale = self._fitting(scene.frame)
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName(f"{surface.title}: {sender}")
        self.setAccessibleDescription(". ".join(scene.page.spoken))
        self.update()

    def mark(self, part: str) -> None:
        """Show where a field of the content stands, scrolling it into view; empty takes the mark away."""
        self._marked = part
        self._reveal(part)
        self.update()

    def show_changes(self, places: Collection[str]) -> None:
        """Lay a tint over the parts that differ from another message, and bring the first of them into view."""
        parts = [part.name for part in self._scene.page.parts] if self._scene else []
        self._changed = frozenset(part for place in places for part in _nearest(place, parts))
        self._reveal(next((part for part in parts if part in self._changed), ""))
        self.update()

    def _fitting(self, frame: frames.Frame) -> float:
        width = frames.outline(frame).width() + SHADOW * 2
        return min(self._largest, self._most_w / width) if self._most_w else self._largest

    def sizeHint(self) -> QtCore.QSize:
        frame = self._scene.frame if self._scene else frames.PHONE
        box = frames.outline(frame)
        edge = SHADOW * 2
        return QtCore.QSize(
            round((box.width() + edge) * self._scale), round((box.height() + edge) * self._scale)
        )

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        scene = self._scene
        if scene is None:
            return
        painter = QtGui.QPainter(self)
        painter.setRenderHints(
            QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.scale(self._scale, self._scale)
        painter.translate(self._origin())
        _shadow(painter, scene.frame)
        frames.paint(painter, scene.frame)
        painter.save()
        painter.setClipPath(frames.clip(scene.frame))
        scene.paint(painter, self._scrolled, self._offsets)
        self._paint_marks(painter, scene)
        painter.restore()
        if self.hasFocus():
            corner = frames.CORNER + frames.BEZEL if scene.frame.phone else 9.0
            paint.focus_ring(painter, frames.outline(scene.frame).adjusted(-3, -3, 3, 3), corner)
        painter.end()

    def _paint_marks(self, painter: QtGui.QPainter, scene: surfaces.Scene) -> None:
        for part in scene.page.parts:
            marked, differs = part.name == self._marked, part.name in self._changed
            if not marked and not differs:
                continue
            box = part.box.translated(0, -self._scrolled)
            if part.strip:
                left = scene.page.strips[part.strip].box.x()
                box.translate(left - self._offsets.get(part.strip, 0.0), 0)
            painter.setBrush(CHANGED if differs else QtCore.Qt.BrushStyle.NoBrush)
            painter.setPen(QtGui.QPen(theme.color("accent") if marked else CHANGED_EDGE, 2))
            painter.drawRoundedRect(box.adjusted(-4, -3, 4, 3), 6, 6)

    def _origin(self) -> QtCore.QPointF:
        frame = self._scene.frame if self._scene else frames.PHONE
        box = frames.outline(frame)
        return QtCore.QPointF(SHADOW - box.x(), SHADOW - 4 - box.y())

    # -- a finger ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() is QtCore.Qt.MouseButton.LeftButton and self._scene:
            self._pressed = self._at(event.position())
            self._strip = self._scene.page.strip_at(self._pressed)
            self._moved = False

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._scene is None:
            return
        if self._pressed is None:
            named = self._scene.page.hit(self._at(event.position()), self._offsets)
            shape = QtCore.Qt.CursorShape.PointingHandCursor if named else QtCore.Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            return
        at = self._at(event.position())
        step = at - self._pressed
        if not self._moved and step.manhattanLength() < SLOP:
            return
        self._moved = True
        self.setCursor(QtCore.Qt.CursorShape.ClosedHandCursor)
        if self._strip and abs(step.x()) >= abs(step.y()):
            self._drag(self._strip, -step.x())
        else:
            self._scroll(-step.y())
        self._pressed = self._at(event.position())

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._pressed is not None and not self._moved and self._scene:
            named = self._scene.page.hit(self._at(event.position()), self._offsets)
            if named:
                self.part_clicked.emit(named)
        self._pressed = None
        self.setCursor(QtCore.Qt.CursorShape.ArrowCursor)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Sideways over a strip, else up and down; what cannot move here moves the page around it."""
        if self._scene is None:
            return
        turn = event.angleDelta() / 120.0 * STEP
        strip = self._scene.page.strip_at(self._at(event.position()))
        sideways = turn.x() or (
            turn.y() if event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier else 0.0
        )
        moved = self._drag(strip, -sideways) if strip and sideways else self._scroll(-turn.y())
        event.setAccepted(moved)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        key = QtCore.Qt.Key
        strip = "cards" if self._scene and "cards" in self._scene.page.strips else "suggestions"
        moved = {
            key.Key_Down: lambda: self._scroll(STEP),
            key.Key_Up: lambda: self._scroll(-STEP),
            key.Key_Right: lambda: self._drag(strip, STEP * 2),
            key.Key_Left: lambda: self._drag(strip, -STEP * 2),
        }.get(QtCore.Qt.Key(event.key()))
        if moved is None or not moved():
            super().keyPressEvent(event)

    def _at(self, point: QtCore.QPointF) -> QtCore.QPointF:
        """A point of the widget on the page, in dp."""
        at = point / self._scale - self._origin()
        return QtCore.QPointF(at.x(), at.y() + self._scrolled)

    def _scroll(self, by: float) -> bool:
        if self._scene is None:
            return False
        to = min(max(0.0, self._scrolled + by), self._scene.overflow())
        moved = to != self._scrolled
        self._scrolled = to
        self.update()
        return moved

    def _drag(self, strip: str, by: float) -> bool:
        if self._scene is None or strip not in self._scene.page.strips:
            return False
        now = self._offsets.get(strip, 0.0)
        to = min(max(0.0, now + by), _slack(self._scene, strip))
        self._offsets[strip] = to
        self.update()
        return to != now

    def _reveal(self, name: str) -> None:
        scene = self._scene
        part = next((one for one in scene.page.parts if one.name == name), None) if scene else None
        if scene is None or part is None:
            return
        if part.strip:
            box = scene.page.strips[part.strip].box
            middle = part.box.center().x() - box.width() / 2
            self._offsets[part.strip] = min(max(0.0, middle), _slack(scene, part.strip))
        seen = scene.frame.height - scene.foot
        if not 110 <= part.box.top() - self._scrolled <= seen - part.box.height():
            self._scrolled = min(max(0.0, part.box.center().y() - seen / 2), scene.overflow())


def _nearest(place: str, parts: Sequence[str]) -> Sequence[str]:
    """The parts that show a place of a content: it itself, what lies in it, or else what it lies in."""
    found = [part for part in parts if part == place or part.startswith(f"{place}.")]
    while not found and place:
        place = place.rpartition(".")[0]
        found = [part for part in parts if part == place]
    return found


def _slack(scene: surfaces.Scene, strip: str) -> float:
    """How far a strip can be dragged."""
    one = scene.page.strips[strip]
    return max(0.0, one.width - one.box.width())


def _shadow(painter: QtGui.QPainter, frame: frames.Frame) -> None:
    """A soft shadow of a few strokes: an effect would redraw the whole device for each change."""
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    corner = frames.CORNER + frames.BEZEL if frame.phone else 9.0
    for grown, alpha in ((10, 7), (7, 9), (4, 12), (2, 14)):
        shade = QtGui.QColor(10, 14, 30, alpha)
        painter.setBrush(shade)
        box = frames.outline(frame).adjusted(-grown, -grown + 4, grown, grown + 4)
        painter.drawRoundedRect(box, corner + grown, corner + grown)


@functools.cache
def load_fonts() -> None:
    """Make Android's font known, on the first device that is shown."""
    for path in sorted((theme.RESOURCES / "fonts" / "devices").glob("*.ttf")):
        QtGui.QFontDatabase.addApplicationFont(str(path))
