"""The chat page's files, and the rules under which a browser may show them."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from aiohttp import web

from bot.sandbox.inputs import foreign

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_FILES = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/app.js": ("app.js", "text/javascript"),
    "/markdown.js": ("markdown.js", "text/javascript"),
    "/panels.js": ("panels.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def routes() -> list[web.RouteDef]:
    """Return one route a file."""
    return [web.get(path, _file(name, content_type)) for path, (name, content_type) in _FILES.items()]


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites' pages, and names that only pretend to be this machine, away from page and control API."""
    if (request.path in _FILES or request.path.startswith("/_sandbox")) and foreign(request):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)


def _file(name: str, content_type: str) -> Handler:
    text = (files("bot.sandbox") / "page" / name).read_text(encoding="utf-8")

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, headers=_HEADERS)

    return serve
