"""Relay boards and EVSE-DIN controllers behave as iron does, broken iron included."""

import pytest
from hwsim.car import Car, Load
from hwsim.evse_din import EvseDin
from hwsim.modbus_server import answer
from hwsim.relay_board import RelayBoard
from stopwatch import Stopwatch, energy_wh


class TestRelayBoard:
    def test_a_coil_closes_the_contactor_behind_it_and_reads_back(self) -> None:
        load = Load()
        board = RelayBoard({2: load})
        assert answer(board, b"\x05\x00\x02\xff\x00") == b"\x05\x00\x02\xff\x00"
        assert load.contactor_closed
        assert answer(board, b"\x01\x00\x00\x00\x08") == b"\x01\x01\x04"
        assert answer(board, b"\x02\x00\x02\x00\x01") == b"\x02\x01\x01"

    def test_toggle_all_and_many_coils_at_once(self) -> None:
        board = RelayBoard({})
        answer(board, b"\x05\x00\x01\x55\x00")
        answer(board, b"\x0f\x00\x04\x00\x03\x01\x05")
        assert answer(board, b"\x01\x00\x00\x00\x08") == b"\x01\x01\x52"
        answer(board, b"\x05\x00\xff\x00\x00")
        assert answer(board, b"\x01\x00\x00\x00\x08") == b"\x01\x01\x00"

    def test_a_welded_contactor_conducts_though_its_coil_is_off(self) -> None:
        load = Load()
        board = RelayBoard({0: load})
        board.weld(0)
        assert load.contactor_closed
        assert answer(board, b"\x01\x00\x00\x00\x01") == b"\x01\x01\x00"
        assert answer(board, b"\x02\x00\x00\x00\x01") == b"\x02\x01\x01"
        board.repair(0)
        assert not load.contactor_closed

    def test_a_stuck_relay_acknowledges_and_stays(self) -> None:
        load = Load()
        board = RelayBoard({0: load})
        answer(board, b"\x05\x00\x00\xff\x00")
        board.stick(0)
        assert answer(board, b"\x05\x00\x00\x00\x00") == b"\x05\x00\x00\x00\x00"
        assert answer(board, b"\x01\x00\x00\x00\x01") == b"\x01\x01\x01"
        assert load.contactor_closed

    def test_listeners_hear_each_change_once(self) -> None:
        heard = []
        board = RelayBoard({})
        board.listeners.append(lambda coil, on, _at: heard.append((coil, on)))
        answer(board, b"\x05\x00\x03\xff\x00")
        answer(board, b"\x05\x00\x03\xff\x00")
        board.power_cycle()
        assert heard == [(3, True), (3, False)]

    @pytest.mark.parametrize(
        ("request_pdu", "code"),
        [
            (b"\x05\x00\x08\xff\x00", 2),
            (b"\x05\x00\x00\x12\x34", 3),
            (b"\x05\x00\x00\xff", 3),
            (b"\x01\x00\x07\x00\x02", 2),
            (b"\x01\x00\x00\x00\x00", 3),
            (b"\x0f\x00\x00\x00\x03\x02\x05\x00", 3),
            (b"\x04\x00\x00\x00\x01", 1),
            (b"\x2b\x0e\x01\x00", 1),
        ],
    )
    def test_what_the_board_does_not_have_is_refused(self, request_pdu: bytes, code: int) -> None:
        assert answer(RelayBoard({}), request_pdu) == bytes((request_pdu[0] | 0x80, code))


class TestEvseDin:
    @staticmethod
    def write(evse_din: EvseDin, address: int, word: int) -> bytes:
        return answer(evse_din, b"\x06" + address.to_bytes(2, "big") + word.to_bytes(2, "big"))

    def test_the_contactor_closes_when_a_car_asks_and_current_is_offered(self, time: Stopwatch) -> None:
        load = Load(car=Car(wants_w=22_000), clock_ns=time)
        evse_din = EvseDin(load)
        assert evse_din.read_holding(1000, 8) == [0, 0, 1, 32, 0, 18, 1, 0]
        load.plug_in()
        assert evse_din.read_holding(1002, 1) == [2]
        self.write(evse_din, 1000, 16)
        assert evse_din.read_holding(1000, 8) == [16, 16, 3, 32, 0, 18, 2, 1]
        time.passes(3600)
        assert energy_wh(load) == 11_040
        self.write(evse_din, 1000, 0)
        assert evse_din.read_holding(1002, 1) == [2]
        assert not load.contactor_closed

    def test_a_car_that_comes_to_a_released_socket_is_charged_at_once(self, time: Stopwatch) -> None:
        load = Load(clock_ns=time)
        evse_din = EvseDin(load)
        self.write(evse_din, 1000, 16)
        assert not load.contactor_closed
        load.plug_in()
        assert load.contactor_closed
        load.unplug()
        assert not load.contactor_closed
        assert evse_din.read_holding(1002, 1) == [1]

    def test_a_full_car_goes_back_to_b_and_the_contactor_opens(self, time: Stopwatch) -> None:
        load = Load(car=Car(battery_wh=500), clock_ns=time)
        evse_din = EvseDin(load)
        load.plug_in()
        self.write(evse_din, 1000, 16)
        time.passes(3600)
        assert evse_din.read_holding(1002, 1) == [2]
        assert not evse_din.is_closed
        assert energy_wh(load) == 500

    def test_a_welded_contactor_feeds_a_rude_car_that_nothing_is_offered_to(self, time: Stopwatch) -> None:
        load = Load(car=Car(wants_w=11_000, is_rude=True), clock_ns=time)
        evse_din = EvseDin(load)
        load.plug_in()
        assert not load.contactor_closed
        evse_din.weld()
        time.passes(3600)
        assert energy_wh(load) == 11_000
        assert evse_din.read_holding(1001, 2) == [0, 3]
        assert evse_din.read_holding(1007, 1) == [0]

    def test_a_failed_controller_signals_f_and_releases_nothing(self) -> None:
        load = Load()
        evse_din = EvseDin(load)
        load.plug_in()
        self.write(evse_din, 1000, 16)
        evse_din.fail()
        assert evse_din.read_holding(1002, 1) == [5]
        assert evse_din.read_holding(1006, 2) == [3, 2]
        assert evse_din.pilot is None
        assert not load.contactor_closed
        evse_din.repair()
        assert load.contactor_closed

    def test_the_off_switch_and_the_cable_bound_what_is_offered(self) -> None:
        load = Load()
        evse_din = EvseDin(load, cable_limit_a=20)
        self.write(evse_din, 1000, 32)
        assert evse_din.read_holding(1000, 2) == [32, 20]
        self.write(evse_din, 1004, 1)
        assert evse_din.read_holding(1001, 1) == [0]

    def test_a_power_cut_forgets_what_was_wanted(self) -> None:
        evse_din = EvseDin(Load())
        self.write(evse_din, 1000, 16)
        evse_din.power_cycle()
        assert evse_din.read_holding(1000, 1) == [0]

    @pytest.mark.parametrize(("address", "word", "code"), [(1000, 81, 3), (1002, 3, 2), (3000, 1, 2)])
    def test_what_cannot_be_written_is_refused(self, address: int, word: int, code: int) -> None:
        assert self.write(EvseDin(Load()), address, word) == bytes((0x86, code))
