"""What the whole-path measurements send: one personalised content a channel, and an address for every person."""

import functools
import math

import msgspec

from server.channels import contents
from server.channels import email as email_rules
from server.demo import command
from server.store import addresses
from server.twins.push import webpush

#: Devices whose keys are made; further subscriptions share them under addresses of their own.
DEVICES = 2_000
#: Bytes of a mail as it leaves, and what of that its headers, their signature and the MIME parts' own take.
WEIGHT, HEADERS = 10_000, 1_000
PARAGRAPH = (
    '<p style="margin:0 0 16px;font:16px/25px Helvetica,Arial,sans-serif;color:#394449">{{ first_name }}, '
    "the Fell shell is cut from a cloth that was woven for lifeboats: it breathes on the way up, keeps its "
    "warmth on the ridge and dries on the way down, and in {{ city | default: 'town' }} it simply keeps you dry.</p>\n"
)
SMS = contents.Sms(
    body="Hi {{ first_name | default: 'there' }}, you have {{ points }} points"
    "{% if city %} in {{ city }}{% endif %}. Reply STOP to end. {{ code }}"
)
APNS = contents.Apns(
    title="{{ first_name | default: 'Hello' }}, the spring drop is open",
    body="{% if points and points != 0 %}You have {{ points }} points to spend. {% endif %}Until Sunday.",
    link="northwind://drop/spring?m={{ key | url_encode }}",
)
WEBPUSH = contents.WebPush(
    title="The spring drop is open",
    body="{{ first_name | default: 'Hello' }}, it is yours to look through until Sunday, before everybody else.",
    url="https://northwind.test/drop?m={{ key | url_encode }}",
    ttl_s=172_800,
)


def contents_of(channel: str) -> contents.Contents:
    """What is sent on one channel, as a campaign keeps it."""
    one: dict[str, contents.Content] = {"sms": SMS, "apns": APNS, "webpush": WEBPUSH, "email": email()}
    return contents.Contents(**{channel: one[channel]})  # type: ignore[arg-type]


@functools.cache
def email() -> contents.Email:
    """The sample campaign's mail, lengthened until what leaves is about 10 KB."""
    sample = msgspec.json.decode(command.SAMPLE.read_bytes(), type=command.Sample)
    mail = sample.contents.email
    assert mail is not None
    before, opening, after = mail.html.partition('<table role="presentation" style="margin:0 0 32px">')
    if not opening:
        raise RuntimeError("the sample mail has no table to lengthen it before")
    more = math.ceil((WEIGHT - HEADERS - email_rules.encoded_size(mail)) / len(PARAGRAPH))
    return msgspec.structs.replace(mail, html=f"{before}{PARAGRAPH * more}{opening}{after}")


def address(channel: str, number: int, endpoint: str) -> tuple[str, str]:
    """A person's address and the key it is compared by."""
    if channel == "apns":
        return (token := f"{number:064x}"), token
    if channel == "email":
        return (mail := f"person{number}@mailbox.example"), mail
    if channel == "webpush":
        subscription = _subscription(endpoint, number)
        return subscription, addresses.key("webpush", subscription)
    return (phone := f"+336{number:08d}"), phone


def _subscription(endpoint: str, number: int) -> str:
    keys = _device(number % DEVICES)
    return msgspec.json.encode({"endpoint": f"{endpoint}/wpush/v2/device-{number}", "keys": keys}).decode()


@functools.cache
def _device(number: int) -> dict[str, str]:
    made: dict[str, dict[str, str]] = webpush.subscription({"seed": "bench"}, "", f"device-{number}")
    return made["keys"]
