"""TLS towards backends: the context from its settings, and what went wrong on the line in words with a remedy."""

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

from gateway.ocpi.quoting import quote
from gateway.settings import TlsSettings

# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h), the ones an operator can do something about.
_CERTIFICATE_FAULTS: Mapping[int, str] = {
    2: "was issued by a CA this gateway does not know: put that CA's certificate into the backend's tls ca_file",
    9: "is not yet valid, more likely this machine's clock is wrong: check `timedatectl` and the network time service",
    10: "has expired: the backend's operator must renew it, or this machine's clock is ahead (check `timedatectl`)",
    18: "is self-signed: put it into the backend's tls ca_file if that is how it should be",
    19: "was issued by a CA this gateway does not know: put that CA's certificate into the backend's tls ca_file",
    20: "was issued by a CA this gateway does not know: put that CA's certificate into the backend's tls ca_file",
    21: "comes without its chain: the backend's operator must send the intermediate certificates too",
    23: "has been revoked: the backend's operator must renew it",
    62: "is for another host name: use the name the certificate was issued for in the backend's address",
    64: "is for another address: use the host name the certificate was issued for in the backend's address",
}
_DEPTH = 4  # how many causes to look behind an error for the one that says something


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a context that verifies the other side; ValueError names the file that cannot be used, and why."""
    for path in (settings.ca_file, settings.cert_file, settings.key_file):
        if path is not None:
            _check_readable(path)
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (ssl.SSLError, ValueError):
        raise ValueError(f"{settings.ca_file} holds no PEM certificates: correct the backend's tls ca_file") from None
    if settings.cert_file is not None:
        try:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        except ssl.SSLError:
            raise ValueError(
                f"{settings.cert_file} and its key do not fit: correct tls cert_file and key_file"
            ) from None
    return context


# What else can go wrong on a line; the first kind that an error or one of its causes is of says it.
_LINE_FAULTS: tuple[tuple[type[OSError], str], ...] = (
    (socket.gaierror, "the name of {} does not resolve: check the name and this machine's DNS"),
    (ConnectionRefusedError, "{} refuses connections: check that the backend runs and the port is right"),
    (ConnectionResetError, "{} hung up: check the backend if this stays"),
    (BrokenPipeError, "{} hung up: check the backend if this stays"),
    (TimeoutError, "{} did not answer in time: check the line, any firewall and the backend"),
)


def explain(error: BaseException, where: str) -> str:
    """Return one line on a failed connection or request to `where`: what was seen and what to do about it."""
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _explain_tls(cause, where)
    for kind, said in _LINE_FAULTS:
        if any(isinstance(cause, kind) for cause in causes):
            return said.format(where)
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return f"{where} is out of reach ({quote(cause.strerror)}): check this machine's network"
    return f"no answer from {where} ({quote(str(error)) or type(error).__name__}): check the backend if this stays"


def _explain_tls(error: ssl.SSLError, where: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        fault = _CERTIFICATE_FAULTS.get(error.verify_code)
        said = fault or f"does not verify ({error.verify_message}): check the backend's tls ca_file"
        return f"the certificate of {where} {said}"
    reason = quote(error.reason or str(error))
    return f"no TLS with {where} ({reason}): check that its port speaks TLS and whether it wants a client certificate"


def _check_readable(path: Path) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): correct the backend's tls settings") from None


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and what stands behind it, also where a library hid the cause with `from None`.

    aiohttp wraps errors in ones that claim the same type and lack its attributes: of those the wrapped error counts.
    """
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and len(found) < _DEPTH:
        wrapped = getattr(current, "certificate_error", None) or getattr(current, "os_error", None)
        if isinstance(wrapped, BaseException):
            current = wrapped
            continue
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
