"""The one command we send to a card, and what its answers mean (PC/SC part 3, clause 3.2.2.1.3). Pure."""

from drivers.rfid.uid import Uid, UidRefused, read_uid

GET_UID = bytes.fromhex("FFCA000000")

STATUS_BYTES = 2
_OK = 0x9000
_NOT_SUPPORTED = 0x6A81
_NO_DATA = (0x6300, 0x6982)


def read_uid_answer(answer: bytes, *, reversed_uid: bool) -> Uid | UidRefused:
    """Judge the answer to GET_UID: data and two status bytes, which a shorter answer must not be given as."""
    status = int.from_bytes(answer[-STATUS_BYTES:])
    if status == _OK:
        return read_uid(answer[:-STATUS_BYTES], reversed_uid=reversed_uid)
    if status == _NOT_SUPPORTED:
        return UidRefused("this card has no number to read (a contact card?); use a contactless charging card")
    if status in _NO_DATA:
        return UidRefused("the card would not show its number; hold it to the reader again, or use another card")
    return UidRefused(f"the card answered {status:04X} when asked for its number; use another card")
