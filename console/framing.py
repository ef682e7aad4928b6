"""What the frame itself can do: more windows, links to what is shown, and the theme the desktop wears."""

from console import company, crashes, frame, zooming
from console.services import links
from console.widgets import commands, theme

GROUP = "Window"
ZOOM = "zoom"  #: setting: the scale everything is drawn at
ZOOM_STEP = 0.1


class Framing:
    """Registers the frame's own commands and does them."""

    def __init__(self, window: frame.Frame, others: company.Company) -> None:
        self._window, self._company = window, others

    def register(self) -> None:
        """Put the commands in the window's registry."""
        for key, title, keys, icon, run in (
            ("window.new", "New window", "Ctrl+Shift+N", "plus", self.new),
            ("window.page", "Open this page in a new window", "Ctrl+Shift+O", "external-link", self.page),
            ("window.compare", "Compare side by side", "Ctrl+Shift+E", "columns-3", self.compare),
            ("window.link", "Copy a link to this page", "Ctrl+Shift+K", "link", self.copy_link),
            ("window.close", "Close this window", "Ctrl+W", "x", self._window.close),
            ("window.quit", "Quit", "Ctrl+Q", "log-out", self._company.close_asked.emit),
            (
                "window.crashes",
                "Crash reports",
                "",
                "file-exclamation-point",
                lambda: crashes.show(self._window),
            ),
            ("view.density", "Lower or higher rows", "Ctrl+Shift+J", "list", self.switch_density),
            ("zoom.in", "Larger", "Ctrl+=", "plus", lambda: self.zoom(ZOOM_STEP)),
            ("zoom.out", "Smaller", "Ctrl+-", "minus", lambda: self.zoom(-ZOOM_STEP)),
            ("zoom.reset", "Usual size", "Ctrl+0", "rotate-ccw", self.unzoom),
            ("theme.system", "Follow the desktop's theme", "", "sun-moon", self.follow_system),
        ):
            command = commands.Command(key=key, title=title, keys=keys, group=GROUP, icon=icon, run=run)
            self._window.commands.register(command)

    def new(self) -> None:
        """Another window, at the first screen."""
        self._company.open(self._window, next(iter(self._window.specs)))

    def page(self) -> None:
        """What is shown here, in a window of its own."""
        shown = self._window.where()
        self._company.open(self._window, shown.view, links.arguments(shown))

    def compare(self) -> None:
        """The same screen twice, side by side: each goes its own way from there, and runs line up by their rows."""
        shown = self._window.where()
        self._company.open(self._window, shown.view, links.arguments(shown), tiled=True)

    def copy_link(self) -> None:
        """Put a link to what is shown on the clipboard."""
        self._window.share(self._window.where())

    def switch_density(self) -> None:
        """Lower rows in every list, or the usual ones again."""
        worn = theme.active()
        worn.set_compact(not worn.compact)
        self._window.services.settings.put("compact", worn.compact)

    def zoom(self, by: float) -> None:
        """Everything larger or smaller, in every window at once."""
        kept = self._window.services.settings
        before = kept.get(ZOOM, 1.0)
        wanted = zooming.clamped(before + by, self._window)
        if wanted == before:
            self._window.toast("There is no room for more." if by > 0 else "It is not drawn smaller.")
            return
        kept.put(ZOOM, wanted)
        if zooming.apply(wanted):
            self._window.toast(f"{wanted * 100:.0f} %")
        else:
            self._window.toast(
                f"Everything is drawn at {wanted * 100:.0f} % from the next start on.", tone="info"
            )

    def unzoom(self) -> None:
        """The usual size again."""
        by = 1.0 - self._window.services.settings.get(ZOOM, 1.0)
        if by:
            self.zoom(by)

    def follow_system(self) -> None:
        """Wear what the desktop wears, now and whenever it changes."""
        theme.active().wear("system")
        self._window.services.settings.put("theme", "system")
