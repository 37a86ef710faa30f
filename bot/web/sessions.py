"""Sessions of the page: signed cookies after DingTalk's login, and the origin of calls."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from bot.clock import Clock, to_ms

SESSION = "clock_in_session"
LOGIN = "clock_in_login"
_SESSION_S = 3600
_LOGIN_S = 600


class Session(NamedTuple):
    """A person at the page. `in_client`: the login came from DingTalk's client."""

    user_id: str
    in_client: bool


class Sessions:
    """Makes and reads cookies. All processes derive their key from the client secret."""

    def __init__(self, client_secret: str, clock: Clock, *, path: str, secure: bool) -> None:
        """`path` is the path of the page. With `secure` a browser sends cookies only by https."""
        self._key = hmac.digest(client_secret.encode(), b"clock-in-bot page", "sha256")
        self._clock = clock
        self._path = path
        self._secure = secure

    def begin(self, response: web.StreamResponse, session: Session) -> None:
        """Begin a session of one hour."""
        value = self._sign(SESSION, [session.user_id, session.in_client], _SESSION_S)
        self._set(response, SESSION, value, _SESSION_S, "Strict")

    def of(self, request: web.Request) -> Session | None:
        """Return the session of the caller, None for a forged or expired cookie."""
        body = self._read(SESSION, request)
        return None if body is None else Session(str(body[0]), bool(body[1]))

    def begin_login(self, response: web.StreamResponse) -> str:
        """Begin a login and return its `state`. Only this browser can bring it back."""
        state = secrets.token_urlsafe(16)
        self._set(response, LOGIN, self._sign(LOGIN, [state], _LOGIN_S), _LOGIN_S, "Lax")
        return state

    def ends_login(self, request: web.Request) -> bool:
        """Return whether this browser began the login."""
        begun = self._read(LOGIN, request)
        state = request.query.get("state", "")
        return begun is not None and hmac.compare_digest(str(begun[0]).encode(), state.encode())

    def forget_login(self, response: web.StreamResponse) -> None:
        """Delete the `state` of a login, which is valid once."""
        response.del_cookie(LOGIN, path=self._path)

    def _set(
        self, response: web.StreamResponse, name: str, value: str, valid_for_s: int, same_site: str
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=valid_for_s,
            path=self._path,
            httponly=True,
            secure=self._secure,
            samesite=same_site,
        )

    def _sign(self, name: str, body: list[object], valid_for_s: int) -> str:
        ends_ms = to_ms(self._clock.now()) + valid_for_s * 1000
        text = base64.urlsafe_b64encode(json.dumps([name, ends_ms, *body]).encode()).decode()
        return f"{text}.{self._signature(text)}"

    def _read(self, name: str, request: web.Request) -> list[Any] | None:
        text, _, signature = request.cookies.get(name, "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            return None
        known, ends_ms, *body = json.loads(base64.urlsafe_b64decode(text))
        return body if known == name and to_ms(self._clock.now()) < ends_ms else None

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def comes_from_the_page(headers: Mapping[str, str], host: str, public_url: str) -> bool:
    """Return whether a call comes from our own page, at the public address or the called host.

    A browser sends a cookie only to its own host, so our page under another name sends no cookie.
    """
    origin = urlsplit(headers.get("Origin", ""))
    public = urlsplit(public_url)
    if origin.scheme not in (public.scheme, "https") or not origin.hostname:
        return False
    usual = {"https": 443, "http": 80}
    places = [(url.hostname, url.port or usual.get(url.scheme)) for url in (origin, public)]
    is_ours = origin.netloc == host or places[0] == places[1]
    return is_ours and headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
