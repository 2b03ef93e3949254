"""What our OCPI side costs: a page of CDRs beside a bare handler, a card's decision, a bill's price.

The gateway's side runs in processes of its own, from tests/figures: nothing here imports it.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hwsim.bench_table import print_table

FIGURES = Path(__file__).resolve().parents[2] / "tests" / "figures"
ROUNDS = 5
CONNECTIONS = 4
AIM_SHARE = 0.5
AIM_DECISION_MS = 1.0
HIT, MISSED = 0, 1
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class CannotMeasure(OSError):
    """The gateway's side failed; the message is its last word."""


@dataclass(frozen=True, slots=True)
class PageRate:
    """Requests answered in a second, and the server's own processor time for each."""

    per_s: float
    cpu_us: float


@dataclass(frozen=True, slots=True)
class Served:
    """A server process and how to ask it for its page."""

    pid: int
    port: int
    authorization: str

    @property
    def request(self) -> bytes:
        """The bytes of one request."""
        head = [
            "GET /ocpi/2.2.1/cdrs?limit=100 HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: {self.authorization}",
            "X-Request-ID: bench",
            "X-Correlation-ID: bench",
        ]
        return "\r\n".join([*head, "", ""]).encode()


async def bench_ocpi(seconds: float, tokens: int, taps: int, cdrs: int) -> int:
    """Print all three figures; the page's has an aim."""
    ours, bare, size = await measure_page(seconds)
    share = ours.per_s / bare.per_s
    print(f"a page of 100 CDRs, {size:,} bytes, {CONNECTIONS} connections, {ROUNDS} rounds of {seconds:g} s in turn")
    rows = [("our server", ours), ("a bare aiohttp handler, same bytes", bare)]
    print_table(("", "requests/s", "CPU us each"), [(it, f"{r.per_s:.0f}", f"{r.cpu_us:.0f}") for it, r in rows])
    print(f"aim: ours >= {AIM_SHARE:.0%} of the bare handler's; ours: {share:.0%}")
    p50_ms, p99_ms = await run_figure("ocpi_work.py", "decide", str(tokens), str(taps))
    print(
        f"a card's decision among {tokens:,} tokens, processor time: p50 {p50_ms:.3f} ms, p99 {p99_ms:.3f} ms; "
        f"aim: p99 < {AIM_DECISION_MS:g} ms"
    )
    (per_s,) = await run_figure("ocpi_work.py", "price", str(cdrs))
    print(f"{cdrs:,} CDRs priced, 20 elements in the tariff: {per_s:.0f} CDRs/s")
    return HIT if share >= AIM_SHARE and p99_ms < AIM_DECISION_MS else MISSED


async def measure_page(seconds: float) -> tuple[PageRate, PageRate, int]:
    """Ask both servers for the page in turn; returns ours, the bare one's and the page's bytes."""
    with tempfile.NamedTemporaryFile() as page:
        async with _serving("ours") as ours:
            size = page.write(await _one(ours))
            page.flush()
            async with _serving("bare", page.name) as bare:
                rounds = [(await _rate(ours, seconds), await _rate(bare, seconds)) for _ in range(ROUNDS)]
    return _typical([us for us, _ in rounds]), _typical([it for _, it in rounds]), size


async def run_figure(name: str, *words: str) -> list[float]:
    """Run one of the programs in tests/figures to its end and return the numbers it prints."""
    process = await _start(name, *words)
    out, err = await process.communicate()
    if process.returncode:
        raise CannotMeasure(err.decode().strip().splitlines()[-1])
    return [float(word) for word in out.split()]


def _typical(rates: list[PageRate]) -> PageRate:
    return PageRate(median(it.per_s for it in rates), median(it.cpu_us for it in rates))


async def _rate(served: Served, seconds: float) -> PageRate:
    ends, cpu_s = time.monotonic() + seconds, _cpu_s(served.pid)
    began = time.monotonic()
    counts = await asyncio.gather(*(_ask_until(served, ends) for _ in range(CONNECTIONS)))
    took_s = time.monotonic() - began
    return PageRate(sum(counts) / took_s, (_cpu_s(served.pid) - cpu_s) / sum(counts) * 1e6)


async def _ask_until(served: Served, ends: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    count = 0
    while time.monotonic() < ends:
        writer.write(served.request)
        await _read(reader)
        count += 1
    writer.close()
    return count


async def _one(served: Served) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(served.request)
    body = await _read(reader)
    writer.close()
    return body


async def _read(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise CannotMeasure(head.partition(b"\r\n")[0].decode())
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


@asynccontextmanager
async def _serving(*words: str) -> AsyncIterator[Served]:
    process = await _start("ocpi_page.py", *words)
    if process.stdout is None or process.stdin is None:
        raise CannotMeasure("the server's process has no pipes")
    try:
        port, _, authorization = (await process.stdout.readline()).decode().strip().partition(" ")
        if not port:
            _, err = await process.communicate()
            raise CannotMeasure(err.decode().strip().splitlines()[-1])
        yield Served(process.pid, int(port), authorization)
    finally:
        process.stdin.close()
        await process.wait()


async def _start(name: str, *words: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    environment = os.environ | {"PYTHONPATH": str(FIGURES.parent)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(FIGURES / name), *words), stdin=pipe, stdout=pipe, stderr=pipe, env=environment
    )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
