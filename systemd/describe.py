"""Writes the man pages and the bash completion from what the commands and the example configuration say themselves.

    describe.py man1|man5|completion [EPOCH]

Run by systemd/build-deb with the Python that has the gateway installed, so that neither can drift from the program.
EPOCH is the date on the pages, in seconds.
"""

import contextlib
import io
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.main import COMMANDS, main
from gateway.version import VERSION

EXAMPLE_CONFIG = Path(__file__).with_name("gateway.example.toml")
# Wide enough that argparse never wraps: each option is one line.
WIDE = "1000"

# --- the commands' own words -----------------------------------------------------------------------------------------


def help_of(*words: str) -> str:
    """Return what `ocpi-gateway WORDS --help` prints."""
    os.environ |= {"COLUMNS": WIDE, "LC_ALL": "C.UTF-8"}
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return said.getvalue()


def blocks_of(help_text: str) -> Mapping[str, str]:
    """Return the parts of a help text by their headings; the description stands under the empty one."""
    blocks: dict[str, str] = {}
    for part in help_text.split("\n\n"):
        heading, colon, rest = part.partition(":")
        if colon and heading in {
            "usage",
            "positional arguments",
            "options",
            "example",
            "commands",
            "keys of --json",
            "exit codes",
        }:
            blocks[heading] = rest.strip("\n")
        else:
            # The line before the exit codes at the top level stands in their paragraph.
            blocks[""] = (blocks.get("", "") + "\n" + part).strip()
    return blocks


def entries_of(block: str) -> Iterator[tuple[str, str]]:
    """Yield each argument or option with its explanation."""
    # argparse puts the explanation of a long option on a line of its own, indented deeper than any option.
    for line in re.sub(r"\n {8,}", "  ", block).splitlines():
        name, _, what = line.strip().partition("  ")
        yield name.strip(), what.strip()


def commands() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each command with the parts of its help."""
    for name in COMMANDS:
        yield name, blocks_of(help_of(name))


# --- man pages -------------------------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    """Return text as roff takes it literally."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in text.splitlines())


def literal(text: str) -> str:
    """Return a block that keeps its lines."""
    return f".RS 4\n.EX\n{escaped(text)}\n.EE\n.RE"


def title(name: str, section: int, kind: str, epoch: int) -> str:
    """Return the first line of a page."""
    date = datetime.fromtimestamp(epoch, UTC).date().isoformat()
    return f'.TH {name.upper()} {section} "{date}" "ocpi-gateway {VERSION}" "{kind}"'


def man1(epoch: int) -> Iterator[str]:
    """Describe every command, in the words of its --help."""
    yield title("ocpi-gateway", 1, "User Commands", epoch)
    yield ".SH NAME\nocpi\\-gateway \\- meters, card readers and contactors of a charging site in, OCPI out"
    yield ".SH SYNOPSIS\n.B ocpi\\-gateway\n.I COMMAND\n[\\fIOPTIONS\\fR]"
    yield ".SH DESCRIPTION"
    yield escaped(
        "The daemon of a charging site, and the commands that look through its window. The daemon runs as the service "
        "ocpi-gateway.service; commands find it over the socket that the configuration names. They need to be run by "
        "root or a member of the group ocpi-gateway."
    )
    yield ".SH COMMANDS"
    for name, blocks in commands():
        yield f".SS {escaped(name)}"
        yield escaped(blocks[""])
        yield literal(" ".join(blocks["usage"].split()))
        for heading in ("positional arguments", "options"):
            for argument, what in entries_of(blocks.get(heading, "")):
                if not argument.startswith("-h"):
                    yield f".TP\n.B {escaped(argument)}\n{escaped(what)}"
        yield f".PP\nExample:\n{literal(textwrap.dedent(blocks['example']))}"
        if "keys of --json" in blocks:
            heading = escaped("Keys of --json, {of an object} and [of each in a list]:")
            yield f".PP\n{heading}\n{literal(textwrap.dedent(blocks['keys of --json']))}"
        if " ".join(blocks["exit codes"].split()) != exit_codes():
            yield f".PP\nExit codes: {escaped(' '.join(blocks['exit codes'].split()))}"
    yield ".SH EXIT STATUS"
    yield escaped(exit_codes())
    yield ".SH FILES"
    for path, what in FILES.items():
        yield f".TP\n.I {escaped(path)}\n{escaped(what)}"
    yield ".SH SEE ALSO\n.BR gateway.toml (5),\n.BR systemctl (1),\n.BR journalctl (1),\n.BR pcscd (8)"


