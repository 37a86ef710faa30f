"""The switches for faults. A switch may name its APIs and a count."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, PositiveInt

from bot.sandbox.world import PAGE

# By group, each switch with a usual value and its effect.
_SWITCHES: dict[str, dict[str, list[Any]]] = json.loads(
    (PAGE / "faults.json").read_text(encoding="utf-8")
)
NAMES = [name for group in _SWITCHES.values() for name in group]


class Fault(BaseModel, extra="forbid"):
    """A switch that is on.

    No `apis` means all APIs; no `count` means until somebody turns it off.
    """

    value: Any = True
    apis: list[str] = []
    count: PositiveInt | None = None


class Faults:
    """All switches that stay on."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}

    def set(self, name: str, spec: Any = True) -> None:
        """Turn a switch on or off. Raises ValueError.

        `spec` is true, false, a value, or the fields of Fault.
        """
        if name not in NAMES:
            raise ValueError(f"no fault {name!r}; there are {', '.join(NAMES)}")
        fault = Fault.model_validate(spec if isinstance(spec, dict) else {"value": spec})
        self._on.pop(name, None)
        if fault.value:
            self._on[name] = fault

    def take(self, name: str, *tags: str) -> Any:
        """Return a switch's value if it is on for a call with these names, else None.

        Each such call lowers its count by one.
        """
        fault = self._on.get(name)
        if fault is None or (fault.apis and set(fault.apis).isdisjoint(tags)):
            return None
        if fault.count is not None:
            fault.count -= 1
            if not fault.count:
                del self._on[name]
        return fault.value

    def take_people(self, name: str, user_ids: Iterable[str], *tags: str) -> list[str]:
        """Return the people of a call whom a switch hits: its value is True or their user ids."""
        value = self.take(name, *tags) or []
        return [user_id for user_id in user_ids if value is True or user_id in value]

    def as_json(self) -> dict[str, Any]:
        on = {name: fault.model_dump(exclude_none=True) for name, fault in self._on.items()}
        return {name: on.get(name) for name in NAMES}
