"""Crash reports: they stay on this machine, can be read whole, and go when a person wants them gone."""

import datetime
import pathlib

from console import frame
from console.services import errors
from console.widgets import buttons, code, dialogs, figures, inputs, layout, text

WIDE, LINES = 760, 18
LONGEST = 60_000  #: letters of a report that are shown


def offer(window: frame.Frame) -> dialogs.Sheet | None:
    """After a start: show what the last console left when it broke, or nothing."""
    found = errors.left()
    return _sheet(window, found, "The console broke last time") if found else None


def show(window: frame.Frame) -> dialogs.Sheet:
    """Show every report there is."""
    found = errors.kept()
    if found:
        return _sheet(window, found, "Crash reports")
    return dialogs.tell(
        window, "Crash reports", "There is none. Reports are written to this machine alone, and never sent."
    )


def _sheet(window: frame.Frame, found: list[pathlib.Path], title: str) -> dialogs.Sheet:
    sheet = dialogs.Sheet(
        window,
        title,
        "What happened is written in a file on this machine. It has been sent nowhere. The server and its campaigns "
        "were not affected.",
        width=WIDE,
    )
    body = code.CodeBlock("", name="Report", lines=LINES)
    choice = inputs.Choice([(path, f"{path.name} ({_when(path)})") for path in found])
    choice.setAccessibleName("Which report")

    def read() -> None:
        body.set_text(_text(choice.currentData()))

    def delete() -> None:
        for path in found:
            path.unlink(missing_ok=True)
        sheet.accept()
        window.toast("The reports are deleted." if len(found) > 1 else "The report is deleted.", tone="ok")

    choice.currentIndexChanged.connect(lambda _at: read())
    sheet.add(layout.row(text.Label("Report", "label"), choice, grow=1))
    sheet.add(body)
    sheet.add_button(buttons.danger("Delete it" if len(found) == 1 else f"Delete all {len(found)}", delete))
    keep = buttons.primary("Keep", sheet.accept)
    sheet.add_button(keep)
    read()
    sheet.open()
    keep.setFocus()
    return sheet


def _text(path: pathlib.Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:LONGEST]
    except OSError as error:
        return f"It cannot be read: {error.strerror or error}."


def _when(path: pathlib.Path) -> str:
    return figures.stamp(datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC))
