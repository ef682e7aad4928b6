"""What a template's page holds in every language, what it asks to be saved, and how acts on many are put."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.views.templates import model
from console.views.templates.template import languages, lines, work
from console.widgets import paged
from console.widgets.editors import checking
from server.channels import contents
from server.wire import templates

NOW = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)


def row(number: int = 1, **more: object) -> templates.Template:
    given_ = {
        "name": "Welcome",
        "channel": "sms",
        "version": 3,
        "content": contents.Sms(body="Hello"),
        "updated_at": NOW,
        **more,
    }
    return templates.Template(id=number, **given_)  # type: ignore[arg-type]


GERMAN = contents.Translations(
    language="en", others={"de": contents.Sms(body="Hallo")}, fallbacks={"gsw": "de"}
)


def test_a_template_comes_back_from_its_work_as_it_was() -> None:
    made = work.of_template(row(translations=GERMAN))
    ask = work.asked(made, note="shorter", by="ana")
    assert ask is not None
    assert (ask.content, ask.translations) == (contents.Sms(body="Hello"), GERMAN)
    assert (ask.base, ask.note, ask.by) == (3, "shorter", "ana")
    assert (ask.folder, ask.tags) == (None, None)  # where it lies is changed elsewhere


def test_a_new_template_says_where_it_lies() -> None:
    made = work.of_content(contents.Sms(body="Hello"))
    made.folder, made.tags = "Onboarding", ["welcome"]
    ask = work.asked(made)
    assert ask is not None
    assert (ask.folder, ask.tags, ask.base) == ("Onboarding", ["welcome"], None)


def test_what_was_kept_is_what_was_written() -> None:
    made = work.of_template(row(translations=GERMAN, folder="A/B", tags=["x"]))
    made.fields("de")["body"] = "Servus"
    back = work.of_kept(made.kept(), 1)
    assert back == made


@pytest.mark.parametrize(
    "kept", [{}, {"channel": "fax"}, {"channel": "sms", "written": 3}, {"channel": None}]
)
def test_a_kept_file_that_holds_something_else_is_no_work(kept: dict[str, object]) -> None:
    assert work.of_kept(kept, None) is None


def test_a_fault_in_any_language_keeps_the_template_from_being_saved_and_is_named() -> None:
    made = work.of_template(row(translations=GERMAN))
    made.fields("de")["body"] = ""
    assert work.asked(made) is None
    assert set(work.errors(made)) == {"de"}
    assert "(de)" in work.hindrance(made)


def test_a_template_without_a_name_is_not_saved() -> None:
    made = work.of_template(row())
    made.name = "  "
    assert work.asked(made) is None
    assert work.hindrance(made) == "it has no name"


def test_a_preview_holds_every_language_and_none_where_there_is_but_one() -> None:
    whole = work.whole(work.of_template(row(translations=GERMAN)))
    assert whole is not None
    assert whole.languages == {"sms": GERMAN}
    alone = work.whole(work.of_template(row()))
    assert alone is not None
    assert alone.languages == {}


def test_a_field_that_was_emptied_again_is_no_edit() -> None:
    known = work.of_template(row())
    edited = work.of_template(row())
    edited.fields()["media_urls"] = []
    assert work.same(edited, known)
    edited.fields()["body"] = "Hello!"
    assert not work.same(edited, known)


@pytest.mark.parametrize(
    "place, found",
    [
        ("content.body", ("", "body")),
        ("translations.others.pt-BR.cards.0.title", ("pt-BR", "cards.0.title")),
        ("name", ("", "name")),
    ],
)
def test_a_fault_of_the_servers_finds_its_language_and_field(place: str, found: tuple[str, str]) -> None:
    assert work.place_of(place) == found


def test_a_language_is_added_once_and_by_its_tag() -> None:
    made = work.of_template(row(translations=GERMAN))
    assert work.language_fault(made, "fr_FR") == ""
    assert "no language tag" in work.language_fault(made, "french!")
    assert "already" in work.language_fault(made, "DE")
    assert "already" in work.language_fault(made, "en")


def test_fallbacks_are_read_line_by_line() -> None:
    assert languages.read_fallbacks("gsw = de\n\npt=pt_br") == {"gsw": "de", "pt": "pt-BR"}
    assert "not a pair" in str(languages.read_fallbacks("gsw de"))
    assert "itself" in str(languages.read_fallbacks("de = DE"))


# -- the library ------------------------------------------------------------------------------------------


def test_a_move_leaves_out_what_lies_there_already() -> None:
    rows = [row(1, folder="A"), row(2), row(3, folder="B")]
    assert [place.template for place in model.moved(rows, "A")] == [2, 3]


def test_tags_are_added_and_taken_without_touching_the_others() -> None:
    rows = [row(1, tags=["a", "b"]), row(2, tags=["c"]), row(3, tags=["n"])]
    places = model.tagged(rows, ["n"], ["b"])
    assert [(place.template, place.tags) for place in places] == [(1, ["a", "n"]), (2, ["c", "n"])]


def test_only_what_is_not_there_yet_is_archived() -> None:
    rows = [row(1), row(2, archived=True)]
    assert [place.template for place in model.archived(rows, away=True)] == [1]
    assert [place.template for place in model.archived(rows, away=False)] == [2]


@given(st.text(alphabet="ab /", max_size=20))
def test_a_folder_as_it_is_stored_has_no_empty_part(words: str) -> None:
    clean = model.clean_folder(words)
    assert model.clean_folder(clean) == clean
    assert not clean or all(part == part.strip() and part for part in clean.split("/"))


def test_a_shelf_comes_back_from_a_link() -> None:
    for shelf in (
        model.Shelf(),
        model.Shelf(kind="folder", name="A/B"),
        model.Shelf(kind="tag", name="spring"),
        model.Shelf(kind="archive"),
    ):
        assert model.shelf_of(**shelf.said()) == shelf


def test_a_query_asks_for_the_archive_alone_or_for_the_rest() -> None:
    window = paged.Window(offset=0, limit=100, sort="name", generation=1)
    ask = model.query(model.Shelf(kind="archive"), window, find="x", channel="sms")
    assert (ask.archived, ask.find, ask.channel, ask.sort) == ("only", "x", "sms", "name")
    assert model.query(model.Shelf(kind="folder", name="A"), window, find="", channel="").folder == "A"


def test_a_place_is_named_as_people_say_it() -> None:
    assert lines.named("cards.0.suggestions.2.text") == "Cards 1 · Suggestions 3 · Text"
    assert lines.named("media_urls.0") == "Media urls 1"
    assert lines.named("html") == "HTML"


def test_a_blank_of_each_channel_is_a_work() -> None:
    for channel in contents.CHANNELS:
        made = work.Work(channel=channel)
        assert made.fields() == checking.blank(channel)
