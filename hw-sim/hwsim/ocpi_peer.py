"""An OCPI 2.2.1 eMSP over TLS: stores Sessions and CDRs, judges all it is given, and misbehaves when told to."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from hwsim.ocpi_peer_conduct import Conduct, Mode
from hwsim.ocpi_peer_http import Party, envelope, judge_headers, response_headers, token_of
from hwsim.ocpi_peer_shelf import OK, Answer, Shelf
from hwsim.ocpi_peer_types import NotJson

VERSION = "2.2.1"
GENERIC_CLIENT_ERROR = 2000
GENERIC_SERVER_ERROR = 3000
CONFIGURATION_PATHS = ("/ocpi/versions", f"/ocpi/{VERSION}")
# A hung request is let go when its connection or the peer ends; nobody waits longer than this for that.
SHUTDOWN_S = 0.2
SHORT_ANSWERS: Mapping[Mode, Answer] = {
    Mode.REFUSE_HTTP: Answer(422, 2001, "this object is refused"),
    Mode.REFUSE_OCPI: Answer(200, 2001, "this object is refused"),
    Mode.STUMBLE: Answer(503, GENERIC_SERVER_ERROR, "out of breath"),
    Mode.STUMBLE_OCPI: Answer(200, GENERIC_SERVER_ERROR, "out of breath"),
    Mode.THROTTLE: Answer(429, GENERIC_CLIENT_ERROR, "too many requests"),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the specification, and the request it stood in."""

    request: str
    finding: str


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it came in, and the mode it met."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    mode: Mode


