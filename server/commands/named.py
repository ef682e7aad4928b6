"""Which campaign or audience somebody means by its id or its name."""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from server import client
from server.wire import audiences, campaigns, endpoint, problems


def find(server: client.Client, text: str) -> int:
    """The id of the campaign of that id or name. Raises problems.Refused."""
    if text.isdigit():
        return int(text)
    ask = functools.partial(campaigns.CampaignQuery, archived="all")
    remedy = f"heliograph campaign list{server.options} shows all."
    return by_name("campaign", text, pages(server, campaigns.LIST, ask), remedy)


def audience(server: client.Client, text: str) -> int:
    """The id of the audience of that id or name. Raises problems.Refused."""
    if text.isdigit():
        return int(text)
    remedy = (
        f"heliograph audience list{server.options} shows all, "
        f"heliograph import FILE.csv{server.options} makes one."
    )
    return by_name("audience", text, pages(server, audiences.LIST, endpoint.Window), remedy)


def by_name(noun: str, text: str, rows: Iterable[Any], remedy: str) -> int:
    """The one row of that name. Raises problems.Refused where there is none, or more than one."""
    found = [row.id for row in rows if row.name == text]
    if not found:
        raise problems.refuse(problems.Code.NOT_FOUND, f"There is no {noun} called {text!r}.", remedy)
    if len(found) > 1:
        numbers = " or ".join(str(number) for number in sorted(found))
        raise problems.refuse(
            problems.Code.CONFLICT,
            f"{len(found)} {noun}s are called {text!r}.",
            f"Say which by its id: {numbers}.",
        )
    return int(found[0])


def pages(server: client.Client, bound: Any, window: Any) -> Iterator[Any]:
    """Every row of a list, page by page."""
    offset, total = 0, 1
    while offset < total:
        page = server.call(bound, window(offset=offset, limit=500))
        total = page.total
        yield from page.rows
        offset += max(1, len(page.rows))
