"""Turn what a person means into SQL: conditions over messages that failed or are in doubt."""

from dataclasses import dataclass

from server.store.ledger import batches, codes

Values = dict[str, str | int | float]

#: A person has closed or left it, and it has not moved since.
CLOSED = "(coalesce(mark.kind, '') IN ('close', 'leave') AND mark.state = message.state)"
#: The domain of a mail address; empty for other addresses.
DOMAIN = "substr(message.address_key, instr(message.address_key, '@') + 1)"
#: Its run was not cancelled.
GOES_ON = f"run.status NOT IN ({', '.join(repr(status) for status in batches.ENDED)})"
#: A test that failed is shown to whoever sent it, and to nobody else.
OURS = "run.kind = ''"
#: An RCS message whose fallback SMS was tried: sent again, its person might get it on two channels.
FELL_BACK = f"""(message.channel = {codes.CHANNELS["rcs"]} AND run.fallback <> 0 AND EXISTS (SELECT 1
  FROM message AS other WHERE other.workspace = message.workspace AND other.run = message.run
  AND other.seq = message.seq + run.fallback AND other.attempts > 0))"""  # noqa: S608 - numbers of our own

FROM = """
FROM message
JOIN run ON run.workspace = message.workspace AND run.id = message.run
LEFT JOIN exception_mark AS mark ON mark.workspace = message.workspace AND mark.run = message.run
  AND mark.seq = message.seq
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Which messages are meant, in the store's words; zero and empty mean any."""

    state: int  #: codes.FAILED or codes.DOUBT
    run: int = 0
    campaign: int = 0
    channel: int = 0
    account: int = 0
    reason: str = ""
    domain: str = ""
    find: str = ""
    since: float = 0.0  #: epoch seconds
    until: float = 0.0
    spots: tuple[tuple[int, int], ...] = ()  #: (run, seq)
    closed: bool | None = False  #: None for closed and open ones alike


def where(pick: Pick, workspace: int) -> tuple[str, Values]:
    """The conditions and their values. They repeat the partial index's own: only so it is found."""
    if pick.state not in (codes.FAILED, codes.DOUBT):
        raise ValueError(f"state {pick.state} is no exception")
    exceptional = f"message.state IN ({codes.FAILED}, {codes.DOUBT})"
    conditions = [f"message.workspace = :workspace AND {exceptional} AND message.state = {pick.state}", OURS]
    values: Values = {"workspace": workspace}
    for name, column in _EQUAL.items():
        value = getattr(pick, name)
        if value:
            conditions.append(f"{column} = :{name}")
            values[name] = value
    if pick.domain:
        conditions.append(f"message.channel = {codes.CHANNELS['email']} AND {DOMAIN} = :domain")
        values["domain"] = pick.domain.lower()
    if pick.since:
        conditions.append("message.updated_at >= :since")
        values["since"] = pick.since
    if pick.until:
        conditions.append("message.updated_at < :before")
        values["before"] = pick.until
    if pick.find:
        conditions.append(_FIND)
        values["find"] = f"%{_escaped(pick.find.lower())}%"
    if pick.spots:
        conditions.append(f"(message.run, message.seq) IN (VALUES {_spots(pick, values)})")
    if pick.closed is not None:
        conditions.append(CLOSED if pick.closed else f"NOT {CLOSED}")
    return " AND ".join(conditions), values


_EQUAL = {
    "run": "message.run",
    "campaign": "run.campaign",
    "channel": "message.channel",
    "account": "message.account",
    "reason": "message.reason",
}
_FIND = """(lower(message.address_key) LIKE :find ESCAPE '!' OR EXISTS (SELECT 1 FROM contact
  WHERE contact.workspace = message.workspace AND contact.id = message.contact
  AND (lower(contact.name) LIKE :find ESCAPE '!' OR lower(contact.key) LIKE :find ESCAPE '!')))"""


def _escaped(text: str) -> str:
    for letter in "!%_":
        text = text.replace(letter, f"!{letter}")
    return text


def _spots(pick: Pick, values: Values) -> str:
    marks = []
    for at, (run, seq) in enumerate(pick.spots):
        values[f"run_{at}"], values[f"seq_{at}"] = run, seq
        marks.append(f"(:run_{at}, :seq_{at})")
    return ", ".join(marks)
