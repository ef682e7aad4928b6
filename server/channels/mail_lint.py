"""What makes a good mail arrive badly: weight, pictures without words, bad links, markup that filters distrust."""

import html.parser
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from server.channels import base, email

#: Pictures within the mail, bytes of their data addresses; many programs show none of them.
LONGEST_INLINE_PICTURE = 20_000
#: Filters distrust a mail that says nothing beside its pictures, characters of text for each.
FEWEST_WORDS_PER_PICTURE = 40
MOST_NAMED = 5
#: Hosts that hide where a link leads.
SHORTENERS = frozenset("bit.ly tinyurl.com goo.gl t.co ow.ly is.gd buff.ly rebrand.ly cutt.ly".split())
#: Mail programs take these out; filters count them against the sender.
_FORBIDDEN = frozenset("script form input iframe object embed applet video audio".split())
_SHOUTING = re.compile(r"[A-ZÀ-Þ]{2,}")
_OWN = re.compile(r"unsubscribe|opt[\s_-]?out|abmelden|désabonn|darse de baja", re.IGNORECASE)


@dataclass(slots=True)
class _Found:
    links: list[tuple[str, str]] = field(default_factory=list)  #: address and words
    pictures: list[tuple[str, str | None]] = field(default_factory=list)  #: address and alternative text
    forbidden: set[str] = field(default_factory=set)
    handlers: bool = False
    sheets: bool = False


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = _Found()
        self._open: list[list[str]] = []  #: address, then words, of each link that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _FORBIDDEN:
            self.found.forbidden.add(tag)
        if any(name.startswith("on") for name in given):
            self.found.handlers = True
        if tag == "link" and (given.get("rel") or "").lower() == "stylesheet":
            self.found.sheets = True
        if tag == "a" and "href" in given:
            self._open.append([given["href"] or ""])
        if tag == "img":
            self.found.pictures.append((given.get("src") or "", given.get("alt")))
            if self._open:
                self._open[-1].append(given.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open:
            address, *words = self._open.pop()
            self.found.links.append((address.strip(), " ".join("".join(words).split())))

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].append(data)


def lint(content: email.EmailContent) -> list[base.Fault]:
    """Everything worth a second look, as warnings; what the channel's own rules say already is not repeated."""
    reader = _Reader()
    reader.feed(base.LIQUID.sub(lambda tag: "liquid" if tag[0].startswith("{{") else "", content.html))
    reader.close()
    return [
        *_of_pictures(reader.found, email.plain_text(content.html) if content.html else ""),
        *_of_links(reader.found),
        *_of_markup(reader.found),
        *_of_subject(content),
        *_of_leaving(content),
    ]


def _warn(message: str, remedy: str, place: str = "html") -> base.Fault:
    return base.fault(place, message, remedy, level="warning")


def _of_pictures(found: _Found, words: str) -> list[base.Fault]:
    faults = []
    silent = [src for src, alt in found.pictures if alt is None or (not alt.strip() and alt != "")]
    bare = sum(1 for _src, alt in found.pictures if alt == "")
    if silent:
        faults.append(
            _warn(
                f"{_count(len(silent), 'picture')} without alternative text: {_short(silent[0])}.",
                "Say in a few words what it shows, or leave alt empty where it shows nothing.",
            )
        )
    if bare and bare == len(found.pictures):
        faults.append(
            _warn(
                "No picture has an alternative text.",
                "Say what they show: many people see no pictures.",
            )
        )
    heavy = [
        src for src, _alt in found.pictures if src.startswith("data:") and len(src) > LONGEST_INLINE_PICTURE
    ]
    if heavy:
        total = sum(map(len, heavy))
        faults.append(
            _warn(
                f"{_count(len(heavy), 'picture')} within the mail weigh {total / 1024:.0f} KB.",
                "Put them on a server and link to them: Gmail and Outlook show no data addresses.",
            )
        )
    if any(src.startswith("http://") for src, _alt in found.pictures):
        faults.append(_warn("A picture is fetched without encryption.", "Use its https address."))
    spoken = len(words)
    if found.pictures and spoken < FEWEST_WORDS_PER_PICTURE * len(found.pictures):
        faults.append(
            _warn(
                "There is little text beside the pictures.",
                "Say the essence in words too: filters distrust mails that are only pictures.",
            )
        )
    return faults


