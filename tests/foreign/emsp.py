"""An eMSP made of somebody else's OCPI implementation, extrawest-ocpi; runs in an environment of its own.

    .venv/foreign/bin/python tests/foreign/emsp.py PORT TOKEN_A replaces|appends

Everything below /ocpi is that library's. What it leaves to its user is here: where objects are kept, which tokens
are known, and whether a PATCH's charging periods replace the ones before or are appended to them. Below /desk a test
has the eMSP act, and sees what it has: the library has no client but for pushes.
"""

# The methods' signatures are the library's.
# ruff: noqa: ANN001, ANN002, ANN003, ANN206, A002, ARG003

import contextvars
import os
import sys
from collections import defaultdict
from typing import Any
from uuid import uuid4

PORT, TOKEN_A, PATCH_MODE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.environ |= {
    "OCPI_HOST": f"127.0.0.1:{PORT}",
    "PROTOCOL": "http",
    "COUNTRY_CODE": "DE",
    "PARTY_ID": "MSP",
    "CI_STRING_LOWERCASE_PREFERENCE": "false",
}

import httpx  # noqa: E402 - the library reads its settings from the environment as it is imported
import uvicorn  # noqa: E402
from fastapi import Request  # noqa: E402
from fastapi.encoders import jsonable_encoder  # noqa: E402
from py_ocpi import get_application  # noqa: E402
from py_ocpi.core.authentication.authenticator import Authenticator  # noqa: E402
from py_ocpi.core.crud import Crud  # noqa: E402
from py_ocpi.core.enums import ModuleID, RoleEnum  # noqa: E402
from py_ocpi.core.utils import encode_string_base64  # noqa: E402
from py_ocpi.modules.cdrs.v_2_2_1.schemas import Cdr  # noqa: E402
from py_ocpi.modules.commands.v_2_2_1 import schemas as commands  # noqa: E402
from py_ocpi.modules.credentials.v_2_2_1.schemas import Credentials  # noqa: E402
from py_ocpi.modules.locations.v_2_2_1.schemas import EVSE, Connector, Location  # noqa: E402
from py_ocpi.modules.sessions.v_2_2_1.schemas import Session  # noqa: E402
from py_ocpi.modules.tariffs.v_2_2_1.schemas import Tariff  # noqa: E402
from py_ocpi.modules.tokens.v_2_2_1.schemas import AuthorizationInfo, Token  # noqa: E402
from py_ocpi.modules.versions.enums import VersionNumber  # noqa: E402

COMMANDS = {
    "START_SESSION": commands.StartSession,
    "STOP_SESSION": commands.StopSession,
    "RESERVE_NOW": commands.ReserveNow,
    "CANCEL_RESERVATION": commands.CancelReservation,
    "UNLOCK_CONNECTOR": commands.UnlockConnector,
}
method = contextvars.ContextVar("method", default="")


class Shelf:
    """What the eMSP has: the newest state of each object, and every state of it in order."""

    def __init__(self) -> None:
        self.tokens_a = [TOKEN_A]
        self.tokens_c: list[str] = []
        self.gateway: dict[str, Any] = {}
        self.objects: dict[str, dict[str, Any]] = defaultdict(dict)
        self.states: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self.asked: list[Any] = []

    def put(self, module: ModuleID, object_id: str, data: dict[str, Any]) -> dict[str, Any]:
        self.objects[module.value][object_id] = data
        self.states[module.value][object_id].append(data)
        return data

    def endpoint(self, module: str, role: str) -> str:
        [url] = [
            one["url"]
            for one in self.gateway["endpoints"]["endpoints"]
            if (one["identifier"], one["role"]) == (module, role)
        ]
        return url.rstrip("/")


shelf = Shelf()


class Keeping(Crud):
    @classmethod
    async def get(cls, module, role, id, *args, **kwargs):
        return shelf.objects[module.value].get(str(id))

    @classmethod
    async def list(cls, module, role, filters, *args, **kwargs):
        everything = list(shelf.objects[module.value].values())
        page = everything[filters["offset"] : filters["offset"] + filters["limit"]]
        return page, len(everything), filters["offset"] + filters["limit"] >= len(everything)

    @classmethod
    async def create(cls, module, role, data, *args, **kwargs):
        if module is ModuleID.credentials_and_registration:
            return _let_in(data)
        return shelf.put(module, str(data.get("uid") or data["id"]), data)

    @classmethod
    async def update(cls, module, role, data, id, *args, **kwargs):
        if module is ModuleID.credentials_and_registration:
            return _let_in(data)
        before = shelf.objects[module.value].get(str(id), {})
        if method.get() == "PATCH" and PATCH_MODE == "appends" and data.get("charging_periods"):
            known = before.get("charging_periods", [])
            data["charging_periods"] = [*known, *(one for one in data["charging_periods"] if one not in known)]
        return shelf.put(module, str(id), data)

    @classmethod
    async def delete(cls, module, role, id, *args, **kwargs):
        shelf.tokens_c.clear()
        shelf.gateway.clear()

    @classmethod
    async def do(cls, module, role, action, *args, data=None, **kwargs):
        shelf.asked.append(data)
        token = shelf.objects["tokens"][data["token_uid"]]
        allowed = "ALLOWED" if token["valid"] else "BLOCKED"
        return {"allowed": allowed, "token": token, "authorization_reference": "REALTIME-1"}


