"""What a draft holds, and what is found wrong with it while it is written."""

import datetime
import typing

import msgspec
import pytest

from console.views.campaigns.draft import model, review
from console.widgets.editors import checking, forms, meters, parts
from console.widgets.writing import values
from server.channels import contents, rcs, sms, webpush, whatsapp
from server.wire import audiences


def work(**written: dict[str, object]) -> model.Work:
    made = model.Work(name="Spring", audience=1, on=set(written))
    for channel, changes in written.items():
        made.written[channel] = {**checking.blank(channel), **changes}
    return made


def names_of(described: typing.Sequence[parts.Part]) -> set[str]:
    return {part.name for part in described}


@pytest.mark.parametrize("channel", list(contents.CHANNELS))
def test_every_field_of_a_content_is_in_its_form(channel: str) -> None:
    wanted = set(checking.blank(channel)) - {"channel"}
    assert names_of(forms.FORMS[channel]) == wanted


def test_every_field_within_lists_and_groups_is_in_the_form() -> None:
    inner = {
        ("webpush", "actions"): webpush.Action,
        ("whatsapp", "header"): whatsapp.Header,
        ("whatsapp", "body"): whatsapp.Parameter,
        ("whatsapp", "buttons"): whatsapp.Button,
        ("rcs", "cards"): rcs.Card,
        ("rcs", "suggestions"): rcs.Suggestion,
    }
    for (channel, name), kind in inner.items():
        part = next(part for part in forms.FORMS[channel] if part.name == name)
        assert names_of(part.parts) == set(kind.__struct_fields__), name
        if part.blank:
            msgspec.convert(dict(part.blank), type=kind)


@pytest.mark.parametrize("channel", list(contents.CHANNELS))
def test_choices_are_those_of_the_type(channel: str) -> None:
    hints = typing.get_type_hints(checking.TYPES[channel])
    for part in forms.FORMS[channel]:
        if part.kind is parts.Kind.CHOICE:
            assert {value for value, _ in part.choices} == set(typing.get_args(hints[part.name])), part.name


def test_the_sample_is_a_draft_without_faults() -> None:
    sample = model.of_sample()
    chosen = sample.contents.chosen()
    made = model.Work(
        name=sample.name, on=set(chosen), written={k: checking.plain(v) for k, v in chosen.items()}
    )
    ask = model.asked(made)
    assert ask is not None
    assert ask.contents == sample.contents
    assert model.hindrances(made) == {}


def test_a_draft_survives_its_journey_to_the_disk_and_back() -> None:
    made = work(sms={"body": "Hi"})
    made.written["email"] = {**checking.blank("email"), "subject": "written, then switched off"}
    kept = msgspec.json.decode(msgspec.json.encode(made.kept()))
    back = model.of_kept(kept, 7)
    assert back is not None
    assert (back.campaign, back.on, back.written) == (7, {"sms"}, made.written)


@pytest.mark.parametrize("kept", [{}, {"name": "x"}, {"name": "x", "audience": 1, "on": 3, "written": {}}])
def test_a_file_that_is_no_draft_is_none(kept: dict[str, object]) -> None:
    assert model.of_kept(kept, None) is None


def test_what_is_switched_off_is_not_sent_and_not_checked() -> None:
    made = work(sms={"body": "Hi"})
    made.written["email"] = checking.blank("email")
    ask = model.asked(made)
    assert ask is not None
    assert list(ask.contents.chosen()) == ["sms"]


def test_faults_keep_a_draft_from_the_server_and_are_counted() -> None:
    made = work(sms={"body": ""}, email={"subject": "x"})
    assert model.asked(made) is None
    assert model.hindrances(made) == {"email": 1, "sms": 1}
    assert model.state(made) == "2 faults have to be mended first"
    made.name = " "
    assert model.state(made) == "it has no name"


def test_a_value_of_the_wrong_kind_is_a_fault_at_its_place() -> None:
    found = checking.faults("apns", {**checking.blank("apns"), "title": "x", "badge": "many"})
    assert [(fault.place, fault.level) for fault in found] == [("badge", "error")]
    inner = {**checking.blank("rcs"), "kind": "text", "text": "x"}
    inner["suggestions"] = [{"text": "Here", "kind": "view_location", "latitude": "north"}]
    assert [fault.place for fault in checking.faults("rcs", inner)] == ["suggestions.0.latitude"]


def test_sentences_of_the_server_lead_to_where_they_are_mended() -> None:
    found = review.sorted_out(
        [
            "sms.body: The message is empty Write a text",
            "Email has no account that can send. Add or mend one under Providers.",
            "There is nobody in the audience. Import contacts, or choose another.",
            "The campaign has no content. Write one for at least one channel.",
            "Something of a later version.",
        ]
    )
    assert [(fault.where, fault.channel, fault.place) for fault in found] == [
        ("content", "sms", "body"),
        ("providers", "", ""),
        ("audience", "", ""),
        ("content", "", ""),
        ("", "", ""),
    ]
    assert found[0].words == "SMS: The message is empty Write a text"


def test_an_sms_says_what_makes_it_dearer() -> None:
    gauge = meters.gauges(contents.Sms(body="Hi “you”"))[0]
    assert gauge.name == "1 segment"
    assert gauge.words == "UCS-2, 8 of 70"
    assert gauge.note == "“ ” are outside GSM-7: 70 fit in place of 160"
    assert meters.gauges(contents.Sms(body="a" * 161))[0].words == "GSM-7, 161 of 306"
    many = sms.segments("один два три четыре")
    assert "more are outside GSM-7" in meters.offending(many)


def test_every_channel_has_a_measure() -> None:
    for content in model.of_sample().contents.chosen().values():
        assert meters.gauges(content), content
    assert meters.gauges(contents.Apns(title="\ud83d")) == []


def test_whatsapp_counts_its_parameters_against_the_approved_text() -> None:
    short = contents.WhatsApp(template="x", sample="Hi {{1}}, {{2}}")
    gauge = meters.gauges(short)[0]
    assert (gauge.words, gauge.tone) == ("0 of 2", "bad")


def test_values_are_offered_with_somebodys_example() -> None:
    row = audiences.Contact(
        id=1,
        key="m-1",
        name="Ana Ruiz",
        country="FR",
        zone="",
        locale="fr",
        attributes={"first_name": "Ana", "plan": "pro", "code": ""},
        identities=[audiences.Identity(channel="email", address="ana@example.test")],
        suppressed=[],
        created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    )
    known = values.gathered([row])
    assert known["first_name"] == "Ana"
    assert known["email"] == "ana@example.test"
    assert list(known)[-2:] == ["code", "plan"]
