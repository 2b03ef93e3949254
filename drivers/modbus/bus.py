"""One Modbus line or host: who may speak, what came of it, and how its units have been answering."""

import asyncio
import struct
import time
from collections.abc import Mapping

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable, DriverError
from drivers.modbus.frames import Tap
from drivers.modbus.framing import Answer, Misfit, Refusal
from drivers.modbus.identification import objects_in
from drivers.modbus.line import Fault, Framing, LeftAlone, Line, Silence
from drivers.modbus.line_rtu import RtuLine
from drivers.modbus.line_tcp import TcpLine
from drivers.modbus.patience import Patience
from drivers.modbus.request import (
    Function,
    Request,
    identification_request,
    read_coils_request,
    read_registers_request,
    write_coil_request,
    write_register_request,
)
from drivers.modbus.statistics import Tally, UnitStatistics
from drivers.modbus.turns import Turns
from drivers.modbus.wire import WireDown
from drivers.modbus.wire_serial import SerialWire
from drivers.modbus.wire_tcp import TcpWire

_MODBUS_TCP_PORT = 502
# A host that was switched off only looks silent; after so many silences in a row its connection is made anew.
_SILENCES_BEFORE_RECONNECT = 3
# Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters between frames, 1.75 ms at least (above 19200 baud).
_GAP_CHARACTERS = 3.5
_MIN_GAP_S = 0.00175

_REFUSALS: Mapping[int, str] = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
}
# Exception codes that say nothing against the question: busy, and a gateway that cannot reach the unit behind it.
_BUSY: Mapping[int, str] = {
    5: "it has accepted the request but needs longer",
    6: "it is busy; if it stays so, switch it off and on",
}
_ABSENT: Mapping[int, str] = {
    10: "the gateway has no path to it; check the gateway's serial settings",
    11: "the gateway got no reply from it; check its wiring, address and baud rate",
}


