"""Turn one row of a file into a person, naming every cell that is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from server.pipeline.audience import cells, csvfile, mapping
from server.store import addresses

#: Characters of a wrong cell that are kept for the error sheet.
SHOWN = 200

#: The channels a phone column reaches, unless they have columns of their own.
PHONES = ("sms", "whatsapp", "rcs")

#: Target to what reads its cells, for addresses but phones.
_ADDRESSES: dict[str, Callable[[str], str]] = {
    "email": cells.mail,
    "apns": cells.token,
    "webpush": cells.subscription,
}
#: Target to what reads its cells, for what is known about a person. Phones need the country, so it comes first.
_FACTS: dict[str, Callable[[str], str]] = {
    "name": cells.name,
    "first_name": cells.name,
    "last_name": cells.name,
    "zone": cells.zone,
    "locale": cells.locale,
}


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a row says about a person, as it waits to be merged."""

    key: str = ""  #: the customer's own id; empty where the file gives none
    name: str = ""
    country: str = ""
    zone: str = ""
    locale: str = ""
    attributes: dict[str, str] = {}  #: with first_name and last_name; empty cells are left out
    addresses: dict[str, str] = {}  #: channel to address

    def address_keys(self) -> dict[str, str]:
        """Channel to what its address is compared by, in the order of the addresses."""
        return {channel: addresses.key(channel, address) for channel, address in self.addresses.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One wrong cell."""

    row: int
    column: str
    value: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What became of one row."""

    row: int
    person: Person | None  #: None where it cannot be taken
    faults: tuple[Fault, ...]


class Reader:
    """Reads the rows of one file by one plan."""

    def __init__(self, plan: mapping.Plan, country: str) -> None:
        """`country` says how phone numbers without + are dialled; a row's own country outranks it."""
        self._plan = plan
        self._country = country
        self._phone_channels = tuple(channel for channel in PHONES if channel not in plan.targets)

    def read(self, record: csvfile.Record) -> Read:
        """Read one row. It is taken if one address in it is usable; never raises."""
        columns = self._plan.columns
        if record.fault:
            shown = record.cells[0] if record.cells else ""
            return _refused(
                record, "", shown, record.fault, "Correct the row in the file and import it again."
            )
        if extra := [cell for cell in record.cells[len(columns) :] if cell.strip()]:
            return _refused(
                record,
                "",
                extra[0],
                f"The row has {len(record.cells)} cells, the header {len(columns)}: all may have slipped sideways.",
                "Put cells that hold the delimiter between quotes.",
            )
        return _Row(record, self._plan, self._country, self._phone_channels).read()


def _refused(record: csvfile.Record, column: str, value: str, message: str, remedy: str) -> Read:
    fault = Fault(row=record.row, column=column, value=value[:SHOWN], message=message, remedy=remedy)
    return Read(row=record.row, person=None, faults=(fault,))


class _Row:
    """One row being read."""

    def __init__(
        self, record: csvfile.Record, plan: mapping.Plan, country: str, phone_channels: tuple[str, ...]
    ) -> None:
        self._record = record
        self._plan = plan
        self._country = country
        self._phone_channels = phone_channels
        self._faults: list[Fault] = []

    def read(self) -> Read:
        """Read every mapped cell."""
        cut = len(self._record.cells) < len(self._plan.columns)
        if cut:
            self._fault(
                "",
                "",
                f"The row has {len(self._record.cells)} cells, the header {len(self._plan.columns)}.",
                "Give every row as many cells as the header; the missing ones were read as empty.",
            )
        key = self._fact("key", cells.key)
        unsure = any(fault.column == self._column("key") for fault in self._faults if fault.column)
        facts = {target: self._fact(target, read) for target, read in _FACTS.items()}
        country = self._fact("country", cells.country)
        found = self._addresses(country or self._country)
        person = Person(
            key=key,
            name=facts["name"] or " ".join(filter(None, (facts["first_name"], facts["last_name"]))),
            country=country,
            zone=facts["zone"],
            locale=facts["locale"],
            attributes=self._attributes(facts),
            addresses=found,
        )
        if not found and not self._faults:
            self._fault(
                "", "", "Nobody can be reached: every address is empty.", "Give the person an address."
            )
        taken = bool(found) and not unsure  # with a doubtful id the row might be merged into somebody else
        return Read(row=self._record.row, person=person if taken else None, faults=tuple(self._faults))

    def _addresses(self, country: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for target, read in _ADDRESSES.items():
            if address := self._fact(target, read):
                found[target] = address
        for channel in PHONES:
            if number := self._fact(channel, lambda cell: cells.phone(cell, country)):
                found[channel] = number
        if self._phone_channels and (number := self._fact("phone", lambda cell: cells.phone(cell, country))):
            found |= dict.fromkeys(self._phone_channels, number)
        return found

    def _attributes(self, facts: dict[str, str]) -> dict[str, str]:
        found = {name: facts[name] for name in ("first_name", "last_name") if facts[name]}
        for name, position in self._plan.attributes.items():
            if value := self._cell(position, cells.text):
                found[name] = value
        return found

    def _column(self, target: str) -> str:
        position = self._plan.targets.get(target)
        return self._plan.columns[position] if position is not None else ""

    def _fact(self, target: str, read: Callable[[str], str]) -> str:
        position = self._plan.targets.get(target)
        return self._cell(position, read) if position is not None else ""

    def _cell(self, position: int, read: Callable[[str], str]) -> str:
        """One cell's meaning; empty where it is empty or wrong."""
        if position >= len(self._record.cells):
            return ""
        cell = self._record.cells[position]
        if not cell or cell.isspace():
            return ""
        try:
            return read(cell)
        except cells.Wrong as wrong:
            self._fault(self._plan.columns[position], cell, wrong.message, wrong.remedy)
            return ""

    def _fault(self, column: str, value: str, message: str, remedy: str) -> None:
        shown = value[:SHOWN].encode("utf-8", "replace").decode()  # halves of surrogate pairs fit no database
        self._faults.append(
            Fault(row=self._record.row, column=column, value=shown, message=message, remedy=remedy)
        )
