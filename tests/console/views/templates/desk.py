"""Helpers of these tests: the page, its toasts and sheets, and templates made behind its back."""

from collections.abc import Sequence

from PySide6 import QtWidgets

from console import window
from console.views.templates import page as templates_page
from console.widgets import buttons, dialogs, notices, text
from console.widgets.devices import device
from server.channels import contents
from server.wire import templates
from tests.console.views import sandbox


def page_of(shown: window.Window) -> templates_page.Page:
    """The page on screen."""
    page = shown.page()
    assert isinstance(page, templates_page.Page)
    return page


def words(widget: QtWidgets.QWidget) -> str:
    """All that a widget's labels say, and what its devices read aloud."""
    said = [label.text() for label in widget.findChildren(text.Label)]
    lines = [one.text() for one in widget.findChildren(text.Elided)]
    shown = [one for one in widget.findChildren(device.Device) if one.isVisibleTo(widget)]
    return "\n".join([*said, *lines, *(one.accessibleDescription() for one in shown)])


def toast(shown: QtWidgets.QWidget) -> notices.Toast | None:
    """The newest toast."""
    found = [one for one in shown.findChildren(notices.Toast) if one.isVisible()]
    return found[-1] if found else None


def told(shown: QtWidgets.QWidget) -> str:
    """What the newest toast says."""
    found = toast(shown)
    return found.words if found is not None else ""


def sheet(shown: QtWidgets.QWidget) -> dialogs.Sheet | None:
    """The sheet on screen."""
    return next((one for one in shown.findChildren(dialogs.Sheet) if one.isVisible()), None)


def press(over: QtWidgets.QWidget | None, label: str) -> None:
    """Press a button by its words."""
    assert over is not None
    next(one for one in over.findChildren(buttons.Button) if one.text().strip() == label).click()


def made(
    sent: sandbox.Sandbox,
    name: str,
    content: contents.Content,
    *,
    folder: str = "",
    tags: Sequence[str] = (),
    translations: contents.Translations | None = None,
) -> templates.Template:
    """A template of the server's."""
    ask = templates.SaveTemplate(
        name=name, content=content, folder=folder, tags=list(tags), translations=translations, by="ana"
    )
    with sent.server.client() as asked:
        return asked.call(templates.CREATE, ask)


def now(sent: sandbox.Sandbox, template: int) -> templates.Template:
    """A template as the server has it now."""
    with sent.server.client() as asked:
        return asked.call(templates.SHOW, template=template)
