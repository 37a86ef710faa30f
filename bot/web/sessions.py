"""Sessions of the page: signed cookies after DingTalk's login, and the origin of calls."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web
from yarl import URL

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
    """Makes and reads cookies. All processes derive their key from the client secret.

    The cookie of a login is its random `state`: another browser does not know it.
    """

    def __init__(self, client_secret: str, clock: Clock, *, path: str, secure: bool) -> None:
        """`path` is the path of the page. With `secure` a browser sends cookies only by https."""
        self._key = hmac.digest(client_secret.encode(), b"clock-in-bot page", "sha256")
        self._clock = clock
        self._path = path
        self._secure = secure

    def begin(self, response: web.StreamResponse, session: Session) -> None:
        """Begin a session of one hour."""
        ends_ms = to_ms(self._clock.now()) + _SESSION_S * 1000
        text = base64.urlsafe_b64encode(json.dumps([*session, ends_ms]).encode()).decode()
        self._set(response, SESSION, f"{text}.{self._signature(text)}", _SESSION_S, "Strict")

    def of(self, request: web.Request) -> Session | None:
        """Return the session of the caller, None for a forged or expired cookie."""
        text, _, signature = request.cookies.get(SESSION, "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            return None
        *session, ends_ms = json.loads(base64.urlsafe_b64decode(text))
        return Session(*session) if to_ms(self._clock.now()) < ends_ms else None

    def begin_login(self, response: web.StreamResponse) -> str:
        """Begin a login and return its `state`. Only this browser can bring it back."""
        state = secrets.token_urlsafe(16)
        self._set(response, LOGIN, state, _LOGIN_S, "Lax")
        return state

    def ends_login(self, request: web.Request) -> bool:
        """Return whether this browser began the login."""
        begun = request.cookies.get(LOGIN, "")
        state = request.query.get("state", "")
        return bool(begun) and hmac.compare_digest(begun.encode(), state.encode())

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

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def comes_from_the_page(headers: Mapping[str, str], host: str, public_url: str) -> bool:
    """Return whether a call comes from our own page, at the public address or the called host.

    A browser sends a cookie only to its own host, so our page under another name sends no cookie.
    """
    public = URL(public_url)
    try:
        origin = URL(headers.get("Origin", ""))
        called = URL.build(scheme=origin.scheme, authority=host)
    except ValueError:
        return False
    places = [(url.host, url.port) for url in (public, called)]
    is_ours = (origin.host, origin.port) in places and origin.scheme in (public.scheme, "https")
    return is_ours and headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
