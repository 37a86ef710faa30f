"""A day of which a lead said that its missing punches do not count. It is no leave, and changes no punch."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

MOST_REASON = 200  # characters that are kept of a reason


class ExcuseState(StrEnum):
    """What a lead said of a day; the last word holds."""

    EXCUSED = "excused"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Excuse:
    """What a lead said of one work date of a person, and why. `decided_at` is aware, UTC.

    `number` counts what was said of that day, from 1: nothing of it is ever changed or removed.
    """

    user_id: str
    work_date: date
    decided_by: str
    reason: str
    decided_at: datetime
    state: ExcuseState = ExcuseState.EXCUSED
    number: int = 1


def follows(said: Excuse, last: Excuse | None) -> bool:
    """Tell whether `said` changes anything after the `last` word on that day, None where nobody said any."""
    holds = last is not None and last.state is ExcuseState.EXCUSED
    return holds is (said.state is ExcuseState.TAKEN_BACK)
