"""The check points of each person, and the check point of each punch, by the pretend DingTalk's own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.sandbox.people import SERIOUS_LATE_MINUTES, Person, Shift
from bot.sandbox.world import World

ON_DUTY, OFF_DUTY = "OnDuty", "OffDuty"


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment at which a punch is due, with its window. `plan_id` is DingTalk's number for it."""

    plan_id: int
    person: Person
    shift: Shift
    work_date: date
    check_type: str
    due_at: datetime
    opens_at: datetime
    closes_at: datetime


def check_points(world: World, person: Person, work_date: date) -> list[CheckPoint]:
    """Return the check points of a person's work date, two a section, none on a rest day."""
    shift = world.shift_of(person, work_date)
    if shift is None:
        return []
    first_id = plan_id(person, work_date)
    moments = enumerate(_moments(shift, work_date), start=1)
    return [CheckPoint(first_id + index, person, shift, work_date, *one) for index, one in moments]


def plan_id(person: Person, work_date: date) -> int:
    """Return the number of a rest day; those of check points follow it."""
    return (work_date.toordinal() * 1_000_000 + person.number) * 10


@lru_cache(maxsize=2000)
def _moments(shift: Shift, work_date: date) -> list[tuple[str, datetime, datetime, datetime]]:
    """Return check type, due moment and window of each punch of a shift."""
    start = midnight(work_date)
    due = [start + timedelta(minutes=one) for one in shift.due_minutes]
    edges = [start + timedelta(minutes=one) for one in shift.edge_minutes]
    types = (ON_DUTY, OFF_DUTY) * (len(due) // 2)
    return list(zip(types, due, edges, edges[1:], strict=False))


def work_date_of(world: World, person: Person, moment: datetime) -> date | None:
    """Return the work date with a window that holds the moment, None outside all windows."""
    local = moment.astimezone(world.zone).date()
    for day in (local - timedelta(days=1), local):
        points = check_points(world, person, day)
        if points and points[0].opens_at <= moment <= points[-1].closes_at:
            return day
    return None


def match(points: Sequence[CheckPoint], punched_at: Iterable[datetime]) -> list[CheckPoint]:
    """Return the check point of each punch of one work date, the punches in the order of their times.

    In each section, the first punch before going begins to count is for coming; each later one is for going,
    early or not.
    """
    came: set[int] = set()
    found: list[CheckPoint] = []
    for moment in punched_at:
        coming = max((i for i in range(2, len(points), 2) if moment >= points[i].opens_at), default=0)
        is_first = coming not in came and moment < points[coming].closes_at
        came.add(coming)
        found.append(points[coming] if is_first else points[coming + 1])
    return found


def time_result(point: CheckPoint, punched_at: datetime) -> str:
    """Return DingTalk's word for a punch's time."""
    late = punched_at - point.due_at
    if point.check_type == OFF_DUTY:
        return "Early" if late < timedelta() else "Normal"
    if late <= timedelta():
        return "Normal"
    return "SeriousLate" if late > timedelta(minutes=SERIOUS_LATE_MINUTES) else "Late"


def midnight(day: date) -> datetime:
    """Return the beginning of a local date."""
    return datetime.combine(day, time(), World.zone)
