"""What is stored about one person, as it is told to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.reminders import Wishes


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows there are of one kind, and from when to when: ISO dates, empty where rows have no day."""

    count: int
    first: str = ""
    last: str = ""


NONE_HELD = Held(0)


@dataclass(frozen=True, slots=True)
class StoredAbout:
    """Everything that is kept of one person. `held` is by topic.

    `viewers` and `admins` are names; `viewers` is None while it is not known who leads them.
    """

    user_id: str
    name: str
    has_union_id: bool
    departments: tuple[str, ...]
    leads: tuple[str, ...]  # the departments they lead
    wishes: Wishes
    held: Mapping[str, Held]
    viewers: tuple[str, ...] | None
    admins: tuple[str, ...]
    targets: tuple[str, ...]
    positions_days: float
    phones_days: int
    reminders_days: int
    readings_days: int
