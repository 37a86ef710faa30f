"""The door of the API: tokens, limits, parameters and errors of each call."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.domain.tokens import ApiToken, TokenScope, hash_of
from bot.errors import StoreRefused
from bot.services.services import Services
from bot.web.api.description import PATH, Endpoint, describe
from bot.web.api.models import (
    ApiDay,
    ApiMonth,
    ApiPage,
    ApiPerson,
    ApiPunch,
    DaysQuery,
    MonthQuery,
    PageQuery,
    PunchesQuery,
)
from bot.web.api.problems import Problem
from bot.web.api.reads import ApiReads
from bot.web.guards import Gate, log_error

log = logging.getLogger(__name__)
AT_ONCE = 2  # calls that read at the same time, so that people come first
_LEDGER = frozenset({TokenScope.LEDGER})
_ACCOUNTS = _LEDGER | {TokenScope.DAYS}


class ApiDoor:
    """Answers `/api/v1`. Nothing that a caller does reaches DingTalk."""

    def __init__(self, services: Services) -> None:
        base = services.base
        self._services = services
        self._gate = Gate(base.clock.monotonic, proxies=base.settings.web.trusted_proxies)
        self._turns = asyncio.Semaphore(AT_ONCE)
        reads = ApiReads(services)
        self._endpoints: Mapping[str, Endpoint] = {
            endpoint.path.partition("/")[0]: endpoint
            for endpoint in (
                Endpoint("people", PageQuery, ApiPage[ApiPerson], _ACCOUNTS, reads.people),
                Endpoint("days", DaysQuery, ApiPage[ApiDay], _ACCOUNTS, reads.days),
                Endpoint("months/{month}", MonthQuery, ApiPage[ApiMonth], _ACCOUNTS, reads.months),
                Endpoint("punches", PunchesQuery, ApiPage[ApiPunch], _LEDGER, reads.punches),
            )
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the one route of all calls, so that no call passes the door unchecked."""
        return [web.route("*", f"{PATH}/{{rest:(?s:.*)}}", self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            if not self._gate.lets_in(self._gate.address_of(request)):
                raise Problem(429, "Too many calls from this address.")
            async with self._turns:
                return await self._answer(request)
        except Problem as problem:
            return problem.response()
        except StoreRefused as error:
            reference = log_error(error)
            return Problem(503, f"The database does not answer ({reference}).").response()
        except Exception as error:  # noqa: BLE001 - the boundary of the API
            return Problem(500, f"This is a bug: reference {log_error(error)}.").response()

    async def _answer(self, request: web.Request) -> web.Response:
        rest = request.match_info["rest"]
        if rest == "openapi.json" and request.method == "GET":
            return web.json_response(describe(self._endpoints.values()))
        token = await self._admit(request)
        name, _, part = rest.partition("/")
        endpoint = self._endpoints.get(name)
        if endpoint is None or ("/" in rest) != bool(endpoint.part):
            raise Problem(404, "There is no such path.")
        if request.method != "GET":
            raise Problem(405, "Everything here is read with GET.")
        if token.scope not in endpoint.scopes:
            raise Problem(403, f"A token of the scope {token.scope} may not read this.")
        query = _parse(endpoint, part, request)
        return _response(await endpoint.read(token.user_id, query), request)

    async def _admit(self, request: web.Request) -> ApiToken:
        """Return the token of a call, and count the call. Raises Problem."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        store = self._services.base.store
        token = await store.tokens.with_hash(hash_of(secret)) if kind.lower() == "bearer" else None
        await self._services.directory.follow()
        if (
            token is None
            or token.expires_at <= self._services.base.now
            or self._services.directory.employee(token.user_id) is None
        ):
            raise Problem(401, "The token is not known, has expired, or its person has left.")
        if not self._gate.people.take(token.token_id):
            raise Problem(429, "Too many calls with this token.")
        await store.tokens.note_use(token)
        return token


def _parse(endpoint: Endpoint, part: str, request: web.Request) -> BaseModel:
    """Return the parameters. Raises Problem, which names the first wrong one."""
    given = [*request.query.items(), *([(endpoint.part, part)] if endpoint.part else [])]
    names = [name for name, _ in given]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Problem(400, "The parameter is there twice.", field=twice[0])
    try:
        return endpoint.query.model_validate_strings(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Problem(400, first["msg"], field=".".join(map(str, first["loc"]))) from None


def _response(answer: BaseModel, request: web.Request) -> web.Response:
    """Return the answer, or 304 for a caller who has it."""
    body = answer.model_dump_json()
    etag = hashlib.sha256(body.encode()).hexdigest()[:32]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    known = {tag.value for tag in request.if_none_match or ()}
    if known & {etag, "*"}:
        return web.Response(status=304, headers=headers)
    return web.Response(text=body, content_type="application/json", headers=headers)
