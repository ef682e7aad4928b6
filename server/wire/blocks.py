"""Shared blocks: named pieces of content that templates and campaigns take in by `{% render 'name' %}`."""

import enum
from datetime import datetime

import msgspec

from server.wire import endpoint, templates


class Kind(enum.StrEnum):
    """What a block is written in, and so where it may stand."""

    TEXT = "text"  #: any field; in HTML its own words are escaped
    HTML = "html"  #: a mail's HTML, and its source
    MJML = "mjml"  #: a mail's MJML source


class Block(endpoint.Reply, frozen=True):
    """One shared block at its newest version."""

    id: int
    name: str  #: as content names it; letters, digits, `-` and `_`
    kind: Kind
    version: int
    text: str
    note: str
    by: str
    blocks: list[str]  #: the blocks it takes in itself
    variables: list[str]  #: what it needs of a person, with those of the blocks within
    uses: int  #: templates, blocks and drafts that name it
    updated_at: datetime


class Blocks(endpoint.Page, frozen=True):
    """A page of blocks, by name unless sorted."""

    rows: list[Block]


class BlockQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list. It is sorted by name, kind, version or updated_at."""

    find: str = ""  #: in the name or the text
    kind: str = ""


class SaveBlock(endpoint.Ask, frozen=True, kw_only=True):
    """A block whole. What names it takes the newest version in when it is saved, previewed or launched.

    The kind stays as it is; the name can change while nothing uses the block.
    """

    name: str
    kind: Kind
    text: str
    note: str = ""
    by: str = ""
    base: int | None = None  #: as in templates.SaveTemplate
    confirm: bool = False


class BlockVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a block."""

    version: int
    text: str
    note: str
    by: str
    restored_from: int
    created_at: datetime


class BlockVersions(endpoint.Page, frozen=True):
    """A page of versions, newest first."""

    rows: list[BlockVersion]


class BlockImpactAsk(endpoint.Ask, frozen=True, kw_only=True):
    """The text as it would be saved."""

    text: str


Nothing = endpoint.Nothing

LIST = endpoint.Endpoint("GET", "/v1/blocks", BlockQuery, Blocks, "List shared blocks")
CREATE = endpoint.Endpoint("POST", "/v1/blocks", SaveBlock, Block, "Create a shared block")
SHOW = endpoint.Endpoint("GET", "/v1/blocks/{block}", Nothing, Block, "Show a shared block")
SAVE = endpoint.Endpoint("PUT", "/v1/blocks/{block}", SaveBlock, Block, "Save a new version of a block")
DELETE = endpoint.Endpoint(
    "DELETE", "/v1/blocks/{block}", Nothing, endpoint.Done, "Delete a block that nothing uses"
)
VERSIONS = endpoint.Endpoint(
    "GET", "/v1/blocks/{block}/versions", endpoint.Window, BlockVersions, "List a block's versions"
)
RESTORE = endpoint.Endpoint(
    "POST", "/v1/blocks/{block}/versions/{version}/restore", templates.Restore, Block, "Restore a version"
)
USES = endpoint.Endpoint("GET", "/v1/blocks/{block}/uses", Nothing, templates.Uses, "Where a block is used")
IMPACT = endpoint.Endpoint(
    "POST",
    "/v1/blocks/{block}/impact",
    BlockImpactAsk,
    templates.Impact,
    "What saving a block would mean",
    reads=True,
)
