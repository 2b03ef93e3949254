"""Peers that order things of a plant: the commands of an eMSP as the core gets them, whichever way they came."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from plant import MIDNIGHT, Plant, token

from gateway.core.command_book import CommandRecord
from gateway.core.command_desk import find_record
from gateway.core.commands import Command, CommandKind, CommandResponse, CommandResult
from gateway.core.facts_roaming import CommandFinished
from gateway.core.identifiers import CommandId, Party, TokenUid
from gateway.core.observations import CommandReceived, CommandReplied
from gateway.core.token import Token, TokenType, WhitelistType

MSP = Party("DE", "MSP")
OTHER = Party("NL", "TNM")
APP = token("APP-0001", type=TokenType.APP_USER, whitelist=WhitelistType.NEVER)
_NUMBERS = count(1)


@dataclass
class Provider:
    """An eMSP that sends commands to a plant and keeps what it is told."""

    plant: Plant
    party: Party = MSP
    name: str = "msp"

    def order(self, kind: CommandKind, *, again: CommandReceived | None = None, **what: object) -> CommandReceived:
        """Send a command, or one of before once more, as after a lost answer."""
        number = next(_NUMBERS)
        if again is not None:
            command, key, correlation = again.command, again.key, again.correlation
        else:
            command, key, correlation = Command(kind, **what), f"key-{number}", f"cor-{number}"  # type: ignore[arg-type]
        url = f"https://msp.example.com/results/{number}"
        order = CommandReceived(
            CommandId(f"command-{number}"), self.plant.now, self.name, (self.party,), key, correlation, url, command
        )
        self.plant.observe(order)
        return order

    def start(self, driver: Token = APP, **what: object) -> CommandReceived:
        return self.order(CommandKind.START_SESSION, **({"token": driver, "location_id": "LOC1"} | what))

    def stop(self, session_id: str) -> CommandReceived:
        return self.order(CommandKind.STOP_SESSION, session_id=session_id)

    def reserve(self, driver: Token = APP, *, minutes: int = 30, id_: str = "R-1", **what: object) -> CommandReceived:
        expires = self.plant.wall + timedelta(minutes=minutes)
        given = {"token": driver, "location_id": "LOC1", "reservation_id": id_, "expires": expires}
        return self.order(CommandKind.RESERVE_NOW, **(given | what))

    def cancel(self, id_: str = "R-1") -> CommandReceived:
        return self.order(CommandKind.CANCEL_RESERVATION, reservation_id=id_)

    def record(self, order: CommandReceived) -> CommandRecord:
        record = find_record(self.plant.world.state, order)
        assert record is not None
        return record

    def response(self, order: CommandReceived) -> CommandResponse:
        return self.record(order).taken.response

    def results(self, order: CommandReceived) -> list[CommandResult]:
        """Every result that this command came to, in order."""
        id_ = self.record(order).taken.id
        return [body.result for body in self.plant.bodies(CommandFinished) if getattr(body, "id", None) == id_]

    def hear(self, order: CommandReceived) -> None:
        """Take the result, so that it is not owed any more."""
        self.plant.observe(CommandReplied(self.record(order).taken.id, self.plant.now, delivered=True, answer="200"))


def a_card(uid: str = "04C0FFEE00112233"[:14], **changes: object) -> Token:
    return token(uid, uid=TokenUid(uid), last_updated=MIDNIGHT, **changes)
