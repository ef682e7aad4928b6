"""Putting a contact's value into the text one is writing: a menu of what the audience has."""

from collections.abc import Mapping, Sequence

from PySide6 import QtCore, QtWidgets

from console.services import api
from console.widgets import buttons, liquid
from console.widgets.writing import desks
from server.wire import audiences

LOOKED_AT = 50  #: contacts whose attributes are offered
CUT = 28


async def look(asked: api.Api, audience: int) -> dict[str, str]:
    """Names of the values that an audience's newest contacts have, each with an example. Raises errors.Problem."""
    page = await asked.call(audiences.CONTACTS, audiences.ContactQuery(audience=audience, limit=LOOKED_AT))
    return gathered(page.rows)


def gathered(rows: Sequence[audiences.Contact]) -> dict[str, str]:
    """Reserved names first, then attributes by name; an example where anybody has one."""
    found: dict[str, str] = dict.fromkeys(audiences.RESERVED, "")
    extra: dict[str, str] = {}
    for row in rows:
        addresses = {one.channel: one.address for one in row.identities}
        known = {
            "key": row.key,
            "name": row.name,
            "country": row.country,
            "zone": row.zone,
            "locale": row.locale,
            "email": addresses.get("email", ""),
            "phone": addresses.get("sms", ""),
        }
        for name, value in known.items():
            found[name] = found[name] or value
        for name, thing in row.attributes.items():
            if name in found:
                found[name] = found[name] or str(thing)
            else:
                extra[name] = extra.get(name) or str(thing)
    return {**found, **dict(sorted(extra.items()))}


class InsertButton(buttons.Button):
    """Opens the menu; what is chosen goes to where the keyboard was last. `scope` begins its operations' keys."""

    def __init__(self, desk: desks.Desk, scope: str) -> None:
        super().__init__("Insert value", icon="braces", tip="Insert a contact's value (Ctrl+I)")
        self._desk, self._key = desk, f"{scope}:values"
        self._known: dict[str, str] = dict.fromkeys(audiences.RESERVED, "")
        self._target: QtWidgets.QLineEdit | QtWidgets.QPlainTextEdit | None = None
        self.clicked.connect(lambda _on=False: self.open_menu())
        app = QtWidgets.QApplication.instance()
        assert isinstance(app, QtWidgets.QApplication)
        app.focusChanged.connect(self._on_focus)

    def set_audience(self, audience: int | None) -> None:
        """Offer what this audience's people have."""
        if audience is None:
            self.set_known(dict.fromkeys(audiences.RESERVED, ""))
            return
        self._desk.operations.start(
            self._key, lambda: look(self._desk.api, audience), done=self.set_known, failed=_drop, latest=True
        )

    def set_known(self, known: Mapping[str, str]) -> None:
        """Offer these names, each with an example."""
        self._known = dict(known)

    @property
    def known(self) -> Mapping[str, str]:
        """What is offered."""
        return self._known

    def open_menu(self) -> QtWidgets.QMenu:
        """Show the names under the button."""
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Values")
        for name, example in self._known.items():
            shown = example if len(example) <= CUT else f"{example[:CUT]}…"
            action = menu.addAction(f"{name}\t{shown}".rstrip("\t").replace("&", "&&"))
            action.triggered.connect(lambda _on=False, name=name: self.insert(name))
        menu.setEnabled(True)
        menu.popup(self.mapToGlobal(QtCore.QPoint(0, self.height() + 4)))
        return menu

    def insert(self, name: str) -> None:
        """Write `{{ name }}` at the cursor of the text that was being written."""
        words = f"{{{{ {name} }}}}"
        target = self._target
        if isinstance(target, QtWidgets.QLineEdit):
            target.insert(words)
            target.textEdited.emit(target.text())  # `insert` is an edit by a person here
        elif isinstance(target, QtWidgets.QPlainTextEdit):
            target.insertPlainText(words)
        else:
            self._desk.toast("Put the cursor into a text first, then choose the value.", tone="info")
            return
        target.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)

    def _on_focus(self, _old: QtWidgets.QWidget | None, now: QtWidgets.QWidget | None) -> None:
        if not isinstance(now, QtWidgets.QLineEdit | QtWidgets.QPlainTextEdit) or not now.property(
            "takesValues"
        ):
            return
        self._target = now
        liquid.attach(now, lambda: self._known)
        now.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._target = None


def _drop(_problem: object) -> None:
    """The reserved names are offered all the same."""
