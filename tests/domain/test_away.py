"""When a person is away: by approvals, by their own words, never by a mute."""

from datetime import UTC, date, datetime, timedelta

from bot.domain.absences import Absence
from bot.domain.quiet import AwayState, QuietTime, quiet_days, times_away
from bot.domain.slots import Days
from tests.builders import SHANGHAI, local

DAY = date(2026, 11, 24)


def an_absence(begins: str, ends: str, kind: str = "", *, unreadable: bool = False) -> Absence:
    return Absence("u1", local(begins, DAY), local(ends, DAY), begins, unreadable, kind=kind)


def states(absences: list[Absence], quiet: list[QuietTime] | None = None) -> list[AwayState]:
    return [away.state for away in times_away(absences, quiet or [], [DAY], SHANGHAI)]


def test_two_half_days_that_touch_are_one_time_with_both_kinds() -> None:
    halves = [an_absence("09:00", "13:00", "年假"), an_absence("13:00", "18:00", "病假")]
    (away,) = times_away(halves, [], [DAY], SHANGHAI)
    assert (away.time.starts_at.hour, away.time.ends_at.hour) == (9, 18)
    assert away.kinds == ("年假", "病假")


def test_an_approval_without_readable_times_is_pending_on_its_work_date_alone() -> None:
    midnight = local("00:00", DAY)
    unreadable = Absence("u1", midnight, midnight + timedelta(days=2), "p1", times_unknown=True)
    assert states([unreadable]) == [AwayState.PENDING]
    assert times_away([unreadable], [], [DAY + timedelta(days=1)], SHANGHAI) == []


def test_told_leave_counts_unless_an_approval_covers_it_and_a_mute_never() -> None:
    told = quiet_days(Days(DAY, DAY), is_leave=True)
    whole_day = Absence("u1", local("00:00", DAY), local("00:00", DAY + timedelta(days=1)), "l1")
    assert states([], [told]) == [AwayState.TOLD]
    assert states([whole_day], [told]) == [AwayState.APPROVED]
    assert states([an_absence("09:00", "13:00")], [told]) == [AwayState.TOLD, AwayState.APPROVED]
    assert states([], [quiet_days(Days(DAY, DAY))]) == []


def test_an_absence_that_ends_at_midnight_is_none_of_the_next_day() -> None:
    night_before = Absence("u1", datetime(2026, 11, 23, tzinfo=UTC), local("00:00", DAY), "l1")
    assert states([night_before]) == []
