"""A month of a made-up company, summed up by the bot and by arithmetic that shares no code with it."""

from dataclasses import asdict

import pytest

from bot.domain.day import Standing
from bot.domain.summaries import team_day, team_range
from tests.a_month import AFTER, FIRST, LAST, a_month, judged, rate_of, standing_of, sums


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_total_of_the_month_is_what_plain_arithmetic_says(seed: int) -> None:
    month = a_month(seed)
    found = team_range(judged(month), FIRST, LAST, AFTER)
    for person in found.people:
        expected = sums(month[person.user_id])
        assert asdict(person.totals) == dict(expected), person.user_id
        assert person.totals.attendance_rate == pytest.approx(rate_of(expected))
    everybody = sums([story for of in month.values() for story in of])
    assert asdict(found.totals) == dict(everybody)
    assert found.totals.attendance_rate == pytest.approx(rate_of(everybody))
    assert min(everybody.values()) > 10  # each number had something to count


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_day_counts_each_person_once_and_rightly(seed: int) -> None:
    month, found = a_month(seed), judged(a_month(seed))
    for offset in range((LAST - FIRST).days + 1):
        day = team_day((days[offset] for days in found.values()), month["u000"][offset].day, AFTER)
        expected = [standing_of(of[offset]) for of in month.values()]
        assert {standing: expected.count(standing) for standing in Standing} == day.counts
