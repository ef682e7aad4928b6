"""No turn of the event loop is felt while templates are opened, written in another language, and compared."""

import asyncio
import pathlib

from console import views
from console.services import watchdog
from server.channels import contents, rcs
from tests.console import conftest
from tests.console.views import sandbox, test_turns
from tests.console.views.templates import desk

CARDS = contents.Rcs(
    kind="carousel",
    cards=[
        rcs.Card(
            title=f"Card {at}",
            description="Hello {{ first_name }}",
            suggestions=[rcs.Suggestion(text="More"), rcs.Suggestion(text="Less")],
        )
        for at in range(3)
    ],
)


async def test_a_carousel_in_two_languages_never_keeps_the_window_from_answering(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    row = desk.made(
        sent, "Cards", CARDS, translations=contents.Translations(language="en", others={"de": CARDS})
    )
    async with sandbox.opened(sent.server, tmp_path, "templates") as shown:
        await asyncio.to_thread(views.warm)
        page = desk.page_of(shown)
        await until(lambda: not shown.services.operations.running())
        dog = watchdog.Watchdog(shown, limit_s=watchdog.LIMIT_S * test_turns.MARGIN * test_turns._pace())
        dog.start()
        shown.navigate("templates", template=str(row.id))
        await until(lambda: "one" in vars(page) and page.one.edited.template == row.id)
        device = page.one.side.preview.shown.handset.device
        await until(lambda: "Card 0" in device.accessibleDescription())
        for language in ("de", "", "de"):
            page.one.languages.go(language)
            await asyncio.sleep(2 * watchdog.BEAT_MS / 1000)
        page.one.show_compare(1)
        await until(lambda: "compare" in vars(page.one) and page.one.compare.diff is not None)
        shown.navigate("templates")
        page.library.as_grid.click()
        await until(lambda: page.library.grid.pictures._kept)
        await asyncio.sleep(2 * watchdog.BEAT_MS / 1000)
        dog.stop()
        assert [f"{turn.cpu_s * 1000:.0f} ms: {turn.doing}" for turn in dog.turns] == []
