"""Templates: reusable content of one channel, versioned, in any number of languages, kept in folders."""

import enum
from datetime import datetime

import msgspec

from server.channels import contents
from server.wire import campaigns, endpoint

Translations = contents.Translations


class Template(endpoint.Reply, frozen=True):
    """One template at its newest version."""

    id: int
    name: str
    channel: str
    version: int
    content: contents.Content
    updated_at: datetime
    translations: Translations = Translations()
    folder: str = ""  #: `Onboarding/Week 1`; empty at the top
    tags: list[str] = []
    archived: bool = False
    blocks: dict[str, int] = {}  #: shared block it names to that block's version when this one was saved
    note: str = ""  #: of its newest version
    by: str = ""  #: who saved that
    uses: int = 0  #: campaigns that took it, drafts and past ones
    created_at: datetime | None = None


class Templates(endpoint.Page, frozen=True):
    """A page of templates."""

    rows: list[Template]


class Archived(enum.StrEnum):
    """Which templates a list holds."""

    NO = "no"
    ONLY = "only"
    ALL = "all"


class TemplateQuery(endpoint.Window, frozen=True, kw_only=True):
    """Filters of the list. It is sorted by id, name, channel, version, folder, updated_at or created_at."""

    channel: str = ""
    find: str = ""  #: in the name, a tag, the folder, or the words of the newest content in any language
    folder: str = ""  #: this folder and those in it; `/` for what is in no folder
    tag: str = ""
    language: str = ""  #: only those with a content in it
    archived: str = Archived.NO.value


class SaveTemplate(endpoint.Ask, frozen=True, kw_only=True):
    """A template's name and content; saving makes a new version when the content differs in any language."""

    name: str
    content: contents.Content
    translations: Translations | None = None  #: None leaves them as they are; none at first
    folder: str | None = None  #: None leaves it as it is; the top at first
    tags: list[str] | None = None  #: None leaves them as they are
    note: str = ""  #: of the new version
    by: str = ""  #: who asks, as the client knows them: the user's name
    base: int | None = None  #: the version the person started from: refused where there is a newer one
    confirm: bool = False  #: save although people lack values that are new; see IMPACT


# -- where a template lies ------------------------------------------------------------------------------


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where one template lies and how it is found. None leaves that part as it is."""

    template: int
    name: str | None = None
    folder: str | None = None
    tags: list[str] | None = None
    archived: bool | None = None


class Arrange(endpoint.Ask, frozen=True, kw_only=True):
    """Rename, move, tag, archive or bring back several templates at once: all or none."""

    places: list[Place]


class Arranged(endpoint.Reply, frozen=True):
    """What changed. Asking for `before` undoes it."""

    changed: int  #: templates
    before: list[Place]


class RenameFolder(endpoint.Ask, frozen=True, kw_only=True):
    """Give a folder and all in it another path; an empty one puts them at the top."""

    path: str
    to: str


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """One folder; every folder above one that holds something is listed too."""

    path: str
    templates: int  #: in it, without archived ones
    below: int  #: in it and in the folders within


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One tag and how many templates have it, without archived ones."""

    tag: str
    templates: int


class Shelves(endpoint.Reply, frozen=True):
    """Everything templates are found by, with counts."""

    folders: list[Folder]  #: by path
    tags: list[Tag]
    languages: dict[str, int]
    channels: dict[str, int]
    total: int  #: without archived ones
    top: int  #: in no folder
    archived: int
    blocks: int  #: shared blocks


class Duplicate(endpoint.Ask, frozen=True, kw_only=True):
    """Make a template of another's newest version, or of an older one."""

    name: str = ""  #: `Copy of …` where empty
    version: int | None = None
    by: str = ""


# -- versions -------------------------------------------------------------------------------------------


class Version(endpoint.Reply, frozen=True):
    """One version of a template; it never changes, but for its note."""

    template: int
    version: int
    content: contents.Content
    translations: Translations
    blocks: dict[str, int]  #: shared block to its version when this one was saved
    note: str
    by: str
    restored_from: int  #: the version whose content it took up again; 0 for none
    created_at: datetime


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version without its content."""

    version: int
    languages: list[str]
    note: str
    by: str
    restored_from: int
    uses: int  #: campaigns that took this version
    created_at: datetime


class Versions(endpoint.Page, frozen=True):
    """A page of versions, newest first."""

    rows: list[VersionLine]


class Note(endpoint.Ask, frozen=True, kw_only=True):
    """Say what a version is about."""

    note: str


class Restore(endpoint.Ask, frozen=True, kw_only=True):
    """Take an older version's content up again as a new version."""

    note: str = ""
    by: str = ""
    confirm: bool = False  #: as in SaveTemplate


