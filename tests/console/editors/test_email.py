"""The editor of mails, by mouse and by keyboard: blocks, their text, MJML, HTML sign for sign, and the way back."""

import pathlib
from collections.abc import Iterator

import pytest
from PySide6 import QtCore, QtGui, QtTest, QtWidgets
from pytestqt.qtbot import QtBot

from console.widgets.editors import email, email_rich, email_sheet, email_text
from server.channels import email as channel
from server.channels import mailblocks

Key = QtCore.Qt.Key
Alt = QtCore.Qt.KeyboardModifier.AltModifier
Control = QtCore.Qt.KeyboardModifier.ControlModifier
Left = QtCore.Qt.MouseButton.LeftButton


def text(key: str, *words: str) -> mailblocks.Text:
    return mailblocks.Text(
        id=key, paragraphs=[mailblocks.Paragraph(runs=[mailblocks.Run(text=one)]) for one in words]
    )


def mail() -> mailblocks.Mail:
    first = mailblocks.Column(
        blocks=[text("b1", "Hello"), mailblocks.Button(id="b2", label="Go", link="https://x.example")]
    )
    sides = [mailblocks.Column(blocks=[text("b3", "left")], share=50), mailblocks.Column(share=50)]
    return mailblocks.Mail(
        sections=[mailblocks.Section(id="s1", columns=[first]), mailblocks.Section(id="s2", columns=sides)]
    )


@pytest.fixture
def editor(qtbot: QtBot) -> Iterator[email.EmailEditor]:
    made = email.EmailEditor()
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.set_content(channel.EmailContent(subject="Hi", preheader="p", source=mailblocks.write(mail())))
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


def blocks(editor: email.EmailEditor) -> list[str]:
    return [block.id for block in editor.state().mail.blocks()]


def press(
    widget: QtWidgets.QWidget,
    key: Key,
    held: QtCore.Qt.KeyboardModifier = QtCore.Qt.KeyboardModifier.NoModifier,
) -> None:
    QtTest.QTest.keyClick(widget, key, held)


def middle(editor: email.EmailEditor, key: str) -> QtCore.QPoint:
    placed = editor.canvas.sheet.find(key)
    assert placed is not None
    return editor.canvas.on_screen(placed.rect).center().toPoint()


def test_nothing_is_changed_by_being_shown(editor: email.EmailEditor) -> None:
    given = channel.EmailContent(subject="s", html="<p>a\r\n\ufeffb</p>\r\n", text="t")
    editor.set_content(given)
    assert editor.content() == given
    for look in ("mjml", "blocks", "html"):
        editor.looks.set_current(look)
        editor.looks.chosen.emit(look)
    assert editor.content() == given
    editor.set_content(channel.EmailContent())
    assert editor.content() == channel.EmailContent()


def test_arrows_choose_and_alt_with_arrows_moves(editor: email.EmailEditor) -> None:
    canvas = editor.canvas
    canvas.setFocus()
    press(canvas, Key.Key_Down)
    assert canvas.key == "b1"
    press(canvas, Key.Key_Down, Alt)
    assert blocks(editor) == ["b2", "b1", "b3"]
    press(canvas, Key.Key_Down, Alt)
    assert [len(column.blocks) for column in editor.state().mail.sections[1].columns] == [2, 0]
    press(canvas, Key.Key_Right, Alt)
    assert [len(column.blocks) for column in editor.state().mail.sections[1].columns] == [1, 1]
    assert canvas.key == "b1"
    press(canvas, Key.Key_Escape)
    assert canvas.key == "s2"
    press(canvas, Key.Key_Up, Alt)
    assert [section.id for section in editor.state().mail.sections] == ["s2", "s1"]


def test_undo_says_what_it_takes_back(editor: email.EmailEditor) -> None:
    before = editor.state().mail
    editor.canvas.select("b2")
    press(editor.canvas, Key.Key_Delete)
    assert blocks(editor) == ["b1", "b3"]
    assert "Undo delete block" in editor.undo.toolTip()
    editor.undo.click()
    assert editor.state().mail == before
    assert "Redo delete block" in editor.redo.toolTip()
    editor.redo.click()
    assert blocks(editor) == ["b1", "b3"]


def test_ctrl_d_copies_and_the_copy_is_selected(editor: email.EmailEditor) -> None:
    editor.canvas.select("b2")
    press(editor.canvas, Key.Key_D, Control)
    assert blocks(editor) == ["b1", "b2", "b4", "b3"]
    assert editor.canvas.key == "b4"


