"""For any history: what sessions and nobody are charged with is what the meters moved, at every moment, to the Wh."""

from dataclasses import dataclass, field

from histories import any_history, visit
from hypothesis import given
from hypothesis import strategies as st
from plant import EVSE, Outlet, Plant, policy, token

from gateway.core.billing import to_cdr
from gateway.core.facts import ReadingQuarantined, SessionEnded
from gateway.core.facts_energy import CounterRolledOver
from gateway.core.instant import ClockQuality
from gateway.core.observations import FaultCleared, MeterReplaced
from gateway.core.site_state import SiteState, evolve

MODULUS = 10_000_000
CARD = "04A1B2C3D4E580"

happenings = st.one_of(
    st.tuples(st.just("visit"), st.integers(5, 240)),
    st.tuples(st.just("leak"), st.integers(1, 90)),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("kill"), st.integers(0, 900)),
    st.tuples(st.just("cut_power"), st.integers(1, 900)),
    st.tuples(st.just("exchange"), st.sampled_from([0, 7, 123_456, MODULUS - 40, MODULUS - 1])),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("meter_silent"), st.booleans()),
    st.tuples(st.just("plug"), st.sampled_from([0, 11_000, 22_000])),
    st.tuples(st.just("tap"), st.just(CARD)),
    st.tuples(st.just("unplug"), st.none()),
)
missing = st.integers(1, 3_000)
histories = st.tuples(st.booleans(), missing, st.lists(happenings, min_size=4, max_size=12))
History = tuple[bool, int, list[tuple[str, object]]]


@dataclass
class Watched:
    """A plant, and what its meters had really counted when each fact was written."""

    plant: Plant
    truth_wh: list[int] = field(default_factory=list)

    @property
    def counted_wh(self) -> int:
        return self.plant.outlet.energy_ws // 3600

    def do(self, name: str, argument: object) -> None:
        plant, outlet = self.plant, self.plant.outlet
        match name, argument:
            case "visit", seconds:
                visit(plant, seconds)
            case "leak", int(energy_wh):
                outlet.energy_ws += energy_wh * 3600
                plant.wait(5)
            case "exchange", int(begins_wh):
                shown_wh = outlet.shown_wh
                assert shown_wh is not None
                if plant.observe(MeterReplaced(EVSE, plant.now, shown_wh, begins_wh)):
                    outlet.put_in_another(begins_wh)
            case "clear", _:
                plant.observe(FaultCleared(EVSE, plant.now))
            case "cut_power", int(down_s):
                quality = ClockQuality.INFORMATIVE if down_s % 2 else ClockQuality.SYNCHRONISED
                outlet.energy_ws += down_s * 1_000
                plant.cut_power(down_s, quality)
            case "meter_silent", bool(is_silent):
                outlet.meter_silent = is_silent
                plant.wait(2)
            case _, None:
                getattr(plant, name)()
            case _:
                getattr(plant, name)(argument)
        self.note()

    def note(self) -> None:
        self.truth_wh += [self.counted_wh] * (len(self.plant.facts) - len(self.truth_wh))

    def settle(self) -> None:
        """Let everything come to its end, and enough flow that it is worth a fact."""
        plant, outlet = self.plant, self.plant.outlet
        outlet.meter_silent = False
        plant.unplug()
        plant.wait(10)
        while plant.world.state.evse(EVSE).open_session is not None:
            plant.tap(CARD)
            plant.wait(10)
        for _ in range(2):
            outlet.energy_ws += 60 * 3600
            plant.wait(5)
        plant.wait(5)
        self.note()


def live(history: History) -> Watched:
    has_pilot, missing_wh, steps = history
    outlet = Outlet(has_pilot=has_pilot, energy_ws=(MODULUS - missing_wh) * 3600, rollover_wh=MODULUS)
    watched = Watched(Plant(policy=policy(rollover_wh=MODULUS), outlets={EVSE: outlet}, tokens=(token(CARD),)))
    watched.plant.wait(2)
    watched.note()
    for name, argument in steps:
        watched.do(name, argument)
    watched.settle()
    return watched


@any_history
@given(histories)
def test_every_watt_hour_is_a_sessions_or_nobodys_at_every_moment(history: History) -> None:
    watched = live(history)
    opened_wh = MODULUS - history[1]
    state, billed_wh = SiteState(), 0
    for fact, truth_wh in zip(watched.plant.facts, watched.truth_wh, strict=True):
        state = evolve(state, fact)
        record = state.evse(EVSE)
        books, session = record.books, record.session
        assert books.balances
        assert books.unattributed >= 0
        assert books.sessions + books.unattributed <= truth_wh - opened_wh
        if record.register is not None:
            assert books.closing == record.register.energy_wh
        if isinstance(fact.body, SessionEnded) and session is not None:
            billed_wh += to_cdr(session).energy_wh
        still_open = record.open_session
        going_wh = 0
        if still_open is not None and still_open.start is not None and still_open.last is not None:
            going_wh = still_open.last.energy_wh - still_open.start.energy_wh
        assert books.sessions == billed_wh + going_wh
    books = watched.plant.world.state.evse(EVSE).books
    assert not watched.plant.bodies(ReadingQuarantined)
    assert watched.counted_wh - opened_wh - 100 < books.sessions + books.unattributed
    assert books.breaks == 0
    assert books.rollovers == len(watched.plant.bodies(CounterRolledOver))
