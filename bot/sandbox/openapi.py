"""How each API call is answered: faults, token, permission, answer, delay."""

import asyncio
import json
import secrets
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.api import APIS, Api, Call, Json, Refused, State, api

_HTML = (
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Service "
    "unavailable</h1></body></html>"
)
_BAD_TOKEN = Refused(40014, "InvalidAuthentication", "不合法的access_token")
_QPS = Refused(
    90018, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "当前接口调用频率超过限制", status=403
)
_QUOTA = Refused(
    90020, "Forbidden.AccessDenied.ApiCountLimitForOrg", "本月接口调用量已用完", status=403
)
_NO_SUCH_API = Refused(
    22, "InvalidAction.NotFound", "Invalid method[submsg=不合法ApiName]", status=404
)
_NOT_JSON = Refused(
    43009, "MissingBody", "the body must be a JSON object, sent as application/json"
)
_BROKEN = {"code": "system.error", "message": "system error", "errcode": -1, "errmsg": "系统繁忙"}
_JSON = "application/json"

Answered = tuple[int, Json | str, str]  # status, body (a text is sent as it is) and its type


class OpenApi:
    """All APIs of both hosts, and of the signed clock-in service, on one port."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._recent: dict[str, list[float]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.route(api.method, api.path, partial(self._serve, api)) for api in APIS]

    async def _serve(self, api: Api, request: web.Request) -> web.Response:
        state = self._state
        started = self._state.clock.monotonic()
        call = Call(state.now(), api.name, request.path, request.headers.get("Authorization", ""))
        state.requests.append(call)
        status, body, content_type = self._execute(api, request, await request.read(), call)
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
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        return web.Response(status=status, text=text, content_type=content_type)

    def _execute(self, api: Api, request: web.Request, raw: bytes, call: Call) -> Answered:
        body: Any = None
        with suppress(ValueError):
            body = json.loads(raw)
        is_object = isinstance(body, dict)
        call.request = {**(body if is_object else {}), **request.query}
        broken = self._answer_by_fault(api)
        if broken:
            return broken
        try:
            if api.takes_json and (not is_object or request.content_type != _JSON):
                raise _NOT_JSON
            self._check_faults(api)
            if api.token:
                self._check_token(api, request)
            answer = api.answer(call.request, state=self._state, request=request, raw=raw)
        except Refused as refused:
            return _refusal(api, refused)
        if not api.new_host:
            answer = {"errcode": 0, "errmsg": "ok", **answer, "request_id": secrets.token_hex(6)}
        return 200, answer, _JSON

    def _answer_by_fault(self, api: Api) -> Answered | None:
        """Return the answer of an API that is broken, or None."""
        take = self._state.faults.take
        if take("http_500", *api.tags):
            return 500, _BROKEN, _JSON
        if html := take("html", *api.tags):
            return 200 if html is True else int(html), _HTML, "text/html"
        if scripted := take("answer", *api.tags):
            return scripted.get("status", 200), scripted.get("body", ""), _JSON
        return None

    def _check_faults(self, api: Api) -> None:
        take = self._state.faults.take
        limit = take("qps_limit", *api.tags)
        if limit:
            now = self._state.clock.monotonic()
            recent = [moment for moment in self._recent.get(api.name, ()) if now - moment < 1]
            if len(recent) >= limit:
                raise _QPS
            self._recent[api.name] = [*recent, now]
        if take("qps", *api.tags):
            raise _QPS
        if api.counted and take("quota", *api.tags):
            raise _QUOTA
        if take("permission", *api.tags):
            code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
            raise Refused(60011, code, f"没有调用该接口的权限: {api.scope or api.name}", status=403)

    def _check_token(self, api: Api, request: web.Request) -> None:
        header = request.headers.get("x-acs-dingtalk-access-token")
        query = request.query.get("access_token")
        given = (header if api.new_host else query) or ""
        token = self._state.token
        expired = self._state.faults.take("token_expired", *api.tags)
        if expired or not secrets.compare_digest(given.encode(), token.encode()):
            raise _BAD_TOKEN


def _refuse_unknown() -> Json:
    raise _NO_SUCH_API


for _path in ("/topapi/{_:.*}", "/v1.0/{_:.*}"):
    api("unknown", _path, method="*", token=False)(_refuse_unknown)


def _refusal(api: Api, refused: Refused) -> Answered:
    request_id = secrets.token_hex(6)
    if api.new_host:
        return (
            refused.status,
            {"code": refused.code, "requestid": request_id, "message": refused.message},
            _JSON,
        )
    body: Json = {"errcode": refused.errcode, "errmsg": refused.message}
    if refused is _BAD_TOKEN and api.path.startswith("/topapi/"):
        message = f"ding talk error[subcode={refused.errcode},submsg={refused.message}]"
        body = {
            "errcode": 88,
            "errmsg": message,
            "sub_code": str(refused.errcode),
            "sub_msg": refused.message,
        }
    return 200, {**body, "request_id": request_id}, _JSON