# -- who uses it ----------------------------------------------------------------------------------------


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One place that uses a template or a shared block."""

    kind: str  #: `campaign`, `template` or `block`
    id: int
    name: str
    channel: str = ""
    status: campaigns.Status | None = None  #: of a campaign
    version: int = 0  #: of what is used: the one taken or pinned; 0 where the newest is taken at the launch
    audience: int | None = None  #: of a campaign
    at: datetime | None = None  #: when the place last changed


class Uses(endpoint.Reply, frozen=True):
    """Every place: drafts first, then what is scheduled, then what was sent."""

    rows: list[Use]


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """People of one audience who have no value for a variable."""

    variable: str
    audience: int
    audience_name: str
    people: int
    missing: int


class Impact(endpoint.Reply, frozen=True):
    """What saving a content would mean for those who use the thing now.

    It breaks something where `lacking` is not empty: it then is saved only with `confirm`.
    """

    variables: list[
        str
    ]  #: needed by the new content and not by the one in use, without those that have a default
    lacking: list[Lack]  #: only those of whom somebody is missing
    campaigns: list[Use]  #: drafts and scheduled ones that use it
    breaks: bool
    users: list[Use] = []  #: of a block: everything that names it, templates and past campaigns as well


class ImpactAsk(endpoint.Ask, frozen=True, kw_only=True):
    """The content as it would be saved."""

    content: contents.Content
    translations: Translations | None = None


class Take(endpoint.Ask, frozen=True, kw_only=True):
    """Put a template's content into a draft, in place of what the draft has for that channel."""

    template: int
    version: int | None = None  #: the newest where None


Nothing = endpoint.Nothing

LIST = endpoint.Endpoint("GET", "/v1/templates", TemplateQuery, Templates, "List templates")
CREATE = endpoint.Endpoint("POST", "/v1/templates", SaveTemplate, Template, "Create a template")
SHELVES = endpoint.Endpoint("GET", "/v1/template-shelves", Nothing, Shelves, "Folders, tags and counts")
ARRANGE = endpoint.Endpoint(
    "POST", "/v1/templates/arrange", Arrange, Arranged, "Move, tag, rename or archive templates"
)
RENAME_FOLDER = endpoint.Endpoint(
    "POST", "/v1/template-folders/rename", RenameFolder, Arranged, "Rename a folder of templates"
)
SHOW = endpoint.Endpoint("GET", "/v1/templates/{template}", Nothing, Template, "Show a template")
SAVE = endpoint.Endpoint("PUT", "/v1/templates/{template}", SaveTemplate, Template, "Save a new version")
DELETE = endpoint.Endpoint(
    "DELETE", "/v1/templates/{template}", Nothing, endpoint.Done, "Delete a template that nothing uses"
)
DUPLICATE = endpoint.Endpoint(
    "POST", "/v1/templates/{template}/duplicate", Duplicate, Template, "Copy a template"
)
VERSIONS = endpoint.Endpoint(
    "GET", "/v1/templates/{template}/versions", endpoint.Window, Versions, "List a template's versions"
)
VERSION = endpoint.Endpoint(
    "GET", "/v1/templates/{template}/versions/{version}", Nothing, Version, "Show one version"
)
ANNOTATE = endpoint.Endpoint(
    "PUT", "/v1/templates/{template}/versions/{version}/note", Note, Version, "Change a version's note"
)
RESTORE = endpoint.Endpoint(
    "POST", "/v1/templates/{template}/versions/{version}/restore", Restore, Template, "Restore a version"
)
USES = endpoint.Endpoint("GET", "/v1/templates/{template}/uses", Nothing, Uses, "Where a template is used")
IMPACT = endpoint.Endpoint(
    "POST",
    "/v1/templates/{template}/impact",
    ImpactAsk,
    Impact,
    "What saving a content would mean",
    reads=True,
)
TAKE = endpoint.Endpoint(
    "POST", "/v1/campaigns/{campaign}/template", Take, campaigns.Campaign, "Put a template into a draft"
)
