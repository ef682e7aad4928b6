"""What a launch freezes of its campaign's rules and its workspace's: when each message is due, and how it is judged."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from server.channels import contents
from server.engine import judging
from server.pipeline.delivery import hours, zones
from server.store import policies as rows
from server.store.ledger import terms
from server.wire import campaigns, ledger
from server.wire import policies as wire

BULK = "bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a campaign's rules make of its launch."""

    terms: terms.Terms
    contents: str  #: JSON, as it is frozen


class TooLate(Exception):
    """The campaign's last moment is over."""


def shape(connection: sqlite3.Connection, *, workspace: int, campaign: int, now: float) -> Shape:
    """Read a campaign's rules and its workspace's for a launch at `now`. Raises TooLate."""
    text, policy_text, priority = connection.execute(
        "SELECT contents, policy, priority FROM campaign WHERE workspace = ? AND id = ?",
        (workspace, campaign),
    ).fetchone()
    policy = msgspec.json.decode(policy_text, type=wire.Policy)
    rules = merged(rows.show_now(connection, workspace), policy, priority)
    if rules.not_after is not None and rules.not_after <= now:
        raise TooLate
    judged = rules.quiet.windows or rules.caps or rules.not_after or rules.fallback_s
    return Shape(
        terms=terms.Terms(
            policy=msgspec.json.encode(rules).decode() if judged else "",
            not_after=rules.not_after,
            fallback=rules.fallback_s is not None,
            due=None if policy.local_time is None else due(policy.local_time, rules, now),
        ),
        contents=text if rules.fallback_s is None else _short_lived(text, rules.fallback_s),
    )


def merged(defaults: wire.SaveDefaults, policy: wire.Policy, priority: str) -> judging.Rules:
    """A campaign's rules and its workspace's as one.

    The workspace's are for bulk: a transactional or test message minds only what its own campaign asks for.
    """
    bulk = priority == BULK
    quiet = policy.quiet or (defaults.quiet if bulk else wire.QuietHours())
    return judging.Rules(
        zone=defaults.zone,
        quiet=quiet,
        caps=[*(defaults.caps if bulk else []), *policy.caps],
        not_after=None if policy.not_after is None else policy.not_after.timestamp(),
        fallback_s=None if policy.fallback is None else policy.fallback.wait_s,
    )


def due(local: wire.LocalTime, rules: judging.Rules, now: float) -> Callable[[str, str], terms.Due]:
    """When messages are due by each zone's own clock, for a launch at `now`."""

    def of(zone: str, country: str) -> terms.Due:
        clock, source = zones.of(zone, country, rules.zone)
        at, _ = hours.local_moment(local, clock, now)
        assumed = source == "workspace"
        if at is None:
            return terms.Due(clock, None, ledger.Skip.TOO_LATE.value, assumed)
        if rules.not_after is not None and at >= rules.not_after:
            return terms.Due(clock, None, ledger.Skip.EXPIRED.value, assumed)
        return terms.Due(clock, at, "", assumed)

    return of


def _short_lived(text: str, most_s: int) -> str:
    """Contents whose RCS message lives no longer than its fallback waits: its end is then told by the provider."""
    chosen = msgspec.json.decode(text, type=campaigns.Contents)
    if chosen.rcs is None:
        return text
    languages = dict(chosen.languages)
    if (spoken := languages.get("rcs")) is not None:
        others = {tag: _ending(content, most_s) for tag, content in spoken.others.items()}
        languages["rcs"] = msgspec.structs.replace(spoken, others=others)
    whole = msgspec.structs.replace(chosen, rcs=_ending(chosen.rcs, most_s), languages=languages)
    return text if whole == chosen else msgspec.json.encode(whole).decode()


def _ending(content: contents.Content, most_s: int) -> contents.Content:
    """An RCS message that lives at most so long."""
    if not isinstance(content, contents.Rcs) or content.ttl_s <= most_s:
        return content
    return msgspec.structs.replace(content, ttl_s=most_s)
