"""Finding a meter in a SunSpec map: the word 'SunS', then blocks, each telling its id and length, to the end mark."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from drivers.errors import DeviceMisbehaved, DeviceRefused
from drivers.meters.vocabulary import MeterModel, Register, SunSpecMap
from drivers.modbus.framing import Function
from drivers.modbus.read_plan import Span
from drivers.quantities import Quantity

# SunSpec Device Information Model Specification: two registers that open the map, and the id that closes it.
_SUNS = (0x5375, 0x6E53)
_END = 0xFFFF
_HEADER = 2
# More blocks than any device has: a map whose lengths lead nowhere ends here.
_MOST_BLOCKS = 64
_ADDRESSES = 0x10000

Fetch = Callable[[Span], Awaitable[tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class _Block:
    id: int
    address: int
    length: int


async def located(model: MeterModel, sunspec: SunSpecMap, fetch: Fetch, who: str) -> MeterModel:
    """Return the model with the registers of the first meter block on the device; few small reads, for start-up.

    `fetch` reads a span of the device, which messages call `who`. Raises what it raises, and DeviceMisbehaved when
    there is no such block.
    """
    blocks = await _walk(sunspec, fetch, who)
    for found in blocks:
        for layout in sunspec.blocks:
            if found.id in layout.ids:
                own = ((found.address, min(found.address + _HEADER + found.length, _ADDRESSES) - 1),)
                return replace(
                    model,
                    registers=_moved(layout.registers, found.address),
                    limits=replace(model.limits, readable=own),
                )
    wanted = ", ".join(str(one) for layout in sunspec.blocks for one in layout.ids)
    seen = ", ".join(str(block.id) for block in blocks) or "none"
    raise DeviceMisbehaved(
        f"{who}: its SunSpec map has the blocks {seen} and no meter ({wanted}); give it another `model` or `unit`"
    )


async def _walk(sunspec: SunSpecMap, fetch: Fetch, who: str) -> list[_Block]:
    """List the blocks in order; a block that leads beyond the addresses ends the list."""
    address = await _first_block(sunspec, fetch, who)
    blocks: list[_Block] = []
    while len(blocks) < _MOST_BLOCKS and address + _HEADER <= _ADDRESSES:
        block_id, length = await fetch(Span(Function.READ_HOLDING, address, _HEADER))
        if block_id == _END:
            break
        blocks.append(_Block(block_id, address, length))
        address += _HEADER + length
    return blocks


async def _first_block(sunspec: SunSpecMap, fetch: Fetch, who: str) -> int:
    for base in sunspec.bases:
        try:
            words = await fetch(Span(Function.READ_HOLDING, base, len(_SUNS)))
        except DeviceRefused:
            continue
        if words == _SUNS:
            return base + len(_SUNS)
    places = ", ".join(str(base) for base in sunspec.bases)
    raise DeviceMisbehaved(f"{who}: no 'SunS' at {places}, so it has no SunSpec map; give it another `model` or `unit`")


def _moved(registers: Mapping[Quantity, Register], base: int) -> dict[Quantity, Register]:
    return {
        quantity: replace(register, span=replace(register.span, address=register.span.address + base))
        for quantity, register in registers.items()
    }
