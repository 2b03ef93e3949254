"""What a virtual reader cannot show: a real one unplugged and back, and cards swapped faster than one looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.rfid import CardArrived, CardEvent, CardLeft, ReaderFound, ReaderLost, Uid
from drivers.rfid.pcsc_watch import Watch

READER = "ACR1252 PICC"
EMPTY, PRESENT, UNKNOWN = 0x10, 0x20, 0x4
EVENT = 0x10000


class Desk:
    """A PC/SC that plays a script: names when asked for readers, status words when waited on, uids when asked."""

    def __init__(self, *, readers: list[list[str]], words: list[int], uids: list[str]) -> None:
        self._readers, self._words, self._uids = readers, words, uids
        self.waited_for: list[str] = []

    def is_over(self) -> bool:
        return not (self._words or self._readers)

    def readers(self) -> list[str]:
        return self._readers.pop(0) if self._readers else []

    def wait(self, name: str, seen: int, timeout_ms: int) -> int:
        self.waited_for.append(name)
        if timeout_ms == 0 and self._words and self._words[0] >= 0:
            return seen
        return abs(self._words.pop(0)) if self._words and name == READER else seen

    @contextmanager
    def card(self, name: str) -> Iterator[Callable[[bytes], bytes]]:
        assert name == READER
        yield lambda _: bytes.fromhex(self._uids.pop(0)) + b"\x90\x00"


def told(desk: Desk) -> list[CardEvent]:
    events: list[CardEvent] = []
    Watch("acr1252", events.append, reversed_uid=False).serve(desk, desk.is_over)
    return events


def test_a_reader_unplugged_with_its_card_comes_back_without_counting_it_again() -> None:
    desk = Desk(
        readers=[[READER], [], [READER]],
        words=[PRESENT, UNKNOWN, PRESENT, EMPTY],
        uids=["04A1B2C3", "04A1B2C3"],
    )
    found, arrived, gone, none_there, found_again, left = told(desk)
    assert (found, found_again) == (ReaderFound(READER), ReaderFound(READER))
    assert (arrived, left) == (CardArrived(Uid("04A1B2C3"), lay_there=True), CardLeft())
    assert isinstance(gone, ReaderLost)
    assert isinstance(none_there, ReaderLost)
    assert "plug it in" in gone.reason
    assert "\\\\?PnP?\\Notification" in desk.waited_for


def test_a_reader_that_calls_itself_empty_while_its_field_comes_up_has_not_lost_its_card() -> None:
    desk = Desk(
        readers=[[READER], [READER]],
        words=[PRESENT, UNKNOWN, EMPTY, PRESENT + EVENT, EMPTY + 2 * EVENT],
        uids=["04A1B2C3", "04A1B2C3"],
    )
    events = told(desk)
    assert [event for event in events if isinstance(event, CardArrived | CardLeft)] == [
        CardArrived(Uid("04A1B2C3"), lay_there=True),
        CardLeft(),
    ]


def test_a_card_found_at_the_first_look_was_not_seen_coming_and_counts_when_it_comes_again() -> None:
    desk = Desk(
        readers=[[READER]],
        words=[PRESENT, EMPTY + EVENT, PRESENT + 2 * EVENT, EMPTY + 3 * EVENT],
        uids=["04A1B2C3", "04A1B2C3"],
    )
    assert told(desk)[1:] == [
        CardArrived(Uid("04A1B2C3"), lay_there=True),
        CardLeft(),
        CardArrived(Uid("04A1B2C3")),
        CardLeft(),
    ]


def test_a_quick_swap_is_one_card_leaving_and_another_coming() -> None:
    desk = Desk(
        readers=[[READER]],
        words=[EMPTY, PRESENT + EVENT, PRESENT + 3 * EVENT, EMPTY + 4 * EVENT],
        uids=["04A1B2C3", "DEADBEEF"],
    )
    assert told(desk)[1:] == [
        CardArrived(Uid("04A1B2C3")),
        CardLeft(),
        CardArrived(Uid("DEADBEEF")),
        CardLeft(),
    ]


def test_a_card_put_down_twice_unseen_between_counts_twice() -> None:
    desk = Desk(
        readers=[[READER]],
        words=[EMPTY, PRESENT + EVENT, PRESENT + 3 * EVENT, EMPTY + 4 * EVENT],
        uids=["04A1B2C3", "04A1B2C3"],
    )
    assert told(desk)[1:] == [CardArrived(Uid("04A1B2C3")), CardLeft()] * 2


def test_a_swap_during_the_reading_does_not_count_the_card_read_twice() -> None:
    during_the_reading = -(PRESENT + 3 * EVENT)  # negative: already so when the reading ends
    desk = Desk(
        readers=[[READER]],
        words=[EMPTY, PRESENT + EVENT, during_the_reading, EMPTY + 4 * EVENT],
        uids=["DEADBEEF", "DEADBEEF"],
    )
    assert told(desk)[1:] == [CardArrived(Uid("DEADBEEF")), CardLeft()]