def test_a_block_is_dragged_to_another_place(editor: email.EmailEditor) -> None:
    port = editor.canvas.viewport()
    start = middle(editor, "b1")
    second = editor.canvas.sheet.sections[1].columns[1].rect
    goal = editor.canvas.on_screen(second).center().toPoint()
    QtTest.QTest.mousePress(port, Left, pos=start)
    move(port, start + QtCore.QPoint(0, 12))
    move(port, goal)
    QtTest.QTest.mouseRelease(port, Left, pos=goal)
    assert [block.id for block in editor.state().mail.sections[1].columns[1].blocks] == ["b1"]
    assert editor.stack.undoText() == "move block"


def move(widget: QtWidgets.QWidget, to: QtCore.QPoint) -> None:
    """QTest moves the mouse without a button held."""
    none = QtCore.Qt.KeyboardModifier.NoModifier
    place = QtCore.QPointF(to)
    event = QtGui.QMouseEvent(
        QtCore.QEvent.Type.MouseMove, place, QtCore.QPointF(widget.mapToGlobal(to)), Left, Left, none
    )
    QtWidgets.QApplication.sendEvent(widget, event)


def test_a_drag_is_given_up_by_escape(editor: email.EmailEditor) -> None:
    port, before = editor.canvas.viewport(), editor.state().mail
    start = middle(editor, "b1")
    QtTest.QTest.mousePress(port, Left, pos=start)
    move(port, start + QtCore.QPoint(0, 60))
    press(editor.canvas, Key.Key_Escape)
    QtTest.QTest.mouseRelease(port, Left, pos=start + QtCore.QPoint(0, 60))
    assert editor.state().mail == before


def test_a_block_is_added_from_the_palette_by_click_and_by_drag(editor: email.EmailEditor) -> None:
    editor.canvas.select("b1")
    editor.panel.palette_.entries["divider"].click()
    assert blocks(editor) == ["b1", "b4", "b2", "b3"]
    tile = editor.panel.palette_.entries["image"]
    goal = editor.canvas.viewport().mapToGlobal(
        editor.canvas.on_screen(editor.canvas.sheet.sections[1].columns[1].rect).center().toPoint()
    )
    QtTest.QTest.mousePress(tile, Left, pos=QtCore.QPoint(5, 5))
    move(tile, tile.mapFromGlobal(goal))
    QtTest.QTest.mouseRelease(tile, Left, pos=tile.mapFromGlobal(goal))
    assert [mailblocks.kind_of(block) for block in editor.state().mail.sections[1].columns[1].blocks] == [
        "image"
    ]
    editor.panel.palette_.entries["section:3"].click()
    assert [len(section.columns) for section in editor.state().mail.sections] == [1, 2, 3]


def test_every_block_can_be_added_to_an_empty_mail(editor: email.EmailEditor) -> None:
    editor.set_content(channel.EmailContent())
    for kind in mailblocks.TYPES:
        editor.canvas.select("")
        editor.panel.palette_.entries[kind].click()
    assert [mailblocks.kind_of(block) for block in editor.state().mail.blocks()] == list(mailblocks.TYPES)
    editor.canvas.grab()


def test_an_empty_mail_offers_the_sample_which_is_sound(editor: email.EmailEditor) -> None:
    assert not editor.panel.sample.isVisible()
    editor.set_content(channel.EmailContent(subject="s"))
    assert editor.panel.sample.isVisible()
    editor.panel.sample.click()
    assert not editor.panel.sample.isVisible()
    made = editor.content()
    assert made is not None
    assert channel.check(made, rendered=False) == []
    editor.undo.click()
    assert editor.panel.sample.isVisible()


def test_text_is_written_where_it_stands_and_undone_in_one(editor: email.EmailEditor) -> None:
    editor.canvas.select("b1")
    press(editor.canvas, Key.Key_Return)
    QtTest.QTest.keyClicks(editor.canvas.text, " you")
    block = editor.state().mail.blocks()[0]
    assert isinstance(block, mailblocks.Text)
    assert mailblocks.plain(block) == "Hello you"
    press(editor.canvas.text, Key.Key_Escape)
    assert editor.canvas.text.isHidden()
    editor.undo.click()
    block = editor.state().mail.blocks()[0]
    assert isinstance(block, mailblocks.Text)
    assert mailblocks.plain(block) == "Hello"


