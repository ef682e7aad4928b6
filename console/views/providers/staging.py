"""What is photographed of the providers: an account, the forms, what a check says, and the limits."""

from typing import Any, Protocol

from console import views
from console.views.providers import details, editor
from console.views.providers.bounds import page as bounds_page
from console.widgets import paged
from server.wire import providers


class Page(Protocol):
    """The page that is brought into each state."""

    list: paged.PagedModel
    panel: details.AccountPanel
    editor: editor.Editor

    @property
    def bounds(self) -> bounds_page.Bounds:
        """Limits and routes."""

    def opened(self, **args: Any) -> None:
        """Show what is asked for."""

    def go_to(self, account: int) -> bool:
        """Show one account; False where it is not in the list."""

    def check(self, account: providers.Account) -> None:
        """Ask whether its credentials work."""

    def add(self) -> None:
        """Begin a new account."""


class Stage:
    """Brings the page into each of its states."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def shots(self) -> list[views.Shot]:
        """Every state, in the order they are taken."""
        rows = [self._page.list.row(at) for at in range(self._page.list.total)]
        there = {row.channel for row in rows if row is not None}
        found: list[views.Shot] = [("choice", self._choice), ("form", self._form)]
        if "sms" in there:
            found.insert(0, ("check", self._checked))
        if "email" in there:
            found.insert(0, ("account", lambda: self._first("email")))
        return [*found, ("bounds", self._bounds), ("routes", self._routes)]

    def _first(self, channel: str) -> bool:
        page = self._page
        rows = (page.list.row(at) for at in range(page.list.total))
        return any(page.go_to(row.id) for row in rows if row is not None and row.channel == channel)

    def _checked(self) -> bool:
        page = self._page
        if not self._first("sms") or page.panel.account is None:
            return False
        if page.panel.check is None:
            page.check(page.panel.account)
            return False
        return True

    def _form(self) -> bool:
        self._page.opened(add="sms/twilio")
        return True

    def _choice(self) -> bool:
        self._page.add()
        return self._page.editor.isVisible()

    def _bounds(self) -> bool:
        if not self._page.bounds.isVisible():
            self._page.opened(part="limits")
        return self._page.bounds.seen is not None

    def _routes(self) -> bool:
        self._page.bounds.show_part("routes")
        return True