class ModbusBus:
    """The one object through which everybody speaks on a line; callers take turns, writes before reads.

    `timeout_s` is the longest that a reply may take to begin; a unit that was seen to need less is waited for less.

    Every method raises DeviceUnavailable, DeviceMisbehaved or DeviceRefused and nothing else for a fault in the field,
    with a one-line message naming bus and unit. ValueError means the caller asked what Modbus cannot say.
    """

    def __init__(self, line: Line, *, silences_before_reconnect: int | None = None) -> None:
        """Take the line; after so many silences in a row it is opened anew (a connection's far end may be gone)."""
        self._line = line
        self._tallies: dict[int, Tally] = {}
        self._troubles: dict[int, str] = {}
        self._silences_before_reconnect = silences_before_reconnect
        self._silences = 0
        self._turns = Turns()
        self._patience = Patience()

    @property
    def name(self) -> str:
        """The port's path, or host and port."""
        return self._line.name

    @property
    def framing(self) -> Framing:
        """How the frames that a tap sees are built."""
        return self._line.framing

    @property
    def byte_s(self) -> float:
        """Seconds that a byte takes on the line; 0 where that is of no account."""
        return self._line.byte_s

    async def read_registers(
        self, unit: int, function: int, address: int, count: int, timeout_s: float
    ) -> tuple[int, ...]:
        """Read `count` (1..125) holding (function 3) or input (4) registers from the 0-based address."""
        data = await self._ask(read_registers_request(unit, function, address, count), timeout_s)
        return struct.unpack(f">{count}H", data)

    def delay_s(self, unit: int, function: int, count: int) -> float:
        """Tell about how much longer a read of so many registers takes now: 0 where no other reply looks like its."""
        return self._line.delay_s(read_registers_request(unit, function, 0, count))

    async def read_coils(self, unit: int, address: int, count: int, timeout_s: float) -> tuple[bool, ...]:
        """Read `count` coils (function 1) from the 0-based address."""
        data = await self._ask(read_coils_request(unit, address, count), timeout_s)
        return tuple(bool(data[index // 8] >> (index % 8) & 1) for index in range(count))

    async def read_identification(self, unit: int, timeout_s: float) -> Mapping[int, str]:
        """Ask what the device says of itself (function 43/14): texts by object id, see `identification`."""
        return objects_in(await self._ask(identification_request(unit), timeout_s))

    async def write_coil(self, unit: int, address: int, value: bool, timeout_s: float) -> None:  # noqa: FBT001 - data
        """Switch one coil (function 5); returns when the unit has echoed it."""
        await self._ask(write_coil_request(unit, address, value=value), timeout_s)

    async def write_register(self, unit: int, address: int, value: int, timeout_s: float) -> None:
        """Write one holding register (function 6); returns when the unit has echoed it."""
        await self._ask(write_register_request(unit, address, value), timeout_s)

    def statistics(self, unit: int) -> UnitStatistics:
        """How this unit has been answering; all zero and None for one never asked."""
        tally = self._tallies.get(unit)
        late_frames = self._line.late_frames(unit)
        if tally is None:
            return UnitStatistics(late_frames=late_frames)
        return tally.statistics(time.monotonic(), late_frames)

    def add_tap(self, tap: Tap) -> None:
        """Let `tap` see every frame from now on, sent and received; it must not raise and not block."""
        self._line.onlookers.add(tap)

    async def close(self) -> None:
        """Let go of the port once the transaction in flight is over; the next use opens it again."""
        await self._turns.take()
        try:
            self._line.close()
        finally:
            self._turns.give()

    async def _ask(self, request: Request, longest_s: float) -> bytes:
        resting_s = self._line.rests_s(request)
        if resting_s > 0:
            await self._rest(request, resting_s, longest_s)
        if not self._turns.take_if_free():
            await self._turns.take(urgent=request.is_write)
        began_s = time.monotonic()
        tally = self._tallies.get(request.unit) or self._tallies.setdefault(request.unit, Tally(began_s))
        timeout_s = self._patience.timeout_s(request.unit, longest_s)
        try:
            exchanged = await self._line.exchange(request, timeout_s, longest_s)
        except WireDown as down:
            tally.timeouts += 1
            trouble = self._troubles[request.unit] = f"bus {self.name} unit {request.unit}: {down}"
            raise DeviceUnavailable(trouble) from down
        finally:
            tally.held_s += time.monotonic() - began_s
            self._turns.give()
        if isinstance(exchanged.outcome, Answer):
            self._silences = 0
            self._troubles.pop(request.unit, None)
            self._patience.answered(request.unit, exchanged.waited_s)
            tally.replied(exchanged.took_s, self._line.late_frames(request.unit))
            return exchanged.outcome.data
        if isinstance(exchanged.outcome, LeftAlone):
            raise self._not_asked(request.unit)
        self._take_note(request.unit, exchanged.outcome, tally)
        fault = self._fault(request, exchanged.outcome, timeout_s)
        if isinstance(fault, DeviceRefused):  # it is there, and well enough to say no
            self._troubles.pop(request.unit, None)
        else:
            self._troubles[request.unit] = str(fault)
        raise fault

    async def _rest(self, request: Request, resting_s: float, longest_s: float) -> None:
        if resting_s > longest_s:
            raise self._not_asked(request.unit)
        await asyncio.sleep(resting_s)

    def _not_asked(self, unit: int) -> DeviceUnavailable:
        """Say what is wrong with a unit that is left alone: what it did last, where it has not answered since."""
        trouble = self._troubles.get(unit)
        if trouble is None:
            return DeviceUnavailable(
                f"bus {self.name} unit {unit}: not asked, for earlier replies may still be under way; "
                "if it recurs, raise `timeout_s`"
            )
        seen, _, remedy = trouble.partition("; ")
        return DeviceUnavailable(f"{seen}, so it is left alone for a while; {remedy}")

    def _take_note(self, unit: int, outcome: Fault, tally: Tally) -> None:
        match outcome:
            case Refusal(code) if code in _ABSENT:
                tally.timeouts += 1
            case Refusal():
                tally.refusals += 1
            case Misfit(garbled=garbled):
                tally.misfits += 1
                tally.crc_errors += garbled
            case Silence():
                tally.timeouts += 1
                self._patience.stayed_silent(unit)
                self._silences += 1
                if self._silences == self._silences_before_reconnect:
                    self._silences = 0
                    self._line.close()
                return
        self._silences = 0

    def _fault(self, request: Request, outcome: Fault, timeout_s: float) -> DriverError:
        """Say what it amounts to for the one who asked."""
        who = f"bus {self.name} unit {request.unit}"
        match outcome:
            case Misfit(seen=seen, remedy=remedy, gave_bytes=gave):
                registers = gave // 2 if gave is not None and request.function != Function.READ_COILS else None
                return DeviceMisbehaved(f"{who}: {seen}; {remedy}", gave_registers=registers)
            case Silence():
                return DeviceUnavailable(
                    f"{who}: no reply began within {timeout_s:.3g} s; "
                    "check its power, wiring, unit id and baud rate, and the bus's `kind`"
                )
            case Refusal(code) if code in _BUSY or code in _ABSENT:
                return DeviceUnavailable(f"{who}: {_BUSY.get(code) or _ABSENT[code]}")
            case Refusal(code):
                address = int.from_bytes(request.body[:2], "big")
                place = f" at address {address} (0x{address:04X})" if request.reply_bytes else ""
                return DeviceRefused(
                    f"{who}: refuses function {int(request.function)}{place} with "
                    f"exception {code} ({_REFUSALS.get(code, 'unknown')}); correct its `model` or `unit`",
                    code,
                )


def open_bus(  # noqa: PLR0913 - the settings of a bus, each by name
    kind: str,
    *,
    device: str | None = None,
    baud: int = 9600,
    parity: str = "N",
    stop_bits: int = 1,
    host: str | None = None,
    port: int | None = None,
) -> ModbusBus:
    """Make a bus of kind "rtu" (needs `device`), "rtu_over_tcp" (`host`, `port`) or "tcp" (`host`; port 502).

    `baud`, `parity` ("N", "E", "O") and `stop_bits` set the port of "rtu"; "rtu_over_tcp" keeps to their times too.
    ValueError when something needed is missing.
    """
    byte_s = (1 + 8 + (parity != "N") + stop_bits) / baud
    gap_s = max(_GAP_CHARACTERS * byte_s, _MIN_GAP_S)
    match kind:
        case "rtu" if device is not None:
            wire = SerialWire(device, baud=baud, parity=parity, stop_bits=stop_bits)
            return ModbusBus(RtuLine(wire, byte_s=byte_s, gap_s=gap_s))
        case "rtu_over_tcp" if host is not None and port is not None:
            line = RtuLine(TcpWire(host, port), byte_s=byte_s, gap_s=gap_s)
            return ModbusBus(line, silences_before_reconnect=_SILENCES_BEFORE_RECONNECT)
        case "tcp" if host is not None:
            tcp_line = TcpLine(TcpWire(host, _MODBUS_TCP_PORT if port is None else port))
            return ModbusBus(tcp_line, silences_before_reconnect=_SILENCES_BEFORE_RECONNECT)
    raise ValueError(f"bus kind {kind!r} needs device (rtu), host and port (rtu_over_tcp) or host (tcp)")