def test_words_are_made_bold_a_link_and_a_heading(editor: email.EmailEditor) -> None:
    editor.canvas.select("b1")
    editor.canvas.write()
    rich = editor.canvas.text
    rich.selectAll()
    press(rich, Key.Key_B, Control)
    rich.mark(link="https://x.example", colour="#BD2436")
    rich.set_shape("h2")
    block = editor.state().mail.blocks()[0]
    assert isinstance(block, mailblocks.Text)
    run = mailblocks.Run(text="Hello", bold=True, link="https://x.example", colour="#BD2436")
    assert block.paragraphs == [mailblocks.Paragraph(shape="h2", runs=[run])]
    rich.moveCursor(QtGui.QTextCursor.MoveOperation.End)
    press(rich, Key.Key_Return)
    assert rich.shape() == "p"


def test_rich_text_comes_back_from_its_document_as_it_went_in(editor: email.EmailEditor) -> None:
    run = mailblocks.Run
    given = [
        mailblocks.Paragraph(shape="h1", runs=[run(text="Head "), run(text="bold", bold=True)]),
        mailblocks.Paragraph(
            runs=[run(text="a\nb"), run(text="i", italic=True), run(text="u", underline=True)]
        ),
        mailblocks.Paragraph(shape="bullet", runs=[run(text="one")]),
        mailblocks.Paragraph(
            shape="bullet", runs=[run(text="two", link="https://x.example", colour="#112233")]
        ),
        mailblocks.Paragraph(),
        mailblocks.Paragraph(shape="number", runs=[run(text="{{ x | default: 'y' }}")]),
    ]
    looks = email_rich.Type(family="Arial", size=15, ink="#000000", accent="#4A4FD9")
    assert email_rich.paragraphs(email_rich.document(given, looks)) == given


def test_pasting_brings_words_without_their_markup(editor: email.EmailEditor) -> None:
    editor.canvas.select("b1")
    editor.canvas.write()
    data = QtCore.QMimeData()
    data.setHtml("<b style='font-size:80px'>big</b>")
    data.setText("big")
    editor.canvas.text.insertFromMimeData(data)
    block = editor.state().mail.blocks()[0]
    assert isinstance(block, mailblocks.Text)
    assert block.paragraphs[0].runs == [mailblocks.Run(text="Hellobig")]


def test_a_value_is_inserted_with_its_fallback(editor: email.EmailEditor, qtbot: QtBot) -> None:
    assert email_text.merge_tag("first_name", "") == "{{ first_name }}"
    assert email_text.merge_tag("first_name", 'a "b"') == "{{ first_name | default: 'a \"b\"' }}"
    editor.known = lambda: {"first_name": "Ann"}
    editor.canvas.select("b1")
    editor.canvas.write()
    sheet = editor.bar.ask_value()
    assert sheet is not None
    press(sheet.findChildren(QtWidgets.QLineEdit)[-1], Key.Key_Return)
    block = editor.state().mail.blocks()[0]
    assert isinstance(block, mailblocks.Text)
    assert mailblocks.plain(block) == "Hello{{ first_name }}"


def test_a_property_is_set_for_the_desktop_and_for_the_phone(editor: email.EmailEditor) -> None:
    editor.canvas.select("b2")
    label = editor.panel.properties.field("label")
    assert label is not None
    QtTest.QTest.keyClicks(label.control, "!")
    QtTest.QTest.keyClicks(label.control, "!")
    block = editor.state().mail.blocks()[1]
    assert isinstance(block, mailblocks.Button)
    assert block.label == "Go!!"
    editor.undo.click()
    assert editor.state().mail == mail()
    editor.panel.properties.devices.chosen.emit("phone")
    phone = editor.panel.properties.findChildren(
        QtWidgets.QAbstractButton, options=QtCore.Qt.FindChildOption.FindChildrenRecursively
    )
    hidden = next(one for one in phone if one.accessibleName() == "Hidden on the phone")
    hidden.click()
    assert editor.state().mail.blocks()[1].phone.hidden
    assert editor.canvas.sheet.width == email_sheet.PHONE_W


def test_the_number_of_columns_is_changed_without_losing_a_block(editor: email.EmailEditor) -> None:
    editor.canvas.select("s2")
    editor.panel.properties.changed.emit("x", mail(), "")
    count = editor.panel.properties.findChildren(QtWidgets.QComboBox)[0]
    count.setCurrentIndex(0)
    count.activated.emit(0)
    assert [len(section.columns) for section in editor.state().mail.sections] == [1, 1]
    assert blocks(editor) == ["b1", "b2", "b3"]


