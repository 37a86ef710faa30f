"""The plan of each person, and the check point of each punch, by the pretend DingTalk's own rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.sandbox.people import Person, Shift
from bot.sandbox.world import World

ON_DUTY, OFF_DUTY = "OnDuty", "OffDuty"
OUTSIDE_THE_WINDOW = "当前不在可打卡的时间范围，请和管理员联系"
_KEPT_DAYS = 10


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """A moment at which a punch is due, with its window. `plan_id` is DingTalk's number for it."""

    plan_id: int
    person: Person
    shift: Shift
    check_type: str
    work_date: date
    due_at: datetime
    opens_at: datetime
    closes_at: datetime


def check_points(world: World, person: Person, work_date: date) -> tuple[CheckPoint, ...]:
    """Return the check points of a person's work date, two a section, none on a rest day."""
    shift = world.shift_of(person, work_date)
    if shift is None:
        return ()
    number = (work_date.toordinal() * 1_000_000 + person.number) * 10
    return tuple(
        CheckPoint(number + index, person, shift, check_type, work_date, *moments)
        for index, (check_type, *moments) in enumerate(_moments(shift, work_date, world.zone), start=1)
    )


@lru_cache(maxsize=2000)
def _moments(
    shift: Shift, work_date: date, zone: ZoneInfo
) -> tuple[tuple[str, datetime, datetime, datetime], ...]:
    """Return check type, due moment and window of each punch of a shift."""
    start = datetime.combine(work_date, shift.start, zone)
    edges = [start + timedelta(minutes=minutes) for minutes in shift.edge_minutes]
    due = [start + timedelta(minutes=minutes) for minutes in shift.due_minutes]
    types = (ON_DUTY, OFF_DUTY) * (len(due) // 2)
    return tuple(zip(types, due, edges, edges[1:], strict=False))


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

    In each section, the first punch before going begins to count is for coming; whatever follows is for going,
    early or not.
    """
    sections = list(zip(points[::2], points[1::2], strict=True))
    came: set[int] = set()
    found: list[CheckPoint] = []
    for moment in punched_at:
        later = (index for index, (on_duty, _) in enumerate(sections[1:], start=1) if moment >= on_duty.opens_at)
        index = max(later, default=0)
        on_duty, off_duty = sections[index]
        coming = index not in came and moment < on_duty.closes_at
        came.add(index)
        found.append(on_duty if coming else off_duty)
    return found


def time_result(point: CheckPoint, punched_at: datetime) -> str:
    """Return DingTalk's word for a punch's time."""
    if point.check_type == OFF_DUTY:
        return "Normal" if punched_at >= point.due_at else "Early"
    late = punched_at - point.due_at
    if late <= timedelta():
        return "Normal"
    serious = timedelta(minutes=point.shift.serious_late_minutes)
    return "SeriousLate" if late > serious else "Late"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the beginning of a local date."""
    return datetime.combine(day, time(), zone)


class DayPlans:
    """Everybody's check points of the dates read last, so that reading a page is cheap."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._version = world.version
        self._days: dict[date, list[CheckPoint]] = {}

    def of(self, day: date) -> list[CheckPoint]:
        """Return the check points of a date, person by person."""
        if self._version != self._world.version or len(self._days) > _KEPT_DAYS:
            self._version = self._world.version
            self._days.clear()
        if day not in self._days:
            self._days[day] = [point for one in self._world for point in check_points(self._world, one, day)]
        return self._days[day]
