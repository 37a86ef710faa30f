"""The door of the API: tokens, limits, parameters and errors of each call."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import cached_property
from typing import Any

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
    Problem,
    PunchesQuery,
)
from bot.web.api.reads import ApiReads
from bot.web.api.tools import Tools
from bot.web.guards import Gate, log_error

AT_ONCE = 2  # calls that read at the same time, so that people come first
_LEDGER = frozenset({TokenScope.LEDGER})
_ACCOUNTS = _LEDGER | {TokenScope.DAYS}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiDoor:
    """Answers `/api/v1` and `/mcp`. Nothing that a caller does reaches DingTalk."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._gate = Gate(services.clock.monotonic, proxies=services.settings.web.trusted_proxies)
        self._turns = asyncio.Semaphore(AT_ONCE)
        reads = ApiReads(services)
        self._tools = Tools(reads)
        self._endpoints: Mapping[str, Endpoint] = {
            endpoint.path.partition("/")[0]: endpoint
            for endpoint in (
                Endpoint("people", PageQuery, ApiPage[ApiPerson], _ACCOUNTS, reads.people),
                Endpoint("days", DaysQuery, ApiPage[ApiDay], _ACCOUNTS, reads.days),
                Endpoint("months/{month}", MonthQuery, ApiPage[ApiMonth], _ACCOUNTS, reads.months),
                Endpoint("punches", PunchesQuery, ApiPage[ApiPunch], _LEDGER, reads.punches),
            )
        }

    @cached_property
    def _description(self) -> dict[str, Any]:
        return describe(self._endpoints.values())

    def routes(self) -> list[web.RouteDef]:
        """Return two routes for all calls, so that no call passes the door unchecked."""
        return [
            web.route("*", f"{PATH}/{{rest:(?s:.*)}}", self._guard(self._answer)),
            web.route("*", "/mcp", self._guard(self._answer_assistant)),
        ]

    def _guard(self, answer: Handler) -> Handler:
        """Return a handler that keeps the limits and answers errors as problem documents."""

        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                if not self._gate.lets_in(self._gate.address_of(request)):
                    raise Problem(429, "Too many calls from this address.")
                async with asyncio.timeout(self._services.patience.body_s):
                    await request.read()
                async with self._turns:
                    return await answer(request)
            except Problem as problem:
                return problem.response()
            except (TimeoutError, web.HTTPRequestEntityTooLarge):
                return Problem(413, "The body is too large, or did not come in time.").response()
            except StoreRefused as error:
                return Problem(
                    503, f"The database does not answer ({log_error(error)})."
                ).response()
            except Exception as error:  # noqa: BLE001 - the boundary of the API
                return Problem(500, f"This is a bug: reference {log_error(error)}.").response()

        return serve

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        rest = request.match_info["rest"]
        if rest == "openapi.json" and request.method == "GET":
            return web.json_response(self._description)
        token = await self._admit(request)
        name, _, part = rest.partition("/")
        endpoint = self._endpoints.get(name)
        if endpoint is None or ("/" in rest) != bool(endpoint.part):
            raise Problem(404, "There is no such path.")
        _check(request, token, "GET", endpoint.scopes)
        query = _parse(endpoint, part, request)
        return _response(await endpoint.read(token.user_id, query), request)

    async def _answer_assistant(self, request: web.Request) -> web.StreamResponse:
        if "Origin" in request.headers:
            raise Problem(403, "No page of a browser may call this.")
        token = await self._admit(request)
        _check(request, token, "POST", frozenset({TokenScope.MCP}))
        answer = await self._tools.answer(token.user_id, await request.read())
        return web.Response(status=202) if answer is None else web.json_response(answer)

    async def _admit(self, request: web.Request) -> ApiToken:
        """Return the token of a call, and count the call. Raises Problem."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        store = self._services.store
        token = await store.tokens.with_hash(hash_of(secret)) if kind.lower() == "bearer" else None
        await self._services.directory.catch_up()
        if (
            token is None
            or token.expires_at <= self._services.now
            or self._services.directory.employee(token.user_id) is None
        ):
            raise Problem(401, "The token is not known, has expired, or its person has left.")
        if not self._gate.people.take(token.token_id):
            raise Problem(429, "Too many calls with this token.")
        await store.tokens.note_use(token)
        return token


def _check(
    request: web.Request, token: ApiToken, method: str, scopes: Collection[TokenScope]
) -> None:
    """Raise Problem for a wrong method or scope."""
    if request.method != method:
        raise Problem(405, f"Use {method}.", allow=method)
    if token.scope not in scopes:
        raise Problem(403, f"A token of the scope {token.scope} may not read this.")


def _parse(endpoint: Endpoint, part: str, request: web.Request) -> BaseModel:
    """Return the parameters. Raises Problem, which names the first wrong one."""
    given = [*request.query.items(), *([(endpoint.part, part)] if endpoint.part else [])]
    try:
        return endpoint.query.model_validate_strings(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(400, first["msg"], field=str(first["loc"][0])) from None


def _response(answer: BaseModel, request: web.Request) -> web.Response:
    """Return the answer, or 304 for a caller who has it."""
    body = answer.model_dump_json()
    etag = hashlib.sha256(body.encode()).hexdigest()
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache"}
    known = {tag.value for tag in request.if_none_match or ()}
    if known & {etag, "*"}:
        return web.Response(status=304, headers=headers)
    return web.Response(text=body, content_type="application/json", headers=headers)
