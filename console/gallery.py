"""Every widget in every state on one page, in both themes: `python -m console.gallery`, or `--shot DIR` for PNGs."""

import argparse
import math
import os
import pathlib
import sys

from PySide6 import QtCore, QtWidgets

from console import chrome, program, samples
from console.services import settings
from console.widgets import (
    bars,
    buttons,
    cards,
    code,
    dialogs,
    differing,
    empty,
    equation,
    facts,
    fields,
    finder,
    form,
    inspector,
    layout,
    notices,
    paged,
    pills,
    progress,
    saved,
    search,
    skeleton,
    stepper,
    table,
    tabs,
    text,
    theme,
    throughput,
    timeline,
)

SIZE = (1440, 900)


def sample_table(*, held: bool = False) -> table.DataTable:
    """A table of samples; `held` leaves every row on its way."""

    def fetch(window: paged.Window) -> None:
        rows = [] if held else samples.SAMPLES[window.offset : window.offset + window.limit]
        QtCore.QTimer.singleShot(0, lambda: model.receive(window, rows, len(samples.SAMPLES)))

    model = paged.PagedModel(samples.COLUMNS, fetch)
    made = table.DataTable(model, name="Campaigns")
    model.restart()
    return made


def _chart() -> throughput.Throughput:
    made = throughput.Throughput()
    at = [1_763_600_000.0 + second for second in range(300)]
    made.set_series(
        {
            name: (at, [base + base * 0.15 * math.sin(second / (11 + 5 * k)) for second in range(300)])
            for k, (name, base) in enumerate((("Email", 1450), ("SMS", 520), ("RCS", 410), ("Push", 320)))
        }
    )
    return made


def _inputs_page() -> QtWidgets.QWidget:
    wrong = fields.TextField("From address", required=True, help="What people see.")
    wrong.set_value("hello@northwind")
    wrong.set_error("This is no address: the part after @ needs a dot, as in northwind.example.")
    off = fields.TextField("Message id")
    off.set_value("made when it is sent")
    off.setEnabled(False)
    loud = buttons.Button("Launch", icon="rocket", kind="primary")
    loud.set_busy(True, "Launching…")
    gone = buttons.danger("Delete", icon="trash-2")
    gone.setEnabled(False)
    acts = cards.Card(
        layout.row(
            buttons.primary("New campaign", icon="plus"),
            buttons.plain("Pause", icon="pause"),
            buttons.ghost("Columns", icon="columns-3"),
            buttons.danger("Cancel run", icon="ban"),
            buttons.icon("copy", "Copy"),
            None,
        ),
        layout.row(loud, gone, buttons.link("Show the 1,204 that failed"), buttons.Badge("128", "bad"), None),
        layout.row(*(pills.Pill(look) for look in list(pills.MESSAGE.values())[:6]), None),
        layout.row(*(pills.Pill(look) for look in list(pills.HEALTH.values())[:5]), None),
        heading="Acts and states",
        gap=theme.MD,
    )
    asked = form.Form(samples.ASKED, stored=["auth_token"])
    left = layout.column(acts, cards.Card(wrong, off, heading="Fields", gap=theme.LG), None, gap=theme.MD)
    right = layout.column(cards.Card(asked, heading="A form from its description", aside="sms/twilio"), None)
    return layout.boxed(layout.row(left, right, gap=theme.MD, margins=(theme.LG,) * 4), "page")


def _numbers_page() -> QtWidgets.QWidget:
    numbers = layout.row(gap=theme.MD)
    for name, value, note, tone, token in (
        ("Sent today", "2,418,306", "▲ 8.2 % on Thursday", "ok", "c1"),
        ("Delivered", "98.4 %", "▼ 0.3 points in an hour", "warn", "c2"),
        ("Throughput", "2,592 / s", "limit 4,000 / s", None, "c3"),
        ("In doubt", "30", "oldest 4 min", "bad", "c4"),
    ):
        kpi = cards.Kpi(name, token=token, clickable=True)
        kpi.set_value(value, note, tone)  # type: ignore[arg-type]
        kpi.set_history([math.sin(step / 3) + step * 0.1 for step in range(26)])
        numbers.addWidget(kpi, 1)
    good, bad = equation.EquationView(), equation.EquationView("A run that lost count")
    good.set_equation(samples.BALANCED)
    bad.set_equation(samples.BROKEN)
    funnel, spread = bars.Funnel(), bars.Histogram("Latency")
    funnel.set_steps(
        [
            ("Audience", 412806),
            ("Accepted", 261802),
            ("Delivered", 258110),
            ("Seen", 98410),
            ("Clicked", 21377),
        ]
    )
    spread.set_counts((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000), (2, 9, 64, 240, 410, 180, 70, 22, 9, 3, 1))
    lower = layout.row(
        cards.Card(_chart(), heading="Throughput", aside="messages a second"),
        cards.Card(funnel, heading="Funnel", aside="all channels"),
        cards.Card(spread, heading="Latency", aside="hand-over to answer"),
        gap=theme.MD,
    )
    for at, grow in enumerate((5, 4, 4)):
        lower.setStretch(at, grow)
    return layout.boxed(
        layout.page(
            numbers,
            cards.Card(good, heading="Accounting", aside="run 118"),
            cards.Card(bad, heading="Accounting", aside="run 119"),
            lower,
            None,
        ),
        "page",
    )


