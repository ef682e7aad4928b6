"""The small integers the ledger stores for channels, states and events, and how far each state is."""

from server.wire import ledger

CHANNELS = {"apns": 1, "webpush": 2, "email": 3, "sms": 4, "whatsapp": 5, "rcs": 6}
CHANNEL_NAMES = {code: name for name, code in CHANNELS.items()}

WAITING, SENDING, ACCEPTED, DELIVERED, SEEN, CLICKED, REPLIED = 0, 1, 2, 3, 4, 5, 6
FAILED, SKIPPED, DOUBT, CANCELLED = 10, 11, 12, 13

STATES = {
    ledger.State.WAITING: WAITING,
    ledger.State.SENDING: SENDING,
    ledger.State.ACCEPTED: ACCEPTED,
    ledger.State.DELIVERED: DELIVERED,
    ledger.State.SEEN: SEEN,
    ledger.State.CLICKED: CLICKED,
    ledger.State.REPLIED: REPLIED,
    ledger.State.FAILED: FAILED,
    ledger.State.SKIPPED: SKIPPED,
    ledger.State.DOUBT: DOUBT,
    ledger.State.CANCELLED: CANCELLED,
}
STATE_NAMES = {code: name for name, code in STATES.items()}

#: The equation's term each state counts towards.
TERMS = {
    WAITING: "waiting",
    SENDING: "sending",
    ACCEPTED: "accepted",
    DELIVERED: "accepted",
    SEEN: "accepted",
    CLICKED: "accepted",
    REPLIED: "accepted",
    FAILED: "failed",
    SKIPPED: "skipped",
    DOUBT: "doubt",
    CANCELLED: "cancelled",
}

#: How far news may move a message. A failure outranks `accepted` and yields to any sign that a person got it, so that
#: receipts end in the same state whatever order they come in; a late bounce after `delivered` is an extra fact.
RANK = {
    SKIPPED: 0,
    CANCELLED: 0,
    WAITING: 0,
    SENDING: 0,
    DOUBT: 0,
    ACCEPTED: 1,
    FAILED: 2,
    DELIVERED: 3,
    SEEN: 4,
    CLICKED: 5,
    REPLIED: 6,
}

#: Why a message failed that turned out never to have been sent: it yields to any sign that it was taken after all.
NOT_SENT = "doubt_not_sent"


def rank(state: int, reason: str) -> int:
    """How far a message is, by its state and the reason for it."""
    return 0 if state == FAILED and reason == NOT_SENT else RANK[state]


#: When a message is due that waits for news of another: in the year 9999.
HELD = 253_402_300_799.0

#: What goes first, as batches store it.
PRIORITIES = {"bulk": 0, "transactional": 1, "test": 2}

EVENTS = {kind: number for number, kind in enumerate(ledger.EventKind, start=1)}
EVENT_NAMES = {number: kind for kind, number in EVENTS.items()}
