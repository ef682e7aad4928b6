"""Following a link: to a view at once, to another workspace after a question, and to an act never without one."""

from console import frame, switching
from console.services import errors, links
from console.widgets import dialogs
from server.wire import server


class Follower:
    """Takes a window where a link leads."""

    def __init__(self, window: frame.Frame, switch: switching.Switch) -> None:
        self._window, self._switch = window, switch

    def follow(self, words: str) -> None:
        """Read a link and go there; what is wrong with it is told."""
        try:
            link = links.read(words)
        except errors.Problem as problem:
            self._window.tell(problem)
            return
        if not self._window.is_online:
            self._window.wanted_link = words  # as soon as there is a server that knows its own place
            return
        place = self._window.services.session.place
        if link.place and link.place != place:
            self._abroad(link, place)
        elif link.act:
            self._ask(link.act)
        else:
            self._window.navigate(link.view, **links.arguments(link))

    def _ask(self, act: str) -> None:
        command = self._window.commands.find(act)
        if command is None:
            self._window.toast(f"The link asks for “{act}”, which nothing here can do now.", tone="warn")
            return
        dialogs.confirm(
            self._window,
            f"{command.title}?",
            "A link asks for this. Whoever wrote it may not be who you think: nothing has been done yet.",
            act=command.title,
            danger=True,
            done=command.run,
        )

    def _abroad(self, link: links.Link, place: str) -> None:
        installation, _, number = link.place.rpartition("-")
        target = self._workspace(int(number)) if number.isdecimal() else None
        if installation != place.rpartition("-")[0] or target is None:
            self._window.toast(
                "This link belongs to another server or to a workspace that is gone.", tone="warn"
            )
            return
        here = links.Link(view=link.view, act=link.act, args=link.args)
        dialogs.confirm(
            self._window,
            f"Go to {target.name}?",
            f"This link belongs to the workspace {target.name} ({target.environment.value}).",
            act=f"Go to {target.name}",
            done=lambda: self._switch.to(target, then=lambda: self.follow(links.write(here))),
        )

    def _workspace(self, number: int) -> server.Workspace | None:
        return next((one for one in self._window.services.session.workspaces if one.id == number), None)
