"""What a draft holds while it is edited, and what is wrong with it by the channels' own rules; pure."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from console.widgets import theme
from console.widgets.editors import checking, parts
from server.channels import contents
from server.wire import campaigns, policies
from server.wire import limits as bounds

SAMPLE = theme.RESOURCES / "samples" / "demo.json"
UNNAMED = "Untitled campaign"
#: Channels that an SMS in place of RCS needs.
FALLBACK = {"rcs", "sms"}
NEW = "new"  #: the local draft's key while the server knows nothing of it


class Sample(msgspec.Struct, frozen=True):
    """A campaign to begin from."""

    name: str
    contents: contents.Contents


@dataclass(slots=True, kw_only=True)
class Work:
    """A draft in the making. A channel that is switched off keeps what was written for it."""

    campaign: int | None = None  #: None until the server has made it
    name: str = UNNAMED
    audience: int | None = None
    on: set[str] = field(default_factory=set)
    written: dict[str, parts.Fields] = field(default_factory=dict)
    policy: policies.Policy = field(default_factory=policies.Policy)
    priority: bounds.Priority = bounds.Priority.BULK
    limits: list[bounds.Rate] = field(default_factory=list)
    languages: dict[str, contents.Translations] = field(
        default_factory=dict
    )  #: by channel, as a template gave them
    taken: dict[str, contents.Taken] = field(
        default_factory=dict
    )  #: the template that a channel's content is from

    @property
    def key(self) -> str:
        """The local draft's key."""
        return NEW if self.campaign is None else str(self.campaign)

    def fields(self, channel: str) -> parts.Fields:
        """What stands in a channel's form; an empty content before anything was written."""
        if channel not in self.written:
            self.written[channel] = checking.blank(channel)
        return self.written[channel]

    def chosen(self) -> list[str]:
        """The channels that are switched on, in the order screens list them."""
        return [channel for channel in contents.CHANNELS if channel in self.on]

    def kept(self) -> dict[str, Any]:
        """All of it as plain values, for the local draft."""
        return {
            "name": self.name,
            "audience": self.audience,
            "on": self.chosen(),
            "written": copy.deepcopy(self.written),
            "policy": msgspec.to_builtins(self.policy),
            "priority": self.priority.value,
            "limits": msgspec.to_builtins(self.limits),
            "languages": msgspec.to_builtins(self.languages),
            "taken": msgspec.to_builtins(self.taken),
        }

    def rules(self) -> policies.Policy:
        """Its own rules, without a fallback that has nothing to fall back from, or to."""
        if self.policy.fallback is None or self.on >= FALLBACK:
            return self.policy
        return msgspec.structs.replace(self.policy, fallback=None)


def of_campaign(row: campaigns.Campaign) -> Work:
    """A draft as the server has it."""
    chosen = row.contents.chosen()
    written = {channel: checking.plain(made) for channel, made in chosen.items()}
    return Work(
        campaign=row.id,
        name=row.name,
        audience=row.audience,
        on=set(chosen),
        written=written,
        policy=row.policy,
        priority=row.priority,
        limits=list(row.limits),
        languages=dict(row.contents.languages),
        taken=dict(row.contents.taken),
    )


def of_kept(kept: Mapping[str, Any], campaign: int | None) -> Work | None:
    """A local draft; None where the file holds something else."""
    try:
        name, audience = str(kept["name"]), kept["audience"]
        on = {channel for channel in kept["on"] if channel in checking.TYPES}
        written = {
            channel: {**checking.blank(channel), **kept["written"][channel]} for channel in kept["written"]
        }
        policy = msgspec.convert(kept.get("policy", {}), policies.Policy)
        priority = bounds.Priority(kept.get("priority", "bulk"))
        limits = msgspec.convert(kept.get("limits", []), list[bounds.Rate])
        languages = msgspec.convert(kept.get("languages", {}), dict[str, contents.Translations])
        taken = msgspec.convert(kept.get("taken", {}), dict[str, contents.Taken])
    except (KeyError, TypeError, ValueError, msgspec.ValidationError):
        return None
    audience = audience if isinstance(audience, int) else None
    return Work(
        campaign=campaign,
        name=name,
        audience=audience,
        on=on,
        written=written,
        policy=policy,
        priority=priority,
        limits=limits,
        languages=languages,
        taken=taken,
    )


def of_sample() -> Sample:
    """The bundled sample campaign."""
    return msgspec.json.decode(SAMPLE.read_bytes(), type=Sample)


def asked(work: Work) -> campaigns.SaveCampaign | None:
    """The draft as the server takes it; None while it has faults."""
    chosen: dict[str, Any] = {}
    for channel in work.chosen():
        fields = work.fields(channel)
        made = checking.content(channel, fields)
        if isinstance(made, list) or checking.errors(channel, fields):
            return None
        chosen[channel] = made
    name = work.name.strip()
    if not name:
        return None
    return campaigns.SaveCampaign(
        name=name,
        audience=work.audience,
        contents=campaigns.Contents(
            **chosen,
            languages={name: one for name, one in work.languages.items() if name in chosen},
            taken={name: one for name, one in work.taken.items() if name in chosen},
        ),
        policy=work.rules(),
        priority=work.priority,
        limits=work.limits,
    )


def hindrances(work: Work) -> dict[str, int]:
    """Channel to the number of errors in it, for channels switched on."""
    counted = {channel: len(checking.errors(channel, work.fields(channel))) for channel in work.chosen()}
    return {channel: count for channel, count in counted.items() if count}


def state(work: Work) -> str:
    """Why the server would not take it, in a clause; empty where it would."""
    if not work.name.strip():
        return "it has no name"
    count = sum(hindrances(work).values())
    if count:
        return "1 fault has to be mended first" if count == 1 else f"{count} faults have to be mended first"
    return ""
