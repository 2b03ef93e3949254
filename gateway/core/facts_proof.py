"""What proves that the facts before it are those that were written: signed roots, see gateway/notary."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RootSigned:
    """The device vouches for all facts up to `up_to_seq`, whose hash is `head`; all in hex but the `day` in UTC.

    `key` is the Ed25519 public key that `signature` is verified with, over what `signed_text` returns.
    """

    day: str
    up_to_seq: int
    head: str
    key: str
    signature: str


def signed_text(day: str, up_to_seq: int, head: str) -> bytes:
    """Return the bytes that are signed: three lines under a title, so that no other signature can pass for one."""
    return f"ocpi-gateway root\n{day}\n{up_to_seq}\n{head}\n".encode()


@dataclass(frozen=True, slots=True)
class SignedReading:
    """A counter value as a meter signed it, untouched; the fields are those of OCPI's SignedData and SignedValue."""

    encoding_method: str
    plain_data: str
    signed_data: str
    public_key: str | None = None
    encoding_method_version: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class MeterSigned:
    """The meter's own signature of a value that a session's bill rests on; `nature` is OCPI's, Start or End."""

    nature: str
    reading: SignedReading