class OcpiPeer:
    """The server; `url` names its versions endpoint once `start` has returned.

    `tell(what, **detail)` hears of every Session and CDR stored and of every violation.
    """

    def __init__(
        self, token: str, *, party: Party, cpo: Party, tls: ssl.SSLContext | None, tell: Callable[..., None]
    ) -> None:
        self.shelf = Shelf()
        self.violations: list[Violation] = []
        self.requests: list[SeenRequest] = []
        self._token = token
        self._party = party
        self._cpo = cpo
        self._tls = tls
        self._tell = tell
        self._conduct = Conduct()
        self._let_go = asyncio.Event()
        self._request_ids: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self._tls else 'http'}://localhost:{self._port}"

    @property
    def url(self) -> str:
        """The versions endpoint, which is all that a CPO is told."""
        return f"{self.base}/ocpi/versions"

    def use_certificate(self, tls: ssl.SSLContext) -> None:
        """Show another certificate from the next start on."""
        self._tls = tls

    async def start(self, port: int = 0) -> None:
        """Listen; on a free port when none is given."""
        app = web.Application(client_max_size=2**22)
        app.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self._port, ssl_context=self._tls, reuse_address=True)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and every connection; what was stored stays."""
        self._let_go.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def behave(self, conduct: Conduct) -> None:
        """Behave like this from the next request on; going offline and coming back happen at once."""
        self._conduct = conduct
        self._let_go.set()
        self._let_go = asyncio.Event()
        self._tell("peer_mode", mode=conduct.mode.value, subject=conduct.subject or "every request")
        if conduct.mode is Mode.OFFLINE:
            await self.stop()
        elif self._runner is None:
            await self.start()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        mode = self._conduct.mode_for(subjects_of(request.path, body))
        if mode is not Mode.ACCEPT:
            self._conduct = self._conduct.after_one()
        self.requests.append(SeenRequest(request.method, request.path, dict(request.headers), body, mode))
        if mode is Mode.HANG:
            await self._let_go.wait()
            mode = Mode.STUMBLE
        if mode is Mode.HTML:
            return web.Response(text="<html><body><h1>It works!</h1></body></html>", content_type="text/html")
        if mode in SHORT_ANSWERS:
            return self._respond(request, SHORT_ANSWERS[mode], retry=mode is Mode.THROTTLE)
        answer = self._answer(request, body)
        if mode is Mode.LOSE_REPLY and request.transport is not None:
            request.transport.abort()
        return self._respond(request, answer)

    def _answer(self, request: web.Request, body: bytes) -> Answer:
        where = f"{request.method} {request.path}"

        def complain(finding: str) -> None:
            self.violations.append(Violation(where, finding))
            self._tell("violation", request=where, finding=finding)

        if token_of(request.headers) != self._token:
            return Answer(401, 2001, "unknown or missing token")
        for finding in judge_headers(request, functional=functional(request), sender=self._cpo, receiver=self._party):
            complain(finding)
        request_id = request.headers.get("X-Request-ID", "")
        self._request_ids[request_id] += 1
        if request_id and self._request_ids[request_id] > 1:
            complain(f"X-Request-ID {request_id} was used before")
        try:
            return self._route(request, body, complain)
        except NotJson as error:
            complain(str(error))
            return Answer(400, 2001, str(error))

    def _route(self, request: web.Request, body: bytes, complain: Callable[[str], None]) -> Answer:
        match request.path.strip("/").split("/"):
            case ["ocpi", "versions"] if request.method == "GET":
                listed = [{"version": VERSION, "url": f"{self.base}/ocpi/{VERSION}"}]
                return Answer(200, OK, data=json.dumps(listed).encode())
            case ["ocpi", version] if version == VERSION and request.method == "GET":
                return Answer(200, OK, data=json.dumps(self._details()).encode())
            case ["ocpi", "emsp", _, "sessions", country, party, session_id]:
                return self._serve_session(request.method, (country, party), session_id, body, complain)
            case ["ocpi", "emsp", _, "cdrs", *cdr_id]:
                return self._serve_cdr(request.method, "/".join(cdr_id), body, complain)
        return Answer(404, 2001, "nothing here")

    def _serve_session(
        self, method: str, owner: tuple[str, str], session_id: str, body: bytes, complain: Callable[[str], None]
    ) -> Answer:
        stored = self.shelf.sessions.get(session_id)
        if method == "PUT":
            return self._heard_session(session_id, self.shelf.put_session(owner, session_id, body, complain))
        if method == "PATCH":
            return self._heard_session(session_id, self.shelf.patch_session(owner, session_id, body, complain))
        if method != "GET":
            complain(f"{method} does not exist for Sessions")
            return Answer(405, 2001, f"{method} does not exist for Sessions")
        return Answer(200, OK, data=stored.body) if stored else Answer(404, 2001, f"no session {session_id}")

    def _serve_cdr(self, method: str, cdr_id: str, body: bytes, complain: Callable[[str], None]) -> Answer:
        stored = self.shelf.cdrs.get(cdr_id)
        if method == "POST" and not cdr_id:
            owner = (self._cpo.country_code, self._cpo.party_id)
            return self._heard_cdr(self.shelf.post_cdr(owner, body, complain))
        if method != "GET":
            complain(f"{method} does not exist for a CDR")
            return Answer(405, 2001, f"{method} does not exist for a CDR")
        return Answer(200, OK, data=stored.body) if stored else Answer(404, 2001, f"no CDR {cdr_id}")

    def _details(self) -> dict[str, object]:
        endpoint = f"{self.base}/ocpi/emsp/{VERSION}"
        return {
            "version": VERSION,
            "endpoints": [
                {"identifier": module, "role": "RECEIVER", "url": f"{endpoint}/{module}"}
                for module in ("sessions", "cdrs")
            ],
        }

    def _heard_session(self, session_id: str, answer: Answer) -> Answer:
        if answer.ocpi == OK:
            value = self.shelf.sessions[session_id].value
            self._tell(
                "session",
                id=session_id,
                status=str(value["status"]),
                evse=str(value["evse_uid"]),
                kwh=str(value["kwh"]),
            )
        return answer

    def _heard_cdr(self, answer: Answer) -> Answer:
        if answer.location_id is not None:
            stored = self.shelf.cdrs[answer.location_id]
            self._tell(
                "cdr",
                id=answer.location_id,
                kwh=str(stored.value["total_energy"]),
                evse=str(stored.value["cdr_location"]["evse_uid"]),
                replays=str(stored.replays),
            )
        return answer

    def _respond(self, request: web.Request, answer: Answer, *, retry: bool = False) -> web.Response:
        headers = response_headers(request, functional=functional(request), sender=self._cpo, receiver=self._party)
        if answer.location_id is not None:
            headers["Location"] = f"{self.base}/ocpi/emsp/{VERSION}/cdrs/{answer.location_id}"
        if retry:
            headers["Retry-After"] = str(self._conduct.retry_after_s)
        return web.Response(status=answer.http, body=envelope(answer), headers=headers, content_type="application/json")


def functional(request: web.BaseRequest) -> bool:
    """Tell a functional module's URL from one of versions."""
    return request.path.rstrip("/") not in CONFIGURATION_PATHS


def subjects_of(path: str, body: bytes) -> frozenset[str]:
    """Name what a request is about: its path's parts, a Session's id among them, and a CDR's id from the body."""
    parts = frozenset(path.strip("/").split("/"))
    try:
        value = json.loads(body)
    except ValueError:
        return parts
    return parts | {str(value["id"])} if isinstance(value, dict) and "id" in value else parts
