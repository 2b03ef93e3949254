"""What a meter signs becomes what the core carries: another name for each field, and nothing else."""

from gateway.core.facts_proof import SignedReading
from gateway.field.posts import MeterPost


async def read_signature(post: MeterPost) -> SignedReading | None:
    """Read the signed counter where the meter signs; None where it does not, or has no signature now. DriverError."""
    record = None if post.signer is None else await post.signer.read_signed()
    if record is None:
        return None
    return SignedReading(
        encoding_method=record.encoding,
        plain_data=record.plain,
        signed_data=record.signed,
        public_key=record.public_key,
        encoding_method_version=record.encoding_version,
        url=record.url,
    )
