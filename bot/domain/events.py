"""What may happen in the organisation while the bot runs, as somebody outside tells it. Moments are UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PeopleChange(StrEnum):
    """What became of people."""

    JOINED = "joined"
    LEFT = "left"
    CHANGED = "changed"  # their name, their departments or their role


class LeaveState(StrEnum):
    """Where a leave stands."""

    APPROVED = "approved"
    PENDING = "pending"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """People joined, left or changed; nobody is named where it may be anybody. `at` may be untold."""

    change: PeopleChange
    user_ids: Sequence[str]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DepartmentsChanged:
    """Departments came, went or changed; none is named where it may be any."""

    department_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """Plans, shifts or attendance groups are not what they were."""


@dataclass(frozen=True, slots=True)
class PunchesMade:
    """People punched, by whatever means: who and when."""

    punches: Sequence[tuple[str, datetime]]


@dataclass(frozen=True, slots=True)
class LeaveChanged:
    """Somebody's leave was asked for, decided or taken back. Its person and its times may be untold."""

    user_id: str
    absence_id: str
    starts_at: datetime | None
    ends_at: datetime | None
    state: LeaveState

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """Return from when to when it is, None where it does not tell."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return self.starts_at, self.ends_at


@dataclass(frozen=True, slots=True)
class ApprovalChanged:
    """An approval that may be about an absence of whoever asked for it began or ended."""

    user_id: str
    may_be_trip: bool


Event = PeopleChanged | DepartmentsChanged | RosterChanged | PunchesMade | LeaveChanged | ApprovalChanged
