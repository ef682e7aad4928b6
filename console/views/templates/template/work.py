"""What a template's page holds while it is edited, in every language, and what is wrong with it; pure."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from console.widgets.editors import checking, parts
from server.channels import base, contents, languages
from server.wire import campaigns, templates

NEW = "new"  #: the local draft's key while the server knows nothing of it
OWN = ""  #: the key of the default language's content
UNNAMED = "Untitled template"


@dataclass(slots=True, kw_only=True)
class Work:
    """A template in the making. `written` holds the default under OWN, and the others under their tags."""

    channel: str
    template: int | None = None  #: None until the server has made it
    version: int = 0  #: the one that was opened
    name: str = UNNAMED
    language: str = ""  #: the default's tag; empty where it does not say
    written: dict[str, parts.Fields] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The local draft's key."""
        return NEW if self.template is None else str(self.template)

    def fields(self, language: str = OWN) -> parts.Fields:
        """What stands in the form in one language."""
        if language not in self.written:
            self.written[language] = checking.blank(self.channel)
        return self.written[language]

    def others(self) -> list[str]:
        """The further languages."""
        return sorted(tag for tag in self.written if tag != OWN)

    def title(self, language: str) -> str:
        """What a language is called on its tab."""
        return language or self.language or "Default"

    def kept(self) -> dict[str, Any]:
        """All of it as plain values, for the local draft."""
        return {
            "channel": self.channel,
            "version": self.version,
            "name": self.name,
            "language": self.language,
            "written": copy.deepcopy(self.written),
            "fallbacks": dict(self.fallbacks),
            "folder": self.folder,
            "tags": list(self.tags),
        }


def of_template(row: templates.Template) -> Work:
    """A template as the server has it."""
    written = {OWN: checking.plain(row.content)}
    written |= {tag: checking.plain(made) for tag, made in row.translations.others.items()}
    return Work(
        channel=row.channel,
        template=row.id,
        version=row.version,
        name=row.name,
        language=row.translations.language,
        written=written,
        fallbacks=dict(row.translations.fallbacks),
        folder=row.folder,
        tags=list(row.tags),
    )


def of_content(content: contents.Content, translations: contents.Translations | None = None) -> Work:
    """A new template that says this."""
    known = translations or contents.Translations()
    written = {OWN: checking.plain(content)}
    written |= {tag: checking.plain(made) for tag, made in known.others.items()}
    return Work(
        channel=str(content.__struct_config__.tag),
        language=known.language,
        written=written,
        fallbacks=dict(known.fallbacks),
    )


def of_kept(kept: Mapping[str, Any], template: int | None) -> Work | None:
    """A local draft; None where the file holds something else."""
    try:
        channel = str(kept["channel"])
        blank = checking.blank(channel)
        written = {str(tag): {**blank, **kept["written"][tag]} for tag in kept["written"]}
        return Work(
            channel=channel,
            template=template,
            version=int(kept["version"]),
            name=str(kept["name"]),
            language=str(kept["language"]),
            written=written,
            fallbacks={str(tag): str(to) for tag, to in kept["fallbacks"].items()},
            folder=str(kept["folder"]),
            tags=[str(tag) for tag in kept["tags"]],
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def content(work: Work, language: str = OWN) -> contents.Content | None:
    """What is written in a language; None while a field holds what fits no content."""
    made = checking.content(work.channel, work.fields(language))
    return None if isinstance(made, list) else made


def translations(work: Work) -> contents.Translations | None:
    """The further languages; None while one of them fits no content."""
    others: dict[str, contents.Content] = {}
    for tag in work.others():
        made = content(work, tag)
        if made is None:
            return None
        others[tag] = made
    return contents.Translations(language=work.language, others=others, fallbacks=dict(work.fallbacks))


def whole(work: Work) -> campaigns.Contents | None:
    """All of it as a campaign would hold it, for previews and checks; None while a field fits no content."""
    made, further = content(work), translations(work)
    if made is None or further is None:
        return None
    chosen: dict[str, Any] = {work.channel: made}
    if further != contents.Translations():
        chosen["languages"] = {work.channel: further}
    return contents.Contents(**chosen)


def asked(
    work: Work, *, note: str = "", by: str = "", confirm: bool = False
) -> templates.SaveTemplate | None:
    """What is saved; None while it has faults."""
    made, further = content(work), translations(work)
    if made is None or further is None or hindrance(work):
        return None
    return templates.SaveTemplate(
        name=work.name.strip(),
        content=made,
        translations=further,
        folder=work.folder if work.template is None else None,
        tags=work.tags if work.template is None else None,
        note=note,
        by=by,
        base=work.version or None,
        confirm=confirm,
    )


def faults(work: Work, language: str) -> list[base.Fault]:
    """Everything wrong with one language's content, by the rules the server trusts."""
    return checking.faults(work.channel, work.fields(language))


def errors(work: Work) -> dict[str, int]:
    """Language to the number of errors in it; OWN is the default."""
    counted = {tag: len(checking.errors(work.channel, work.fields(tag))) for tag in (OWN, *work.others())}
    return {tag: count for tag, count in counted.items() if count}


def hindrance(work: Work) -> str:
    """Why the server would not take it, in a clause; empty where it would."""
    if not work.name.strip():
        return "it has no name"
    found = errors(work)
    count = sum(found.values())
    if count:
        said = "1 fault has" if count == 1 else f"{count} faults have"
        elsewhere = [work.title(tag) for tag in found if tag != OWN]
        where = f" ({', '.join(elsewhere)})" if elsewhere else ""
        return f"{said} to be mended first{where}"
    return ""


def language_fault(work: Work, words: str) -> str:
    """Why this cannot be a further language, as a sentence; empty where it can."""
    tag = languages.canonical(words)
    if not tag:
        return f"“{words.strip()}” is no language tag. Write de, pt-BR or zh-Hant."
    if tag in work.written or tag == work.language:
        return f"There is a content in {tag} already."
    return ""


def place_of(place: str) -> tuple[str, str]:
    """Language and field of a place as the server names it: `translations.others.de.body`, `content.body`."""
    head, _, rest = place.partition(".")
    if head == "translations":
        _, _, rest = rest.partition(".")
        tag, _, name = rest.partition(".")
        return tag, name
    return OWN, rest if head == "content" else place


def same(left: Work, right: Work) -> bool:
    """Whether both say the same: name, contents, languages and fallbacks."""
    return (left.name, left.language, left.fallbacks, _settled(left)) == (
        right.name,
        right.language,
        right.fallbacks,
        _settled(right),
    )


def _settled(work: Work) -> dict[str, Any]:
    """Each content as the server would hold it: a field that was emptied again is as one never touched."""
    made = {tag: content(work, tag) for tag in work.written}
    return {tag: work.written[tag] if one is None else msgspec.to_builtins(one) for tag, one in made.items()}
