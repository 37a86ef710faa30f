"""The log of calls that reached the pretend DingTalk, with their answers and without secrets."""

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

KEPT_CALLS = 3000
_KEPT_CHARACTERS = 8000
_MASK = "•••"
_SECRET_FIELDS = frozenset(
    {
        "appsecret",
        "clientsecret",
        "client_secret",
        "accesstoken",
        "access_token",
        "ticket",
        "jsapiticket",
        "session",
    }
)
_SESSION = re.compile(r"(session=)[\w-]+")


@dataclass(slots=True)
class Call:
    """One call. `status` and `answer` are None while it hangs unanswered; `ms` is real, delay included."""

    id: int
    at: datetime
    api: str
    kind: str
    method: str
    path: str
    request: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    answer: Any = None
    ms: float | None = None
    duplicate: bool = False
    user_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return every field; the moment in ISO 8601."""
        return {**asdict(self), "at": self.at.isoformat()}


class CallLog(deque[Call]):
    """The last few thousand calls, oldest first."""

    def __init__(self) -> None:
        super().__init__(maxlen=KEPT_CALLS)
        self.total = 0

    def open(self, at: datetime, api: str, kind: str, method: str, path: str) -> Call:
        """Add a call that has just come in and return it, so that its answer can be filled in."""
        self.total += 1
        call = Call(self.total, at, api, kind, method, path, {})
        self.append(call)
        return call


def masked(value: Any) -> Any:
    """Return JSON data with tokens, secrets, tickets and session webhooks blotted out, long texts cut."""
    if isinstance(value, Mapping):
        return {key: _MASK if _is_secret(key, one) else masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one) for one in value[:200]]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Return a text with session webhooks blotted out, cut to 8,000 characters."""
    shown = _SESSION.sub(rf"\1{_MASK}", text) if "session=" in text else text
    return shown if len(shown) <= _KEPT_CHARACTERS else f"{shown[:_KEPT_CHARACTERS]}… ({len(shown)} characters)"


def readable(text: str) -> Any:
    """Return the JSON value of a text, or the text itself when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_secret(key: str, value: Any) -> bool:
    return key.lower() in _SECRET_FIELDS and isinstance(value, str)
