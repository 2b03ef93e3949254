"""The port of meters that sign what they show; none of ours does yet."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """One counter value as the meter signed it, exactly as it came: texts of the meter's own making, never reformatted.

    `encoding` names the format as OCPI does ("OCMF", "Alfen Eichrecht", …). `plain` is what was signed,
    `signed` what is checked, in base64.
    """

    encoding: str
    plain: str
    signed: str
    public_key: str | None = None
    encoding_version: int | None = None
    url: str | None = None


class SigningMeter(Protocol):
    """A meter whose counter can be read signed."""

    async def read_signed(self) -> SignedRecord | None:
        """Read the counter's present value signed; None where the meter has no signature now. Raises DriverError."""
        ...