FILES = {
    "/etc/ocpi-gateway/gateway.toml": "the configuration; gateway.example.toml beside it explains every key",
    "/etc/ocpi-gateway/credentials/": "tokens, passwords and keys, readable by root alone; systemd hands them over",
    "/var/lib/ocpi-gateway/": "the journal, which is what bills are made of: back it up",
    "/run/ocpi-gateway/gateway.sock": "where commands find the daemon",
    "/dev/rs485/": "RS-485 adapters by serial number and by the socket they are plugged into",
}


def exit_codes() -> str:
    """Return what the exit codes mean, in one line."""
    return " ".join(help_of().rpartition("exit codes:")[2].split())


def man5(epoch: int) -> Iterator[str]:
    """Describe the configuration: the remarks of the example as text, its keys as they are written."""
    yield title("gateway.toml", 5, "File Formats", epoch)
    yield ".SH NAME\ngateway.toml \\- configuration of ocpi\\-gateway"
    yield ".SH DESCRIPTION"
    keys: list[str] = []
    remarks: list[str] = []
    for line in [*EXAMPLE_CONFIG.read_text(encoding="utf-8").splitlines(), ""]:
        heading = re.fullmatch(r"# -{10,} (.+)", line)
        is_remark = line == "#" or line.startswith("# ")
        if keys and (heading or is_remark or not line):
            yield literal("\n".join(keys))
            keys.clear()
        if remarks and (heading or not is_remark):
            yield f".PP\n{escaped(chr(10).join(remarks))}"
            remarks.clear()
        if heading:
            yield f".SH {escaped(heading[1].upper())}"
        elif is_remark:
            # An indented remark is a line to type.
            remarks.append(line[2:].strip())
        elif line:
            keys.append(line)
    yield ".SH SEE ALSO\n.BR ocpi\\-gateway (1)"


# --- bash completion -------------------------------------------------------------------------------------------------


def completion(_epoch: int) -> Iterator[str]:
    """Complete commands, their options and what an option or argument lets choose from."""
    yield "# bash completion for ocpi-gateway; written by systemd/describe.py from the commands' --help"
    yield "_ocpi_gateway() {"
    yield "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words="
    yield "  COMPREPLY=()"
    yield "  case ${COMP_WORDS[1]}:$prev in"
    yield '    *:--config) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;'
    options: dict[str, list[str]] = {}
    for name, blocks in commands():
        options[name] = []
        for argument, _ in entries_of("\n".join(blocks.get(each, "") for each in ("positional arguments", "options"))):
            flags = re.findall(r"-[-\w]+", argument) if argument.startswith("-") else []
            choices = re.search(r"\{(.+?)\}|^(\w+(?:\|\w+)+)$", argument)
            words = re.findall(r"[-\w]+", choices[0]) if choices else []
            options[name] += [flag for flag in flags if flag.startswith("--")]
            if choices and flags:
                yield f'    {name}:{flags[-1]}) words="{" ".join(words)}" ;;'
            elif choices:
                options[name] += words
            elif flags and re.search(r" [A-Z]", argument) and flags[-1] != "--config":
                yield f"    {name}:{flags[-1]}) return ;;"
    yield "    *)"
    yield "      case $COMP_CWORD:${COMP_WORDS[1]} in"
    yield f'        1:*) words="{" ".join(COMMANDS)} --help --version" ;;'
    for name, flags in options.items():
        yield f'        *:{name}) words="{" ".join(flags)}" ;;'
    yield "      esac"
    yield "      ;;"
    yield "  esac"
    yield '  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")'
    yield "}"
    yield "complete -F _ocpi_gateway ocpi-gateway"


KINDS = {"man1": man1, "man5": man5, "completion": completion}

if __name__ == "__main__":
    kind, epoch = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0  # noqa: PLR2004 - the program's own name
    print("\n".join(KINDS[kind](epoch)))