def _lists_page() -> QtWidgets.QWidget:
    steps = stepper.Stepper(["Audience", "Content", "Review", "Launch"])
    steps.set_current(1)
    steps.set_wrong([2])
    filters = tabs.Tabs([("all", "All"), ("live", "Live"), ("draft", "Drafts")])
    filters.set_count("all", 248)
    filters.set_count("live", 4)
    filled = sample_table()
    QtCore.QTimer.singleShot(50, lambda: filled.pick(0))
    nothing = empty.EmptyState(
        "users",
        "No audience yet",
        "Import a CSV file with one person a row. Headers are recognised.",
        "Import a file",
        lambda: None,
    )
    nothing_card = cards.Card(nothing)
    row = layout.row(table.carded(sample_table(held=True)), nothing_card, gap=theme.MD)
    row.setStretch(0, 3)
    row.setStretch(1, 2)
    panel = inspector.Inspector()
    panel.set_heading("MSG 118-4471", "Ana Ruiz")
    panel.add(layout.row(pills.Pill(pills.MESSAGE["delivered"]), None))
    panel.add(
        facts.Facts(
            [("Address", "+34 600 123 456"), ("Account", "Twilio EU"), ("Reference", "SM9f1c0e5b22", "mono")]
        )
    )
    panel.add(timeline.Timeline(samples.STORY), heading="Story")
    panel.add(code.CodeBlock('{\n  "To": "+34600123456",\n  "Body": "Your parcel…"\n}', name="Request"))
    panel.finish()
    left = layout.page(
        layout.row(steps),
        layout.row(filters, None, search.SearchField("Find a campaign"), gap=theme.MD),
        table.carded(filled),
        row,
    )
    left.setStretch(2, 5)
    left.setStretch(3, 4)
    whole = layout.row(layout.boxed(left), panel, gap=0, grow=0)
    return layout.boxed(whole, "page")


def _notices_page() -> QtWidgets.QWidget:
    running = progress.ProgressRow("Importing members-eu.csv")
    running.set_progress(128_400, 512_000)
    ended = progress.ProgressRow("Importing lapsed.csv")
    ended.finish("88,310 people, 12 rows refused")
    broken = progress.ProgressRow("Importing broken.csv")
    broken.finish("Stopped: the file ends inside a quoted cell", good=False)
    banners = [
        notices.Banner(
            "The account Twilio EU is halted: its token was refused.",
            "Enter the new token; messages wait and nobody is marked as failed.",
            action="Open the account",
        ),
        notices.Banner("Receipts are 4 minutes behind.", "They are stored and being merged.", tone="warn"),
        notices.Banner("A draft from yesterday was found.", tone="info", action="Restore"),
        notices.Banner("All credentials were accepted.", tone="ok"),
    ]
    loading = cards.Card(skeleton.Skeleton(5), heading="On its way")
    texts = ("Hi Ana, the spring drop is open until Sunday.", "Hi Ana, the autumn drop is open until Monday.")
    words = cards.Card(differing.Differing(("Before", "After"), *texts), heading="Two texts")
    return layout.boxed(
        layout.page(
            *banners,
            cards.Card(running, ended, broken, heading="Background work", gap=theme.LG),
            layout.row(loading, words, gap=theme.MD),
            None,
        ),
        "page",
    )


class _Unkept(settings.Settings):
    """Forgets everything when the gallery closes."""

    def save(self) -> None:
        pass


def _frame_page() -> QtWidgets.QWidget:
    strips = layout.row(gap=theme.MD)
    for environment in ("sandbox", "staging", "production"):
        frame = chrome.EnvironmentFrame(
            layout.boxed(layout.column(text.muted(environment), margins=(16,) * 4), "shell")
        )
        frame.set_environment(environment)
        strips.addWidget(frame, 1)
    kept = _Unkept(theme.RESOURCES / "no-such-file.json")
    kept.put(
        "views.gallery", [{"name": name, "args": {"state": name}} for name in ("Failed in Spain", "In doubt")]
    )
    views = saved.SavedViews(kept, "gallery", lambda: {"state": "In doubt"})
    return layout.boxed(
        layout.page(
            cards.Card(skeleton.Skeleton(8), heading="A page under the palette"),
            cards.Card(strips, heading="Environments"),
            cards.Card(views, heading="Saved views"),
            None,
        ),
        "page",
    )


