"""Login codes of people, and random secrets."""

import secrets
from collections.abc import Callable

_CODE_LIVES_S = 300.0
NewSecret = Callable[[], str]


def new_secret() -> str:
    return secrets.token_hex(16)


class LoginCodes:
    """Codes that stand for a person: each is good once, for five minutes."""

    def __init__(self, monotonic: Callable[[], float], make_secret: NewSecret) -> None:
        self._monotonic = monotonic
        self._make_secret = make_secret
        self._codes: dict[str, tuple[str, float]] = {}

    def issue(self, user_id: str) -> str:
        code = self._make_secret()
        self._codes[code] = user_id, self._monotonic() + _CODE_LIVES_S
        return code

    def take(self, code: str) -> str:
        """Use up a code and return its user id; empty for an unknown, used or old one."""
        user_id, until = self._codes.pop(code, ("", 0.0))
        return user_id if self._monotonic() < until else ""
