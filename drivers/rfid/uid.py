"""A card's uid, and the uids that can identify nobody. Pure."""

from dataclasses import dataclass

_LENGTHS = (4, 7, 10)  # single, double and triple size, ISO/IEC 14443-3 clause 6.5.4
_RANDOM_FIRST_BYTE = 0x08  # a single-size uid that begins so is made anew at each activation, same clause
_CASCADE_TAG = 0x88  # announces that the uid goes on; never a part of it, same clause

_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Uid:
    """Upper-case hex without separators, first byte first as `FF CA` returns it. Prints itself redacted."""

    hex: str

    def __str__(self) -> str:
        return f"{self.hex[:_SHOWN]}…{self.hex[-_SHOWN:]}"

    def __repr__(self) -> str:
        return f"Uid({self})"


@dataclass(frozen=True, slots=True)
class UidRefused:
    """No uid to go by; `reason` is a sentence that tells the driver or the technician what to do."""

    reason: str


def read_uid(raw: bytes, *, reversed_uid: bool) -> Uid | UidRefused:
    """Judge the bytes a reader returned; `reversed_uid` says that this reader delivers the last byte first."""
    uid = raw[::-1] if reversed_uid else raw
    if not any(uid):
        return UidRefused("the card shows an empty number; hold it to the reader again, or use another card")
    if set(uid) == {0xFF}:
        return UidRefused("the card shows a blank number (all FF); hold it to the reader again, or use another card")
    if uid[0] == _CASCADE_TAG:
        return UidRefused(
            "the reader passed on a cascade tag (88) in place of the card's number; "
            "update the reader's firmware or change the reader"
        )
    if len(uid) not in _LENGTHS:
        return UidRefused(
            f"the card shows a number of {len(uid)} bytes where 4, 7 or 10 are possible; "
            "use another card, and if no card works change the reader"
        )
    if len(uid) == min(_LENGTHS) and uid[0] == _RANDOM_FIRST_BYTE:
        return UidRefused(
            "the card shows a new random number at each tap, as phones and some bank cards do; use a charging card"
        )
    return Uid(uid.hex().upper())
