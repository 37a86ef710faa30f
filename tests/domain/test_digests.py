"""Which summaries are due when, and of which days they tell."""

from datetime import date, datetime, time, timedelta

from bot.domain.digests import DigestKind, DigestRules, days_of, digests_due
from bot.services.upkeep import KEEP_REMINDERS
from tests.builders import SHANGHAI, TUESDAY, local

RULES = DigestRules(45, time(9, 30), time(9, 30))
MONDAY, DAY = TUESDAY - timedelta(days=1), timedelta(days=1)
EVERY = frozenset(DigestKind)


def due(today: date, worked: dict[date, list[str]], kinds: frozenset[DigestKind] = EVERY) -> dict[str, datetime]:
    starts = {day: [local(at, day) for at in times] for day, times in worked.items()}
    found = digests_due("lead01", kinds, starts, RULES, today=today, zone=SHANGHAI)
    return {f"{one.which} {days_of(one)[0]:%m-%d}/{days_of(one)[1]:%m-%d}": one.moment for one in found}


def test_the_daily_one_follows_the_start_of_most() -> None:
    daily = frozenset({DigestKind.DAILY})

    assert due(TUESDAY, {TUESDAY: ["06:00", "09:00", "09:00", "21:00"]}, daily) == {
        "day 11-24/11-24": local("09:45")
    }
    assert due(TUESDAY, {TUESDAY: ["21:00", "06:00"]}, daily) == {"day 11-24/11-24": local("06:45")}


def test_a_night_shifts_daily_one_may_fall_on_the_next_date() -> None:
    assert due(TUESDAY, {MONDAY: ["23:30"], TUESDAY: []}) == {"day 11-23/11-23": local("00:15")}


def test_a_day_without_work_brings_nothing() -> None:
    assert due(TUESDAY, {MONDAY: [], TUESDAY: []}) == {}


def test_a_week_is_told_on_its_monday_and_not_again_on_tuesday() -> None:
    weekly = frozenset({DigestKind.WEEKLY})

    assert due(MONDAY, {MONDAY - DAY: [], MONDAY: ["09:00"]}, weekly) == {
        "week 11-16/11-22": local("09:30", MONDAY)
    }
    assert due(TUESDAY, {MONDAY: ["09:00"], TUESDAY: ["09:00"]}, weekly) == {}


def test_after_a_holiday_monday_the_week_is_told_on_tuesday() -> None:
    weekly = frozenset({DigestKind.WEEKLY})

    assert due(TUESDAY, {MONDAY: [], TUESDAY: ["09:00"]}, weekly) == {"week 11-16/11-22": local("09:30")}


def test_work_on_sunday_does_not_keep_monday_quiet() -> None:
    weekly = frozenset({DigestKind.WEEKLY})

    assert list(due(MONDAY, {MONDAY - DAY: ["09:00"], MONDAY: ["09:00"]}, weekly)) == ["week 11-16/11-22"]


def test_a_month_is_told_on_the_first_day_with_work_of_the_next() -> None:
    monthly, first = frozenset({DigestKind.MONTHLY}), date(2026, 12, 1)

    assert list(due(first, {first - DAY: ["09:00"], first: ["09:00"]}, monthly)) == ["month 11-01/11-30"]
    assert due(first + DAY, {first: ["09:00"], first + DAY: ["09:00"]}, monthly) == {}


def test_the_row_of_a_digest_is_kept_for_as_long_as_it_could_come_again() -> None:
    """A month is told after each day without work, and its row alone knows that it was told."""
    ages = []
    for today in (date(2024, 1, 1) + offset * DAY for offset in range(5 * 366)):
        starts = {today: [local("09:00", today)]}
        found = digests_due("lead01", EVERY, starts, RULES, today=today, zone=SHANGHAI)
        ages += [today - one.work_date for one in found]

    assert max(ages) < KEEP_REMINDERS
