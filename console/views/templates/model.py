"""What the library knows about templates, in words; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.widgets import figures, icons, paged
from console.widgets.writing import grid, sampling, wording
from server.channels import contents
from server.wire import templates

TOP = "/"  #: as a query names what is in no folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A part of the library: everything, a folder, a tag, or the archive; what the list is narrowed to."""

    kind: str = "all"  #: all, folder, tag, archive or blocks
    name: str = ""  #: of the folder or tag

    def title(self) -> str:
        """What it is called above the list."""
        match self.kind:
            case "folder":
                return "In no folder" if self.name == TOP else self.name
            case "tag":
                return f"Tagged {self.name}"
            case "archive":
                return "Archive"
            case "blocks":
                return "Shared blocks"
        return "All templates"

    def said(self) -> dict[str, str]:
        """As a link names it."""
        if self.kind in ("folder", "tag"):
            return {self.kind: self.name}
        return {} if self.kind == "all" else {"shelf": self.kind}


def shelf_of(folder: str = "", tag: str = "", shelf: str = "") -> Shelf:
    """The shelf that a link names."""
    if folder:
        return Shelf(kind="folder", name=folder)
    if tag:
        return Shelf(kind="tag", name=tag)
    return Shelf(kind=shelf) if shelf in ("archive", "blocks") else Shelf()


def query(shelf: Shelf, window: paged.Window, *, find: str, channel: str) -> templates.TemplateQuery:
    """What the server is asked for."""
    archive = templates.Archived.ONLY if shelf.kind == "archive" else templates.Archived.NO
    return templates.TemplateQuery(
        offset=window.offset,
        limit=window.limit,
        sort=window.sort,
        find=find,
        channel=channel,
        folder=shelf.name if shelf.kind == "folder" else "",
        tag=shelf.name if shelf.kind == "tag" else "",
        archived=archive.value,
    )


def about(row: templates.Template) -> str:
    """The second line: what it says."""
    return sampling.words(wording.headline(row.content)) or "Nothing written yet"


def language_words(row: templates.Template) -> str:
    """Its languages in a column."""
    found = grid.languages(row)
    if row.translations.others and not row.translations.language:
        found = ["default", *found]
    return ", ".join(found) or figures.NOTHING


def used(row: templates.Template) -> str:
    """In how many campaigns it is."""
    return figures.count(row.uses) if row.uses else figures.NOTHING


def changed(row: templates.Template) -> str:
    """When it was changed."""
    return figures.ago(row.updated_at)


def place(row: templates.Template) -> str:
    """Where it lies."""
    return row.folder or figures.NOTHING


COLUMNS = (
    paged.Column(
        title="",
        text=lambda row: contents.TITLES[row.channel],
        kind=paged.Kind.ICONS,
        icons=lambda row: [icons.channel(row.channel)],
        width=48,
        sort="channel",
        help="Channel",
    ),
    paged.Column(
        title="Name",
        text=lambda row: row.name,
        second=about,
        kind=paged.Kind.TWO_LINES,
        width=220,
        stretch=True,
        sort="name",
    ),
    paged.Column(title="Folder", text=place, width=140, sort="folder"),
    paged.Column(title="Tags", text=lambda row: ", ".join(row.tags) or figures.NOTHING, width=130),
    paged.Column(title="Languages", text=language_words, width=110),
    paged.Column(
        title="Version", text=lambda row: f"v{row.version}", kind=paged.Kind.NUMBER, width=84, sort="version"
    ),
    paged.Column(title="Used in", text=used, kind=paged.Kind.NUMBER, width=84, help="Campaigns that took it"),
    paged.Column(
        title="Changed",
        text=changed,
        second=lambda row: f"by {row.by}" if row.by else "",
        kind=paged.Kind.TWO_LINES,
        width=116,
        sort="updated_at",
    ),
)


def some(count: int, noun: str = "template") -> str:
    """A count with its noun."""
    return f"1 {noun}" if count == 1 else f"{figures.count(count)} {noun}s"


# -- acts on several at once ----------------------------------------------------------------------------


def moved(rows: Iterable[templates.Template], folder: str) -> list[templates.Place]:
    """What a move into a folder asks for; rows that lie there already are left out."""
    return [templates.Place(template=row.id, folder=folder) for row in rows if row.folder != folder]


def tagged(
    rows: Iterable[templates.Template], add: Sequence[str], drop: Sequence[str]
) -> list[templates.Place]:
    """What adding and taking away tags asks for; rows that would stay as they are are left out."""
    places = []
    for row in rows:
        tags = [tag for tag in row.tags if tag not in drop]
        tags += [tag for tag in add if tag not in tags]
        if tags != row.tags:
            places.append(templates.Place(template=row.id, tags=tags))
    return places


def archived(rows: Iterable[templates.Template], *, away: bool) -> list[templates.Place]:
    """What archiving, or bringing back, asks for."""
    return [templates.Place(template=row.id, archived=away) for row in rows if row.archived is not away]


def clean_folder(words: str) -> str:
    """A path as it is stored: parts without room around them, none of them empty."""
    return "/".join(part for one in words.split("/") if (part := " ".join(one.split())))


def clean_tags(words: str) -> list[str]:
    """Tags as a person types them, with commas between; each once."""
    found = (" ".join(one.split()) for one in words.split(","))
    return list(dict.fromkeys(one for one in found if one))


def parts_of(path: str) -> list[str]:
    """A folder and those above it, the highest first."""
    names = path.split("/")
    return ["/".join(names[: at + 1]) for at in range(len(names))]
