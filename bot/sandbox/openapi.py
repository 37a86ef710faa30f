"""How each API call is answered: faults, token, answer, delay."""

import asyncio
import json
import secrets
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import takewhile
from typing import Any

from aiohttp import web

from bot.sandbox.api import APIS, Api, Call, Json, Refused, State

_BAD_TOKEN = Refused(40014, "不合法的access_token", "InvalidAuthentication")
_QPS = Refused(90018, "当前接口调用频率超过限制", "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")
_NOT_JSON = Refused(
    43009, "the body must be a JSON object, sent as application/json", "MissingBody"
)
_BROKEN = {"code": "system.error", "message": "system error", "errcode": -1, "errmsg": "系统繁忙"}

Answered = tuple[int, Json | str]  # status and body; a text is sent as it is


def routes(state: State) -> list[web.RouteDef]:
    """Return all APIs of both hosts, and of the signed clock-in service."""
    return [web.route(api.method, api.path, partial(_serve, state, api)) for api in APIS]


async def _serve(state: State, api: Api, request: web.Request) -> web.Response:
    started = state.clock.monotonic()
    call = Call(state.now(), api.name, request.path, request.headers.get("Authorization", ""))
    state.requests.append(call)
    status, body = await _execute(state, api, request, call)
    slow_ms = state.faults.take("api_slow_ms", *api.tags)
    if slow_ms:
        await asyncio.sleep(slow_ms / 1000)
    if state.faults.take("accept_then_hang", *api.tags):
        state.feed.publish("call", call)
        await asyncio.Event().wait()  # until the sandbox stops
    call.status = status
    call.answer = body
    call.ms = round((state.clock.monotonic() - started) * 1000, 1)
    state.feed.publish("call", call)
    if isinstance(body, str):
        return web.Response(status=status, text=body, content_type="text/html")
    return web.json_response(body, status=status, dumps=partial(json.dumps, ensure_ascii=False))


async def _execute(state: State, api: Api, request: web.Request, call: Call) -> Answered:
    is_form = request.content_type == "multipart/form-data"
    form = await request.post() if is_form else {}
    raw = await request.read()
    body: object = None
    with suppress(ValueError):
        body = json.loads(raw)
    fields = body if isinstance(body, dict) else {}
    call.request = {**fields, **request.query}
    try:
        if by_fault := _answer_by_fault(state, api):
            return by_fault
        if api.takes_json and (body is not fields or request.content_type != "application/json"):
            raise _NOT_JSON
        if api.token:
            _check_token(state, api, request)
        answer = api.answer(call.request, state=state, request=request, raw=raw, **form)
    except Refused as refused:
        return _refusal(api, refused)
    if not api.new_host:
        answer = {"errcode": 0, "errmsg": "ok", **answer}
    return 200, answer


def _answer_by_fault(state: State, api: Api) -> Answered | None:
    """Return the answer of an API that is broken, or None. Raises Refused."""

    def take(name: str) -> Any:
        return state.faults.take(name, *api.tags)

    if take("http_500"):
        return 500, _BROKEN
    if scripted := take("answer"):
        return scripted.get("status", 200), scripted.get("body", "")
    limit = take("qps_limit")
    if take("qps") or (limit and _calls_in_a_second(state, api) > limit):
        raise _QPS
    if take("permission"):
        code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
        raise Refused(60011, f"没有调用该接口的权限: {api.scope or api.name}", code)
    return None


def _calls_in_a_second(state: State, api: Api) -> int:
    """Return how many calls of an API came within the last second, the present one included."""
    since = state.now() - timedelta(seconds=1)
    recent = takewhile(lambda call: call.at > since, reversed(state.requests))
    return sum(call.api == api.name for call in recent)


def _check_token(state: State, api: Api, request: web.Request) -> None:
    header = request.headers.get("x-acs-dingtalk-access-token")
    query = request.query.get("access_token")
    given = (header if api.new_host else query) or ""
    if state.faults.take("token_expired", *api.tags):
        state.token = state.make_secret()
    if not secrets.compare_digest(given.encode(), state.token.encode()):
        raise _BAD_TOKEN


def _refusal(api: Api, refused: Refused) -> Answered:
    if api.new_host:
        return 400, {"code": refused.code, "message": refused.message}
    return 200, {"errcode": refused.errcode, "errmsg": refused.message}
