"""The MQTT uplink against a real broker: the contract on the wire, and every way a broker can say no."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest
from structlog.testing import capture_logs
from uplink.certificates import Authority
from uplink.mosquitto import HOST, Mosquitto, listening, running
from uplink.shipping import BACKEND, OWNER, MemoryOutbox, a_cdr, a_session, shipping

from gateway.core.delivery import Accepted, Deferred, Rejected
from gateway.settings import MqttBackendSettings, TlsSettings
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.ports import LinkDown
from gateway.uplink.shipper import Shipper

pytestmark = pytest.mark.slow


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with running(Mosquitto(tmp_path / "broker")) as broker:
        yield broker


def settings_for(broker: Mosquitto, **changes: object) -> MqttBackendSettings:
    usual = MqttBackendSettings(
        name="broker", host=HOST, port=broker.port, prefix="ocpi/v1", client_id="gateway-1", timeout_s=3.0
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def uplink_to(broker: Mosquitto, **changes: object) -> MqttUplink:
    return MqttUplink(settings_for(broker, **changes), OWNER)


async def next_message(consumer: aiomqtt.Client) -> aiomqtt.Message:
    async with asyncio.timeout(5):
        return await anext(consumer.messages)


async def refusal(uplink: MqttUplink) -> str:
    with pytest.raises(LinkDown) as refused:
        async with uplink.session():
            pytest.fail("connected")
    return str(refused.value)


async def test_objects_go_to_their_topics_with_what_http_would_say_as_user_properties(broker: Mosquitto) -> None:
    async with listening(broker, "ocpi/v1/+/+/cdrs/#") as consumer, uplink_to(broker).session() as link:
        receipt = await link.deliver(a_cdr())
        message = await next_message(consumer)

    assert receipt == Accepted("PUBACK 0x00")
    assert message.topic.value == "ocpi/v1/NL/EXA/cdrs/S1-CDR"
    assert message.payload == a_cdr().body
    assert message.properties is not None
    said = dict(message.properties.UserProperty)
    assert said["method"] == "POST"
    assert said["object"] == "cdr"
    assert said["path"] == "cdrs"
    assert said["version"] == "2.2.1"
    assert message.properties.ContentType == "application/json"


async def test_r03_a_retry_has_a_new_request_id_and_the_same_correlation_id(broker: Mosquitto) -> None:
    async with listening(broker, "ocpi/v1/+/+/sessions/#") as consumer, uplink_to(broker).session() as link:
        await link.deliver(a_session())
        await link.deliver(a_session())
        one, other = await next_message(consumer), await next_message(consumer)

    assert one.properties is not None
    assert other.properties is not None
    first, second = dict(one.properties.UserProperty), dict(other.properties.UserProperty)
    assert first["X-Correlation-ID"] == second["X-Correlation-ID"]
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert first["path"] == "sessions/NL/EXA/S1"


async def test_objects_are_not_retained(broker: Mosquitto) -> None:
    async with listening(broker, "ocpi/v1/+/+/cdrs/#") as early, uplink_to(broker).session() as link:
        await link.deliver(a_cdr("S1"))
        assert (await next_message(early)).payload == a_cdr("S1").body
        async with listening(broker, "ocpi/v1/+/+/cdrs/#", "latecomer") as late:
            await link.deliver(a_cdr("S2"))
            message = await next_message(late)

    assert message.payload == a_cdr("S2").body


async def test_a_gateway_that_is_told_to_stop_is_shown_offline(broker: Mosquitto) -> None:
    async with listening(broker, "ocpi/v1/NL/EXA/status") as consumer:
        async with shipping(Shipper(BACKEND, uplink_to(broker), MemoryOutbox())):
            assert json.loads((await next_message(consumer)).payload) == {"status": "online"}
        offline = await next_message(consumer)

    assert json.loads(offline.payload) == {"status": "offline"}


async def test_the_status_is_retained_online_while_connected_and_offline_after(broker: Mosquitto) -> None:
    async with uplink_to(broker).session(), listening(broker, "ocpi/v1/NL/EXA/status") as consumer:
        online = await next_message(consumer)
    async with listening(broker, "ocpi/v1/NL/EXA/status") as consumer:
        offline = await next_message(consumer)

    assert (online.retain, json.loads(online.payload)) == (True, {"status": "online"})
    assert json.loads(offline.payload) == {"status": "offline"}


async def test_the_broker_says_offline_for_a_gateway_that_vanished(broker: Mosquitto) -> None:
    async with listening(broker, "ocpi/v1/NL/EXA/status") as consumer, uplink_to(broker).session() as link:
        assert json.loads((await next_message(consumer)).payload) == {"status": "online"}
        async with uplink_to(broker).session():  # takes the client id over, as after a crash
            will = await next_message(consumer)
            async with asyncio.timeout(5):
                reason = await link.lost

    assert json.loads(will.payload) == {"status": "offline"}
    assert "client_id" in reason


async def test_an_id_with_topic_characters_stays_one_level(broker: Mosquitto) -> None:
    delivery = replace(a_session(), object_id="a/b+c#d")
    async with listening(broker, "ocpi/v1/+/+/sessions/+") as consumer, uplink_to(broker).session() as link:
        await link.deliver(delivery)
        message = await next_message(consumer)

    assert message.topic.value == "ocpi/v1/NL/EXA/sessions/a%2Fb%2Bc%23d"


async def test_mqtt_3_1_1_carries_the_same_bytes_without_properties(broker: Mosquitto) -> None:
    async with listening(broker, "ocpi/v1/+/+/cdrs/#") as consumer, uplink_to(broker, protocol=311).session() as link:
        receipt = await link.deliver(a_cdr())
        message = await next_message(consumer)

    assert receipt == Accepted("PUBACK 0x00")
    assert message.payload == a_cdr().body


async def test_accepting_with_nobody_subscribed_is_said_so(broker: Mosquitto) -> None:
    async with uplink_to(broker).session() as link:
        assert await link.deliver(a_cdr()) == Accepted("PUBACK 0x10, nobody has subscribed")


async def test_a_topic_the_acl_forbids_stays_owed(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite ocpi/v1/NL/EXA/status\n")
    async with (
        running(Mosquitto(tmp_path / "broker", "allow_anonymous true", f"acl_file {acl}")) as broker,
        uplink_to(broker).session() as link,
    ):
        receipt = await link.deliver(a_cdr())

    assert isinstance(receipt, Deferred)
    assert receipt.reason == (
        "PUBACK 0x87: the broker does not let us publish there: allow this user the topics under the prefix in its ACL"
    )


async def test_a_status_the_acl_forbids_is_logged_and_objects_go_all_the_same(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite ocpi/v1/NL/EXA/cdrs/#\n")
    lines = ("allow_anonymous true", f"acl_file {acl}")
    with capture_logs() as logs:
        async with running(Mosquitto(tmp_path / "broker", *lines)) as broker, uplink_to(broker).session() as link:
            receipt = await link.deliver(a_cdr())

    assert isinstance(receipt, Accepted)
    assert logs[0]["event"] == "status_refused"
    assert logs[0]["topic"] == "ocpi/v1/NL/EXA/status"


@pytest.mark.parametrize("prefix", ["", "/", "ocpi/#", "a/+/b", "$SYS", "a\nb"])
async def test_a_prefix_that_makes_no_topic_is_named(broker: Mosquitto, prefix: str) -> None:
    assert "use levels of letters and digits" in await refusal(uplink_to(broker, prefix=prefix))


async def test_an_object_larger_than_the_broker_takes_is_parked(tmp_path: Path) -> None:
    lines = ("allow_anonymous true", "max_packet_size 2000")
    async with running(Mosquitto(tmp_path / "broker", *lines)) as broker, uplink_to(broker).session() as link:
        large = await link.deliver(a_cdr(remark="x" * 3000))
        small = await link.deliver(a_session())

    assert isinstance(large, Rejected)
    assert "max_packet_size" in large.reason
    assert isinstance(small, Accepted)


async def test_a_frozen_broker_is_given_up_after_the_deadline(broker: Mosquitto) -> None:
    async with uplink_to(broker, timeout_s=0.5).session() as link:
        broker.freeze()
        receipt = await link.deliver(a_cdr())

        assert isinstance(receipt, Deferred)
        assert "not acknowledged within 0.5 s" in receipt.reason
        assert link.lost.done()


async def test_a_killed_broker_defers_what_is_in_flight_at_once(broker: Mosquitto) -> None:
    async with uplink_to(broker, timeout_s=30).session() as link:
        broker.freeze()
        async with asyncio.TaskGroup() as group:
            in_flight = group.create_task(link.deliver(a_cdr()))
            await asyncio.sleep(0)
            async with asyncio.timeout(5):
                await broker.kill()
                receipt = await in_flight

    assert isinstance(receipt, Deferred)
    assert receipt.reason.startswith("the connection to the broker broke: check the line, that the broker runs")


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    passwords = tmp_path / "passwords"
    command = ("mosquitto_passwd", "-b", "-c", str(passwords), "site", "right horse")
    made = await asyncio.create_subprocess_exec(*command)
    assert await made.wait() == 0
    lines = ("allow_anonymous false", f"password_file {passwords}")
    async with running(Mosquitto(tmp_path / "broker", *lines)) as broker:
        yield broker


@pytest.mark.parametrize("protocol", [5, 311])
async def test_a_password_from_its_file_opens_the_broker(guarded: Mosquitto, tmp_path: Path, protocol: int) -> None:
    (tmp_path / "password").write_text("right horse\n")
    uplink = uplink_to(guarded, username="site", password_file=tmp_path / "password", protocol=protocol)

    async with uplink.session() as link:
        assert isinstance(await link.deliver(a_session()), Accepted)


@pytest.mark.parametrize("protocol", [5, 311])
async def test_a_wrong_password_is_named_with_its_remedy(guarded: Mosquitto, tmp_path: Path, protocol: int) -> None:
    (tmp_path / "password").write_text("wrong horse\n")
    reason = await refusal(uplink_to(guarded, username="site", password_file=tmp_path / "password", protocol=protocol))

    assert "check username and password_file" in reason
    assert "horse" not in reason
    assert "\n" not in reason


async def test_a_missing_password_file_is_named(broker: Mosquitto, tmp_path: Path) -> None:
    reason = await refusal(uplink_to(broker, username="site", password_file=tmp_path / "nowhere"))

    assert reason == f"{tmp_path}/nowhere cannot be read (No such file or directory): correct password_file"


async def test_a_broker_that_is_not_there_is_named_with_its_remedy(broker: Mosquitto) -> None:
    await broker.stop()

    assert await refusal(uplink_to(broker)) == (
        f"the broker 127.0.0.1:{broker.port} refuses connections: check that the backend runs and the port is right"
    )


async def test_something_that_never_answers_is_given_up() -> None:
    gone = asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        writer.close()
        gone.set()

    server = await asyncio.start_server(swallow, HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        silent = MqttBackendSettings("broker", HOST, port, "ocpi", "gateway-1", timeout_s=0.3)
        reason = await refusal(MqttUplink(silent, OWNER))
        async with asyncio.timeout(5):
            await gone.wait()

    assert "did not answer in time" in reason


async def test_tls_is_verified_against_the_ca_file(tmp_path: Path) -> None:
    ours, foreign = Authority(tmp_path / "ours", "ours"), Authority(tmp_path / "foreign", "foreign")
    server = ours.issue("broker", HOST)
    lines = ("allow_anonymous true", f"certfile {server.cert_file}", f"keyfile {server.key_file}")
    async with running(Mosquitto(tmp_path / "broker", *lines)) as broker:
        async with uplink_to(broker, tls=TlsSettings(ca_file=ours.ca_file)).session() as link:
            receipt = await link.deliver(a_session())
        reason = await refusal(uplink_to(broker, tls=TlsSettings(ca_file=foreign.ca_file)))

    assert isinstance(receipt, Accepted)
    assert "was issued by a CA this gateway does not know" in reason


async def test_plain_text_to_a_tls_port_and_tls_to_a_plain_port_are_told(broker: Mosquitto) -> None:
    reason = await refusal(uplink_to(broker, tls=TlsSettings()))

    assert "check" in reason
    assert "\n" not in reason
