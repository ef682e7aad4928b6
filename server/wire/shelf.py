"""Keeping order among campaigns: copies, tags, and the archive."""

import enum

import msgspec

from server.wire import campaigns, endpoint

LONGEST_TAG = 40
MOST_TAGS = 20
#: Campaigns one act may name.
MOST_CAMPAIGNS = 500


class Act(enum.StrEnum):
    """What can be done to several campaigns at once."""

    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    TAG = "tag"
    UNTAG = "untag"


class Shelve(endpoint.Ask, frozen=True, kw_only=True):
    """One act upon some campaigns; `tag` where it is about one."""

    act: Act
    campaigns: list[int]
    tag: str = ""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that stays as it is, and why."""

    campaign: int
    name: str
    why: str


class Shelved(endpoint.Reply, frozen=True):
    """What an act changed. The opposite act upon `changed` takes it back exactly."""

    changed: list[int]
    left: list[Left]


class Clone(endpoint.Ask, frozen=True, kw_only=True):
    """A new draft like a campaign: its audience, contents, rules, limits, priority and tags."""

    name: str = ""  #: empty for the old name with `(copy)` behind it


class SaveTags(endpoint.Ask, frozen=True, kw_only=True):
    """A campaign's tags, whole."""

    tags: list[str]


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag in use."""

    name: str
    campaigns: int  #: that bear it and are not archived


class Tags(endpoint.Reply, frozen=True):
    """All tags in use, by name."""

    rows: list[Tag]


CLONE = endpoint.Endpoint(
    "POST", "/v1/campaigns/{campaign}/clone", Clone, campaigns.Campaign, "Make a draft like a campaign"
)
SAVE_TAGS = endpoint.Endpoint(
    "PUT", "/v1/campaigns/{campaign}/tags", SaveTags, campaigns.Campaign, "Set a campaign's tags"
)
TAGS = endpoint.Endpoint("GET", "/v1/tags", endpoint.Nothing, Tags, "List the tags in use")
ACT = endpoint.Endpoint(
    "POST", "/v1/shelf", Shelve, Shelved, "Archive or tag some campaigns, or take that back"
)
