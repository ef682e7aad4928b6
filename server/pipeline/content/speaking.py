"""A content in several languages as one renderer: it picks each person's, and the values kept pick it again."""

from collections.abc import Mapping

import msgspec

from server.channels import base, contents, languages
from server.pipeline.content import rendering

#: Languages beside the default one.
MOST = 100


class Speaker:
    """One channel's content in all its languages, compiled once. Raises rendering.Unrenderable as Renderer does."""

    def __init__(self, content: contents.Content, spoken: contents.Translations) -> None:
        self._spoken = spoken
        self._renderers = {tag: rendering.Renderer(other) for tag, other in spoken.others.items()}
        self._default = rendering.Renderer(content)
        self.variables = self._default.variables.union(
            *(renderer.variables for renderer in self._renderers.values())
        )

    def render(self, values: Mapping[str, object]) -> rendering.Rendered:
        """Fill the person's language in; what it was chosen by is kept with the values. Raises as Renderer does."""
        choice = choose(self._spoken, values)
        done = self._renderers.get(choice.language, self._default).render(values)
        by = {name: values[name] for name in languages.VALUES if values.get(name)}
        return msgspec.structs.replace(done, used={**done.used, **by})


def choose(
    spoken: contents.Translations, values: Mapping[str, object], language: str = ""
) -> languages.Choice:
    """Which language a person with these values gets; `language` where a preview asks for one that is there."""
    if language and (language in spoken.others or language == spoken.language):
        return languages.Choice(
            language=language, because=languages.Because.ASKED, wanted=languages.wanted(values)
        )
    return languages.choose(values, own=spoken.language, others=spoken.others, fallbacks=spoken.fallbacks)


def of(chosen: contents.Contents, channel: str) -> Speaker | rendering.Renderer:
    """What renders a channel of a run. Raises KeyError where the run has no content for it."""
    content = chosen.chosen()[channel]
    spoken = chosen.languages.get(channel)
    return rendering.Renderer(content) if spoken is None or not spoken.others else Speaker(content, spoken)


def contents_of(chosen: contents.Contents) -> list[tuple[str, contents.Content]]:
    """Every content with its place: `sms`, `languages.sms.others.de`."""
    found: list[tuple[str, contents.Content]] = []
    for channel, content in chosen.chosen().items():
        spoken = chosen.languages.get(channel, contents.Translations())
        found.append((channel, content))
        found += [(f"languages.{channel}.others.{tag}", other) for tag, other in spoken.others.items()]
    return found


def tidied_all(chosen: contents.Contents) -> contents.Contents:
    """Contents as they are kept: languages and origins of channels that are there, and no block versions."""
    there = chosen.chosen()
    return msgspec.structs.replace(
        chosen,
        languages={
            channel: tidied(spoken)
            for channel, spoken in chosen.languages.items()
            if channel in there and spoken != contents.Translations()
        },
        taken={channel: taken for channel, taken in chosen.taken.items() if channel in there},
        blocks={},
    )


def tidied(spoken: contents.Translations) -> contents.Translations:
    """The same languages with their tags in the usual letters; a tag that is none stays, to be named as a fault."""
    return contents.Translations(
        language=_usual(spoken.language),
        others={_usual(tag): content for tag, content in spoken.others.items()},
        fallbacks={_usual(tag): _usual(other) for tag, other in spoken.fallbacks.items()},
    )


def _usual(tag: str) -> str:
    return languages.canonical(tag) or tag


def faults(channel: str, spoken: contents.Translations) -> list[base.Fault]:
    """What is wrong with a content's languages, apart from the contents themselves."""
    found = [
        base.fault(place, f"{tag!r} is no language tag.", "Write one such as de, pt-BR or zh-Hant.")
        for place, tag in _tags(spoken)
        if not languages.canonical(tag)
    ]
    if len(spoken.others) > MOST:
        found.append(base.fault("others", f"There are more than {MOST} languages.", "Take some out."))
    if len({languages.canonical(tag) for tag in spoken.others}) < len(spoken.others):
        found.append(base.fault("others", "A language is there twice.", "Keep one of them."))
    if languages.canonical(spoken.language) in {languages.canonical(tag) for tag in spoken.others} - {""}:
        found.append(
            base.fault("language", f"{spoken.language} is the default and one of the others.", "Keep one.")
        )
    for tag, content in spoken.others.items():
        if str(content.__struct_config__.tag) != channel:
            title = contents.TITLES[channel]
            found.append(base.fault(f"others.{tag}", f"This is no content for {title}.", "Write one."))
    return found + _idle(spoken)


def _tags(spoken: contents.Translations) -> list[tuple[str, str]]:
    return [
        *([("language", spoken.language)] if spoken.language else []),
        *((f"others.{tag}", tag) for tag in spoken.others),
        *((f"fallbacks.{tag}", part) for tag, other in spoken.fallbacks.items() for part in (tag, other)),
    ]


def _idle(spoken: contents.Translations) -> list[base.Fault]:
    """Stand-ins that lead nowhere."""
    return [
        base.fault(
            f"fallbacks.{tag}",
            f"{other} stands in for {tag}, and there is no content in it.",
            "Write one, or choose a language there is.",
            level="warning",
        )
        for tag, other in spoken.fallbacks.items()
        if other not in spoken.others and other != spoken.language and other not in spoken.fallbacks
    ]
