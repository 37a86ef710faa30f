"""The switches for faults, each with its APIs, its count and its time."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

STATES = {
    "deliver_twice": "each message is pushed a second time",
    "redeliver_unacked_s": "a message without ACK is pushed again after this many seconds, not after 60",
    "api_slow_ms": "each API executes at once but answers this many milliseconds later",
    "accept_then_hang": "the API executes but never answers",
    "http_500": "the API answers HTTP 500 and does nothing",
    "html": "the API answers an HTML page; the value may be its HTTP status (default 200)",
    "answer": "the API does nothing and answers {status, body, content_type}",
    "qps": "the API refuses with its calls-per-second code",
    "qps_limit": "each API really refuses calls above this many a second",
    "quota": "APIs that count answer that the monthly quota is used up",
    "permission": "the API (or the scope) answers that the permission is not granted",
    "webhook_expired": "every session webhook has expired",
    "cards_refused": "ActionCards are refused; apis may name webhook, batchSend, groupSend",
    "flow_controlled": "messages do not reach these people (a list of user ids, or true for all); try again later",
    "filtered": "messages to these people (a list of user ids, or true for all) are filtered out",
    "records_late_s": "reads show new records so many seconds later; apis may name native, record_upload, signed",
    "events_lost": "what changes is not pushed as an event; apis may name event types",
}
ACTIONS = {
    "drop": "cut every TCP connection of the gateway now",
    "disconnect": "announce a disconnect, fall silent, cut TCP later",
    "garbage_frame": "send a frame that is not JSON now",
    "token_expired": "access tokens stop working now (with a count: the next calls find theirs expired)",
}


class FaultError(ValueError):
    """The switch does not exist or cannot take this value."""


@dataclass(slots=True)
class Fault:
    """One switch that is on. No `apis` means all; no `left` and no `for_s` mean until it is turned off."""

    value: Any
    apis: frozenset[str] = frozenset()
    left: int | None = None
    for_s: float | None = None
    until: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the switch as it was set, with the rest of its count."""
        shown = {"value": self.value, "apis": sorted(self.apis), "count": self.left}
        return shown if self.for_s is None else {**shown, "for_s": self.for_s}


def read_fault(name: str, spec: Any) -> Fault | None:
    """Read a switch from JSON, None for off. Raises FaultError."""
    if name not in STATES and name not in ACTIONS:
        near = difflib.get_close_matches(name, [*STATES, *ACTIONS], n=1)
        raise FaultError(f"no fault {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    details = spec if isinstance(spec, dict) else {"value": spec}
    unknown = set(details) - {"value", "apis", "count", "for_s"}
    if unknown:
        raise FaultError(f"{name}: {', '.join(sorted(unknown))} is not one of value, apis, count, for_s")
    value, apis = details.get("value", True), details.get("apis") or []
    count, for_s = details.get("count"), details.get("for_s")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
        raise FaultError(f"{name}: count must be a whole number, 0 or more")
    if for_s is not None and (isinstance(for_s, bool) or not isinstance(for_s, int | float) or for_s <= 0):
        raise FaultError(f"{name}: for_s must be seconds, more than 0")
    if not isinstance(apis, list) or not all(isinstance(one, str) for one in apis):
        raise FaultError(f"{name}: apis must be a list of API names")
    _check_value(name, value)
    off = value is None or value is False or value == 0 or count == 0
    return None if off else Fault(value, frozenset(apis), count, for_s)


def _check_value(name: str, value: Any) -> None:
    if name == "answer" and not isinstance(value, dict | None):
        raise FaultError("answer: value must be an object with status, body and content_type")
    if name in ("flow_controlled", "filtered") and not isinstance(value, bool | list | None):
        raise FaultError(f"{name}: value must be true or a list of user ids")
    numbers = ("redeliver_unacked_s", "api_slow_ms", "qps_limit", "records_late_s")
    if name in numbers and not isinstance(value, int | float | None):
        raise FaultError(f"{name}: value must be a number")
    if isinstance(value, int | float) and value < 0:
        raise FaultError(f"{name}: value must not be negative")


class Faults:
    """All switches that stay on. `now_s` tells the pretend time, on which `for_s` runs out."""

    def __init__(self, now_s: Callable[[], float] = float) -> None:
        self._on: dict[str, Fault] = {}
        self._now_s = now_s

    def set(self, name: str, spec: Any = True) -> None:
        """Turn a switch on or off: true, false, a number, or {"value", "apis", "count", "for_s"}.

        An API may be named by its name, its path, its scope or its family: `user`, `department`, `schedule`.
        Raises FaultError.
        """
        fault = read_fault(name, spec)
        if fault is None:
            self._on.pop(name, None)
        else:
            fault.until = None if fault.for_s is None else self._now_s() + fault.for_s
            self._on[name] = fault

    def clear(self) -> None:
        """Turn everything off."""
        self._on.clear()

    def take(self, name: str, *tags: str) -> Any:
        """Return the switch's value if it hits a call with these names, using up one of its count; else None."""
        fault = self._held(name)
        if fault is None or (fault.apis and fault.apis.isdisjoint(tags)):
            return None
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                del self._on[name]
        return fault.value

    def peek(self, name: str) -> Any:
        """Return the switch's value without using it up, None when it is off."""
        fault = self._held(name)
        return None if fault is None else fault.value

    def as_json(self) -> dict[str, Any]:
        """Return every switch by name, null where it is off."""
        return {name: fault.as_json() if (fault := self._held(name)) else None for name in [*STATES, *ACTIONS]}

    def _held(self, name: str) -> Fault | None:
        """Return a switch that is on, and turn it off when its time is over."""
        fault = self._on.get(name)
        if fault is not None and fault.until is not None and self._now_s() >= fault.until:
            del self._on[name]
            return None
        return fault
