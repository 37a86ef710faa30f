"""Days, times, durations, people and reasons in a text."""

from datetime import date, time

import pytest

from bot.domain.quiet import DayPart
from bot.domain.slots import Days, TypedPosition
from bot.understanding.days import UnclearDays, read_days
from bot.understanding.slots import read_slots
from bot.understanding.times import read_hours, read_minutes, read_part, read_times
from bot.understanding.vocabulary import Named, NameIndex, fold, with_digits
from tests.tables import cases

TODAY = date(2025, 11, 26)  # a Wednesday


@cases
def test_days_of_a_question_lie_in_the_past(text: str, first: str, last: str) -> None:
    assert read_days(text, TODAY) == Days(date.fromisoformat(first), date.fromisoformat(last))


@cases
def test_days_of_leave_lie_in_the_future(text: str, first: str, last: str) -> None:
    assert read_days(text, TODAY, ahead=True) == Days(
        date.fromisoformat(first), date.fromisoformat(last)
    )


@cases
def test_days_with_gaps_or_with_more_to_read_are_asked_about(text: str) -> None:
    with pytest.raises(UnclearDays):
        read_days(text, TODAY)
    assert read_slots(text, TODAY).has_unclear_days


@cases
def test_a_time_may_leave_its_half_of_the_day_open(text: str, times: str) -> None:
    assert read_times(with_digits(fold(text))) == tuple(
        time.fromisoformat(at) for at in times.split()
    )


@cases
def test_a_duration_is_read_in_minutes(text: str, minutes: int | None) -> None:
    assert read_minutes(with_digits(fold(text))) == minutes


@cases
def test_hours_may_leave_their_half_of_the_day_open(text: str, hours: str) -> None:
    read = [f"{one.start:%H:%M}–{one.end:%H:%M}" for one in read_hours(with_digits(fold(text)))]
    assert read == hours.split()


@cases
def test_a_part_of_a_day_is_read(text: str, part: DayPart | None) -> None:
    assert read_part(with_digits(fold(text))) is part


DIRECTORY = NameIndex(
    {"张三": ["u1"], "张三丰": ["u2"], "Bob": ["u3"], "李娜": ["u4", "u5"]},
    {1: "研发部", 2: "Sales", 3: "工程部 Engineering", 4: "海外 Sales"},
)


@cases
def test_only_known_people_and_departments_are_named(text: str, named: Named) -> None:
    assert DIRECTORY.read(text) == named


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("approve c-7f3k2m", "reference", "C-7F3K2M"),
        ("终于到啦，帮忙记一下 @浦东办公室", "place", "浦东办公室"),
        (
            "我在31.2304,121.4737这边，打卡",
            "position",
            TypedPosition(latitude=31.2304, longitude=121.4737),
        ),
        ("上班下班都忘打卡", "direction", None),
    ],
)
def test_references_places_and_positions_are_read(text: str, slot: str, value: object) -> None:
    assert getattr(read_slots(text, TODAY), slot) == value
