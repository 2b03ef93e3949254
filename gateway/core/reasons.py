"""The words for why: a card was refused, a session ended or never began, a value or an EVSE is not to be used."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why a card did not start or stop anything."""

    ALREADY_AUTHORIZED = "ALREADY_AUTHORIZED"
    BLOCKED_TOKEN = "BLOCKED_TOKEN"
    CARD_UNUSABLE = "CARD_UNUSABLE"
    EVSE_OCCUPIED = "EVSE_OCCUPIED"
    EVSE_OUT_OF_ORDER = "EVSE_OUT_OF_ORDER"
    EVSE_RESERVED = "EVSE_RESERVED"
    EXPIRED_TOKEN = "EXPIRED_TOKEN"
    METER_SILENT = "METER_SILENT"
    NEEDS_ONLINE_CHECK = "NEEDS_ONLINE_CHECK"
    NOT_ALLOWED_HERE = "NOT_ALLOWED_HERE"
    NO_CREDIT = "NO_CREDIT"
    PLUG_IN_FIRST = "PLUG_IN_FIRST"
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    READER_WITHOUT_EVSE = "READER_WITHOUT_EVSE"
    TOO_SOON = "TOO_SOON"
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN"


class StopReason(StrEnum):
    """Why a session that ran had to end."""

    CARD = "CARD"
    COMMAND = "COMMAND"
    CONTACTOR_DID_NOT_CLOSE = "CONTACTOR_DID_NOT_CLOSE"
    CONTROLLER_FAULT = "CONTROLLER_FAULT"
    ENERGY_LIMIT = "ENERGY_LIMIT"
    EVSE_REMOVED = "EVSE_REMOVED"
    GROUP_CARD = "GROUP_CARD"
    IDLE = "IDLE"
    INTERRUPTED = "INTERRUPTED"
    METER_LOST = "METER_LOST"
    STORAGE_LOST = "STORAGE_LOST"
    TIME_LIMIT = "TIME_LIMIT"
    UNPLUGGED = "UNPLUGGED"


class CancelReason(StrEnum):
    """Why an authorised session never started."""

    CARD = "CARD"
    COMMAND = "COMMAND"
    COMMAND_TIMED_OUT = "COMMAND_TIMED_OUT"
    METER_SILENT = "METER_SILENT"
    PLUG_TIMEOUT = "PLUG_TIMEOUT"
    EVSE_OUT_OF_ORDER = "EVSE_OUT_OF_ORDER"


class Implausible(StrEnum):
    """What was wrong with a counter value."""

    JUMPED = "JUMPED"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    RAN_BACK = "RAN_BACK"


class FaultKind(StrEnum):
    """What takes an EVSE out of order."""

    CONTACTOR_DID_NOT_CLOSE = "CONTACTOR_DID_NOT_CLOSE"
    CONTACTOR_DID_NOT_OPEN = "CONTACTOR_DID_NOT_OPEN"
    CONTROLLER_FAULT = "CONTROLLER_FAULT"
    CONTROLLER_LOST = "CONTROLLER_LOST"
    ENERGY_WITHOUT_SESSION = "ENERGY_WITHOUT_SESSION"
    METER_LOST = "METER_LOST"
    METER_IMPLAUSIBLE = "METER_IMPLAUSIBLE"
    STORAGE_LOST = "STORAGE_LOST"


# Once a technician has mended this, the counter's next value is a new baseline: the meter may have been exchanged.
NEW_BASELINE = frozenset({FaultKind.METER_IMPLAUSIBLE})
