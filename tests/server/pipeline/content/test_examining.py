"""What is wrong with contents is said when they are saved."""

from server.channels import contents
from server.pipeline.content import examining, values


def test_every_broken_template_is_named_by_channel_and_place() -> None:
    chosen = contents.Contents(
        sms=contents.Sms(body="Hi {{ name"),
        email=contents.Email(subject="{{ a | nosuch }}", html="<p>x</p>", text="x"),
    )
    errors = {fault.place: fault for fault in examining.examine(chosen) if fault.level == "error"}
    assert {"sms.body", "email.subject"} <= set(errors)
    assert all(fault.message.endswith(".") and fault.remedy for fault in errors.values())


def test_a_variable_nobody_has_is_a_warning_with_the_one_that_was_meant() -> None:
    chosen = contents.Contents(
        sms=contents.Sms(body="{{ first_nam }} {{ city }} {{ zzz | default: 'x' }} {{ email }}")
    )
    found = {
        fault.message: fault
        for fault in examining.examine(chosen, known={"city"})
        if fault.place == "sms.body"
    }
    strangers = [fault for message, fault in found.items() if "no contact has" in message]
    assert [fault.level for fault in strangers] == ["warning", "warning"]
    assert "first_name" in strangers[0].remedy
    assert "default" in strangers[1].remedy


def test_sound_contents_have_no_errors() -> None:
    chosen = contents.Contents(sms=contents.Sms(body="Hi {{ first_name | default: 'there' }}"))
    assert [fault for fault in examining.examine(chosen) if fault.level == "error"] == []


def test_values_are_the_attributes_and_the_names_we_know() -> None:
    row = {
        "key": "C-1",
        "name": "",
        "country": "FR",
        "zone": "",
        "locale": "",
        "attributes": '{"city": "Nice"}',
    }
    assert values.values_of(row) == {"city": "Nice", "key": "C-1", "country": "FR"}
    assert values.values_of(row | {"email": "a@b.co", "phone": "+1"})["phone"] == "+1"
