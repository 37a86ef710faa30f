"""How a function answers a route of the control API under `/_sandbox`, and who may call it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from inspect import isawaitable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import validate_call

from bot.sandbox.cards import NotAnswered
from bot.sandbox.client import LOOPBACK
from bot.sandbox.gateway import NoBotConnected

_STATUSES = {NoBotConnected: 503, NotAnswered: 504}
_dumps = partial(json.dumps, ensure_ascii=False, default=asdict)


def control_route(name: str, function: Callable[..., Any]) -> web.RouteDef:
    """Return the route `METHOD path` of a function. Query or JSON body hold its arguments, checked by type."""
    checked = validate_call(config={"arbitrary_types_allowed": True})(function)
    method, _, path = name.partition(" ")

    async def handle(request: web.Request) -> web.Response:
        try:
            given = request.query if method == "GET" else await request.json()
            answer = checked(**given)
            answer, status = await answer if isawaitable(answer) else answer, 200
            if isinstance(answer, web.Response):
                return answer
            if isinstance(answer, str):
                answer = {"message_id": answer}
        except (NoBotConnected, NotAnswered, ValueError, TypeError) as wrong:
            answer, status = {"error": str(wrong)}, _STATUSES.get(type(wrong), 400)
        return web.json_response(answer, status=status, headers={"Cache-Control": "no-store"}, dumps=_dumps)

    return web.route(method, f"/_sandbox/{path}", handle)


@web.middleware
async def refuse_foreign(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Keep pages of other sites, and names that lead to this machine, away from the page and the control API."""
    ours = request.path == "/" or request.path.startswith("/_sandbox")
    addresses = f"//{request.host}", request.headers.get("Origin", f"//{request.host}")
    if ours and any(urlsplit(address).hostname not in LOOPBACK for address in addresses):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)