def _palette(gallery: "Gallery") -> finder.Finder:
    made = finder.Finder(gallery, placeholder="Search, go somewhere, or type a command")
    acts = (
        ("New campaign", "plus", "Begin", "Ctrl+N"),
        ("Campaigns", "megaphone", "Go to", "G, C"),
        ("Compare side by side", "columns-3", "Window", "Ctrl+Shift+E"),
        ("Stop everything now", "octagon-x", "Everywhere", "Ctrl+Shift+H"),
    )
    entries = [
        finder.Entry(key=title, title=title, icon=icon, group=group, keys=keys, run=lambda: None)
        for title, icon, group, keys in acts
    ]
    made.open(entries, words="c")
    return made


PAGES = {
    "inputs": _inputs_page,
    "numbers": _numbers_page,
    "lists": _lists_page,
    "notices": _notices_page,
    "frame": _frame_page,
}


class Gallery(QtWidgets.QMainWindow):
    """All pages, one tab each."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Widgets — Heliograph")
        self.resize(*SIZE)
        self._stack = QtWidgets.QStackedWidget()
        self.pages = {key: make() for key, make in PAGES.items()}
        for page in self.pages.values():
            self._stack.addWidget(page)
        self._tabs = tabs.Tabs([(key, key.capitalize()) for key in self.pages], name="Pages")
        self._tabs.chosen.connect(self.go)
        top = layout.row(
            text.title("Widgets"),
            self._tabs,
            None,
            buttons.icon("sun-moon", "Switch theme", theme.active().toggle),
            margins=(20, 0, 16, 0),
        )
        head = layout.boxed(top, "top")
        head.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        head.setFixedHeight(theme.TOP_H)
        self.setCentralWidget(layout.boxed(layout.column(head, self._stack, gap=0, grow=1), "page"))
        self.toasts = notices.Toasts(self)

    def go(self, key: str) -> None:
        """Show one page."""
        self._tabs.set_current(key)
        self._stack.setCurrentWidget(self.pages[key])

    def prepare(self, key: str) -> None:
        """Bring a page into the state worth a picture."""
        self.go(key)
        match key:
            case "lists":
                views = self.pages[key].findChildren(table.DataTable)
                views[0].view.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
            case "numbers":
                chip = self.pages[key].findChildren(equation.EquationView)[0].chips["failed"]
                chip.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
            case "inputs":
                self.pages[key].findChildren(buttons.Button)[1].setFocus(QtCore.Qt.FocusReason.TabFocusReason)
            case "frame":
                self.toasts.clear()
                _palette(self)
            case _:
                self.toasts.show("Segment “Lapsed buyers” deleted", action="Undo", clicked=lambda: None)
                dialogs.confirm(
                    self,
                    "Send to 412,806 people?",
                    "Spring drop · early access goes to Members EU over email and RCS. It can be paused and cancelled.",
                    act="Launch",
                    done=lambda: None,
                    danger=True,
                    typed="412806",
                )


def _shoot(gallery: Gallery, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    todo = [(choice, key) for choice in ("light", "dark") for key in PAGES]

    def take(choice: str, key: str) -> None:
        picture = gallery.grab()
        for sheet in gallery.findChildren(dialogs.Sheet):
            sheet.render(picture, gallery.mapFromGlobal(sheet.pos()))
            sheet.reject()
        for over in gallery.findChildren(finder.Finder):
            over.dismiss()
        picture.save(str(folder / f"gallery_{key}_{choice}.png"))
        QtCore.QTimer.singleShot(0, step)

    def step() -> None:
        if not todo:
            QtWidgets.QApplication.quit()
            return
        choice, key = todo.pop(0)
        theme.active().wear(choice)  # type: ignore[arg-type]
        gallery.prepare(key)
        QtCore.QTimer.singleShot(250, lambda: take(choice, key))

    QtCore.QTimer.singleShot(200, step)


def show(app: QtWidgets.QApplication, choice: str) -> int:
    """Open the gallery in a window and stay until it closes."""
    app.setQuitOnLastWindowClosed(True)
    theme.dress(app, choice)  # type: ignore[arg-type]
    gallery = Gallery()
    gallery.show()
    return app.exec()


def main() -> int:
    """Open the gallery, or photograph it."""
    parser = argparse.ArgumentParser(prog="python -m console.gallery", description=__doc__)
    parser.add_argument(
        "--shot", type=pathlib.Path, metavar="DIR", help="write PNGs of every page in both themes"
    )
    parser.add_argument("--theme", choices=("light", "dark", "system"), default="light")
    asked = parser.parse_args()
    if asked.shot is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = program.application(sys.argv[:1])
    app.setQuitOnLastWindowClosed(True)
    theme.dress(app, asked.theme, motion=asked.shot is None)
    gallery = Gallery()
    gallery.show()
    if asked.shot is not None:
        _shoot(gallery, asked.shot)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
