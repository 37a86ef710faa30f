"""Days, times, durations, people and reasons in a text."""

from datetime import date, time

import pytest

from bot.domain.quiet import DayPart
from bot.domain.slots import Days, TypedPosition
from bot.understanding.days import UnclearDays, read_days
from bot.understanding.slots import read_slots
from bot.understanding.times import read_hours, read_minutes, read_part, read_times
from bot.understanding.vocabulary import Named, NameIndex

TODAY = date(2025, 11, 26)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("过去三十天", "2025-10-28", "2025-11-26"),
        ("下周一到周三", "2025-12-01", "2025-12-03"),
        ("from 1 September to 15 September", "2025-09-01", "2025-09-15"),
        ("11月2日以来", "2025-11-02", "2025-11-26"),
        ("28号到3号", "2025-10-28", "2025-11-03"),
        ("last year", "2024-01-01", "2024-12-31"),
        ("导出Q3考勤", "2025-07-01", "2025-09-30"),
        ("the 1st to the 15th of last month", "2025-10-01", "2025-10-15"),
        ("导出2025-09工资表", "2025-09-01", "2025-09-30"),
        ("这周末", "2025-11-29", "2025-11-30"),
        ("十月一号到七号", "2025-10-01", "2025-10-07"),
        ("上个月26号到本月25号", "2025-10-26", "2025-11-25"),
    ],
)
def test_days_of_a_question_lie_in_the_past(text: str, first: str, last: str) -> None:
    assert read_days(text, TODAY) == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("3号请假", "2025-12-03", "2025-12-03"),
        ("leave from Monday to Wednesday", "2025-12-01", "2025-12-03"),
        ("28号到3号请假", "2025-11-28", "2025-12-03"),
        ("明天到后天请假", "2025-11-27", "2025-11-28"),
        ("on leave from tomorrow to the day after tomorrow", "2025-11-27", "2025-11-28"),
    ],
)
def test_days_of_leave_lie_in_the_future(text: str, first: str, last: str) -> None:
    assert read_days(text, TODAY, ahead=True) == Days(
        date.fromisoformat(first), date.fromisoformat(last)
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "周五和周一",
            "除了周三",
            "2月30日",
            "every Monday",
            "26th to 25th of October",
            "上旬9月",
        ),
        *(
            "请假到周五",
            "on leave until Friday",
            "周五之前",
            "明后天",
            "13月",
            "Q4 2024",
            "Friday last week",
        ),
    ],
)
def test_days_with_gaps_or_with_more_to_read_are_asked_about(text: str) -> None:
    with pytest.raises(UnclearDays):
        read_days(text, TODAY)
    assert read_slots(text, TODAY).has_unclear_days


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("18:40", "18:40"),
        ("下午六点半", "18:30"),
        ("6:40pm", "18:40"),
        ("12am", "00:00"),
        ("晚上12点", ""),
        ("六点四十", "06:40 18:40"),
        ("差五分七点", "06:55 18:55"),
        ("quarter to nine", "08:45 20:45"),
        ("remind me at 9", "09:00 21:00"),
        ("8点或18点", ""),
        ("9月3号", ""),
    ],
)
def test_a_time_may_leave_its_half_of_the_day_open(text: str, times: str) -> None:
    assert read_times(text) == tuple(time.fromisoformat(at) for at in times.split())


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("半小时", 30),
        ("一个半小时", 90),
        ("提前15分钟或20分钟", None),
        ("snooze", None),
    ],
)
def test_a_duration_is_read_in_minutes(text: str, minutes: int | None) -> None:
    assert read_minutes(text) == minutes


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("明天下午2点到4点请假", "14:00–16:00"),
        ("off 14:00–16:00 tomorrow", "14:00–16:00"),
        ("off from 2 to 4pm", "14:00–16:00"),
        ("off 9-11am", "09:00–11:00"),
        ("2点到4点请假", "02:00–04:00 14:00–16:00"),
        ("from 3pm on", "15:00–00:00"),
        ("下午3点前不在", "00:00–15:00"),
        ("3 to 5 December", ""),
        ("下午3点请假", ""),
    ],
)
def test_hours_may_leave_their_half_of_the_day_open(text: str, hours: str) -> None:
    read = [f"{one.start:%H:%M}–{one.end:%H:%M}" for one in read_hours(text)]
    assert read == hours.split()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("12月3日下午请假", DayPart.AFTERNOON),
        ("I want to take tomorrow afternoon off", DayPart.AFTERNOON),
        ("tomorrow morning off", DayPart.MORNING),
        ("今天9点开会，下午请假", DayPart.AFTERNOON),
        *(
            (text, DayPart.OPEN)
            for text in ("请半天假", "half day off", "请假2小时", "下午3点请假")
        ),
        *(
            (text, None)
            for text in ("今天请假", "早上好，今天请假", "上午下午都请假", "2点到4点请假")
        ),
    ],
)
def test_a_part_of_a_day_is_read(text: str, part: DayPart | None) -> None:
    assert read_part(text) is part


DIRECTORY = NameIndex(
    {"张三": ["u1"], "张三丰": ["u2"], "Bob": ["u3"], "李娜": ["u4", "u5"]},
    {1: "研发部", 2: "Sales", 3: "工程部 Engineering", 4: "海外 Sales"},
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("张三今天打卡了吗", Named(("u1",))),
        ("張三丰迟到了吗", Named(("u2",))),
        ("bobby is late", Named()),
        ("催一下u2", Named(("u2",))),
        ("李娜几点到的", Named(shared_names=("李娜",))),
        ("研发今天谁没来", Named(departments=(1,))),
        ("sales today", Named(departments=(2, 4))),
        ("研发 attendance, Bob and 张三", Named(("u3", "u1"), (1,))),
    ],
)
def test_only_known_people_and_departments_are_named(text: str, named: Named) -> None:
    assert DIRECTORY.read(text) == named


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("approve c-7f3k2m", "reference", "C-7F3K2M"),
        ("取消周五的请假", "leave", "cancel"),
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
