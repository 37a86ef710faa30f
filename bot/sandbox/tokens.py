"""Access tokens, as both of DingTalk's hosts take them."""

import secrets
from collections.abc import Callable

LIFETIME_S = 7200


class Tokens:
    """The one token of the sandbox's app; asking again while it is valid renews it, as DingTalk does."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._token = ""
        self._expires = 0.0

    def issue(self) -> str:
        """Return the token, a new one when there is none or it has expired."""
        if not self.valid(self._token):
            self._token = secrets.token_hex(16)
        self._expires = self._monotonic() + LIFETIME_S
        return self._token

    def valid(self, token: str) -> bool:
        """Tell whether this is the token and still lives."""
        return bool(token) and secrets.compare_digest(token, self._token) and self._monotonic() < self._expires

    def expire(self) -> None:
        """Make the present token worthless now."""
        self._token = ""
