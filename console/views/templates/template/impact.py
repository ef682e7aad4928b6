"""What saving would break, said before it is saved: which values are new, who lacks them, and in which campaigns."""

from collections.abc import Callable, Sequence

from PySide6 import QtWidgets

from console.views.templates import model
from console.widgets import buttons, dialogs, figures, glyphs, layout, pills, text, theme
from server.wire import templates

SHOWN = 6  #: campaigns and audiences that are named


def ask(
    parent: QtWidgets.QWidget, name: str, impact: templates.Impact, done: Callable[[], object]
) -> dialogs.Sheet:
    """Show it, and call `done` if it shall be saved all the same."""
    sheet = dialogs.Sheet(parent, "Saving this leaves people out", _summary(name, impact), width=560)
    if impact.lacking:
        sheet.add(_part("Who has no value", [_lack(one) for one in impact.lacking], len(impact.lacking)))
    if impact.campaigns:
        sheet.add(_part("Where it is used", [_use(one) for one in impact.campaigns], len(impact.campaigns)))
    remedy = "Give the value a default, such as {{ city | default: 'your town' }}, and nobody is left out."
    sheet.add(text.muted(remedy, wrap=True))
    go = buttons.danger("Save all the same")

    def on_go() -> None:
        sheet.accept()
        done()

    go.clicked.connect(lambda _on=False: on_go())
    back = buttons.plain("Back to the editor", sheet.reject)
    sheet.add_button(back)
    sheet.add_button(go)
    sheet.open()
    back.setFocus()
    return sheet


def _summary(name: str, impact: templates.Impact) -> str:
    names = ", ".join(impact.variables)
    value = "value" if len(impact.variables) == 1 else "values"
    touched = model.some(len(impact.campaigns), "campaign")
    used = f" {touched} took it." if impact.campaigns else ""
    return f"“{name}” needs the {value} {names} from now on. Whoever has none is skipped by a launch.{used}"


def _part(heading: str, rows: Sequence[QtWidgets.QWidget], count: int) -> QtWidgets.QWidget:
    shown = [*rows[:SHOWN]]
    if count > SHOWN:
        shown.append(text.muted(f"and {figures.count(count - SHOWN)} more"))
    return layout.boxed(layout.column(text.caption(heading), *shown, gap=6))


def _lack(one: templates.Lack) -> QtWidgets.QWidget:
    missing, people = figures.count(one.missing), figures.count(one.people)
    told = text.Label(
        f"{missing} of {people} people of {one.audience_name} have no {one.variable}", wrap=True
    )
    return layout.boxed(layout.row(glyphs.Glyph("user-x", "warn"), told, gap=theme.SM, grow=1))


def _use(one: templates.Use) -> QtWidgets.QWidget:
    name = text.Elided(one.name or "Nameless")
    version = text.muted(f"v{one.version}" if one.version else "the newest")
    items: list[layout.Item] = [name, version]
    if one.status is not None:
        items.append(pills.Pill(pills.look(pills.CAMPAIGN, one.status.value)))
    return layout.boxed(layout.row(*items, gap=theme.SM, grow=0))
