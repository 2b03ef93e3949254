"""What is under way to a broker: each message has its own verdict, and one deadline holds for all."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from uplink.scripted_broker import ScriptedBroker, connected

from gateway.uplink import packets
from gateway.uplink.broker import Broker
from gateway.uplink.in_flight import InFlight

TOPIC = "ocpi/NL/EXA/cdrs/1"
SHORT, WITH_CODE, WITH_PROPERTIES = b"\x40\x02%b", b"\x40\x03%b\x10", b"\x40\x04%b\x97\x00"
WITH_LONG_REASON = b"\x40\xcf\x01%b\x87\xca\x01\x1f\x00\xc7" + b"r" * 199


def puback(form: bytes, packet_id: int) -> bytes:
    return form % packet_id.to_bytes(2, "big")


def verdict(form: bytes) -> int:
    return {SHORT: 0, WITH_CODE: 0x10, WITH_PROPERTIES: 0x97, WITH_LONG_REASON: 0x87}[form]


FORMS = (SHORT, WITH_CODE, WITH_PROPERTIES, WITH_LONG_REASON)


async def published(broker: ScriptedBroker, count: int) -> list[int]:
    async with asyncio.timeout(5):
        return [await broker.published.get() for _ in range(count)]


async def round_trip(broker: ScriptedBroker, line: Broker) -> int:
    waiting = line.publish_acknowledged(TOPIC, b"{}")
    await broker.say(*[puback(SHORT, each) for each in await published(broker, 1)])
    return await waiting


async def test_every_form_of_an_acknowledgement_says_how_its_own_message_fared() -> None:
    broker = ScriptedBroker()
    async with connected(broker) as line:
        waiting = [line.publish_acknowledged(TOPIC, b"{}") for _ in FORMS]
        ids = await published(broker, len(FORMS))
        answers = [puback(form, packet_id) for form, packet_id in zip(FORMS, ids, strict=True)]
        await broker.say(b"".join(reversed(answers)))

        assert await asyncio.gather(*waiting) == [verdict(form) for form in FORMS]


@pytest.mark.parametrize("form", FORMS)
async def test_an_acknowledgement_that_comes_in_pieces_counts_once_it_is_whole(form: bytes) -> None:
    broker = ScriptedBroker()
    async with connected(broker) as line:
        for cut in range(1, min(len(form), 6)):
            waiting = [line.publish_acknowledged(TOPIC, b"{}") for _ in range(3)]
            first, second, third = [puback(form, each) for each in await published(broker, 3)]
            await broker.say(first + second[:cut], second[cut:] + third[:cut], third[cut:])

            assert await asyncio.gather(*waiting) == [verdict(form)] * 3


async def test_an_acknowledgement_of_nothing_is_passed_over() -> None:
    broker = ScriptedBroker()
    async with connected(broker) as line:
        waiting = line.publish_acknowledged(TOPIC, b"{}")
        (packet_id,) = await published(broker, 1)
        await broker.say(puback(SHORT, 4711), puback(SHORT, packet_id), puback(SHORT, packet_id))

        assert await waiting == 0
        assert not line.lost.done()


async def test_one_message_that_stays_unacknowledged_among_many_ends_the_connection_in_time() -> None:
    broker = ScriptedBroker()
    async with connected(broker, timeout_s=1.0) as line:
        forgotten = line.publish_acknowledged(TOPIC, b"{}")
        await published(broker, 1)
        while not line.lost.done():
            await asyncio.gather(round_trip(broker, line), return_exceptions=True)

        assert "not acknowledged within 1 s" in line.lost.result()
        assert isinstance(forgotten.exception(), ConnectionResetError)


async def test_what_is_acknowledged_in_time_is_never_late_however_many_there_are() -> None:
    late = asyncio.Event()
    in_flight, loop = InFlight(0.5, late.set), asyncio.get_running_loop()
    number, until = 0, loop.time() + 0.7
    in_flight.add(number)
    while loop.time() < until:
        number += 1
        in_flight.add(number)
        in_flight.acknowledge(number - 1, 0)
        await asyncio.sleep(0)
    assert not late.is_set()

    async with asyncio.timeout(5):
        await late.wait()


async def test_a_message_that_follows_a_quiet_time_is_found_late_like_the_first() -> None:
    late, quiet = asyncio.Event(), asyncio.Event()
    in_flight = InFlight(0.05, late.set)
    in_flight.add(1)
    in_flight.acknowledge(1, 0)
    asyncio.get_running_loop().call_later(0.1, quiet.set)
    await quiet.wait()
    assert not late.is_set()

    in_flight.add(2)
    async with asyncio.timeout(5):
        await late.wait()


@pytest.mark.parametrize("form", FORMS[:3])
def test_an_acknowledgement_names_its_message_beyond_the_first_255_too(form: bytes) -> None:
    received = puback(form, 0x1234)
    assert packets.acknowledgements(received, has_codes=True) == ([(0x1234, verdict(form))], len(received))


async def test_a_broker_that_takes_two_at_once_gets_two_at_once() -> None:
    broker = ScriptedBroker(connack_properties=b"\x21\x00\x02")
    async with connected(broker) as line:
        waiting = [line.publish_acknowledged(TOPIC, b"{}") for _ in range(5)]
        order = await published(broker, 2)
        while len(order) < 5:
            assert broker.published.empty()
            await broker.say(puback(SHORT, order[len(order) - 2]))
            order += await published(broker, 1)
        await broker.say(*[puback(SHORT, each) for each in order[-2:]])

        assert await asyncio.gather(*waiting) == [0] * 5
        assert order == sorted(order)


async def test_an_id_that_is_still_under_way_is_not_given_again() -> None:
    broker = ScriptedBroker()
    async with connected(broker) as line:
        waiting = [line.publish_acknowledged(TOPIC, b"{}")]
        stuck = await published(broker, 1)
        line._client._last_mid = stuck[0] - 1  # noqa: SLF001 - as after 65,535 more
        waiting.append(line.publish_acknowledged(TOPIC, b"{}"))
        other = await published(broker, 1)
        await broker.say(puback(WITH_CODE, other[0]), puback(SHORT, stuck[0]))

        assert await asyncio.gather(*waiting) == [0, 0x10]
        assert stuck != other


@given(forms=st.lists(st.sampled_from((SHORT, WITH_CODE, WITH_PROPERTIES))), rest=st.binary(max_size=3))
def test_acknowledgements_are_read_as_far_as_they_are_whole(forms: list[bytes], rest: bytes) -> None:
    whole = b"".join(puback(form, number) for number, form in enumerate(forms, 1))
    said = [(number, verdict(form)) for number, form in enumerate(forms, 1)]

    assert packets.acknowledgements(whole + rest, has_codes=True) == (said, len(whole))


def test_mqtt_3_1_1_has_no_acknowledgement_with_a_code() -> None:
    assert packets.acknowledgements(puback(SHORT, 1) + puback(WITH_CODE, 2), has_codes=False) == ([(1, 0)], 4)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)


@given(
    topic=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1, max_size=200),
    payload=st.binary(max_size=20_000),
    packet_id=st.integers(1, 65_535),
    retain=st.booleans(),
    shared=st.lists(st.tuples(texts, texts), max_size=4),
    own=st.lists(st.tuples(texts, texts), max_size=4),
)
def test_a_message_is_packed_as_paho_packs_it(  # noqa: PLR0913 - what a message is made of
    *,
    topic: str,
    payload: bytes,
    packet_id: int,
    retain: bool,
    shared: list[tuple[str, str]],
    own: list[tuple[str, str]],
) -> None:
    expected = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho annotates only part of itself
    expected.PayloadFormatIndicator = 1
    expected.ContentType = "application/json"
    if shared or own:
        expected.UserProperty = [*shared, *own]
    peer = PackingClient()
    peer._send_publish(packet_id, topic.encode(), payload, 1, retain, properties=expected)  # noqa: SLF001 - it packs

    properties = packets.object_properties(tuple(shared), tuple(own))
    assert packets.publish(topic, payload, packet_id, properties, retain=retain) == peer.packed


class PackingClient(Client):
    """Keeps what it would send."""

    def __init__(self) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._sock = object()  # type: ignore[assignment] # it only asks whether there is one
        self.packed = b""

    def _packet_queue(self, command: int, packet: bytes, *_: object) -> object:  # type: ignore[override]
        self._sock = None
        self.packed = bytes(packet)
        return command
