"""Who is to be where when, and which check point a punch belongs to: the pretend DingTalk's own reckoning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox.world import Person

ON_DUTY, OFF_DUTY = "OnDuty", "OffDuty"
OUTSIDE_THE_WINDOW = "当前不在可打卡的时间范围，请和管理员联系"


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment at which a punch is due, with its window. `plan_id` is DingTalk's number for it."""

    plan_id: int
    person: Person
    check_type: str
    work_date: date
    due_at: datetime
    opens_at: datetime
    closes_at: datetime


def check_points(person: Person, work_date: date, zone: ZoneInfo) -> tuple[CheckPoint, ...]:
    """Return the two check points of a person's work date, none on a rest day."""
    shift = person.shift
    if not shift.works_on(work_date):
        return ()
    starts_at = datetime.combine(work_date, shift.start, zone)
    split_at = starts_at + timedelta(minutes=shift.split_minutes)
    ends_at = starts_at + timedelta(minutes=shift.length_minutes)
    opens_at = starts_at - timedelta(minutes=shift.earliest_minutes)
    closes_at = ends_at + timedelta(minutes=shift.latest_minutes)
    number = (work_date.toordinal() * 1_000_000 + person.number) * 10
    return (
        CheckPoint(number + 1, person, ON_DUTY, work_date, starts_at, opens_at, split_at),
        CheckPoint(number + 2, person, OFF_DUTY, work_date, ends_at, split_at, closes_at),
    )


def work_date_of(person: Person, moment: datetime, zone: ZoneInfo) -> date | None:
    """Return the work date whose windows hold a moment, None outside all of them."""
    local = moment.astimezone(zone).date()
    for day in (local - timedelta(days=1), local):
        points = check_points(person, day, zone)
        if points and points[0].opens_at <= moment <= points[1].closes_at:
            return day
    return None


def match(points: Sequence[CheckPoint], punched_at: Iterable[datetime]) -> list[CheckPoint]:
    """Return the check point of each punch of one work date, the punches in the order of their times.

    The first punch before the split is for coming; whatever follows is for going, early or not.
    """
    on_duty, off_duty = points
    found: list[CheckPoint] = []
    for moment in punched_at:
        coming = not found and moment < on_duty.closes_at
        found.append(on_duty if coming else off_duty)
    return found


def time_result(point: CheckPoint, punched_at: datetime) -> str:
    """Return DingTalk's word for a punch's time."""
    if point.check_type == OFF_DUTY:
        return "Normal" if punched_at >= point.due_at else "Early"
    late = punched_at - point.due_at
    if late <= timedelta():
        return "Normal"
    serious = timedelta(minutes=point.person.shift.serious_late_minutes)
    return "SeriousLate" if late > serious else "Late"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the beginning of a local date."""
    return datetime.combine(day, time(), zone)
