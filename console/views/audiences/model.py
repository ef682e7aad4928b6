"""What the audiences page knows: its lists' columns, words for mapping targets, countries, and addresses to be read."""

import functools
from collections.abc import Mapping, Sequence

import msgspec
from PySide6 import QtCore

from console.widgets import figures, icons, paged, pills
from server.channels import contents
from server.wire import audiences

ATTRIBUTE = "attribute:"
LEFT_OUT = ""

#: What a column may hold, in the words of the mapping.
TARGETS = {
    "key": "Customer's key",
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email address",
    "phone": "Phone, all channels",
    "sms": "Phone for SMS",
    "whatsapp": "Phone for WhatsApp",
    "rcs": "Phone for RCS",
    "apns": "Apple device token",
    "webpush": "Browser subscription",
    "country": "Country",
    "zone": "Time zone",
    "locale": "Language",
}

#: Targets that make a person reachable.
ADDRESSES = ("email", "phone", "sms", "whatsapp", "rcs", "apns", "webpush")

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def targets() -> list[tuple[object, str]]:
    """The choices of one column."""
    known: list[tuple[object, str]] = [
        (target, TARGETS.get(target, target.replace("_", " "))) for target in audiences.TARGETS
    ]
    return [(LEFT_OUT, "Leave out"), (ATTRIBUTE, "Attribute"), *known]


def split(target: str) -> tuple[str, str]:
    """A target as the choice and the attribute's name."""
    return (ATTRIBUTE, target.removeprefix(ATTRIBUTE)) if target.startswith(ATTRIBUTE) else (target, "")


def doubled(mapping: Mapping[str, str]) -> dict[str, str]:
    """Columns whose target another column before them has taken, each with a sentence."""
    taken: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for column, target in mapping.items():
        if not target:
            continue
        if target in taken:
            wrong[column] = f"{taken[target]} is mapped to this already."
        else:
            taken[target] = column
    return wrong


def reaches(mapping: Mapping[str, str]) -> bool:
    """Whether a mapping has any column that people can be reached by."""
    return any(target in ADDRESSES for target in mapping.values())


@functools.cache
def countries() -> tuple[tuple[object, str], ...]:
    """Country codes and names, by name."""
    found: dict[str, str] = {}
    for territory in QtCore.QLocale.Country:
        code = QtCore.QLocale.territoryToCode(territory)
        if len(code) == 2 and code.isalpha():
            found[code] = QtCore.QLocale.territoryToString(territory)
    named = sorted(found.items(), key=lambda pair: pair[1])
    return (
        ("", "Every number has its + and country code"),
        *((code, f"{name} ({code})") for code, name in named),
    )


def address(identity: audiences.Identity) -> str:
    """An identity as it is read: a browser subscription by its endpoint."""
    if identity.channel == "webpush":
        try:
            found = msgspec.json.decode(identity.address, type=dict[str, object]).get("endpoint")
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return identity.address
        return found if isinstance(found, str) else identity.address
    return identity.address


def channels(contact: audiences.Contact) -> list[str]:
    """The channels a contact can be reached on."""
    usable = {identity.channel for identity in contact.identities if not identity.removed_because}
    return [channel for channel in contents.CHANNELS if channel in usable]


def _where(contact: audiences.Contact) -> str:
    return " · ".join(part for part in (contact.country, contact.zone.replace("_", " ")) if part) or "—"


def standing(contact: audiences.Contact) -> pills.Look:
    if "all" in contact.suppressed:
        return pills.Look("Suppressed", "ban", "bad")
    if contact.suppressed:
        return pills.Look("Suppressed on " + ", ".join(_titles(contact.suppressed)), "ban", "warn")
    if not channels(contact):
        return pills.Look("Unreachable", "wifi-off", "warn")
    return pills.Look("Reachable", "check", "ok")


def _titles(names: Sequence[str]) -> list[str]:
    return ["everything" if name == "all" else contents.TITLES.get(name, name) for name in names]


AUDIENCES = (
    paged.Column(
        title="Audience",
        text=lambda row: row.name,
        kind=paged.Kind.TWO_LINES,
        second=lambda row: (
            f"{figures.count(row.people)} {'person' if row.people == 1 else 'people'}"
            + ("" if row.ready else " · being imported")
        ),
        width=150,
        stretch=True,
        sort="name",
    ),
    paged.Column(title="Added", text=lambda row: figures.ago(row.created_at), width=76, sort="created_at"),
)

