"""A library of templates made of the recording's contents: folders, tags, versions, languages and shared blocks."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from server.channels import contents, languages
from server.wire import blocks, campaigns, crafting, endpoint, templates
from tests.console.golden import world
from tests.console.golden.world import KEPT

CHOSEN = KEPT.campaign.contents.chosen()
KIND = "{{ first_name | default: 'there' }}"


def _ago(hours: float) -> datetime.datetime:
    return world.NOW - datetime.timedelta(hours=hours)


def _template(
    number: int,
    name: str,
    content: contents.Content,
    folder: str,
    tags: Sequence[str],
    *,
    version: int,
    hours: float,
    by: str,
    uses: int = 0,
    others: dict[str, contents.Content] | None = None,
    archived: bool = False,
) -> templates.Template:
    further = contents.Translations(language="en" if others else "", others=others or {})
    return templates.Template(
        id=number,
        name=name,
        channel=str(content.__struct_config__.tag),
        version=version,
        content=content,
        translations=further,
        folder=folder,
        tags=list(tags),
        archived=archived,
        by=by,
        uses=uses,
        updated_at=_ago(hours),
        created_at=_ago(900),
    )


def _sms(words: str) -> contents.Sms:
    return contents.Sms(body=words)


_CODE = (
    "Northwind: {{ code }} is your code. It is good for ten minutes, and nobody of ours will ever ask for it."
)
_PUSH = contents.Apns(
    title="Your points are about to expire",
    body="{{ points }} points are yours until the end of the month.",
    interruption_level="active",
)
_WELCOME = contents.Email(
    subject=f"Welcome to Northwind, {KIND}",
    preheader="Three things that are worth knowing on the first day",
    html=f"<h1>Welcome, {KIND}</h1><p>It is good to have you here.</p>"
    "<p>Your first order is shipped for nothing. Take your time, and wear it in the rain.</p>",
)
_RCS = CHOSEN["rcs"]

LIBRARY = (
    _template(
        1,
        "Spring drop, cards",
        _RCS,
        "Seasons/Spring",
        ["spring", "members"],
        version=3,
        hours=1.4,
        by="ana",
        uses=2,
        others={"de": _RCS, "fr": _RCS},
    ),
    _template(
        2,
        "Welcome",
        _WELCOME,
        "Onboarding",
        ["members"],
        version=7,
        hours=20,
        by="ben",
        uses=14,
        others={"de": _WELCOME, "fr": _WELCOME, "pt-BR": _WELCOME},
    ),
    _template(3, "Sign-in code", _sms(_CODE), "Service", ["service"], version=2, hours=52, by="ana", uses=31),
    _template(
        4,
        "Points expire",
        _PUSH,
        "Loyalty",
        ["members"],
        version=1,
        hours=80,
        by="chloe",
        others={"de": _PUSH},
    ),
    _template(
        5, "Order shipped", CHOSEN["whatsapp"], "Service", ["service"], version=5, hours=130, by="ben", uses=9
    ),
    _template(
        6,
        "Spring drop, browser",
        CHOSEN["webpush"],
        "Seasons/Spring",
        ["spring"],
        version=2,
        hours=150,
        by="ana",
    ),
    _template(
        7,
        "Spring drop, mail",
        CHOSEN["email"],
        "Seasons/Spring",
        ["spring"],
        version=4,
        hours=160,
        by="ana",
        uses=1,
    ),
    _template(8, "Cart left behind", CHOSEN["apns"], "", [], version=1, hours=400, by="chloe", uses=3),
    _template(
        9,
        "Autumn teaser",
        CHOSEN["sms"],
        "Seasons",
        [],
        version=2,
        hours=2_200,
        by="ben",
        uses=1,
        archived=True,
    ),
)


def page(ask: templates.TemplateQuery) -> templates.Templates:
    """Templates as the server filters and sorts them."""
    away = ask.archived == templates.Archived.ONLY
    rows = [
        row
        for row in LIBRARY
        if row.archived is away
        and ask.channel in ("", row.channel)
        and ask.tag in ("", *row.tags)
        and _within(row.folder, ask.folder)
        and ask.find.lower() in row.name.lower()
    ]
    if ask.sort:
        name = ask.sort.removeprefix("-")
        rows.sort(key=lambda row: str(getattr(row, name)), reverse=ask.sort.startswith("-"))
    shown = rows[ask.offset : ask.offset + ask.limit]
    return templates.Templates(total=len(rows), offset=ask.offset, rows=shown)


def _within(folder: str, wanted: str) -> bool:
    if wanted in ("", "/"):
        return not wanted or not folder
    return folder == wanted or folder.startswith(f"{wanted}/")


def shelves() -> templates.Shelves:
    """Folders, tags and counts of the library."""
    there = [row for row in LIBRARY if not row.archived]
    paths = {"/".join(row.folder.split("/")[: at + 1]) for row in there for at in range(3) if row.folder}
    folders = [
        templates.Folder(
            path=path,
            templates=sum(row.folder == path for row in there),
            below=sum(_within(row.folder, path) for row in there),
        )
        for path in sorted(paths)
    ]
    tags = sorted({tag for row in there for tag in row.tags})
    return templates.Shelves(
        folders=folders,
        tags=[templates.Tag(tag=tag, templates=sum(tag in row.tags for row in there)) for tag in tags],
        languages={},
        channels={},
        total=len(there),
        top=sum(not row.folder for row in there),
        archived=len(LIBRARY) - len(there),
        blocks=len(BLOCKS),
    )


EMPTY = templates.Shelves(
    folders=[], tags=[], languages={}, channels={}, total=0, top=0, archived=0, blocks=0
)


def show(template: int) -> templates.Template:
    """One template."""
    return next(row for row in LIBRARY if row.id == template)


def versions(template: int) -> templates.Versions:
    """Its versions, newest first."""
    row = show(template)
    notes = {1: "First draft", row.version: "Shorter first card"}
    found = [
        templates.VersionLine(
            version=number,
            languages=["en", *row.translations.others],
            note=notes.get(number, ""),
            by=row.by if number != 2 else "ben",
            restored_from=0,
            uses=1 if number != row.version else 0,
            created_at=_ago(1.4 + 30 * (row.version - number)),
        )
        for number in range(row.version, 0, -1)
    ]
    return templates.Versions(total=len(found), offset=0, rows=found)


def one_version(template: int, version: int) -> templates.Version:
    """One of them, which says what the newest says."""
    row = show(template)
    return templates.Version(
        template=template,
        version=version,
        content=row.content,
        translations=row.translations,
        blocks={},
        note="",
        by=row.by,
        restored_from=0,
        created_at=_ago(40),
    )


def uses(template: int) -> templates.Uses:
    """The campaigns that took it."""
    row = show(template)
    found = [
        templates.Use(
            kind="campaign",
            id=one.id,
            name=one.name,
            channel=row.channel,
            status=one.status,
            version=2,
            audience=one.audience,
            at=one.updated_at,
        )
        for one in world.CAMPAIGNS[: row.uses]
    ]
    return templates.Uses(rows=found)


_GROUPS = [
    crafting.Group(
        group=1,
        channel="rcs",
        place="cards.0.title",
        message="The title is 214 characters, 14 too many.",
        remedy="Shorten it, or cut the value.",
        language="de",
        people=9,
    ),
    crafting.Group(
        group=2,
        channel="rcs",
        place="cards.1.suggestions.0.url",
        message="There is no value for shop_url.",
        remedy="Give it a default.",
        language="",
        people=3,
    ),
]


def checked() -> crafting.Check:
    """A check that has come to its end."""
    return crafting.Check(
        id=1,
        audience=KEPT.audience.id,
        audience_name=KEPT.audience.name,
        status=crafting.CheckStatus.DONE,
        people=KEPT.audience.people,
        looked_at=KEPT.audience.people,
        failing=12,
        groups=_GROUPS,
        languages={"rcs": {"en": KEPT.audience.people}},
        message="",
        created_at=world.NOW,
        finished_at=world.NOW,
    )


def failing(ask: crafting.FailingQuery) -> crafting.FailingPeople:
    """The people it fails for."""
    found = [
        crafting.Failing(
            contact=row.id,
            name=row.name or row.key,
            position=at,
            group=1 if at < 9 else 2,
            channel="rcs",
            place=_GROUPS[at >= 9].place,
            message=_GROUPS[at >= 9].message,
        )
        for at, row in enumerate(KEPT.contacts[:12])
    ]
    rows = [row for row in found if ask.group in (0, row.group)]
    return crafting.FailingPeople(total=len(rows), offset=ask.offset, rows=rows[ask.offset :])


def diff(ask: crafting.DiffAsk) -> crafting.Diff:
    """The recorded rendering, and the same with another first card."""
    now = KEPT.previews[ask.position].contents.rcs
    assert now is not None
    first, *rest = now.cards
    before = msgspec.structs.replace(
        now, cards=[msgspec.structs.replace(first, title="The rain shell that we made for Fell"), *rest]
    )
    old, new = before.cards[0].title, first.title
    line = crafting.Line(
        mark="changed", left=old, right=new, left_spans=[(0, len(old))], right_spans=[(0, len(new))]
    )
    field = crafting.FieldDiff(place="cards.0.title", mark="changed", lines=[line])
    spoken = campaigns.Spoken(language="en", because=languages.Because.EXACT, wanted="en", why="")

    def side(content: Any, version: int) -> crafting.Shown:
        return crafting.Shown(content=content, faults=[], hash="", language=spoken, version=version)

    return crafting.Diff(
        person=KEPT.previews[ask.position].person,
        contact=None,
        left=side(before, ask.left.version or 0),
        right=side(now, 0),
        rendered=[field],
        written=[field],
        equal=False,
    )


def _block(
    number: int, name: str, kind: blocks.Kind, words: str, uses_: int, needs: Sequence[str]
) -> blocks.Block:
    return blocks.Block(
        id=number,
        name=name,
        kind=kind,
        version=number,
        text=words,
        note="",
        by="ana",
        blocks=[],
        variables=list(needs),
        uses=uses_,
        updated_at=_ago(30 * number),
    )


BLOCKS = (
    _block(
        2,
        "footer",
        blocks.Kind.HTML,
        "<hr>\n<p>Northwind Ltd, 4 Quay Street, Bristol</p>\n"
        '<p><a href="{{ unsubscribe_url }}">Leave this list</a></p>\n',
        6,
        [],
    ),
    _block(1, "greeting", blocks.Kind.TEXT, f"Hello {KIND},", 11, ["first_name"]),
    _block(3, "stop", blocks.Kind.TEXT, "Reply STOP to opt out", 4, []),
)


def block_page(ask: blocks.BlockQuery) -> blocks.Blocks:
    """Blocks by name."""
    rows = [row for row in BLOCKS if ask.find in row.name]
    return blocks.Blocks(total=len(rows), offset=0, rows=rows)


def block_uses(block: int) -> templates.Uses:
    """Who takes a block in."""
    rows = [
        templates.Use(kind="template", id=row.id, name=row.name, channel=row.channel, at=row.updated_at)
        for row in LIBRARY[1 : 2 + block]
    ]
    return templates.Uses(rows=rows)


#: Every endpoint that the screens of templates ask.
ANSWERS: dict[endpoint.Endpoint[Any, Any], Callable[..., Any]] = {
    templates.LIST: page,
    templates.SHELVES: lambda _ask: shelves(),
    templates.SHOW: lambda _ask, template: show(template),
    templates.VERSION: lambda _ask, template, version: one_version(template, version),
    crafting.EXPORT: lambda _ask: crafting.Bundle(),
    templates.VERSIONS: lambda _ask, template: versions(template),
    templates.USES: lambda _ask, template: uses(template),
    crafting.CHECK: lambda _ask: checked(),
    crafting.CHECKED: lambda _ask, check: checked(),
    crafting.FAILING: lambda ask, check: failing(ask),
    crafting.DIFF: diff,
    blocks.LIST: block_page,
    blocks.USES: lambda _ask, block: block_uses(block),
    blocks.VERSIONS: lambda ask, block: blocks.BlockVersions(total=0, offset=ask.offset, rows=[]),
}
#: The same of an installation that has done nothing yet.
NOTHING: dict[endpoint.Endpoint[Any, Any], Callable[..., Any]] = {
    templates.LIST: lambda _ask: templates.Templates(total=0, offset=0, rows=[]),
    templates.SHELVES: lambda _ask: EMPTY,
    blocks.LIST: lambda _ask: blocks.Blocks(total=0, offset=0, rows=[]),
}
