"""A real mosquitto under the simulation's control, and the backend that watches it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from hwsim.broker import Broker, BrokerLogin
from hwsim.chronicle import Chronicle, Happening
from hwsim.mqtt_watch import MqttWatch, Subscription, WatchedMessage
from hwsim.tls import CertificateAuthority
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

pytestmark = pytest.mark.slow

TOPIC = "ev/DE/ABC"


@asynccontextmanager
async def watching(watch: MqttWatch) -> AsyncIterator[None]:
    async with asyncio.timeout(20):
        task = asyncio.create_task(watch.run())
        try:
            await watch.ready.wait()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def user_properties(**pairs: str) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = [(name.replace("_", "-"), value) for name, value in pairs.items()]
    return properties


def message(topic: str, payload: bytes, *, qos: int, retain: bool) -> WatchedMessage:
    return WatchedMessage(topic, payload, qos, retain, {})


def violation(happening: Happening) -> bool:
    return happening.what == "violation"


async def test_it_starts_accepts_and_stops(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    await broker.start()
    async with aiomqtt.Client("localhost", broker.port) as client:
        await client.publish("x", b"1", qos=1)
    assert broker.is_running
    await broker.stop()
    assert not broker.is_running
    with pytest.raises(aiomqtt.MqttError):
        await aiomqtt.Client("localhost", broker.port).__aenter__()


async def test_killed_and_started_again_it_has_the_same_port_and_what_was_retained(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    await broker.start()
    async with aiomqtt.Client("localhost", broker.port) as client:
        await client.publish(f"{TOPIC}/status", b'{"status":"online"}', qos=1, retain=True)
    await broker.stop()
    await broker.start()
    await broker.kill()
    await broker.start()
    chronicle = Chronicle()
    async with watching(MqttWatch(Subscription(broker.port, "ev"), chronicle.tell)):
        seen = await chronicle.wait_for(lambda h: h.what == "mqtt_status", 5)
    assert seen.detail == {"status": "online"}
    await broker.stop()


async def test_a_port_taken_is_told_in_the_brokers_own_words(tmp_path: Path) -> None:
    first, second = Broker(tmp_path / "1"), Broker(tmp_path / "2")
    await first.start()
    second.port = first.port
    with pytest.raises(OSError, match=r"mosquitto did not start: .*Address already in use"):
        await second.start()
    assert not second.is_running
    await first.stop()


@pytest.mark.parametrize(("username", "password"), [(None, None), ("gateway", "wrong")])
async def test_with_a_login_nobody_else_gets_in(tmp_path: Path, username: str | None, password: str | None) -> None:
    broker = Broker(tmp_path, login=BrokerLogin("gateway", "right"))
    await broker.start()
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("localhost", broker.port, username=username, password=password):
            pass
    async with aiomqtt.Client("localhost", broker.port, username="gateway", password="right") as client:
        await client.publish("x", b"1", qos=1)
    await broker.stop()


async def test_over_tls_it_shows_the_throw_away_certificate(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path / "ca")
    broker = Broker(tmp_path / "broker", tls=authority.issue("broker"))
    await broker.start()
    context = broker.client_context(authority.ca_file)
    async with aiomqtt.Client("localhost", broker.port, tls_context=context) as client:
        await client.publish("x", b"1", qos=1)
    await broker.stop()


async def test_the_watch_records_user_properties_and_breaches_of_the_contract(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    await broker.start()
    chronicle = Chronicle()
    watch = MqttWatch(Subscription(broker.port, "ev"), chronicle.tell)
    async with (
        watching(watch),
        aiomqtt.Client("localhost", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client,
    ):
        await client.publish(
            f"{TOPIC}/sessions/S1",
            b'{"id": "S2"}',
            qos=1,
            properties=user_properties(method="POST", X_Request_ID="r1", X_Correlation_ID="c1"),
        )
        await client.publish(f"{TOPIC}/elsewhere", b"", qos=1)
        await chronicle.wait_for(lambda h: violation(h) and "not a topic" in h.detail["finding"], 5)
    findings = {found.finding for found in watch.violations}
    assert watch.messages[0].properties["X-Request-ID"] == "r1"
    assert {
        "kwh is missing",
        "id is 'S2' in the body and 'S1' in the topic",
        "user property method is 'POST' instead of 'PUT'",
    } <= findings
    await broker.stop()


@pytest.mark.parametrize(
    ("sent", "finding"),
    [
        (message("ev/DE/ABC/status", b"asleep", qos=1, retain=True), "the status message is b'asleep'"),
        (message("ev/DE/ABC/cdrs/C1", b"{}", qos=0, retain=False), "came with QoS 0"),
        (message("ev/DE/ABC/cdrs/C1", b"{}", qos=1, retain=True), "must not be retained"),
        (message("ev/DE/ABC/cdrs/C1", b"<html>", qos=1, retain=False), "not JSON"),
        (message("ev/DE/ABC/cdrs/C1", b"{}", qos=1, retain=False), "X-Correlation-ID is missing"),
    ],
)
def test_a_message_against_the_contract_is_found(sent: WatchedMessage, finding: str) -> None:
    watch = MqttWatch(Subscription(0, "ev"), Chronicle().tell)
    watch.take(sent)
    assert any(finding in found.finding for found in watch.violations)
