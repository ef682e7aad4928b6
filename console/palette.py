"""The command palette: every act, every screen, and whatever the server finds, in one field."""

from collections.abc import Callable
from typing import Any

from console import frame, framing
from console.services import links, seeking
from console.widgets import commands, finder

SEEK = "window:seek"
RECENT = "palette.recent"
MOST_RECENT = 6
PLACEHOLDER = "Search, go somewhere, or type a command"

GROUPS = {
    "campaign": "Campaigns",
    "audience": "Audiences",
    "contact": "People",
    "message": "Messages",
    "template": "Templates",
}
ICONS = {
    "campaign": "megaphone",
    "audience": "users",
    "contact": "user",
    "message": "messages-square",
    "template": "layout-template",
}


class Palette:
    """Opens over its window; a second opening closes it."""

    def __init__(self, window: frame.Frame, follow: Callable[[str], None]) -> None:
        self._window, self._follow = window, follow
        self._found = window.services
        self.finder: finder.Finder | None = None

    def toggle(self, words: str = "") -> None:
        """Open it with these words typed, or close it."""
        if self.finder is not None:
            self.finder.dismiss()
            return
        made = finder.Finder(self._window, placeholder=PLACEHOLDER)
        self.finder = made
        made.asked.connect(self._on_asked)
        made.chosen.connect(self._keep)
        made.closed.connect(self._on_closed)
        kept = self._kept()
        remembered = [self._remembered(one) for one in kept if links.is_link(one["key"])]
        made.open([*self._entries(), *remembered], [one["key"] for one in kept], words)
        if words:
            self._on_asked(words)

    def _entries(self) -> list[finder.Entry]:
        """Acts and screens; what a screen itself offers comes first, then what works everywhere."""
        known = self._window.commands.all()
        frame = ("Everywhere", framing.GROUP)
        here = [one for one in known if not one.key.startswith("go.") and one.group not in frame]
        everywhere = [one for one in known if one.group in frame and one.key != "palette"]
        taken = {one.title for one in here}
        offers = [entry for entry in self._offers() if entry.title not in taken]
        return [*map(_act, here), *self._screens(), *offers, *map(_act, everywhere)]

    def _screens(self) -> list[finder.Entry]:
        return [
            finder.Entry(
                key=f"go:{spec.key}",
                title=spec.title,
                icon=spec.icon,
                group="Go to",
                keys=f"G, {spec.jump}" if spec.jump else "",
                run=_Go(self._window, links.Link(view=spec.key)),
            )
            for spec in self._window.specs.values()
        ]

    def _offers(self) -> list[finder.Entry]:
        """What screens can begin without having been opened."""
        return [
            finder.Entry(
                key=f"offer:{spec.key}:{offer.title}",
                title=offer.title,
                icon=offer.icon,
                group="Begin",
                run=_Go(self._window, links.Link(view=spec.key, args=offer.args)),
            )
            for spec in self._window.specs.values()
            for offer in spec.offers
        ]

    # what is searched

    def _on_asked(self, words: str) -> None:
        made = self.finder
        if made is None:
            return
        if links.is_link(words):
            made.set_found(words, [self._pasted(words)])
            return
        if len(words) < seeking.FEWEST or not self._window.is_online:
            self._found.operations.cancel(SEEK)
            return
        made.set_searching()
        asked = self._window.desk.api
        self._found.operations.start(
            SEEK,
            lambda: seeking.seek(asked, words),
            done=lambda hits: made.set_found(words, [self._entry(hit) for hit in hits]),
            failed=lambda _problem: made.set_found(words, []),  # acts and screens can be chosen all the same
            latest=True,
        )

    def _pasted(self, words: str) -> finder.Entry:
        return finder.Entry(
            key="link",
            title="Open this link",
            about=words.strip()[:80],
            icon="link",
            group="Link",
            run=lambda: self._follow(words),
        )

    def _entry(self, hit: seeking.Hit) -> finder.Entry:
        return finder.Entry(
            key=links.write(hit.link),
            title=hit.title,
            about=hit.about,
            icon=ICONS[hit.kind],
            group=GROUPS[hit.kind],
            run=_Go(self._window, hit.link),
        )

    # what was chosen lately

    def _recent_name(self) -> str:
        return (
            f"{RECENT}.{self._found.session.place}"  # what was found in one workspace says nothing in another
        )

    def _kept(self) -> list[dict[str, Any]]:
        kept: list[Any] = self._found.settings.get(self._recent_name(), [])
        return [one for one in kept if isinstance(one, dict) and isinstance(one.get("key"), str)]

    def _keep(self, entry: finder.Entry) -> None:
        if entry.key == "link":
            return
        mine = {"key": entry.key}
        if links.is_link(entry.key):
            mine |= {"title": entry.title, "about": entry.about, "icon": entry.icon}
        others = [one for one in self._kept() if one["key"] != entry.key]
        self._found.settings.put(self._recent_name(), [mine, *others][:MOST_RECENT])

    def _remembered(self, kept: dict[str, Any]) -> finder.Entry:
        """Something found earlier."""
        return finder.Entry(
            key=kept["key"],
            title=str(kept.get("title", "")),
            about=str(kept.get("about", "")),
            icon=str(kept.get("icon", "history")),
            run=lambda: self._follow(kept["key"]),
        )

    def _on_closed(self) -> None:
        self.finder = None
        self._found.operations.cancel(SEEK)


def _act(command: commands.Command) -> finder.Entry:
    return finder.Entry(
        key=f"act:{command.key}",
        title=command.title,
        icon=command.icon,
        group=command.group,
        keys=command.keys,
        run=command.run,
    )


class _Go:
    """Going where a link leads, later."""

    def __init__(self, window: frame.Frame, link: links.Link) -> None:
        self._window, self._link = window, link

    def __call__(self) -> None:
        self._window.navigate(self._link.view, **links.arguments(self._link))
