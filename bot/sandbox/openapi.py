"""The way every API call takes: log, faults, token, permission, answer, delay."""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.api import Api, Ask, Json, Refused, State
from bot.sandbox.calls import Call, masked

_HTML = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Service unavailable</h1></body></html>"
_BAD_TOKEN = Refused(40014, "InvalidAuthentication", "不合法的access_token")
_QPS = Refused(90018, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "当前接口调用频率超过限制", status=403)
_QUOTA = Refused(90020, "Forbidden.AccessDenied.ApiCountLimitForOrg", "本月接口调用量已用完", status=403)
_NO_SUCH_API = Refused(22, "InvalidAction.NotFound", "Invalid method[submsg=不合法ApiName]", status=404)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. A `body` that is a text is sent as it is."""

    status: int
    body: Json | str
    content_type: str = "application/json"

    def response(self) -> web.Response:
        """Return it as an HTTP response."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return web.Response(status=self.status, text=text, content_type=self.content_type)


class OpenApi:
    """All APIs of both hosts, and of the signed clock-in service, on one port."""

    def __init__(self, state: State, apis: Iterable[Api]) -> None:
        self._state = state
        self._apis = tuple(apis)
        self._recent: dict[str, deque[float]] = {}
        self._over = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of all APIs, and those of the addresses at which there is none."""
        known = [web.route(api.method, api.path, self._handler(api)) for api in self._apis]
        elsewhere = [web.route("*", path, self._unknown) for path in ("/topapi/{rest:.*}", "/v1.0/{rest:.*}")]
        return known + elsewhere

    def stop(self) -> None:
        """Let the calls go that were never to be answered."""
        self._over.set()

    def _handler(self, api: Api) -> Any:
        async def handle(request: web.Request) -> web.Response:
            return await self._serve(api, request)

        return handle

    async def _unknown(self, request: web.Request) -> web.Response:
        path = request.path
        return await self._serve(Api("unknown", path, _nothing_here, method=request.method, token=False), request)

    async def _serve(self, api: Api, request: web.Request) -> web.Response:
        started = self._state.clock.monotonic()
        self._state.rates.note(api.name, started)
        call = self._state.calls.open(self._state.now(), api.name, api.kind, request.method, request.path)
        raw = await request.read()
        answer = self._execute(api, request, raw, call)
        try:
            await self._hold_back(api, call)
            call.status = answer.status
            call.answer = masked(answer.body)
        finally:  # also when the caller gave up waiting
            call.ms = round((self._state.clock.monotonic() - started) * 1000, 1)
            self._state.feed.publish("call", call)
        return answer.response()

    def _execute(self, api: Api, request: web.Request, raw: bytes, call: Call) -> Answer:
        """Return what an API answers; the call's log entry learns what was asked."""
        call.headers = _shown_headers(request)
        broken = _broken(self._state, api)
        try:
            body = _read_body(api, request, raw)
            call.request = masked({**body, **request.query})
            if broken is not None:
                return broken
            self._check_rate(api)
            _check_faults(self._state, api)
            ask = Ask(_address(request), request.query, request.headers, body, call, raw)
            _check_token(self._state, api, ask)
            return _success(api, api.answer(self._state, ask))
        except Refused as refused:
            return broken or _refusal(api, refused)

    async def _hold_back(self, api: Api, call: Call) -> None:
        """Answer later, or not before the sandbox stops, when a fault says so."""
        slow_ms = self._state.faults.take("api_slow_ms", *api.tags)
        if slow_ms:
            await asyncio.sleep(slow_ms / 1000)
        if self._state.faults.take("accept_then_hang", *api.tags):
            self._state.feed.publish("call", call)
            await self._over.wait()

    def _check_rate(self, api: Api) -> None:
        """Refuse what really is above the rate that the fault `qps_limit` allows."""
        limit = self._state.faults.take("qps_limit", *api.tags)
        if not limit:
            return
        now = self._state.clock.monotonic()
        recent = self._recent.setdefault(api.name, deque())
        while recent and now - recent[0] >= 1:
            recent.popleft()
        if len(recent) >= limit:
            raise _QPS
        recent.append(now)


def _nothing_here(state: State, ask: Ask) -> Json:
    raise _NO_SUCH_API


def _address(request: web.Request) -> str:
    return str(request.url.with_query(None))


def _shown_headers(request: web.Request) -> dict[str, str]:
    kept = ("Content-Type", "Authorization", "User-Agent")
    return {name: request.headers[name] for name in kept if name in request.headers}


def _broken(state: State, api: Api) -> Answer | None:
    """Return the answer of an API that is in no state to look at the call."""
    if state.faults.take("http_500", *api.tags):
        return Answer(
            500, {"code": "system.error", "message": "system error", "errcode": -1, "errmsg": "系统繁忙"}
        )
    html = state.faults.take("html", *api.tags)
    if html:
        return Answer(200 if html is True else int(html), _HTML, "text/html")
    told: Json | None = state.faults.take("answer", *api.tags)
    if told:
        return Answer(told.get("status", 200), told.get("body", ""), told.get("content_type", "application/json"))
    return None


def _read_body(api: Api, request: web.Request, raw: bytes) -> Json:
    if not api.json or request.method == "GET":
        return {}
    if request.content_type != "application/json":
        raise Refused(43009, "MissingBody", "the body must be sent as application/json")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(40035, "InvalidBody", "the body must be a JSON object")
    return body


def _check_faults(state: State, api: Api) -> None:
    if state.faults.take("qps", *api.tags):
        raise _QPS
    if api.counted and state.faults.take("quota", *api.tags):
        raise _QUOTA
    if state.faults.take("permission", *api.tags):
        detail = {"accessdenieddetail": {"requiredScopes": [api.scope or api.name]}} if api.new_host else {}
        code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
        raise Refused(60011, code, f"没有调用该接口的权限: {api.scope or api.name}", status=403, extra=detail)


def _check_token(state: State, api: Api, ask: Ask) -> None:
    if not api.token:
        return
    header, query = ask.headers.get("x-acs-dingtalk-access-token", ""), ask.query.get("access_token", "")
    token = header if api.new_host else query
    if state.faults.take("token_expired", *api.tags) or not state.tokens.valid(token):
        raise _BAD_TOKEN


def _success(api: Api, body: Json) -> Answer:
    if api.new_host:
        return Answer(200, body)
    return Answer(200, {"errcode": 0, "errmsg": "ok", **body, "request_id": secrets.token_hex(6)})


def _refusal(api: Api, refused: Refused) -> Answer:
    request_id = secrets.token_hex(6)
    if api.new_host:
        body = {"code": refused.code, "requestid": request_id, "message": refused.message, **refused.extra}
        return Answer(refused.status, body)
    if refused is _BAD_TOKEN and urlsplit(api.path).path.startswith("/topapi/"):
        sub = {"sub_code": str(refused.errcode), "sub_msg": refused.message}
        message = f"ding talk error[subcode={refused.errcode},submsg={refused.message}]"
        return Answer(200, {"errcode": 88, "errmsg": message, **sub, "request_id": request_id})
    return Answer(200, {"errcode": refused.errcode, "errmsg": refused.message, "request_id": request_id})
