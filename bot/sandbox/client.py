"""DingTalk's own client with a page open in it, and DingTalk's login for other browsers.

A page is shown under the sandbox's address, which forwards `/app` to it: only so can `dd` be put into it, as the
client does. The demo shows its page like this, too, on its one port.
"""

import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

from bot.sandbox.api import CLIENT_ID, Json, State
from bot.sandbox.pages import LOOPBACK
from bot.sandbox.world import WorldError

CLIENT_HEADER = "X-Sandbox-Client"  # each client has cookies of its own, several clients in one browser, too
_DROPPED = frozenset({"connection", "content-length", "transfer-encoding", "content-encoding", "date", "server"})
_DD = '<head><script src="/_sandbox/client/dd.js"></script>'
_OPENED = """<!DOCTYPE html><title>DingTalk</title><script>
sessionStorage.setItem("sandbox-client", JSON.stringify(CLIENT));
location.replace(PATH);
</script>"""
_LOGIN = """<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign in to DingTalk</title>
<body style="font:1.1rem/2 system-ui;max-width:30rem;margin:2rem auto;padding:0 1rem">
<h1>Sign in to the pretend DingTalk</h1><ul>PEOPLE</ul></body></html>"""
_MOST_SHOWN = 60


class PageClient:
    """Forwards to the page that was opened last; until then to that of the demo's bot."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._session: aiohttp.ClientSession | None = None
        self._script = (files("bot.sandbox") / "page" / "dd.js").read_text(encoding="utf-8")
        self.origin = ""  # where the page is served

    def routes(self) -> list[web.RouteDef]:
        """Return the client, the login, and the page itself."""
        return [
            web.get("/_sandbox/client", self._open),
            web.get("/_sandbox/client/dd.js", self._dd),
            web.get("/oauth2/auth", self._log_in),
            web.route("*", "/app{rest:.*}", self._forward),
        ]

    async def stop(self) -> None:
        """Close the connections to the page."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _open(self, request: web.Request) -> web.Response:
        """Open the page at `url` as the client of `user_id` does, at a position in GCJ-02 if one is given."""
        try:
            client = self._read_client(request.query)
            there = urlsplit(request.query.get("url", ""))
            if there.hostname not in LOOPBACK:
                raise WorldError("url must be an address of a page on this machine")
        except WorldError as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        if there.netloc != request.host:
            self.origin = f"{there.scheme}://{there.netloc}"
        path = there._replace(scheme="", netloc="").geturl()
        html = _OPENED.replace("CLIENT", _in_script(client)).replace("PATH", _in_script(path))
        return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})

    def _read_client(self, query: Mapping[str, str]) -> Json:
        client: Json = {"user_id": self._state.world.known(query.get("user_id", "")).user_id}
        client["corp_id"] = self._state.world.corp_id
        given = [query[name] for name in ("latitude", "longitude", "accuracy") if name in query]
        if given:
            try:
                latitude, longitude, accuracy = map(float, [*given, *(["20"] if len(given) == 2 else [])])
            except ValueError:
                raise WorldError("a position is latitude, longitude and accuracy, in degrees and metres") from None
            client["position"] = {"latitude": latitude, "longitude": longitude, "accuracy": accuracy}
        return client

    async def _dd(self, request: web.Request) -> web.Response:
        return web.Response(text=self._script, content_type="text/javascript")

    async def _log_in(self, request: web.Request) -> web.Response:
        """Let somebody choose who they are, and go back to the app with a code."""
        query = request.query
        back = query.get("redirect_uri", "")
        right = query.get("client_id") == CLIENT_ID and query.get("response_type") == "code"
        if not right or "openid" not in query.get("scope", "") or urlsplit(back).hostname not in LOOPBACK:
            return web.Response(status=400, text="client_id, redirect_uri, response_type or scope is wrong")
        person = self._state.world.get(query.get("user_id", ""))
        if person is not None:
            code = self._state.logins.issue(person.user_id)
            raise web.HTTPFound(f"{back}?{urlencode({'authCode': code, 'state': query.get('state', '')})}")
        shown = list(self._state.world)[:_MOST_SHOWN]
        links = (
            f'<li><a href="?{escape(urlencode({**query, "user_id": one.user_id}))}">{escape(one.name)}</a></li>'
            for one in shown
        )
        return web.Response(text=_LOGIN.replace("PEOPLE", "".join(links)), content_type="text/html")

    async def _forward(self, request: web.Request) -> web.Response:
        """Call the page's server as this browser did, and put `dd` into the page."""
        if not self.origin:
            return web.Response(status=404, text="no page is served here")
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True)
        client = request.headers.get(CLIENT_HEADER, "")
        kept = f"{client}~" if client else ""
        cookies = {name: text for name, text in request.cookies.items() if ("~" in name) == bool(client)}
        headers = {name: text for name, text in request.headers.items() if name.lower() not in _DROPPED}
        headers.pop("Cookie", None)
        headers["Cookie"] = "; ".join(
            f"{name.removeprefix(kept)}={text}" for name, text in cookies.items() if name.startswith(kept)
        )
        try:
            async with self._session.request(
                request.method,
                f"{self.origin}{request.rel_url}",
                data=await request.read(),
                headers=headers,
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except aiohttp.ClientError:
            return web.Response(status=502, text="the page is not served")
        if answer.content_type == "text/html":
            body = body.replace(b"<head>", _DD.encode(), 1)
        response = web.Response(status=answer.status, body=body)
        for name, text in answer.headers.items():
            if name.lower() == "set-cookie":
                response.headers.add(name, f"{kept}{text}")
            elif name.lower() not in _DROPPED:
                response.headers[name] = text
        return response


def _in_script(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")
