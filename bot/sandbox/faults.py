"""The switches for faults, each with its APIs and its count."""

from typing import Any

from pydantic import BaseModel, PositiveInt

# Each switch with a usual value and its effect.
MESSAGES: dict[str, tuple[Any, str]] = {
    "deliver_twice": (True, "each message is pushed a second time"),
    "redeliver_unacked_s": (5, "a message without ACK is pushed again after this many seconds, not after 60"),
    "webhook_expired": (True, "every session webhook has expired"),
    "cards_refused": (True, "ActionCards are refused; apis may name webhook, batchSend, groupSend"),
    "flow_controlled": (True, "messages do not reach these people (user ids, or true for all); try again later"),
    "filtered": (True, "messages to these people (user ids, or true for all) are filtered out"),
    "records_late_s": (60, "reads show new records so much later; apis may name native, record_upload, signed"),
    "events_lost": (True, "what changes is not pushed as an event; apis may name event types"),
}
APIS: dict[str, tuple[Any, str]] = {
    "api_slow_ms": (4000, "each API executes at once but answers this many milliseconds later"),
    "accept_then_hang": (True, "the API executes but never answers"),
    "http_500": (True, "the API answers HTTP 500 and does nothing"),
    "html": (502, "the API answers an HTML page; the value may be its HTTP status (default 200)"),
    "answer": ({"status": 404, "body": ""}, "the API does nothing and answers {status, body, content_type}"),
    "qps": (True, "the API refuses with its calls-per-second code"),
    "qps_limit": (20, "each API really refuses calls above this many a second"),
    "quota": (True, "APIs that count answer that the monthly quota is used up"),
    "permission": (True, "the API (or the scope) answers that the permission is not granted"),
}
ACTIONS: dict[str, tuple[Any, str]] = {
    "drop": (True, "cut every TCP connection of the gateway now"),
    "disconnect": (True, "announce a disconnect, fall silent, cut TCP later"),
    "garbage_frame": (True, "send a frame that is not JSON now"),
    "token_expired": (True, "access tokens stop working now (with a count: the next calls find theirs expired)"),
}
SWITCHES = {**MESSAGES, **APIS, **ACTIONS}


class Fault(BaseModel, extra="forbid"):
    """A switch that is on. No `apis` means all; no `count` means until it is turned off."""

    value: Any = True
    apis: list[str] = []
    count: PositiveInt | None = None


class Faults:
    """All switches that stay on."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}

    def set(self, name: str, spec: Any = True) -> None:
        """Turn a switch on or off: `spec` is true, false, a value, or the fields of Fault. Raises ValueError.

        An API may be named by its name, its path, its scope or its family: `user`, `department`, `schedule`.
        """
        if name not in SWITCHES:
            raise ValueError(f"no fault {name!r}; there are {', '.join(SWITCHES)}")
        fault = Fault.model_validate(spec if isinstance(spec, dict) else {"value": spec})
        self._on.pop(name, None)
        if fault.value:
            self._on[name] = fault

    def take(self, name: str, *tags: str) -> Any:
        """Return the switch's value if it hits a call with these names, using up one of its count; else None."""
        fault = self._on.get(name)
        if fault is None or (fault.apis and set(fault.apis).isdisjoint(tags)):
            return None
        if fault.count is not None:
            fault.count -= 1
            if not fault.count:
                del self._on[name]
        return fault.value

    def as_json(self) -> dict[str, Any]:
        off: dict[str, Any] = dict.fromkeys(SWITCHES)
        return off | {name: fault.model_dump(exclude_none=True) for name, fault in self._on.items()}