def _of_links(found: _Found) -> list[base.Fault]:
    faults = []
    empty = [words for address, words in found.links if address in ("", "#")]
    if empty:
        faults.append(
            _warn(
                f"{_count(len(empty), 'link')} lead nowhere: {_short(empty[0] or 'no words')}.",
                "Give them addresses.",
            )
        )
    wrong = [address for address, _words in found.links if not _is_sound(address)]
    if wrong:
        faults.append(
            _warn(
                f"{_count(len(wrong), 'address', 'addresses')} no mail program opens: {_short(wrong[0])}.",
                "Write them whole, as https://example.com/page.",
            )
        )
    if any(address.lower().startswith("http://") for address, _words in found.links):
        faults.append(_warn("A link is not encrypted (http).", "Use https; browsers warn of anything else."))
    for address, words in found.links[:200]:
        host = (_host(address) or "").removeprefix("www.")
        shown = (
            (_host(words) or "").removeprefix("www.")
            if words.lower().startswith(("http://", "https://"))
            else ""
        )
        if host in SHORTENERS:
            faults.append(
                _warn(
                    f"A link is hidden behind {host}.", "Link to the page itself: filters block shorteners."
                )
            )
        elif shown and host and shown != host and "liquid" not in address:
            faults.append(
                _warn(
                    f"A link says {shown} and leads to {host}.",
                    "Filters take that for phishing; say something else.",
                )
            )
    unspoken = [address for address, words in found.links if address not in ("", "#") and not words]
    if unspoken:
        faults.append(
            _warn(
                f"A link has no words: {_short(unspoken[0])}.",
                "A screen reader would read its address aloud.",
            )
        )
    return faults[:MOST_NAMED]


def _of_markup(found: _Found) -> list[base.Fault]:
    faults = []
    if found.forbidden:
        names = ", ".join(sorted(found.forbidden))
        faults.append(_warn(f"Mail programs take out {names}, and filters dislike it.", "Take it out."))
    if found.handlers:
        faults.append(_warn("An element carries a script (on…=).", "Take it out: no mail program runs it."))
    if found.sheets:
        faults.append(
            _warn(
                "The mail links to a style sheet.",
                "Write the styles into the mail: most programs fetch none.",
            )
        )
    return faults


def _of_subject(content: email.EmailContent) -> list[base.Fault]:
    words = base.LIQUID.sub("", content.subject)
    letters = [letter for letter in words if letter.isalpha()]
    faults = []
    if (
        len(letters) >= 8
        and sum(letter.isupper() for letter in letters) > 0.6 * len(letters)
        and _SHOUTING.search(words)
    ):
        faults.append(
            _warn("The subject shouts.", "Write it in small letters; filters count capitals.", "subject")
        )
    if words.count("!") > 1 or "$$" in words:
        faults.append(_warn("The subject looks like spam.", "One exclamation mark is plenty.", "subject"))
    if content.html and not content.preheader:
        faults.append(
            _warn(
                "There is no preheader: mailboxes show the first words of the page.",
                "Write what makes a person open it.",
                "preheader",
            )
        )
    return faults


def _of_leaving(content: email.EmailContent) -> list[base.Fault]:
    said = content.html + content.text
    if (
        not said.strip()
        or "unsubscribe_url" in said
        or email.UNSUBSCRIBE_ADDRESS in said
        or _OWN.search(said)
    ):
        return []
    return [
        _warn(
            "The page has no link to unsubscribe.",
            "Add the Unsubscribe block, or a link to {{ unsubscribe_url }}: laws ask for one that is seen.",
        )
    ]


def _is_sound(address: str) -> bool:
    low = address.lower()
    if address in ("", "#") or "liquid" in low:
        return True
    if low.startswith(("mailto:", "tel:", "sms:", "#")):
        return len(low) > low.index(":") + 1 if ":" in low else True
    return low.startswith(("https://", "http://")) and bool(_host(address)) and " " not in address


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}"


def _short(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:57]}…"