CONTACTS = (
    paged.Column(
        title="Person",
        text=lambda row: row.name or row.key,
        kind=paged.Kind.TWO_LINES,
        second=lambda row: row.key,
        width=124,
        stretch=True,
        sort="name",
    ),
    paged.Column(
        title="Reachable on",
        text=lambda row: ", ".join(contents.TITLES[name] for name in channels(row)) or "nothing",
        kind=paged.Kind.ICONS,
        icons=lambda row: [icons.channel(name) for name in channels(row)],
        width=154,
    ),
    paged.Column(
        title="Standing",
        text=lambda row: standing(row).word,
        kind=paged.Kind.PILL,
        look=standing,
        width=116,
    ),
    paged.Column(title="Where", text=_where, width=80, stretch=True, sort="country"),
)

IMPORTS = (
    paged.Column(
        title="File",
        text=lambda row: row.file,
        kind=paged.Kind.TWO_LINES,
        second=lambda row: f"into {row.audience_name}",
        width=180,
        stretch=True,
    ),
    paged.Column(
        title="State",
        text=lambda row: pills.look(pills.IMPORT, row.status).word,
        kind=paged.Kind.PILL,
        look=lambda row: pills.look(pills.IMPORT, row.status),
        width=122,
    ),
    paged.Column(
        title="Read",
        text=lambda row: figures.share(row.bytes_read, row.bytes_total, 0),
        kind=paged.Kind.PROGRESS,
        share=lambda row: row.bytes_read / row.bytes_total if row.bytes_total else None,
        tone=lambda row: pills.look(pills.IMPORT, row.status).tone,
        width=130,
    ),
    paged.Column(
        title="Taken", text=lambda row: figures.count(row.rows_taken), kind=paged.Kind.NUMBER, width=84
    ),
    paged.Column(
        title="Refused",
        text=lambda row: figures.count(row.rows_refused),
        kind=paged.Kind.NUMBER,
        tone=lambda row: "bad" if row.rows_refused else None,
        width=84,
    ),
    paged.Column(
        title="Faults",
        text=lambda row: figures.count(row.faults),
        kind=paged.Kind.NUMBER,
        tone=lambda row: "warn" if row.faults else None,
        width=76,
    ),
    paged.Column(title="When", text=lambda row: figures.ago(row.created_at), width=80),
)

FAULTS = (
    paged.Column(title="Row", text=lambda row: figures.count(row.row), kind=paged.Kind.NUMBER, width=70),
    paged.Column(title="Column", text=lambda row: row.column, width=120),
    paged.Column(title="Value", text=lambda row: row.value or "empty", kind=paged.Kind.MONO, width=170),
    paged.Column(
        title="What is wrong",
        text=lambda row: row.message,
        kind=paged.Kind.TWO_LINES,
        second=lambda row: row.remedy,
        width=260,
        stretch=True,
    ),
    paged.Column(
        title="The row",
        text=lambda row: "taken" if row.row_taken else "refused",
        kind=paged.Kind.PILL,
        look=lambda row: (
            pills.Look("Taken without it", "check", "warn")
            if row.row_taken
            else pills.Look("Refused", "x", "bad")
        ),
        width=152,
    ),
)

SUPPRESSIONS = (
    paged.Column(
        title="Address",
        text=lambda row: row.address,
        kind=paged.Kind.MONO,
        width=240,
        stretch=True,
        sort="address",
    ),
    paged.Column(
        title="On",
        text=lambda row: "Everything" if row.channel == "all" else _titles([row.channel])[0],
        width=120,
        sort="channel",
    ),
    paged.Column(
        title="Because",
        text=lambda row: row.meaning or row.reason,
        second=lambda row: row.reason if row.meaning else "",
        kind=paged.Kind.TWO_LINES,
        width=260,
        stretch=True,
        sort="reason",
    ),
    paged.Column(title="Since", text=lambda row: figures.stamp(row.created_at), width=170, sort="created_at"),
)

RUNNING = (audiences.ImportStatus.READING, audiences.ImportStatus.MERGING)


def told(one: audiences.Import) -> str:
    """An import's end, or where it is, in a sentence."""
    taken = f"{figures.count(one.rows_taken)} {'person' if one.rows_taken == 1 else 'people'} taken"
    match one.status:
        case audiences.ImportStatus.DONE:
            parts = [taken]
            if one.rows_refused:
                rows = "row" if one.rows_refused == 1 else "rows"
                parts.append(f"{figures.count(one.rows_refused)} {rows} refused")
            return ", ".join(parts)
        case audiences.ImportStatus.FAILED:
            return "Failed: nothing of it was kept"
        case audiences.ImportStatus.CANCELLED:
            return "Cancelled: nothing of it was kept"
        case audiences.ImportStatus.MERGING:
            return f"Joining {figures.count(one.rows_read)} rows with the contacts there are"
        case _:
            read = f"{figures.size(one.bytes_read)} of {figures.size(one.bytes_total)}"
            return f"{figures.count(one.rows_read)} rows, {read}"
