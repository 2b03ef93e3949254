"""The floor of the PC/SC stack: a bare pyscard loop that asks every inserted card for its uid and says when it knew.

A program of its own, so that the gateway and it are clients of one pcscd on equal terms:
`python -m hwsim.bench_floor READER` prints one line of CLOCK_MONOTONIC seconds for each card.
"""

import sys
import time

from smartcard.scard import (
    INFINITE,
    SCARD_E_UNKNOWN_READER,
    SCARD_LEAVE_CARD,
    SCARD_PROTOCOL_T0,
    SCARD_PROTOCOL_T1,
    SCARD_S_SUCCESS,
    SCARD_SCOPE_USER,
    SCARD_SHARE_SHARED,
    SCARD_STATE_PRESENT,
    SCARD_STATE_UNAWARE,
    SCardConnect,
    SCardDisconnect,
    SCardEstablishContext,
    SCardGetStatusChange,
    SCardTransmit,
)

LOOK_AGAIN_S = 0.05
ATTEMPTS = 20
ASK_AGAIN_S = 0.02
GET_UID = [0xFF, 0xCA, 0x00, 0x00, 0x00]


def main(reader: str) -> None:
    """Watch one reader until killed."""
    _, context = SCardEstablishContext(SCARD_SCOPE_USER)
    state, was_there = SCARD_STATE_UNAWARE, False
    while True:
        status, readers = SCardGetStatusChange(context, INFINITE, [(reader, state)])
        if status == SCARD_E_UNKNOWN_READER:
            # pcscd takes connections before it has set up its readers.
            time.sleep(LOOK_AGAIN_S)
            continue
        if status != SCARD_S_SUCCESS:
            sys.exit(f"SCardGetStatusChange failed with {status:#x}")
        _, state, _ = readers[0]
        is_there = bool(state & SCARD_STATE_PRESENT)
        if is_there and not was_there:
            ask(context, reader)
        was_there = is_there


def ask(context: int, reader: str) -> None:
    """Connect, ask for the uid, and say when it was known; a card just laid down may take a few attempts."""
    protocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1
    for _ in range(ATTEMPTS):
        status, card, protocol = SCardConnect(context, reader, SCARD_SHARE_SHARED, protocols)
        if status == SCARD_S_SUCCESS:
            status, _ = SCardTransmit(card, protocol, GET_UID)
            SCardDisconnect(card, SCARD_LEAVE_CARD)
        if status == SCARD_S_SUCCESS:
            print(f"{time.monotonic():.6f}", flush=True)
            return
        time.sleep(ASK_AGAIN_S)


if __name__ == "__main__":
    main(sys.argv[1])
