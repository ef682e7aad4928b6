"""Read mails back from their headers and parts, with what was put in on the wire taken out again."""

import email.utils
import html as entities
import re

from server.channels import email as channel
from server.engine.arrivals import bags
from server.wire import twins

_SPACES = re.compile(r"\s+")
_NEWLINES = re.compile(r"\r\n|\r")
_LINK = re.compile(r"<([^<>]+)>")
_HIDDEN = re.compile(re.escape(channel.PREHEADER).replace("%s", "(.*?)"), re.DOTALL)
_ONE_CLICK = "List-Unsubscribe=One-Click"


def read(arrived: twins.Arrived, strays: bags.Strays) -> channel.EmailContent:
    """A mail, from its headers and its two parts as a mail program decodes them."""
    headers, shown = arrived.wire, bags.Bag(dict(arrived.shown), strays)
    link = address(arrived)
    if link.startswith("https://") and headers.get("List-Unsubscribe-Post") != _ONE_CLICK:
        strays.add("List-Unsubscribe-Post", headers.get("List-Unsubscribe-Post", "is missing"))
    page = _plainly(shown.text("html"), entities.escape(link))
    found = _HIDDEN.search(page)
    if found is not None:
        page = page[: found.start()] + page[found.end() :]
    return channel.EmailContent(
        subject=shown.text("subject"),
        preheader=entities.unescape(found[1]) if found else "",
        html=page,
        text=_plainly(shown.text("text"), link),
        from_name=email.utils.parseaddr(shown.text("from"))[0],
        reply_to=headers.get("Reply-To", ""),
        unsubscribe=bool(link),
    )


def address(arrived: twins.Arrived) -> str:
    """Where one may unsubscribe, as the header says; empty where there is none."""
    found = _LINK.search(arrived.wire.get("List-Unsubscribe", ""))
    return found[1] if found else ""


def _plainly(body: str, link: str) -> str:
    """A part with this message's own link replaced by the one that stands for all; its line ends are \\n."""
    text = _NEWLINES.sub("\n", body)
    return text.replace(link, channel.UNSUBSCRIBE_ADDRESS) if link else text


def settle(read: channel.EmailContent, promised: channel.EmailContent) -> dict[str, object]:
    """What the wire does not tell: a line's spacing, how lines end, what the account or the page fills in."""
    told: dict[str, object] = {"source": promised.source}
    for name in ("subject", "from_name", "preheader"):
        own = getattr(promised, name)
        if _line(own) == _line(getattr(read, name)):
            told[name] = own
    if not promised.from_name:  # the account's own name stands in its place
        told["from_name"] = ""
    if not promised.html and not read.html:  # a preheader is hidden in the page
        told["preheader"] = promised.preheader
    told |= {
        name: getattr(promised, name)
        for name in ("html", "text")
        if _same(getattr(promised, name), getattr(read, name))
    }
    if not promised.text and _same(channel.plain_text(promised.html), read.text):
        told["text"] = ""
    if promised.reply_to and channel.ascii_address(promised.reply_to) == read.reply_to:
        told["reply_to"] = promised.reply_to
    return told


def _line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _same(one: str, other: str) -> bool:
    """Whether two bodies are the same on the wire, where every line ends alike and the last one ends, too."""
    return _NEWLINES.sub("\n", one).removesuffix("\n") == other.removesuffix("\n")
