"""What happens in the organisation while the bot runs, as DingTalk's events tell it. Moments are UTC."""

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
    """People joined, left or changed; no ids mean anybody."""

    change: PeopleChange
    user_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class DepartmentsChanged:
    """Departments came, went or changed; no ids mean any."""

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
    """A leave was asked for, decided or taken back. `span` is from when to when it is, None where it is untold."""

    user_id: str
    absence_id: str
    span: tuple[datetime, datetime] | None
    state: LeaveState


Event = PeopleChanged | DepartmentsChanged | RosterChanged | PunchesMade | LeaveChanged
