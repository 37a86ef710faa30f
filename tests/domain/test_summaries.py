"""What days of a team sum up to, in which order its people come, and when summaries come by themselves."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.day import Check, CheckState, PersonDay, Standing
from bot.domain.digests import DigestKind, DigestRules, days_of, digests_due
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.summaries import late_first, team_day, team_range, totals_of
from tests.builders import SHANGHAI, TUESDAY, local

NOW, CAME, NIGHT = local("10:00"), local("08:55"), local("23:59")
MONDAY, DAY = TUESDAY - timedelta(days=1), timedelta(days=1)
RULES = DigestRules(45, time(9, 30), time(9, 30))


def day(standing: Standing, user_id: str = "u1", **more: object) -> PersonDay:
    return PersonDay(user_id, TUESDAY, standing, **more)  # type: ignore[arg-type]


LATE = day(Standing.LATE, arrived_at=CAME, late_minutes=7)
HERE = day(Standing.ON_TIME, arrived_at=CAME)


def test_a_team_comes_with_what_needs_attention_first() -> None:
    days = [
        *(day(Standing.ON_TIME, "a"), day(Standing.LATE, "b", late_minutes=3), day(Standing.UNKNOWN, "d")),
        *(day(Standing.LATE, "c", late_minutes=30), day(Standing.MISSING, "e")),
    ]
    found = team_day(days, TUESDAY, NOW)
    assert [one.user_id for one in found.days] == ["e", "d", "c", "b", "a"]
    assert (found.counts[Standing.LATE], found.counts[Standing.OFF]) == (2, 0)
    assert [one.user_id for one in found.of(Standing.LATE)] == ["c", "b"]


def test_a_range_comes_with_who_needs_attention_or_came_late_first() -> None:
    later = day(Standing.MISSING)._replace(work_date=TUESDAY + DAY)
    people = {
        "twice": [LATE, LATE],
        "absent": [later, HERE],
        "once": [LATE._replace(late_minutes=50)],
        "again": [LATE, LATE._replace(late_minutes=10)],
    }
    found = team_range(people, TUESDAY, TUESDAY + DAY, NOW)
    assert [one.user_id for one in found.people] == ["absent", "once", "again", "twice"]
    assert [one.work_date for one in found.people[0].days] == [TUESDAY, TUESDAY + DAY]
    assert (found.totals.due, found.totals.present, found.totals.late_minutes) == (7, 6, 81)
    assert [one.user_id for one in late_first(found).people] == ["again", "twice", "once", "absent"]


@pytest.mark.parametrize(
    ("over", "came", "sums"),
    [
        (False, False, (0, 0, 0)),  # minutes late, or out all morning: they still may come
        (True, False, (1, 0, 1)),
        (False, True, (1, 1, 0)),  # a night's clock-out, say, without the clock-in
    ],
)
def test_a_day_that_runs_is_absent_for_nobody(over: bool, came: bool, sums: tuple[int, int, int]) -> None:
    result = TimeResult.NOT_SIGNED if over else TimeResult.UNKNOWN
    going = Check(CheckType.OFF_DUTY, 0, NOW, CheckState.MISSING, time_result=result)
    missing = day(Standing.MISSING, left_at=CAME if came else None)._replace(checks=(going,))
    totals = totals_of([missing])
    assert (totals.due, totals.present, totals.absent) == sums
    excused = totals_of([missing._replace(standing=Standing.EXCUSED, excused=True)])
    assert (excused.due, excused.absent) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "today", "worked", "expected"),
    [
        ("day", TUESDAY, {TUESDAY: ["06:00", "09:00", "09:00", "21:00"]}, ("11-24", "11-24", local("09:45"))),
        ("day", TUESDAY, {TUESDAY: ["21:00", "06:00"]}, ("11-24", "11-24", local("06:45"))),
        ("day", TUESDAY, {MONDAY: ["23:30"], TUESDAY: []}, ("11-23", "11-23", local("00:15"))),
        ("day", TUESDAY, {MONDAY: [], TUESDAY: []}, None),
        ("week", MONDAY, {MONDAY - DAY: ["09:00"], MONDAY: ["09:00"]}, ("11-16", "11-22", local("09:30", MONDAY))),
        ("week", TUESDAY, {MONDAY: ["09:00"], TUESDAY: ["09:00"]}, None),
        ("week", TUESDAY, {MONDAY: [], TUESDAY: ["09:00"]}, ("11-16", "11-22", local("09:30"))),  # a holiday
        ("month", TUESDAY, {MONDAY: [], TUESDAY: ["09:00"]}, ("10-01", "10-31", local("09:30"))),
        ("month", TUESDAY, {MONDAY: ["09:00"], TUESDAY: ["09:00"]}, None),
    ],
)
def test_a_digest_comes_on_the_first_day_with_work(
    kind: str, today: date, worked: dict[date, list[str]], expected: tuple[str, str, datetime] | None
) -> None:
    starts = {at: [local(time, at) for time in times] for at, times in worked.items()}
    due = digests_due("lead01", {DigestKind(kind)}, starts, RULES, today=today, zone=SHANGHAI)
    found = [(f"{first:%m-%d}", f"{last:%m-%d}", one.moment) for one in due for first, last in [days_of(one)]]
    assert found == ([] if expected is None else [expected])