def test_it_asks_for_html_once_after_a_few_changes_and_takes_it(
    editor: email.EmailEditor, qtbot: QtBot
) -> None:
    asked: list[str] = []
    editor.compile_wanted.connect(asked.append)
    editor.canvas.select("b2")
    with qtbot.waitSignal(editor.compile_wanted):
        editor.canvas.shift(-1)
        editor.canvas.remove()
    assert asked == [editor.state().source]
    editor.set_compiled("something else", "<p>late</p>", [])
    assert editor.value()["html"] == ""
    with qtbot.waitSignal(editor.changed):
        editor.set_compiled(asked[0], "<p>made</p>", [])
    assert editor.value()["html"] == "<p>made</p>"


def test_blocks_are_turned_into_mjml_and_undone(editor: email.EmailEditor) -> None:
    editor.looks.set_current("mjml")
    editor.looks.chosen.emit("mjml")
    assert editor.mjml.isReadOnly()
    editor.turn("mjml")
    assert not editor.mjml.isReadOnly()
    source = editor.value()["source"]
    assert source.startswith("<mjml>")
    editor.mjml.moveCursor(QtGui.QTextCursor.MoveOperation.Start)
    QtTest.QTest.keyClicks(editor.mjml, " ")
    assert editor.value()["source"] == f" {source}"
    editor.stack.undo()
    assert mailblocks.read(editor.value()["source"]) == mail()
    editor.stack.redo()
    assert editor.value()["source"] == f" {source}"


def test_html_is_never_rewritten(editor: email.EmailEditor) -> None:
    odd = "\ufeff<!DOCTYPE html>\r\n<p>\u00a0 a\t\r\n\nb\r</p>  \r\n"
    editor.set_content(channel.EmailContent(subject="s", html=odd))
    assert editor.value()["html"] == odd
    assert "source" not in editor.value()
    editor.html.moveCursor(QtGui.QTextCursor.MoveOperation.End)
    QtTest.QTest.keyClicks(editor.html, "x")
    assert editor.value()["html"] == odd + "x"


@pytest.mark.parametrize(
    "data,html,kind",
    [
        ("<p>a\r\né</p>".encode(), "<p>a\r\né</p>", "html"),
        (b"\xef\xbb\xbf<p>x", "\ufeff<p>x", "html"),
        ('<meta charset="iso-8859-1"><p>é'.encode("latin-1"), '<meta charset="iso-8859-1"><p>é', "html"),
        (b"<mjml><mj-body></mj-body></mjml>", "", "mjml"),
    ],
)
def test_a_file_is_imported_as_it_is(
    editor: email.EmailEditor, tmp_path: pathlib.Path, data: bytes, html: str, kind: str
) -> None:
    file = tmp_path / "mail.html"
    file.write_bytes(data)
    editor.load(str(file))
    assert (editor.state().kind, editor.value()["html"]) == (kind, html)
    editor.stack.undo()
    assert editor.state().mail == mail()


def test_a_file_that_cannot_be_read_says_why(editor: email.EmailEditor, tmp_path: pathlib.Path) -> None:
    editor.load(str(tmp_path / "none.html"))
    assert not editor.banner.isHidden()
    assert editor.state().mail == mail()


def test_faults_are_said_where_they_are_and_lead_there(editor: email.EmailEditor) -> None:
    editor.canvas.select("b2")
    left = editor.show_faults(
        {"subject": "Empty.", "source.b2.fill": "No colour.", "html": "Nothing."}, strict=True
    )
    fill = editor.panel.properties.field("fill")
    assert fill is not None
    assert fill.error() == "No colour."
    assert "html" in left
    editor.canvas.select("")
    editor.go_to("source.b2.link")
    assert editor.canvas.key == "b2"


def test_what_is_to_be_mended_is_counted_and_shown(editor: email.EmailEditor) -> None:
    editor.set_content(channel.EmailContent(subject="BUY NOW!!", html='<img src="https://x.example/a.png">'))
    assert len(editor.panel.checks.found) >= 3
    assert "subject" in {fault.place for fault in editor.panel.checks.found}


def test_counters_leave_liquid_out(editor: email.EmailEditor) -> None:
    editor.set_content(channel.EmailContent(subject="Hi {{ first_name }}", html="x"))
    assert editor.group.counts["subject"].accessibleName() == "3"


def test_a_screen_reader_hears_what_is_selected(editor: email.EmailEditor) -> None:
    editor.canvas.select("b1")
    assert editor.canvas.accessibleDescription() == "Text: Hello"
    assert all(
        widget.accessibleName() or widget.text()
        for widget in editor.findChildren(QtWidgets.QAbstractButton)
        if widget.isVisible()
    )
