"""What leave does to the checks of a day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, points_left
from bot.domain.shifts import CheckPoint, Section, Shift, day_plan

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY = date(2026, 9, 1)
DAY = Shift("day", (Section(time(9), time(18)),))
SPLIT = Shift("split", (Section(time(8, 30), time(12)), Section(time(13, 30), time(18))))
NIGHT = Shift("night", (Section(time(22), time(6)),))


def away(first: str, last: str, day: date = TUESDAY, *, days: int = 0) -> Absence:
    starts = datetime.combine(day, time.fromisoformat(first), ZONE)
    ends = datetime.combine(day + timedelta(days=days), time.fromisoformat(last), ZONE)
    return Absence("u", starts, ends, f"{first}-{last}")


def left(shift: Shift, *absences: Absence) -> list[str]:
    points = points_left(day_plan(shift, TUESDAY, ZONE).points, absences)
    return [shown(point) for point in points]


def shown(point: CheckPoint) -> str:
    return f"{point.key} {point.due_at.astimezone(ZONE):%d %H:%M}"


def test_without_leave_every_check_stays() -> None:
    assert left(DAY) == ["OnDuty/0 01 09:00", "OffDuty/0 01 18:00"]


def test_leave_for_the_whole_day_leaves_no_check() -> None:
    assert left(DAY, away("00:00", "23:59")) == []
    assert left(DAY, away("09:00", "18:00")) == []


def test_a_morning_off_moves_coming_to_its_end() -> None:
    assert left(DAY, away("09:00", "13:00")) == ["OnDuty/0 01 13:00", "OffDuty/0 01 18:00"]


def test_an_afternoon_off_moves_going_to_its_start() -> None:
    assert left(DAY, away("14:00", "18:00")) == ["OnDuty/0 01 09:00", "OffDuty/0 01 14:00"]


def test_two_half_days_that_touch_are_a_day() -> None:
    assert left(DAY, away("09:00", "13:00"), away("13:00", "18:00")) == []


def test_an_outing_in_between_moves_nothing() -> None:
    assert left(DAY, away("10:00", "11:00")) == ["OnDuty/0 01 09:00", "OffDuty/0 01 18:00"]


def test_a_morning_off_takes_one_section_of_a_split_shift() -> None:
    assert left(SPLIT, away("08:00", "12:30")) == ["OnDuty/1 01 13:30", "OffDuty/1 01 18:00"]


def test_leave_on_the_next_day_takes_the_end_of_a_night_shift() -> None:
    tomorrow = TUESDAY + timedelta(days=1)
    assert left(NIGHT, away("02:00", "12:00", tomorrow)) == ["OnDuty/0 01 22:00", "OffDuty/0 02 02:00"]
