"""The sample campaign: sound by every channel's rules, before and after it is rendered."""

import msgspec
import pytest

from server.channels import base, contents, sms
from server.demo import command
from server.pipeline.content import rendering
from server.twins.whatsapp import templates

SAMPLE = msgspec.json.decode(command.SAMPLE.read_bytes(), type=command.Sample)
KNOWN = {
    "key": "p0000001",
    "first_name": "Zoë",
    "last_name": "Lindström",
    "city": "Malmö",
    "plan": "club",
    "points": "1200",
    "code": "7KQ2XDMA",
}


def errors(faults: list[base.Fault]) -> list[base.Fault]:
    return [fault for fault in faults if fault.level == "error"]


def rendered(channel: str, values: dict[str, object]) -> contents.Content:
    return rendering.Renderer(SAMPLE.contents.chosen()[channel]).render(values).content


def test_the_sample_has_a_content_for_every_channel() -> None:
    assert list(SAMPLE.contents.chosen()) == list(contents.CHANNELS)


@pytest.mark.parametrize("channel", contents.CHANNELS)
def test_a_content_breaks_no_rule_as_a_template(channel: str) -> None:
    assert contents.check(SAMPLE.contents.chosen()[channel], rendered=False) == []


@pytest.mark.parametrize("channel", contents.CHANNELS)
def test_a_content_breaks_no_rule_for_a_person_we_know_well(channel: str) -> None:
    assert errors(contents.check(rendered(channel, dict(KNOWN)), rendered=True)) == []


@pytest.mark.parametrize("channel", ["apns", "webpush", "email", "rcs"])
def test_a_content_reads_well_for_a_person_we_know_nothing_of(channel: str) -> None:
    assert errors(contents.check(rendered(channel, {"key": "p0000002"}), rendered=True)) == []


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_person_without_a_code_is_skipped_by_name(channel: str) -> None:
    with pytest.raises(rendering.MissingValue) as caught:
        rendered(channel, {"key": "p0000002", "first_name": "Ana"})
    assert caught.value.variable == "code"


def test_the_sms_is_one_segment_of_gsm_7() -> None:
    content = rendered("sms", dict(KNOWN))
    assert isinstance(content, contents.Sms)
    found = sms.segments(content.body)
    assert (found.encoding, found.count) == ("gsm7", 1)


def test_the_whatsapp_sample_is_the_body_the_twin_approved() -> None:
    content = SAMPLE.contents.whatsapp
    assert content is not None
    approved = {item.name: item.body for item in templates.APPROVED}
    assert content.sample == approved[content.template]
