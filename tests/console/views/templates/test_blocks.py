"""Shared blocks against a real server: written, taken in by templates, changed with a warning, and taken back."""

import pathlib

from PySide6 import QtTest

from console import window
from console.views.templates import blocks as blocks_page
from server.channels import contents
from server.wire import blocks
from tests.console import conftest
from tests.console.views import sandbox
from tests.console.views.templates import desk


async def shown_blocks(shown: window.Window, until: conftest.Until) -> blocks_page.BlocksPage:
    page = desk.page_of(shown)
    await until(lambda: "blocks" in vars(page) and page.blocks.rows.heard)
    return page.blocks


def block(sent: sandbox.Sandbox, name: str, words: str) -> blocks.Block:
    with sent.server.client() as asked:
        return asked.call(blocks.CREATE, blocks.SaveBlock(name=name, kind=blocks.Kind.TEXT, text=words))


async def test_a_block_is_written_and_a_bad_name_is_told_beside_it(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    async with sandbox.opened(sent.server, tmp_path, "templates", shelf="blocks") as shown:
        page = await shown_blocks(shown, until)
        page.begin()
        page.save_block()
        assert "name is needed" in page.name.error()
        QtTest.QTest.keyClicks(page.name.input, "my greeting")
        page.source.setFocus()
        QtTest.QTest.keyClicks(page.source, "Dear reader,")
        page.save_block()
        await until(page.name.error)
        page.name.set_value("greeting")
        page.save_block()
        await until(lambda: desk.told(shown) == "Made the block “greeting”.")
        assert page.block is not None
        assert (page.block.text, page.block.version) == ("Dear reader,", 1)
        assert "{% render 'greeting' %}" in desk.words(page)


async def test_a_block_names_what_takes_it_in_and_a_change_is_taken_back(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    made = block(sent, "closing", "Yours")
    row = desk.made(sent, "Takes in", contents.Sms(body="Hello. {% render 'closing' %}"))
    async with sandbox.opened(sent.server, tmp_path, "templates", block=str(made.id)) as shown:
        page = await shown_blocks(shown, until)
        await until(lambda: page.block is not None and page.block.id == made.id)
        await until(lambda: page.uses.rows.total == 1)
        assert page.is_clean()
        page.source.setFocus()
        QtTest.QTest.keyClicks(page.source, "Truly ")
        assert not page.is_clean()
        page.save.click()
        await until(lambda: desk.told(shown) == "Saved the block “closing” as v2.")
        desk.press(desk.toast(shown), "Undo")
        await until(lambda: "says what v1 said, as v3" in desk.told(shown))
        assert page.source.source() == "Yours"
        await until(lambda: page.uses.rows.row(0) is not None)
        page.uses.table.pick(0)
        page.uses.table.activated.emit(page.uses.rows.row(0))
        library = desk.page_of(shown)
        await until(lambda: "one" in vars(library) and library.one.edited.template == row.id)


async def test_a_block_in_use_is_not_deleted_and_the_refusal_is_told(
    sent: sandbox.Sandbox, tmp_path: pathlib.Path, until: conftest.Until
) -> None:
    made = block(sent, "legal", "Small print")
    desk.made(sent, "Has small print", contents.Sms(body="{% render 'legal' %}"))
    async with sandbox.opened(sent.server, tmp_path, "templates", block=str(made.id)) as shown:
        page = await shown_blocks(shown, until)
        await until(lambda: page.block is not None and page.block.id == made.id)
        sheet = page.ask_delete()
        assert sheet is not None
        desk.press(sheet, "Delete the block")
        await until(page._banner.isVisible)
        assert page.block is not None
