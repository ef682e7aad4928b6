"""The contents of a campaign: at most one per channel."""

import msgspec

from server.channels import apns, base, email, rcs, sms, webpush, whatsapp

Apns = apns.ApnsContent
WebPush = webpush.WebPushContent
Email = email.EmailContent
Sms = sms.SmsContent
WhatsApp = whatsapp.WhatsAppContent
Rcs = rcs.RcsContent

#: Any channel's content; in JSON the field `channel` tells which.
Content = Apns | WebPush | Email | Sms | WhatsApp | Rcs

#: Channel to the module with its content type and rules, in the order screens list them.
CHANNELS = {
    "apns": apns,
    "webpush": webpush,
    "email": email,
    "sms": sms,
    "whatsapp": whatsapp,
    "rcs": rcs,
}

#: What a person calls each channel.
TITLES = {
    "apns": "Apple push",
    "webpush": "Browser push",
    "email": "Email",
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "rcs": "RCS",
}


class Translations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A content in further languages; each person is sent one, see server.channels.languages. Tags are BCP 47."""

    language: str = ""  #: of the content beside this, which is the default
    others: dict[str, Content] = {}  #: tag to the content in that language, all of one channel
    fallbacks: dict[str, str] = {}  #: a tag to the one that stands in for it


class Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The template a content was taken from."""

    template: int
    version: int


class Contents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Channel to content. A channel that is None is not sent."""

    apns: Apns | None = None
    webpush: WebPush | None = None
    email: Email | None = None
    sms: Sms | None = None
    whatsapp: WhatsApp | None = None
    rcs: Rcs | None = None
    languages: dict[str, Translations] = {}  #: channel to its content in further languages
    taken: dict[str, Taken] = {}  #: channel to the template its content came from
    blocks: dict[str, int] = {}  #: shared block to the version a launch froze; empty in a draft

    def chosen(self) -> dict[str, Content]:
        """The channels that have a content, in the order of CHANNELS."""
        return {channel: content for channel in CHANNELS if (content := getattr(self, channel)) is not None}


def check(content: Content, *, rendered: bool) -> list[base.Fault]:
    """Name all faults of one content by its channel's rules."""
    channel = content.__struct_config__.tag
    faults: list[base.Fault] = CHANNELS[str(channel)].check(content, rendered=rendered)
    return faults
