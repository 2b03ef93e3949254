"""What a poll costs the client: CPU and memory of our driver beside pymodbus' client, each in its own process."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from hwsim.bench_poll_client import PER_HOST

ROUNDS = 3


class CannotPoll(OSError):
    """A client's process failed; the message is its last word."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll of two reads cost on average, how long all took, and the memory held at the end."""

    kind: str
    meters: int
    cpu_us: float
    took_s: float
    resident: int


def kinds() -> tuple[str, ...]:
    """Both clients, and both on uvloop where that is installed."""
    return ("ours", "pymodbus", "ours-uvloop", "pymodbus-uvloop") if find_spec("uvloop") else ("ours", "pymodbus")


async def side_by_side(
    clients: Sequence[str], meters: int, polls: int, rate: float = 0.0, *, rounds: int = ROUNDS
) -> dict[str, Cost]:
    """Measure the clients in turn, several times over, and give the cheapest run of each.

    What else this machine does makes a run dearer, never cheaper.
    """
    return cheapest([{kind: await measure_polls(kind, meters, polls, rate) for kind in clients} for _ in range(rounds)])


def cheapest(rounds: Sequence[Mapping[str, Cost]]) -> dict[str, Cost]:
    """Give each client's cheapest run."""
    return {kind: min((one[kind] for one in rounds), key=lambda cost: cost.cpu_us) for kind in rounds[0]}


async def measure_polls(kind: str, meters: int, polls: int, rate: float = 0.0) -> Cost:
    """Start the meters and one client, and let it poll."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hwsim.bench_poll_server", str(meters)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if server.stdout is None or server.stdin is None:
        raise CannotPoll("the meters' process has no pipes")
    ports = [(await server.stdout.readline()).decode().strip() for _ in range(-(-meters // PER_HOST))]
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hwsim.bench_poll_client", kind, str(meters), str(polls), str(rate)),
        *ports,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await client.communicate()
    server.stdin.close()
    await server.wait()
    if client.returncode:
        raise CannotPoll(err.decode().strip().splitlines()[-1])
    cpu_s, took_s, resident = out.decode().split()
    return Cost(kind, meters, float(cpu_s) * 1e6, float(took_s), int(resident))