def _let_in(data: dict[str, Any]) -> dict[str, Any]:
    token = uuid4().hex
    shelf.tokens_a, shelf.tokens_c = [], [token]
    shelf.gateway = {"credentials": data["credentials"], "endpoints": data["endpoints"]}
    return credentials(token)


def credentials(token: str) -> dict[str, Any]:
    role = {"role": "EMSP", "party_id": "MSP", "country_code": "DE", "business_details": {"name": "Foreign"}}
    return {"token": token, "url": f"http://127.0.0.1:{PORT}/ocpi/versions", "roles": [role]}


class Shapes:
    """Values to the library's own classes, which judge them."""

    @classmethod
    def session_adapter(cls, data, version=None):
        return Session(**data)

    @classmethod
    def cdr_adapter(cls, data, version=None):
        return Cdr(**data)

    @classmethod
    def token_adapter(cls, data, version=None):
        return Token(**data)

    @classmethod
    def tariff_adapter(cls, data, version=None):
        return Tariff(**data)

    @classmethod
    def location_adapter(cls, data, version=None):
        return Location(**data)

    @classmethod
    def evse_adapter(cls, data, version=None):
        return EVSE(**data)

    @classmethod
    def connector_adapter(cls, data, version=None):
        return Connector(**data)

    @classmethod
    def credentials_adapter(cls, data, version=None):
        return Credentials(**data)

    @classmethod
    def authorization_adapter(cls, data, version=None):
        return AuthorizationInfo(**data)


class Doorkeeper(Authenticator):
    @classmethod
    async def get_valid_token_a(cls) -> list[str]:
        return shelf.tokens_a

    @classmethod
    async def get_valid_token_c(cls) -> list[str]:
        return shelf.tokens_c


app = get_application(
    version_numbers=[VersionNumber.v_2_2_1],
    roles=[RoleEnum.emsp],
    crud=Keeping,
    modules=[
        ModuleID.credentials_and_registration,
        ModuleID.locations,
        ModuleID.sessions,
        ModuleID.cdrs,
        ModuleID.tariffs,
        ModuleID.tokens,
        ModuleID.commands,
    ],
    authenticator=Doorkeeper,
    adapter=Shapes,
    http_push=True,
)


@app.middleware("http")
async def remember_method(request: Request, call_next: Any) -> Any:
    method.set(request.method)
    return await call_next(request)


@app.get("/desk")
async def see() -> Any:
    seen = {"objects": shelf.objects, "states": shelf.states, "asked": shelf.asked, "gateway": shelf.gateway}
    return jsonable_encoder(seen)


@app.put("/desk/tokens/{uid}")
async def hand_out(uid: str, request: Request) -> Any:
    """Have the eMSP hand out a token: kept here, and pushed by the library where the query says so."""
    shelf.put(ModuleID.tokens, uid, Token(**await request.json()).dict())
    if request.query_params.get("push") == "no":
        return {}
    # The library's push reads its own token's data from us, and asks the gateway's version details where to put it.
    known = shelf.gateway["credentials"]
    versions_url = known["url"]
    headers = {"Authorization": f"Token {encode_string_base64(known['token'])}"}
    async with httpx.AsyncClient() as http:
        listed = (await http.get(versions_url, headers=headers)).json()["data"]
        [details_url] = [one["url"] for one in listed if one["version"] == "2.2.1"]
        mine = {"Authorization": f"Token {encode_string_base64(shelf.tokens_c[0])}"}
        receivers = [{"endpoints_url": details_url, "auth_token": known["token"]}]
        push = {"module_id": "tokens", "object_id": uid, "receivers": receivers}
        answer = await http.post(f"http://127.0.0.1:{PORT}/push/2.2.1", json=push, headers=mine)
    return answer.json()


@app.post("/desk/commands/{kind}")
async def command(kind: str, request: Request) -> Any:
    """Have the eMSP send a command, judged by the library's class; the result comes to the library's endpoint."""
    uid = uuid4().hex
    response_url = f"http://127.0.0.1:{PORT}/ocpi/emsp/2.2.1/commands/{uid}"
    body = COMMANDS[kind](response_url=response_url, **await request.json())
    headers = {
        "Authorization": f"Token {encode_string_base64(shelf.gateway['credentials']['token'])}",
        "X-Request-ID": uuid4().hex,
        "X-Correlation-ID": uuid4().hex,
        "OCPI-from-country-code": "DE",
        "OCPI-from-party-id": "MSP",
        "OCPI-to-country-code": request.query_params["country_code"],
        "OCPI-to-party-id": request.query_params["party_id"],
    }
    sent = jsonable_encoder(body, exclude_none=True)
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{shelf.endpoint('commands', 'RECEIVER')}/{kind}", json=sent, headers=headers)
    return {"uid": uid, "status": answer.status_code, "answer": answer.json()}


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
