"""What is done with content before it is sent: tried on an audience, compared with another, carried elsewhere."""

import enum
from datetime import datetime

import msgspec

from server.channels import contents
from server.wire import campaigns, endpoint

Translations = contents.Translations


# -- for whom it fails ----------------------------------------------------------------------------------


class CheckAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Render a campaign's or template's contents for everybody of an audience."""

    audience: int
    contents: campaigns.Contents


class CheckStatus(enum.StrEnum):
    """The life of a check."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"  #: `message` says why


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """People for whom the contents fail in the same way."""

    group: int  #: names the group within its check
    channel: str
    place: str
    message: str
    remedy: str
    language: str
    people: int


class Check(endpoint.Reply, frozen=True):
    """One check and how far it is. The last twenty of a workspace are kept."""

    id: int
    audience: int
    audience_name: str
    status: CheckStatus
    people: int  #: in the audience when it began
    looked_at: int
    failing: int  #: people, each counted once
    groups: list[Group]  #: largest first
    languages: dict[
        str, dict[str, int]
    ]  #: channel to language to people who get it; `` is an unnamed default
    message: str
    created_at: datetime
    finished_at: datetime | None


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """One person for whom the contents fail."""

    contact: int
    name: str  #: or their key
    position: int  #: in the audience, from 0, as a preview counts
    group: int
    channel: str
    place: str
    message: str


class FailingPeople(endpoint.Page, frozen=True):
    """A page of people, in the audience's order. At most 10,000 of a check are kept."""

    rows: list[Failing]


class FailingQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list."""

    group: int = 0


# -- two versions side by side --------------------------------------------------------------------------


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side of a comparison: a template's version, or a content as it stands in an editor."""

    template: int = 0
    version: int | None = None  #: the newest where None
    content: contents.Content | None = None  #: in place of a template's
    translations: Translations | None = None


class DiffAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Render both sides for one person, as campaigns.PreviewAsk names them."""

    left: Side
    right: Side
    audience: int | None = None
    position: int = 0
    contact: int | None = None
    values: dict[str, object] = {}
    language: str = ""  #: both sides in this one; empty for the person's own


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One side, rendered. A content of an older version has the shared blocks it was saved with."""

    content: contents.Content | None  #: None where it cannot be rendered
    faults: list[campaigns.PreviewFault]
    hash: str
    language: campaigns.Spoken
    version: int  #: 0 for a content as it stands in an editor


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a field, on either side or both."""

    mark: str  #: `same`, `changed`, `added` (right alone) or `removed` (left alone)
    left: str = ""
    right: str = ""
    left_spans: list[tuple[int, int]] = []  #: what differs in a changed line, from and to, characters
    right_spans: list[tuple[int, int]] = []


class FieldDiff(msgspec.Struct, frozen=True, kw_only=True):
    """One field that differs. Fields that are equal are left out."""

    place: str  #: within the content: `card.suggestions.2.text`
    mark: str  #: `changed`, `added` or `removed`
    lines: list[Line]  #: same lines far from a change are left out


class Diff(endpoint.Reply, frozen=True):
    """Both sides for one person, and what differs between them."""

    person: str
    contact: int | None
    left: Shown
    right: Shown
    rendered: list[FieldDiff]  #: as the person would see it
    written: list[FieldDiff]  #: as the authors wrote it, in the language of each side
    equal: bool  #: the person would get the same, to the byte


# -- in and out -----------------------------------------------------------------------------------------


class PackedTemplate(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One template as it travels between installations: its newest version."""

    name: str
    content: contents.Content
    translations: Translations = Translations()
    folder: str = ""
    tags: list[str] = []
    note: str = ""


class PackedBlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One shared block as it travels."""

    name: str
    kind: str
    text: str
    note: str = ""


class Bundle(endpoint.Reply, frozen=True, kw_only=True):
    """Templates and the shared blocks they need, as one JSON document."""

    heliograph: int = 1  #: the form of the document
    templates: list[PackedTemplate] = []
    blocks: list[PackedBlock] = []


class ExportQuery(endpoint.Query, frozen=True, kw_only=True):
    """Which templates; all that are not archived where nothing is said."""

    ids: str = ""  #: comma-separated
    folder: str = ""


class Clash(enum.StrEnum):
    """What happens where a template of that name lies in that folder already, or a block of that name is there."""

    SKIP = "skip"
    VERSION = "version"  #: it becomes the next version of the one there
    COPY = (
        "copy"  #: it is made beside it under another name; a block is skipped where it is equal, else refused
    )


class ImportAsk(endpoint.Ask, frozen=True, kw_only=True):
    """Take a bundle in: all or nothing, every fault named."""

    bundle: dict[str, object]  #: as EXPORT gave it
    folder: str = ""  #: put it all in here
    clash: Clash = Clash.COPY
    by: str = ""
    dry: bool = False  #: only say what would happen


class Imported(endpoint.Reply, frozen=True):
    """What was taken in."""

    created: list[str]
    versions: list[str]  #: new versions of those that were there
    skipped: list[str]
    blocks: list[str]
    templates: list[int]  #: their ids, in the bundle's order; 0 for one that was skipped


Nothing = endpoint.Nothing

DIFF = endpoint.Endpoint(
    "POST", "/v1/template-diff", DiffAsk, Diff, "Compare two contents for one person", reads=True
)
CHECK = endpoint.Endpoint(
    "POST", "/v1/content-checks", CheckAsk, Check, "Render contents for a whole audience"
)
CHECKED = endpoint.Endpoint("GET", "/v1/content-checks/{check}", Nothing, Check, "How far a check is")
CANCEL_CHECK = endpoint.Endpoint("POST", "/v1/content-checks/{check}/cancel", Nothing, Check, "Stop a check")
FAILING = endpoint.Endpoint(
    "GET", "/v1/content-checks/{check}/people", FailingQuery, FailingPeople, "Page the people it fails for"
)
EXPORT = endpoint.Endpoint("GET", "/v1/template-bundle", ExportQuery, Bundle, "Export templates as JSON")
IMPORT = endpoint.Endpoint("POST", "/v1/template-bundle", ImportAsk, Imported, "Import templates from JSON")
