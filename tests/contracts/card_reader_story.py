"""How card reader tests follow events: always until something that must come, never for a time."""

import asyncio
from collections.abc import AsyncGenerator

from drivers.rfid import CardEvent

DEADLINE_S = 15.0


async def until(events: AsyncGenerator[CardEvent, None], *kinds: type[CardEvent]) -> list[CardEvent]:
    """Everything up to and including one event of each kind, in that order."""
    seen: list[CardEvent] = []
    async with asyncio.timeout(DEADLINE_S):
        for kind in kinds:
            async for event in events:
                seen.append(event)
                if isinstance(event, kind):
                    break
    return seen
