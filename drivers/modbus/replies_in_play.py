"""Which replies may still be on their way. Pure: time comes in as loop seconds.

An RTU reply carries no mark of its question, only unit, function and length: its looks. Two laws keep a reply from
being taken for another that looks the same, whether that one is late, comes twice, or is overtaken:

1. Between two reads of one look, another answer of that unit, with a look that was not in play either, must have been
   heard. A wire, a converter and a device keep the order of what they pass on, so nothing older can come after it.
2. After a read that was never answered, its look rests for one more time-out, in case somebody does not keep the order.

A unit that gives no such other answer is left alone until everything it was ever asked must have come or been lost.
"""

from collections import Counter
from dataclasses import dataclass

from drivers.modbus.framing import Answer, Refusal
from drivers.modbus.request import Function, Looks, Request, read_coils_request, read_registers_request

# For so many time-outs an answer may come again as its own twin; a line that buffers longer loses its connection first.
_TWIN_TIMEOUTS = 3
# A unit left alone for so many time-outs has nothing under way any more.
_ALONE_TIMEOUTS = 6
# After so many questions in between that brought nothing, it is left alone.
_UNHEEDED = 3
# Counts that the question in between may ask for: as many as may be in play at once.
_SMALL_COUNTS = range(1, 9)
# Illegal function, address or value: a device says so each time or never.
_FOR_GOOD = frozenset({1, 2, 3})
# About what a question in between takes; only to weigh one way of asking against another.
_ANOTHER_S = 0.05
_COILS_IN_A_BYTE = 8
_ADDRESSES = 0x10000


@dataclass(slots=True)
class _Trace:
    """The last read of one look; `owed` while its answer has not come, `passed_s` when something later was heard."""

    request: Request
    timeout_s: float
    until_s: float
    owed: bool = True
    passed_s: float | None = None


class RepliesInPlay:
    """Every look that was asked for on one line."""

    def __init__(self) -> None:
        self._traces: dict[Looks, _Trace] = {}
        self._unheeded: Counter[int] = Counter()
        self._alone_until_s: dict[int, float] = {}
        self._gave_data: set[Request] = set()
        self._unheard: set[int] = set()

    def asked(self, request: Request, now_s: float, timeout_s: float) -> None:
        """Note a question; `timeout_s` is the longest that its reply may take by the device's manual."""
        self._traces[request.looks] = _Trace(request, timeout_s, now_s + _TWIN_TIMEOUTS * timeout_s)
        self._alone_until_s[request.unit] = now_s + _ALONE_TIMEOUTS * timeout_s

    def answered(self, request: Request, verdict: Answer | Refusal, now_s: float) -> None:
        """Note that the answer to the last question has come: what was sent before it has passed."""
        own = request.looks
        if isinstance(verdict, Answer):
            self._gave_data.add(request)
        for looks, trace in list(self._traces.items()):
            if looks == own:
                trace.owed, trace.passed_s = False, None
            elif trace.passed_s is None and (looks[0] == request.unit or not trace.owed):
                trace.passed_s = now_s
            elif not trace.owed and trace.until_s < now_s:
                del self._traces[looks]

    def spent(self, looks: Looks) -> bool:
        """Note a frame that is nobody's answer any more; True if something with its looks had been asked for."""
        trace = self._traces.get(looks)
        if trace is not None:
            trace.owed, trace.passed_s = False, None
        return trace is not None

    def needs_another(self, request: Request, now_s: float) -> bool:
        """Whether an answer with other looks must be heard first (law 1)."""
        trace = self._traces.get(request.looks)
        return trace is not None and trace.passed_s is None and (trace.owed or now_s < trace.until_s)

    def rests_until(self, request: Request, now_s: float) -> float:
        """Tell until when a read of this look must not be asked; 0.0 when it may, or law 1 can be seen to first."""
        trace = self._traces.get(request.looks)
        if trace is None or not trace.owed:
            return 0.0
        if trace.passed_s is not None:
            return trace.passed_s + trace.timeout_s
        if self._unheeded[request.unit] < _UNHEEDED:
            return 0.0
        until_s = self._alone_until_s[request.unit]
        if until_s <= now_s:
            self._forget(request.unit)
        return until_s

    def delay_s(self, request: Request, now_s: float) -> float:
        """Tell about how long the laws would delay this read."""
        trace = self._traces.get(request.looks)
        if trace is None:
            return 0.0
        resting_s = max(0.0, self.rests_until(request, now_s) - now_s)
        if not self.needs_another(request, now_s):
            return resting_s
        return resting_s + _ANOTHER_S + (trace.timeout_s if trace.owed else 0.0)

    def other_question(self, request: Request, now_s: float) -> Request | None:
        """Make a harmless read whose answer proves that nothing older comes; None when every look is in play."""
        for count in _SMALL_COUNTS:
            other = _variant(request, count)
            if other.looks != request.looks and not self.needs_another(other, now_s):
                return other
        return None

    def heeded(self, other: Request, verdict: Answer | Refusal | None) -> bool:
        """Say whether the question in between has proved its point; exceptions name only the function."""
        is_proof = isinstance(verdict, Answer) or (verdict is not None and not self._refused_beside(other, verdict))
        if is_proof:
            del self._unheeded[other.unit]
        else:
            self._unheeded[other.unit] += 1
        return is_proof

    def is_doubtful(self, request: Request, refusal: Refusal, now_s: float) -> bool:
        """Whether an exception could be the late answer to another question."""
        return any(now_s < trace.until_s for trace in self._refused_beside(request, refusal))

    def _refused_beside(self, request: Request, refusal: Refusal) -> list[_Trace]:
        """List the other open questions that this exception may answer: not those which have given data before."""
        own = request.looks
        return [
            trace
            for looks, trace in self._traces.items()
            if looks != own and looks[:2] == own[:2] and trace.owed and trace.passed_s is None
            if refusal.code not in _FOR_GOOD or trace.request not in self._gave_data
        ]

    def is_to_be_listened_for(self, request: Request) -> bool:
        """Whether only the clock says that an earlier answer of these looks has come or is lost.

        A process that was held up did not hear what came meanwhile: then silence has to be heard, not reckoned. Looks
        that nobody owes need none: what comes late of others is told from them.
        """
        trace = self._traces.get(request.looks)
        return request.unit in self._unheard or (trace is not None and trace.owed)

    def listened_for(self, unit: int) -> None:
        """Note that nothing of it was to be heard."""
        self._unheard.discard(unit)

    def _forget(self, unit: int) -> None:
        self._unheard.add(unit)
        self._unheeded.pop(unit, None)
        for looks in [looks for looks in self._traces if looks[0] == unit]:
            del self._traces[looks]


def _variant(request: Request, count: int) -> Request:
    """Ask the same unit by the same function for so many registers, or bytes of coils."""
    if request.function is Function.READ_COILS:
        return read_coils_request(request.unit, 0, _COILS_IN_A_BYTE * count - _COILS_IN_A_BYTE + 1)
    address = min(int.from_bytes(request.body[:2], "big"), _ADDRESSES - count)
    return read_registers_request(request.unit, request.function, address, count)
