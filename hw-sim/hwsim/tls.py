"""Throw-away certificates: one authority per run, server certificates that are right, and ones wrong in one way."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
LIFETIME = 30 * DAY


class Flaw(StrEnum):
    """What is wrong with a certificate."""

    NONE = "none"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    WRONG_HOST = "wrong_host"
    UNKNOWN_CA = "unknown_ca"


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """PEM files for a server: the chain and its key."""

    cert_file: Path
    key_file: Path

    def context(self) -> ssl.SSLContext:
        """Give a server-side TLS context."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert_file, self.key_file)
        return context


class CertificateAuthority:
    """A certificate authority in a directory of its own; `ca_file` is what clients are to trust."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.ca_file = directory / "ca.pem"
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hwsim throw-away CA")])
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            # Old enough to vouch for certificates that have already expired.
            .not_valid_before(now - 2 * LIFETIME)
            .not_valid_after(now + 2 * LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, flaw: Flaw = Flaw.NONE) -> ServerCertificate:
        """Issue a certificate for this machine's own names, flawed where asked, into `name`.pem and `name`.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = ec.generate_private_key(ec.SECP256R1()) if flaw is Flaw.UNKNOWN_CA else self._key
        begin, end = validity(flaw)
        host = "elsewhere.example" if flaw is Flaw.WRONG_HOST else "localhost"
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if flaw is not Flaw.WRONG_HOST:
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        issued = ServerCertificate(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        issued.cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        issued.key_file.touch(mode=0o600)
        issued.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return issued


def validity(flaw: Flaw) -> tuple[datetime, datetime]:
    """Give the first and last moment of a certificate."""
    now = datetime.now(UTC)
    if flaw is Flaw.NOT_YET_VALID:
        return now + DAY, now + LIFETIME
    if flaw is Flaw.EXPIRED:
        return now - LIFETIME, now - DAY
    return now - DAY, now + LIFETIME
