"""Finding a meter in a SunSpec map: the word 'SunS', then blocks, each telling its id and length, to the end mark."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from drivers.errors import DeviceMisbehaved, DeviceRefused
from drivers.meters.vocabulary import MeterModel, SunSpecBlock, SunSpecMap
from drivers.modbus.read_plan import Span
from drivers.modbus.request import Function

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

    @property
    def end(self) -> int:
        """The first address behind it, or behind all addresses."""
        return min(self.address + _HEADER + self.length, _ADDRESSES)


async def located(model: MeterModel, sunspec: SunSpecMap, fetch: Fetch, who: str) -> MeterModel:
    """Return the model with the registers of the first meter block on the device; few small reads, for start-up.

    `fetch` reads a span of the device, which messages call `who`. Raises what it raises, and DeviceMisbehaved when
    there is no such block.
    """
    blocks = await _walk(sunspec, fetch, who)
    for block in blocks:
        for layout in sunspec.blocks:
            if block.id in layout.ids:
                return _laid_out(model, layout, block, who)
    wanted = ", ".join(str(one) for layout in sunspec.blocks for one in layout.ids)
    seen = ", ".join(str(block.id) for block in blocks) or "none"
    raise DeviceMisbehaved(
        f"{who}: its SunSpec map has the blocks {seen} and no meter ({wanted}); give it another `model` or `unit`"
    )


def _laid_out(model: MeterModel, layout: SunSpecBlock, block: _Block, who: str) -> MeterModel:
    registers = {
        quantity: replace(register, span=replace(register.span, address=register.span.address + block.address))
        for quantity, register in layout.registers.items()
    }
    if any(register.span.end > block.end for register in registers.values()):
        raise DeviceMisbehaved(
            f"{who}: its SunSpec block {block.id} at {block.address} is cut short, to {block.length} registers; "
            "ask its maker for other firmware"
        )
    limits = replace(model.limits, readable=((block.address, block.end - 1),))
    return replace(model, registers=registers, limits=limits)


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
