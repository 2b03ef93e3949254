"""Signs what comes in: `python -m gateway.notary KEYFILE < TEXT` prints public key and signature in hex, and ends.

A process of its own, once a day, so that the daemon stays small and holds no key.
"""

import sys
from pathlib import Path

from gateway.notary.device_key import sign


def main() -> int:
    """Sign once; a line on stderr says what stands in the way."""
    path = Path(sys.argv[1])
    try:
        key, signature = sign(path, sys.stdin.buffer.read())
    except OSError as fault:
        return _give_up(f"{path} cannot be used ({fault.strerror}): check owner, rights and space")
    except ValueError:
        return _give_up(f"{path} holds no Ed25519 key: bring it back from a backup, or remove it to have one made")
    sys.stdout.write(f"{key} {signature}\n")
    return 0


def _give_up(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
