"""Access tokens for both of DingTalk's hosts, and login codes of the page."""

import secrets
from collections.abc import Callable

LIFETIME_S = 7200
CODE_LIVES_S = 300.0
NewSecret = Callable[[], str]


def new_secret() -> str:
    """Return a random word."""
    return secrets.token_hex(16)


class Tokens:
    """The app's one token, or ticket; asking again while it is valid renews it, as DingTalk does."""

    def __init__(self, monotonic: Callable[[], float], make_secret: NewSecret = new_secret) -> None:
        self._monotonic = monotonic
        self._make_secret = make_secret
        self._token = ""
        self._expires = 0.0

    def issue(self) -> str:
        """Return the token, a new one when there is none or it has expired."""
        if not self.valid(self._token):
            self._token = self._make_secret()
        self._expires = self._monotonic() + LIFETIME_S
        return self._token

    def valid(self, token: str) -> bool:
        """Tell whether this is the token and still lives."""
        return bool(token) and secrets.compare_digest(token, self._token) and self._monotonic() < self._expires

    def expire(self) -> None:
        """Make the present token worthless now."""
        self._token = ""


class LoginCodes:
    """Codes that stand for a person: each is good once, for five minutes."""

    def __init__(self, monotonic: Callable[[], float], make_secret: NewSecret = new_secret) -> None:
        self._monotonic = monotonic
        self._make_secret = make_secret
        self._codes: dict[str, tuple[str, float]] = {}

    def issue(self, user_id: str) -> str:
        """Return a new code of a person."""
        code = self._make_secret()
        self._codes[code] = user_id, self._monotonic() + CODE_LIVES_S
        return code

    def take(self, code: str) -> str | None:
        """Use up a code and return its user id; None for an unknown, used or old one."""
        user_id, until = self._codes.pop(code, (None, 0.0))
        return user_id if self._monotonic() < until else None
