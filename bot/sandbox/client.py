"""DingTalk's client with a page open in it, DingTalk's login for other browsers, and tokens."""

from contextlib import suppress
from functools import partial
from hashlib import sha256
from html import escape
from typing import Literal
from urllib.parse import unquote, urldefrag, urlencode, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar, DummyCookieJar, web

from bot.sandbox.api import AGENT_ID, LIFETIME_S, Json, Refused, State, api, invalid
from bot.sandbox.world import PAGE, World, WorldError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CLIENT = (
    "X-Sandbox-Client"  # each client has its own cookies, also where one browser opens several
)
_DROPPED = {
    "connection",
    "content-length",
    "transfer-encoding",
    "content-encoding",
    "date",
    "server",
}
_DD = b'<head><script src="/_sandbox/page/dd.js"></script>'
_LOGIN = (PAGE / "login.html").read_text(encoding="utf-8")
_free = partial(api, token=False)


class PageClient:
    """Forwards to the page that was opened last, at first to the page of the demo's bot."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._cookies: dict[str, CookieJar] = {}  # by client
        self.origin = ""  # where the page is served

    def open(self, user_id: str, url: str, **position: float) -> web.StreamResponse:
        """Open the page at `url` as a person's client, at a GCJ-02 position.

        `opened.html` reads the query.
        """
        page = urlsplit(url)
        if page.hostname not in LOOPBACK:
            raise WorldError("url must be an address of a page on this machine")
        if page.netloc != urlsplit(self._state.url).netloc:
            self.origin = f"{page.scheme}://{page.netloc}"
        self._state.world.person(user_id)
        return web.FileResponse(PAGE / "opened.html", headers={"Cache-Control": "no-store"})

    def log_in(
        self,
        *,
        client_id: Literal["sandbox"],
        redirect_uri: str,
        response_type: Literal["code"],
        scope: Literal["openid"],
        prompt: str,
        state: str,
    ) -> web.Response:
        """Let somebody choose their name. Each name leads back to the app with a code."""
        if urlsplit(redirect_uri).hostname not in LOOPBACK:
            raise WorldError("redirect_uri must be an address on this machine")
        links = []
        for person in self._state.world:
            given = {
                "authCode": self._state.issue_code("login", person.user_id),
                "state": state,
            }
            links.append(
                f'<li><a href="{escape(f"{redirect_uri}?{urlencode(given)}")}">{escape(person.name)}</a></li>'
            )
        return web.Response(text=_LOGIN.replace("PEOPLE", "".join(links)), content_type="text/html")

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Call the page's server as this browser did, and put `dd` into the page, as DingTalk's
        client does.
        """
        client = request.headers.get(_CLIENT)
        cookies = (
            self._cookies.setdefault(client, CookieJar(unsafe=True)) if client else DummyCookieJar()
        )
        dropped = _DROPPED | {"cookie", "set-cookie"} if client else _DROPPED
        sent: Json = {
            "data": await request.read(),
            "headers": {
                name: text for name, text in request.headers.items() if name.lower() not in dropped
            },
            "allow_redirects": False,
        }
        try:
            async with (
                ClientSession(cookie_jar=cookies, timeout=ClientTimeout(total=None)) as session,
                session.request(
                    request.method, f"{self.origin}{request.rel_url}", **sent
                ) as answer,
            ):
                response = web.StreamResponse(status=answer.status)
                for name, text in answer.headers.items():
                    if name.lower() not in dropped:
                        response.headers.add(name, text)
                await response.prepare(request)
                is_page = answer.content_type == "text/html"
                with suppress(ClientError, ConnectionError):  # a side closed its connection
                    async for part in answer.content.iter_any():
                        await response.write(part.replace(b"<head>", _DD, 1) if is_page else part)
                return response
        except (ClientError, ValueError):
            return web.Response(status=502, text="the page is not served")


@_free("accessToken", "/v1.0/oauth2/accessToken")
def access_token(state: State, app_key: str, app_secret: str) -> Json:
    state.check_app(app_key, app_secret)
    return {"accessToken": state.token, "expireIn": LIFETIME_S}


@_free("gateway_open", "/v1.0/gateway/connections/open")
def open_connection(
    state: State, client_id: str, client_secret: str, subscriptions: list[dict[str, str]]
) -> Json:
    state.check_app(client_id, client_secret)
    ticket = state.make_secret()
    state.gateway.tickets[ticket] = frozenset(
        (topic["type"], topic["topic"]) for topic in subscriptions
    )
    return {"endpoint": f"{state.url.replace('http', 'ws', 1)}/connect", "ticket": ticket}


@api("jsapiTickets", "/v1.0/oauth2/jsapiTickets")
def page_ticket(state: State) -> Json:
    return {"jsapiTicket": state.ticket, "expireIn": LIFETIME_S}


@api("getuserinfo", "/topapi/v2/user/getuserinfo")
def user_of_code(state: State, code: str) -> Json:
    """Answer the person behind a page's login code."""
    person = state.take_code("page", code)
    if person is None:
        raise Refused(40078, "不存在的临时授权码")
    return {"result": {"userid": person.user_id}}


@_free("login_token", "/v1.0/oauth2/userAccessToken")
def person_token(
    state: State,
    client_id: str,
    client_secret: str,
    code: str,
    grant_type: Literal["authorization_code"],
) -> Json:
    """Answer the access token of the person behind the login `code`."""
    state.check_app(client_id, client_secret)
    person = state.take_code("login", code)
    if person is None:
        raise Refused(40078, "不存在的临时授权码", "invalidParameter.authCode.notFound")
    return {"accessToken": state.issue_code("token", person.user_id)}


@_free("login_user", "/v1.0/contact/users/me", "Contact.User.Read", method="GET")
def myself(state: State, request: web.Request) -> Json:
    """Answer the person of an access token, once."""
    token = request.headers.get("x-acs-dingtalk-access-token", "")
    person = state.take_code("token", token)
    if person is None:
        raise Refused(40014, "不合法的access_token", "InvalidAuthentication")
    return {"unionId": person.union_id}


@_free("jsapi_config", "/_sandbox/client/config")
def config(
    state: State,
    *,
    url: str,
    agent_id: str,
    corp_id: str,
    time_stamp: int,
    nonce_str: str,
    signature: str,
    js_api_list: list[str],
) -> Json:
    """Check the signature (JSAPI 鉴权) in the `dd.config` of the page at `url`."""
    page = unquote(urldefrag(url).url)
    signed = f"jsapi_ticket={state.ticket}&noncestr={nonce_str}&timestamp={time_stamp}&url={page}"
    right = sha256(signed.encode()).hexdigest(), AGENT_ID, state.world.corp_id
    if (signature, agent_id, corp_id) != right or not js_api_list:
        raise Refused(52013, "JSAPI签名校验失败")
    return {}


@_free("jsapi_code", "/_sandbox/client/code")
def login_code(state: State, user_id: str, corp_id: str = World.corp_id) -> Json:
    """Answer `requestAuthCode` of a page that `user_id` has open in their client."""
    if state.world.get(user_id) is None or corp_id != state.world.corp_id:
        raise invalid("corpId is not the person's company")
    return {"code": state.issue_code("page", user_id)}
