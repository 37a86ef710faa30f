"""The check points of each person, and the check point of each punch, by the pretend DingTalk's own rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

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
    first_id, start = plan_id(person, work_date) + 1, midnight(work_date)
    edges = [start + timedelta(minutes=one) for one in shift.edge_minutes]
    points = []
    for index, minutes in enumerate(shift.due_minutes):
        check_type, due_at = OFF_DUTY if index % 2 else ON_DUTY, start + timedelta(minutes=minutes)
        window = edges[index : index + 2]
        points.append(CheckPoint(first_id + index, person, shift, work_date, check_type, due_at, *window))
    return points


def plan_id(person: Person, work_date: date) -> int:
    """Return the number of a rest day; those of check points follow it."""
    return (work_date.toordinal() * 1_000_000 + person.number) * 10


def match(world: World, person: Person, punched_at: Iterable[datetime]) -> dict[datetime, CheckPoint]:
    """Return the check point of each of a person's punches that lies in a window.

    In each section, the first punch before going begins to count is for coming; each later one is for going,
    early or not.
    """
    came: set[int] = set()
    found: dict[datetime, CheckPoint] = {}
    for moment in sorted(punched_at):
        local = moment.astimezone(world.zone).date()
        for points in (check_points(world, person, day) for day in (local - timedelta(days=1), local)):
            if points and points[0].opens_at <= moment <= points[-1].closes_at:
                coming = max(i for i in range(0, len(points), 2) if i == 0 or moment >= points[i].opens_at)
                is_first = points[coming].plan_id not in came and moment < points[coming].closes_at
                came.add(points[coming].plan_id)
                found[moment] = points[coming] if is_first else points[coming + 1]
                break
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
    return datetime.combine(day, time(), World.zone)
