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
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="9" fill="#1763e6"/>'
    '<circle cx="16" cy="16" r="8.5" fill="none" stroke="#fff" stroke-width="2.6"/>'
    '<path d="M16 11.2V16l3.4 2.3" fill="none" stroke="#fff" stroke-width="2.6" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_FILES = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/app.js": ("app.js", "text/javascript"),
    "/markdown.js": ("markdown.js", "text/javascript"),
    "/media.js": ("media.js", "text/javascript"),
    "/names.js": ("names.js", "text/javascript"),
    "/panels.js": ("panels.js", "text/javascript"),
}


def routes() -> list[web.RouteDef]:
    """Return one route a file."""
    pages = {path: (_read(name), content_type) for path, (name, content_type) in _FILES.items()}
    pages["/icon.svg"] = _ICON, "image/svg+xml"
    return [web.get(path, _serve(text, content_type)) for path, (text, content_type) in pages.items()]


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other sites' pages, and names that only pretend to be this machine, away from page and control API."""
    if (request.path in _FILES or request.path.startswith("/_sandbox")) and foreign(request):
        return web.json_response({"error": "only from this machine"}, status=403)
    return await handler(request)


def _read(name: str) -> str:
    return (files("bot.sandbox") / "page" / name).read_text(encoding="utf-8")


def _serve(text: str, content_type: str) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, headers=_HEADERS)

    return serve
