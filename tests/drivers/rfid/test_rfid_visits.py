"""When a card has come, left or been swapped: by looks at the reader, and by PC/SC's status words."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.rfid import CardArrived, CardLeft, CardUnreadable
from drivers.rfid.backoff import delays_s
from drivers.rfid.pcsc_status import UNAWARE, Change, choose_reader, compare
from drivers.rfid.uid import Uid, UidRefused
from drivers.rfid.visit import Resting, edges

LOOKS = st.lists(st.sampled_from([None, Uid("04A1B2C3"), Uid("DEADBEEF"), UidRefused("mute")]))
EMPTY, PRESENT, INUSE, MUTE = 0x10, 0x20, 0x100, 0x200
ONE_EVENT = 0x10000


@given(LOOKS)
def test_every_visit_begins_once_and_ends_once(looks: list[Resting]) -> None:
    before: Resting = None
    is_open = False
    for now in looks:
        for event in edges(before, now):
            match event:
                case CardArrived() | CardUnreadable():
                    assert not is_open
                    is_open = True
                case CardLeft():
                    assert is_open
                    is_open = False
        before = now
        assert is_open == (now is not None)


def test_the_same_card_at_two_looks_is_nothing_new() -> None:
    assert edges(Uid("04A1B2C3"), Uid("04A1B2C3")) == ()


def test_a_first_look_at_a_card_is_an_arrival() -> None:
    assert compare(UNAWARE, PRESENT) is Change.ARRIVED
    assert compare(UNAWARE, EMPTY) is Change.EMPTY


def test_a_moved_counter_between_two_looks_at_a_card_is_a_swap() -> None:
    assert compare(PRESENT + ONE_EVENT, PRESENT + 3 * ONE_EVENT) is Change.SWAPPED


def test_another_program_that_uses_the_card_is_no_change() -> None:
    assert compare(PRESENT + ONE_EVENT, PRESENT + INUSE + ONE_EVENT) is Change.RESTS
    assert compare(PRESENT + MUTE + ONE_EVENT, PRESENT + ONE_EVENT) is Change.RESTS


def test_a_reader_that_is_unplugged_is_gone_whatever_lay_on_it() -> None:
    unknown, unavailable = 0x4, 0x8
    assert compare(PRESENT + ONE_EVENT, unknown + unavailable) is Change.GONE
    assert compare(EMPTY, unavailable) is Change.GONE


def test_a_reader_is_chosen_by_any_part_of_its_name_and_never_a_sam_slot_by_accident() -> None:
    names = ["ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00", "ACS ACR1252 [ACR1252 Dual Reader PICC] 00 00"]
    assert choose_reader(names, "acr1252") == names[1]
    assert choose_reader(names, "") == names[1]
    assert choose_reader(names, "SAM") == names[0]
    assert choose_reader(names, "Omnikey") is None


def test_waiting_for_a_lost_reader_grows_to_five_seconds_and_stays() -> None:
    delays = delays_s()
    waits = [next(delays) for _ in range(10)]
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[-2:] == [5.0, 5.0]
