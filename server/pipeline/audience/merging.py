"""Merge what rows say into what is known: who is who, which address is whose.

The rules, in this order:

1. A row with an id of its own is the contact of that id. If there is none, it is the contact that holds one of the
   row's addresses and came without an id so far, which then takes the id. Else it is somebody new.
2. A row without an id is the contact that holds one of its addresses, on whichever channel, the first one that is
   known. Else it is somebody new, and the first address serves as the id.
3. Rows are applied from top to bottom. What a row says outranks what was known; an empty cell says nothing.
4. On each channel a contact has one address, and an address one contact: an address another contact held moves to the
   row's contact, and the error sheet says so.
5. An address that was given up (the provider said it is dead) stays given up when it comes again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from server.pipeline.audience import cells, rows


@dataclass(slots=True, kw_only=True)
class Identity:
    """One address in use, or given up."""

    address: str
    address_key: str
    created_at: float
    removed_at: float | None = None
    removed_because: str = ""


@dataclass(slots=True, kw_only=True)
class Contact:
    """A person as known, while rows are applied."""

    id: int  #: 0 until a new one is given its own
    key: str
    name: str = ""
    country: str = ""
    zone: str = ""
    locale: str = ""
    attributes: dict[str, object] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)  #: by channel
    changed: bool = False
    rekeyed: bool = False  #: the key changed: it is freed before others are written
    touched: set[str] = field(default_factory=set)  #: channels whose identity is to be written anew

    @property
    def has_own_id(self) -> bool:
        """Whether the customer gave it an id, rather than we from its first address."""
        return not self.key.startswith(cells.OWN_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An address that changed hands."""

    row: int
    channel: str
    address: str
    from_key: str
    to_key: str


def wanted(people: Iterable[rows.Person]) -> tuple[set[str], set[str]]:
    """The keys and the address keys by which the known contacts for some rows are found."""
    keys: set[str] = set()
    address_keys: set[str] = set()
    for person in people:
        if person.key:
            keys.add(person.key)
        for channel, address_key in person.address_keys().items():
            address_keys.add(address_key)
            keys.add(_derived(channel, address_key))
    return keys, address_keys


class Merger:
    """Applies rows to the contacts that were loaded for them."""

    def __init__(self, known: Iterable[Contact], now: float) -> None:
        self.contacts: list[Contact] = []  #: everybody at hand, known and new
        self.moved: list[Moved] = []
        self._now = now
        self._nameless = 0
        self._by_key: dict[str, Contact] = {}
        self._holders: dict[tuple[str, str], Contact] = {}  # by channel and address key
        for contact in known:
            self._admit(contact)
            for channel, identity in contact.identities.items():
                self._holders[channel, identity.address_key] = contact

    def apply(self, row: int, person: rows.Person) -> Contact:
        """Apply one row; returns its contact."""
        address_keys = person.address_keys()
        contact = self._find(person, address_keys) or self._admit(_new(person, address_keys))
        if person.key and contact.key != person.key:
            self._rekey(contact, person.key)
        _tell(contact, person)
        for channel, address_key in address_keys.items():
            self._give(contact, channel, person.addresses[channel], address_key, row)
        return contact

    def _find(self, person: rows.Person, address_keys: dict[str, str]) -> Contact | None:
        if person.key and (contact := self._by_key.get(person.key)):
            return contact
        for holder in self._holding(address_keys):
            if not person.key or not holder.has_own_id:
                return holder
        return None

    def _holding(self, address_keys: dict[str, str]) -> Iterator[Contact]:
        """Who holds these addresses: on the same channel first, then on any, then by the key made of one."""
        for channel, address_key in address_keys.items():
            if holder := self._holders.get((channel, address_key)):
                yield holder
        for address_key in dict.fromkeys(address_keys.values()):
            for channel in _CHANNELS:
                if holder := self._holders.get((channel, address_key)):
                    yield holder
        for channel, address_key in address_keys.items():
            if holder := self._by_key.get(_derived(channel, address_key)):
                yield holder

    def _give(self, contact: Contact, channel: str, address: str, address_key: str, row: int) -> None:
        holder = self._holders.get((channel, address_key))
        if holder is contact:
            identity = contact.identities[channel]
            if identity.address != address:
                identity.address = address
                contact.touched.add(channel)
            return
        identity = Identity(address=address, address_key=address_key, created_at=self._now)
        if holder is not None:
            was = holder.identities[channel]
            identity.removed_at, identity.removed_because = was.removed_at, was.removed_because
            self.moved.append(
                Moved(row=row, channel=channel, address=address, from_key=holder.key, to_key=contact.key)
            )
            self._take(holder, channel)
        if channel in contact.identities:
            self._take(contact, channel)
        contact.identities[channel] = identity
        contact.touched.add(channel)
        self._holders[channel, address_key] = contact
        if not contact.has_own_id and contact.key.startswith("contact:"):
            self._rekey(contact, _derived(channel, address_key))

    def _take(self, contact: Contact, channel: str) -> None:
        """Take an address away; a key that was made of it is made anew of the next."""
        lost = contact.identities.pop(channel)
        contact.touched.add(channel)
        del self._holders[channel, lost.address_key]
        if contact.key == _derived(channel, lost.address_key):
            left = next(iter(contact.identities.items()), None)
            self._rekey(contact, _derived(left[0], left[1].address_key) if left else "")

    def _rekey(self, contact: Contact, key: str) -> None:
        """Give a contact another key; one without any address is called by its number, once it has one."""
        if self._by_key.get(contact.key) is contact:
            del self._by_key[contact.key]
        if not key or key in self._by_key:
            self._nameless += 1
            key = f"contact:{contact.id}" if contact.id else f"contact:new-{self._nameless}"
        contact.key = key
        contact.changed = True
        contact.rekeyed = contact.id != 0
        self._by_key[key] = contact

    def _admit(self, contact: Contact) -> Contact:
        self.contacts.append(contact)
        self._by_key[contact.key] = contact
        return contact


def number(contacts: Sequence[Contact], first: int) -> None:
    """Give ids to new contacts, counting up from `first`."""
    for offset, contact in enumerate(contacts):
        contact.id = first + offset
        if contact.key.startswith("contact:new-"):
            contact.key = f"contact:{contact.id}"


_CHANNELS = ("email", "sms", "whatsapp", "rcs", "apns", "webpush")


def _derived(channel: str, address_key: str) -> str:
    """The key of a contact that came without an id."""
    return f"{channel}:{address_key}"


def _new(person: rows.Person, address_keys: dict[str, str]) -> Contact:
    channel, address_key = next(iter(address_keys.items()))
    return Contact(id=0, key=person.key or _derived(channel, address_key), changed=True)


def _tell(contact: Contact, person: rows.Person) -> None:
    """Let a contact know what a row says about it."""
    for name in ("name", "country", "zone", "locale"):
        value = getattr(person, name)
        if value and value != getattr(contact, name):
            setattr(contact, name, value)
            contact.changed = True
    for name, value in person.attributes.items():
        if contact.attributes.get(name) != value:
            contact.attributes[name] = value
            contact.changed = True
