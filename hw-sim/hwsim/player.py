"""Plays a scenario: does what it says, and waits, with a deadline, for what must come of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from hwsim.bad_wire import ImpossibleFault
from hwsim.chronicle import DeadlinePassed, Happening
from hwsim.player_verbs import VERBS, Props, UnknownName
from hwsim.scenario import Kind, Scenario, Step

# The conductors have no events; a scenario that waits for energy looks at them this often.
LOOK_S = 0.05
ENERGY = "energy"


class ScenarioFailed(Exception):
    """A step did not come out as the scenario says; the message names it."""


class Player:
    """Takes steps one at a time.

    A step that waits is content with what has happened since the deeds before it began, so that the order of the
    consequences does not matter.
    """

    def __init__(self, props: Props) -> None:
        self._props = props
        self._since = 0
        self._is_doing = False

    async def play(self, scenario: Scenario) -> None:
        """Play every step in order; raises ScenarioFailed at the first that does not come out."""
        self._props = replace(self._props, cards={**self._props.cards, **scenario.cards})
        began = self._props.chronicle.elapsed_s()
        for step in scenario.steps:
            if step.at_s is not None:
                await asyncio.sleep(max(0.0, began + step.at_s - self._props.chronicle.elapsed_s()))
            await self.take(step)

    async def take(self, step: Step) -> None:
        """Take one step; raises ScenarioFailed."""
        if step.what in self._props.left_out:
            self._props.chronicle.tell("remark", text=f"left out: {step}")
            return
        if step.kind is Kind.DO and not self._is_doing:
            self._since = len(self._props.chronicle.happenings)
        self._is_doing = step.kind is Kind.DO
        try:
            match step.kind:
                case Kind.DO:
                    await VERBS[step.what](self._props, step.arguments)
                case Kind.WAIT:
                    await self._wait(step)
                case Kind.NEVER:
                    await self._see_nothing(step)
        except (UnknownName, ImpossibleFault) as error:
            raise ScenarioFailed(f"{step}: {error}") from error

    async def _wait(self, step: Step) -> None:
        try:
            if step.what == ENERGY:
                await self._wait_for_energy(step)
            else:
                await self._props.chronicle.wait_for(wanted(step), step.within_s, self._since)
        except DeadlinePassed as error:
            raise ScenarioFailed(f"{step}: {error}") from error

    async def _see_nothing(self, step: Step) -> None:
        try:
            seen = await self._props.chronicle.wait_for(wanted(step), step.within_s, self._since)
        except DeadlinePassed:
            return
        raise ScenarioFailed(f"{step}: happened all the same at {seen.at_s:.1f} s: {dict(seen.detail)}")

    async def _wait_for_energy(self, step: Step) -> None:
        load = self._props.evse(step.arguments).load
        loop = asyncio.get_running_loop()
        deadline = loop.time() + step.within_s
        begin_wh = load.flow().energy_wh
        while (flowed := load.flow().energy_wh - begin_wh) < step.arguments["at_least_wh"]:
            if loop.time() > deadline:
                raise DeadlinePassed(f"only {flowed} Wh flowed within {step.within_s:g} s")
            await asyncio.sleep(LOOK_S)


def wanted(step: Step) -> Callable[[Happening], bool]:
    """Tell what a step speaks of: the same event, and every argument given the same."""

    def is_wanted(happening: Happening) -> bool:
        return happening.what == step.what and all(
            happening.detail.get(key) == str(value) for key, value in step.arguments.items()
        )

    return is_wanted
