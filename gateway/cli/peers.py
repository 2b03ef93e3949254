"""`ocpi-gateway peers`: the OCPI platforms that we roam with."""

import argparse
import re
from pathlib import Path

import msgspec

from gateway.cli import words
from gateway.cli.asking import add_json, places, print_json
from gateway.cli.client import get, post
from gateway.cli.language import say
from gateway.cli.outcome import Exit, InputRefused
from gateway.cli.secret_file import read_secret
from gateway.cli.table import Cell, Style, print_folded, show
from gateway.config.places import Places
from gateway.web.peers_api import Invite, Invited, PeerLine, Register, encode_order
from gateway.web.shapes import Done

# The daemon makes several requests to the peer, each with its own time-out.
_TIMEOUT_S = 90.0
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
EXAMPLE = "ocpi-gateway peers register https://msp.example.com/ocpi --token-file F"
JSON = """\
  of list [as of register]
  of register and rotate: name, standing, since, versions_url, version,
    token_form, roles, modules
  of invite: name, versions_url, token
  of forget: done"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    parser.add_argument(
        "action",
        choices=("list", "register", "invite", "rotate", "forget"),
        metavar="ACTION",
        help="list: who they are; register URL: call a peer that gave us its versions URL and a token; "
        "invite NAME: make a token for a peer that will call us, shown this once; "
        "rotate NAME: exchange both tokens; forget NAME: unregister, its tokens open nothing any more",
    )
    parser.add_argument("target", metavar="URL|NAME", nargs="?", help="the peer's versions URL, or its name here")
    parser.add_argument(
        "--token-file", type=Path, metavar="F", help="for register: the token the peer gave us (TOKEN_A)"
    )
    parser.add_argument("--name", help="for register: what to call it here (the URL's host name)")
    parser.add_argument("--raw-token", action="store_true", help="for register: the peer wants tokens without base64")


def run(arguments: argparse.Namespace) -> int:
    """Pass the order on and print what came of it."""
    where = places(arguments)
    socket = where.socket
    if arguments.action == "list":
        _show_list(get(socket, "/peers"), where, as_json=arguments.json)
        return Exit.OK
    if arguments.target is None:
        raise InputRefused(f"{arguments.action} whom? see ocpi-gateway peers --help")
    match arguments.action:
        case "register":
            token = _token(arguments.token_file)
            order = Register(arguments.target, token, arguments.name, arguments.raw_token)
            _show_peer(post(socket, "/peers", encode_order(order), _TIMEOUT_S), as_json=arguments.json)
        case "invite":
            _show_invitation(post(socket, "/peers", encode_order(Invite(arguments.target))), as_json=arguments.json)
        case "rotate":
            body = post(socket, f"/peers/{_in_path(arguments.target)}/rotate", None, _TIMEOUT_S)
            _show_peer(body, as_json=arguments.json)
        case _:
            body = post(socket, f"/peers/{_in_path(arguments.target)}/forget", None, _TIMEOUT_S)
            print_json(body) if arguments.json else print_folded(msgspec.json.decode(body, type=Done).done)
    return Exit.OK


def _show_list(body: bytes, where: Places, *, as_json: bool) -> None:
    lines = msgspec.json.decode(body, type=tuple[PeerLine, ...])
    if as_json:
        print_json(body)
    elif lines:
        show(("PEER", "STANDING", "VERSION", "SINCE", "ROLES"), [_row(line, where) for line in lines])
    else:
        print_folded("no peer yet; ocpi-gateway peers register, or peers invite, begins with one")


def _row(line: PeerLine, where: Places) -> tuple[Cell | str, ...]:
    standing = Cell(say(line.standing), Style.GOOD if line.standing == "registered" else Style.DOUBTFUL)
    since = words.local(words.parse_time(line.since), where.time_zone)
    return (line.name, standing, line.version or "", since, ", ".join(line.roles))


def _show_peer(body: bytes, *, as_json: bool) -> None:
    if as_json:
        print_json(body)
        return
    line = msgspec.json.decode(body, type=PeerLine)
    print_folded(f"{line.name} is registered: OCPI {line.version}, {', '.join(line.roles)}")
    print_folded(f"it offers {', '.join(line.modules)}")


def _show_invitation(body: bytes, *, as_json: bool) -> None:
    if as_json:
        print_json(body)
        return
    invited = msgspec.json.decode(body, type=Invited)
    print_folded(f"give this to {invited.name}; the token is good for one registration and is not shown again")
    print(say(f"versions URL: {invited.versions_url}"))
    print(say(f"token: {invited.token}"))


def _token(path: Path | None) -> str:
    if path is None:
        raise InputRefused("register needs the token that the peer gave us; add --token-file F")
    return read_secret(path, "--token-file")


def _in_path(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise InputRefused("a peer's name has letters, digits, -, _ and . only; ocpi-gateway peers list shows them")
    return name
