"""The log of calls that reached the pretend DingTalk, without secrets, and how often each API is called."""

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
_SECRET_FIELDS = frozenset({"appsecret", "clientsecret", "client_secret", "accesstoken", "access_token"})
_SECRET_FIELDS |= {"ticket", "jsapiticket", "session"}
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
    request: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    answer: Any = None
    ms: float | None = None
    user_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return every field; the moment in ISO 8601."""
        return {**asdict(self), "at": self.at.isoformat()}


class CallLog(deque[Call]):
    """The last few thousand calls, oldest first."""

    def __init__(self) -> None:
        super().__init__(maxlen=KEPT_CALLS)
        self.total = 0

    def open(self, *entry: Any) -> Call:
        """Add a call that has just come in and return it, so that its answer can be filled in."""
        self.total += 1
        call = Call(self.total, *entry)
        self.append(call)
        return call


class Rates:
    """How often each API was called in all and within its busiest real second, refused calls included."""

    def __init__(self) -> None:
        self.clear()

    def note(self, api: str, now: float) -> None:
        """Count a call that comes at `now`, seconds of a clock that only ever grows."""
        recent = self._recent.setdefault(api, deque())
        recent.append(now)
        while now - recent[0] >= 1:
            recent.popleft()
        self._calls[api] = self.calls(api) + 1
        self._busiest[api] = max(self.busiest(api), len(recent))

    def calls(self, api: str) -> int:
        return self._calls.get(api, 0)

    def busiest(self, api: str) -> int:
        """Return how many calls of an API came within its busiest second."""
        return self._busiest.get(api, 0)

    def clear(self) -> None:
        """Count afresh."""
        self._calls: dict[str, int] = {}
        self._busiest: dict[str, int] = {}
        self._recent: dict[str, deque[float]] = {}

    def as_json(self) -> dict[str, Any]:
        """Return both figures for each API that was called."""
        return {
            name: {"calls": self.calls(name), "busiest_second": self.busiest(name)} for name in sorted(self._calls)
        }


def masked(value: Any) -> Any:
    """Return JSON data with tokens, secrets, tickets and session webhooks blotted out, long texts cut."""
    if isinstance(value, Mapping):
        return {
            key: _MASK if key.lower() in _SECRET_FIELDS and isinstance(one, str) else masked(one)
            for key, one in value.items()
        }
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
