"""The lines of one transaction keep their order, however many are written at once."""

from server.store.ledger import book, codes
from server.wire import ledger

SENDING = codes.EVENTS[ledger.EventKind.SENDING]


def test_the_stamps_of_many_lines_are_never_given_again() -> None:
    stamps = book.Stamps()
    first = stamps.next()
    many = stamps.next(1_000)
    assert many > first
    assert stamps.next() >= many + 1_000


def test_lines_told_of_many_messages_stand_before_those_told_later() -> None:
    lines = book.Book()
    spots = [book.Spot(1, 1, seq) for seq in (7, 8, 9)]
    lines.events_of(SENDING, [(spot, 2, 4, None) for spot in spots])
    lines.tell(spots[0], SENDING, {"text": "later"})
    told = [(line[2], line[5], line[6]) for line in lines.events]
    assert told == [(7, 2, 4), (8, 2, 4), (9, 2, 4), (7, 0, 0)]
    moments = [line[3] for line in lines.events]
    assert moments == sorted(set(moments))


def test_telling_of_nobody_takes_no_stamp() -> None:
    lines = book.Book()
    lines.events_of(SENDING, [])
    assert lines.events == []
