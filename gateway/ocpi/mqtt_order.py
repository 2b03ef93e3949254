"""A command as it comes over MQTT: read like one that came by HTTP, with another address for its result."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from gateway.core.commands import Command
from gateway.ocpi.reading import Malformed, read
from gateway.ocpi.v2_2_1.command import key_of, read_command

_SCHEME: Final = "mqtt:"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request's answers go, and what they carry so that the backend knows them; `topic` None: the usual one."""

    topic: str | None
    correlation: bytes | None


class _AddressWire(msgspec.Struct, frozen=True):
    topic: str | None
    correlation: str | None


def write_address(address: Address) -> str:
    """Return an address as a fact keeps it."""
    correlation = None if address.correlation is None else address.correlation.hex()
    return _SCHEME + msgspec.json.encode(_AddressWire(address.topic, correlation)).decode()


def read_address(reply_to: str) -> Address | None:
    """Return the address that a fact keeps, None where the result goes another way."""
    if not reply_to.startswith(_SCHEME):
        return None
    wire = msgspec.json.decode(reply_to.removeprefix(_SCHEME), type=_AddressWire)
    return Address(wire.topic, None if wire.correlation is None else bytes.fromhex(wire.correlation))


def read_order(name: str, body: bytes, address: Address) -> tuple[Command, str]:
    """Return the command and what is the same for its every repetition; ValueError tells what is wrong."""
    try:
        fields = read(body, dict[str, msgspec.Raw])
    except Malformed:
        raise ValueError(f"send the fields of {name} as a JSON object") from None
    fields["response_url"] = msgspec.Raw(msgspec.json.encode(_SCHEME))
    command, _ = read_command(name, msgspec.json.encode(fields))
    return command, key_of(f"{write_address(address)}/{name}", {}, body)


def with_id(answer: bytes, command_id: str) -> bytes:
    """Return a response or result with the id that both of a command share."""
    said: dict[str, Any] = msgspec.json.decode(answer)
    return msgspec.json.encode({"id": command_id, **said})
