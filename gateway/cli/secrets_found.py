"""Secrets and card uids, wherever this machine keeps them; and taking them out of a text that leaves the site."""

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gateway.config.files import place_of
from gateway.config.places import Places
from gateway.core.identifiers import TokenUid
from gateway.journal.errors import JournalError
from gateway.journal.reader import open_reader
from gateway.registry.held import driver_tokens, peer_tokens
from gateway.settings import JOURNAL_FILE, REGISTRY_FILE

# Read with patterns, not as TOML and JSON: what is broken must be packed too, and then most of all without secrets.
_SECRET_FILE = re.compile(r"""(?:token|password|key)_file\s*=\s*["']([^"'\n]+)["']""")
_TOKENS_FILE = re.compile(r"""tokens_file\s*=\s*["']([^"'\n]+)["']""")
_ID_IN_JSON = re.compile(r'"(?:uid|contract_id|visual_number)"\s*:\s*"([^"]+)"')
_KEY = r"""(?i)((?:["'])?\b[\w.-]*(?:token|password|passphrase|secret|private_key|pin)s?["']?\s*"""
_INLINE = re.compile(
    _KEY
    + r'[=:]\s*)("""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\[[^\]]*\]|(?<==)[^\s"\'\[]+)'
)
_IN_ADDRESS = re.compile(r"(\w+://)[^/\s@\"']+@")
_SPACED_HEX = re.compile(r"\b[0-9A-Fa-f]{2}(?:[ :-][0-9A-Fa-f]{2}){3,9}\b")
_RUN = re.compile(r"[0-9A-Za-z]{4,}(?:[*_-][0-9A-Za-z]+)*")
# Shorter ones would take half the text with them.
_LEAST_SECRET = 4
_SESSIONS = 100_000
_GONE = "[secret]"


@dataclass(frozen=True, slots=True)
class Secrets:
    """`texts` are secrets word for word; `ids` are card uids and contract ids, folded."""

    texts: tuple[str, ...]
    ids: frozenset[str]


def find_secrets(config: Path, places: Places | None) -> Secrets:
    """Gather them from the configuration's files, the credentials folder, the registry and the journal."""
    texts: set[str] = set()
    ids: set[str] = set()
    folder = config.absolute().parent
    for file in (config, *(folder / "conf.d").glob("*.toml")):
        words = _read(file)
        for name in _SECRET_FILE.findall(words):
            texts.update(_secrets_in(_read(place_of(folder, name))))
        for name in _TOKENS_FILE.findall(words):
            ids.update(_ID_IN_JSON.findall(_read(folder / name)))
    handed_over = os.environ.get("CREDENTIALS_DIRECTORY")
    for place in (folder / "credentials", *([Path(handed_over)] if handed_over else ())):
        for file in place.glob("*"):
            texts.update(_secrets_in(_read(file)))
    if places is not None:
        for token in peer_tokens(places.state_dir / REGISTRY_FILE):
            texts.update(_secrets_in(token))
        for body in driver_tokens(places.state_dir / REGISTRY_FILE):
            ids.update(_ID_IN_JSON.findall(body))
        ids.update(_ids_of_sessions(places.state_dir / JOURNAL_FILE))
    long_enough = sorted((text for text in texts if len(text) >= _LEAST_SECRET), key=len, reverse=True)
    return Secrets(tuple(long_enough), frozenset(one.casefold() for one in ids if len(one) >= _LEAST_SECRET))


class Scrubber:
    """Takes secrets out of texts, and counts how many it met."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._lengths = tuple(sorted({len(one) for one in secrets.ids}, reverse=True))
        self.taken_out = 0

    def scrub(self, content: bytes) -> bytes:
        """Return the text without secrets and with card uids redacted."""
        text = content.decode("utf-8", errors="replace")
        for secret in self._secrets.texts:
            if secret in text:
                self.taken_out += text.count(secret)
                text = text.replace(secret, _GONE)
        text = _INLINE.sub(self._inline, text)
        text = _IN_ADDRESS.sub(rf"\g<1>{_GONE}@", text)
        text = _SPACED_HEX.sub(self._spaced, text)
        return _RUN.sub(self._run, text).encode()

    def _inline(self, match: re.Match[str]) -> str:
        value = match[2]
        if value.strip("\"'[] \n") in {"", _GONE, _GONE.strip("[]")}:
            return match[0]
        self.taken_out += 1
        return f'{match[1]}"{_GONE}"'

    def _spaced(self, match: re.Match[str]) -> str:
        return self._redacted(match[0], re.sub(r"[ :-]", "", match[0]))

    def _run(self, match: re.Match[str]) -> str:
        """Redact a word that is an id, or has one in it."""
        word = match[0]
        whole = self._redacted(word, word)
        if whole != word or not self._lengths:
            return whole
        folded = word.casefold()
        for length in self._lengths:
            for start in range(len(word) - length + 1):
                if folded[start : start + length] in self._secrets.ids:
                    self.taken_out += 1
                    found = str(TokenUid(word[start : start + length]))
                    return f"{word[:start]}{found}{word[start + length :]}"
        return word

    def _redacted(self, shown: str, word: str) -> str:
        if word.casefold() not in self._secrets.ids:
            return shown
        self.taken_out += 1
        return str(TokenUid(word))


def _secrets_in(text: str) -> Iterator[str]:
    """Yield a secret as it stands in its file, each line of a key, and the forms in which it travels."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("-----")]
    for line in lines:
        yield line
        yield base64.b64encode(line.encode()).decode()
        yield json.dumps(line, ensure_ascii=False)[1:-1]
        yield json.dumps(line)[1:-1]
        yield quote(line, safe="")


def _ids_of_sessions(journal: Path) -> Iterable[str]:
    try:
        with open_reader(journal) as reader:
            bodies = [row.body for row in reader.sessions(_SESSIONS)]
            bodies += [row.delivery.body for row in reader.outbox()]
    except JournalError:
        return ()
    return [one for body in bodies for one in _ID_IN_JSON.findall(body.decode("utf-8", errors="replace"))]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
