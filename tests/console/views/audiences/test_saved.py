"""Lists of people and of suppressions keep words, columns and order as views, and are opened by links as they were."""

import pathlib

from console.views.audiences import page as audiences_page
from tests.console import conftest
from tests.console.views import sandbox


async def test_people_sought_and_sorted_are_a_view_that_can_be_gone_back_to(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "audiences", audience="1") as shown:
        page = shown.page()
        assert isinstance(page, audiences_page.Page)
        people = page.people
        await until(lambda: people.contacts.total > 1)
        people.seek.set_text("Del")
        people._on_sought("Del")
        people.people.sort_by("-name")
        await until(lambda: people.contacts.total == 1)
        assert shown.where().args == {"audience": "1", "find": "Del", "sort": "-name"}
        people.saved.save("Delivered")
        shown.navigate("audiences", fresh=True, audience="1")
        await until(lambda: people.contacts.total > 1)
        name, args = people.saved.rows()[0]
        assert name == "Delivered"
        shown.navigate("audiences", fresh=True, **args)
        await until(lambda: people.contacts.heard and people.contacts.total == 1)
        assert people.contacts.sorting == "-name"


async def test_suppressions_have_views_of_their_own(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(
        sent.server, tmp_path, "audiences", part="suppressions", find="nobody", sort="-address"
    ) as shown:
        page = shown.page()
        assert isinstance(page, audiences_page.Page)
        await until(lambda: page.suppressions.list.heard)
        assert shown.where().args == {"part": "suppressions", "find": "nobody", "sort": "-address"}
        page.suppressions.saved.save("Nobody")
        assert page.people.saved.rows() == []
        assert [name for name, _ in page.suppressions.saved.rows()] == ["Nobody"]
