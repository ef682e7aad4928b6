"""Names and roles for painted widgets, so that a screen reader meets a chart or a meter instead of filler."""

import functools

from PySide6 import QtGui, QtWidgets

Role = QtGui.QAccessible.Role

ROLE = "heliographRole"  #: the property that keeps a widget's role


def describe(widget: QtWidgets.QWidget, role: Role, name: str, description: str = "") -> None:
    """Say what a painted widget is (`role`), what it is called, and what it shows."""
    be(widget, role)
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(description)


def be(widget: QtWidgets.QWidget, role: Role) -> None:
    """Say what a widget is. In its constructor and before its name, at whose change a screen reader asks for the role.

    What a reader has once asked for stays what it was.
    """
    _install()
    widget.setProperty(ROLE, int(role.value))


@functools.cache
def _install() -> bool:
    # Qt keeps a plain pointer to the factory; the cache keeps the function alive as long as the process.
    QtGui.QAccessible.installFactory(_interface)
    return True


def _interface(key: str, thing: object) -> QtWidgets.QAccessibleWidget | None:
    if not isinstance(thing, QtWidgets.QWidget):
        return None
    role = thing.property(ROLE)
    if role is None:
        return None
    # No name here: one given now would be kept for good, and the widget's own changes with what it shows.
    made = QtWidgets.QAccessibleWidget(thing, Role(role))
    _KEPT[id(thing)] = made
    thing.destroyed.connect(functools.partial(_KEPT.pop, id(thing), None))
    return made


_KEPT: dict[int, QtWidgets.QAccessibleWidget] = {}
