"""Acts on a mail in blocks: blocks go where they are told, and nothing is lost."""

from console.widgets.editors import mail_acts
from server.channels import mailblocks


def mail() -> mailblocks.Mail:
    """b1 b2 | b3 above b4."""

    def column(*keys: str, share: int = 100) -> mailblocks.Column:
        return mailblocks.Column(blocks=[mailblocks.Spacer(id=key) for key in keys], share=share)

    first = mailblocks.Section(id="s1", columns=[column("b1", "b2", share=50), column("b3", share=50)])
    return mailblocks.Mail(sections=[first, mailblocks.Section(id="s2", columns=[column("b4")])])


def keys(made: mailblocks.Mail) -> list[list[list[str]]]:
    return [
        [[block.id for block in column.blocks] for column in section.columns] for section in made.sections
    ]


def test_a_block_is_put_removed_and_copied() -> None:
    spot = mail_acts.after(mail(), "b1")
    assert spot is not None
    grown = mail_acts.insert(mail(), mail_acts.new_block(mail(), "text"), spot)
    assert keys(grown)[0][0] == ["b1", "b5", "b2"]
    assert keys(mail_acts.remove(grown, "b5")) == keys(mail())
    copied, key = mail_acts.duplicate(mail(), "b4")
    assert (keys(copied)[1], key) == ([["b4", "b5"]], "b5")


def test_a_block_moves_to_the_place_one_pointed_at() -> None:
    to = mail_acts.Spot(section=0, column=0, index=2)
    assert keys(mail_acts.move(mail(), "b1", to))[0][0] == ["b2", "b1"]
    assert keys(mail_acts.move(mail(), "b2", mail_acts.Spot(section=0, column=0, index=0)))[0][0] == [
        "b2",
        "b1",
    ]
    assert mail_acts.move(mail(), "b1", mail_acts.Spot(section=0, column=0, index=1)) == mail()
    assert keys(mail_acts.move(mail(), "b4", to)) == [[["b1", "b2", "b4"], ["b3"]], [[]]]


def test_a_block_walks_through_the_mail_by_keyboard() -> None:
    made = mail_acts.shift(mail(), "b1", 1)
    assert keys(made)[0][0] == ["b2", "b1"]
    made = mail_acts.shift(made, "b1", 1)
    assert keys(made) == [[["b2"], ["b3"]], [["b1", "b4"]]]
    assert keys(mail_acts.shift(made, "b1", -1)) == [[["b2", "b1"], ["b3"]], [["b4"]]]
    assert mail_acts.shift(mail(), "b1", -1) == mail()
    assert keys(mail_acts.shift_across(mail(), "b2", 1))[0] == [["b1"], ["b3", "b2"]]
    assert mail_acts.shift_across(mail(), "b3", 1) == mail()


def test_sections_move_and_change_their_columns_without_losing_a_block() -> None:
    assert keys(mail_acts.shift(mail(), "s2", -1))[0] == [["b4"]]
    joined = mail_acts.set_columns(mail(), "s1", 1)
    assert keys(joined)[0] == [["b1", "b2", "b3"]]
    four = mail_acts.set_columns(joined, "s1", 4)
    assert [column.share for column in four.sections[0].columns] == [25] * 4
    assert sorted(block.id for block in four.blocks()) == ["b1", "b2", "b3", "b4"]


def test_a_copied_section_shares_no_id_with_its_model() -> None:
    made, key = mail_acts.duplicate_section(mail(), "s1")
    ids = [block.id for block in made.blocks()] + [section.id for section in made.sections]
    assert len(ids) == len(set(ids))
    assert [len(column) for column in keys(made)[1]] == [2, 1]
    assert key in [section.id for section in made.sections]


def test_every_kind_can_be_added_to_an_empty_mail() -> None:
    made = mailblocks.Mail()
    for kind in mailblocks.TYPES:
        made = mail_acts.append(made, mail_acts.new_block(made, kind))
    assert [mailblocks.kind_of(block) for block in made.blocks()] == list(mailblocks.TYPES)
    assert len({section.id for section in made.sections}) == len(mailblocks.TYPES)
