"""Days, times, lengths of time, people and reasons that a text names."""

from datetime import date, time

import pytest

from bot.actions import Days
from bot.understanding.days import UnclearDays, read_days
from bot.understanding.people import Named, NameIndex
from bot.understanding.slots import read_slots
from bot.understanding.times import read_minutes, read_times

TODAY = date(2025, 11, 26)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今天", "2025-11-26", "2025-11-26"),
        ("昨天", "2025-11-25", "2025-11-25"),
        ("前天", "2025-11-24", "2025-11-24"),
        ("大前天", "2025-11-23", "2025-11-23"),
        ("明天", "2025-11-27", "2025-11-27"),
        ("后天", "2025-11-28", "2025-11-28"),
        ("本周", "2025-11-24", "2025-11-30"),
        ("上周", "2025-11-17", "2025-11-23"),
        ("上个星期", "2025-11-17", "2025-11-23"),
        ("下周", "2025-12-01", "2025-12-07"),
        ("本月", "2025-11-01", "2025-11-30"),
        ("上个月", "2025-10-01", "2025-10-31"),
        ("9月份", "2025-09-01", "2025-09-30"),
        ("9月1日到15日", "2025-09-01", "2025-09-15"),
        ("9月1日到9月15日", "2025-09-01", "2025-09-15"),
        ("9.1-9.15", "2025-09-01", "2025-09-15"),
        ("2025-09-01到2025-09-15", "2025-09-01", "2025-09-15"),
        ("9月3号", "2025-09-03", "2025-09-03"),
        ("最近7天", "2025-11-20", "2025-11-26"),
        ("过去三十天", "2025-10-28", "2025-11-26"),
        ("上周五", "2025-11-21", "2025-11-21"),
        ("周五", "2025-11-21", "2025-11-21"),
        ("下周一到周三", "2025-12-01", "2025-12-03"),
        ("上个月15号", "2025-10-15", "2025-10-15"),
        ("本季度", "2025-10-01", "2025-12-31"),
        ("第三季度", "2025-07-01", "2025-09-30"),
        ("三天前", "2025-11-23", "2025-11-23"),
        ("16-20号", "2025-11-16", "2025-11-20"),
        ("today", "2025-11-26", "2025-11-26"),
        ("yesterday", "2025-11-25", "2025-11-25"),
        ("the day before yesterday", "2025-11-24", "2025-11-24"),
        ("last week", "2025-11-17", "2025-11-23"),
        ("this month", "2025-11-01", "2025-11-30"),
        ("last month", "2025-10-01", "2025-10-31"),
        ("last Friday", "2025-11-21", "2025-11-21"),
        ("Sep 1 to 15", "2025-09-01", "2025-09-15"),
        ("from 1 September to 15 September", "2025-09-01", "2025-09-15"),
        ("in September", "2025-09-01", "2025-09-30"),
        ("the last 7 days", "2025-11-20", "2025-11-26"),
        ("next Monday", "2025-12-01", "2025-12-01"),
        ("Monday to Wednesday", "2025-11-24", "2025-11-26"),
        ("Q3", "2025-07-01", "2025-09-30"),
        ("3 days ago", "2025-11-23", "2025-11-23"),
        ("最近一周", "2025-11-20", "2025-11-26"),
        ("近两周", "2025-11-13", "2025-11-26"),
        ("今早", "2025-11-26", "2025-11-26"),
        ("昨晚", "2025-11-25", "2025-11-25"),
        ("11月2日以来", "2025-11-02", "2025-11-26"),
        ("周一至今", "2025-11-24", "2025-11-26"),
        ("since the 2nd", "2025-11-02", "2025-11-26"),
        ("28号到3号", "2025-10-28", "2025-11-03"),
        ("上月1-15号", "2025-10-01", "2025-10-15"),
        ("1st to 15th of September", "2025-09-01", "2025-09-15"),
        ("the 1st to the 15th of last month", "2025-10-01", "2025-10-15"),
        ("上周一到周三", "2025-11-17", "2025-11-19"),
        ("本周一到周五", "2025-11-24", "2025-11-28"),
        ("24-28号", "2025-11-24", "2025-11-28"),
        ("这周末", "2025-11-29", "2025-11-30"),
        ("last 3 days", "2025-11-24", "2025-11-26"),
        ("past two weeks", "2025-11-13", "2025-11-26"),
        ("一周前", "2025-11-19", "2025-11-19"),
        ("九月三号", "2025-09-03", "2025-09-03"),
        ("十月一号到七号", "2025-10-01", "2025-10-07"),
        ("Mon", "2025-11-24", "2025-11-24"),
        ("tomorrow", "2025-11-27", "2025-11-27"),
        ("上上周五", "2025-11-14", "2025-11-14"),
        ("today and yesterday", "2025-11-25", "2025-11-26"),
        ("上个月26号到本月25号", "2025-10-26", "2025-11-25"),
        ("11月考勤", "2025-11-01", "2025-11-30"),
        ("十一月", "2025-11-01", "2025-11-30"),
        ("2025年9月", "2025-09-01", "2025-09-30"),
        ("三号", "2025-11-03", "2025-11-03"),
        ("今日", "2025-11-26", "2025-11-26"),
        ("去年", "2024-01-01", "2024-12-31"),
    ],
)
def test_days_of_a_question_are_those_that_began(text: str, first: str, last: str) -> None:
    assert read_days(text, TODAY) == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("明天请假", "2025-11-27", "2025-11-27"),
        ("周五请假", "2025-11-28", "2025-11-28"),
        ("3号请假", "2025-12-03", "2025-12-03"),
        ("leave from Monday to Wednesday", "2025-12-01", "2025-12-03"),
        ("请假：12月1日到12月3日", "2025-12-01", "2025-12-03"),
        ("28号到3号请假", "2025-11-28", "2025-12-03"),
    ],
)
def test_days_of_leave_are_those_to_come(text: str, first: str, last: str) -> None:
    assert read_days(text, TODAY, ahead=True) == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    [
        "周五和周一",
        "除了周三",
        "2月30日",
        "31号",
        "周三或周四",
        "every Monday",
        "26th to 25th of October",
        "上旬9月",
    ],
)
def test_days_that_are_not_plainly_one_stretch_are_asked_about(text: str) -> None:
    with pytest.raises(UnclearDays):
        read_days(text, TODAY)
    assert read_slots(text, TODAY).has_unclear_days


@pytest.mark.parametrize("text", ["谁没打卡", "1号楼", "我几点下班", "12.5小时", "三楼", "who is in", "国庆"])
def test_where_no_day_is_named_none_is_found(text: str) -> None:
    assert read_days(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("18:40", "18:40"),
        ("十八点四十", "18:40"),
        ("下午六点半", "18:30"),
        ("早上八点五十五", "08:55"),
        ("晚上七点一刻", "19:15"),
        ("6:40pm", "18:40"),
        ("7.15 pm", "19:15"),
        ("at 6pm", "18:00"),
        ("08:45", "08:45"),
        ("中午12点", "12:00"),
        ("noon", "12:00"),
        ("12am", "00:00"),
        ("凌晨1点", "01:00"),
        ("晚上12点", ""),
        ("六点四十", "06:40 18:40"),
        ("差五分七点", "06:55 18:55"),
        ("half past six", "06:30 18:30"),
        ("quarter to nine", "08:45 20:45"),
        ("remind me at 9", "09:00 21:00"),
        ("8点或18点", ""),
        ("25:00", ""),
        ("8:75", ""),
        ("9月3号", ""),
    ],
)
def test_a_time_is_read_and_its_half_of_the_day_left_open(text: str, times: str) -> None:
    assert read_times(text) == tuple(time.fromisoformat(one) for one in times.split())


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("十分钟", 10),
        ("半小时", 30),
        ("一个半小时", 90),
        ("三刻钟", 45),
        ("ten minutes", 10),
        ("half an hour", 30),
        ("two hours", 120),
        ("提前15分钟或20分钟", None),
        ("snooze", None),
    ],
)
def test_a_length_of_time_is_read(text: str, minutes: int | None) -> None:
    assert read_minutes(text) == minutes


DIRECTORY = NameIndex(
    {"张三": ["u1"], "张三丰": ["u2"], "Bob": ["u3"], "李娜": ["u4", "u5"]},
    {"研发部": "d1", "Sales": "d2", "工程部 Engineering": "d3"},
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("张三今天打卡了吗", Named(("u1",))),
        ("張三丰迟到了吗", Named(("u2",))),
        ("nudge bob", Named(("u3",))),
        ("bobby is late", Named()),
        ("催一下u2", Named(("u2",))),
        ("李娜几点到的", Named(shared_names=("李娜",))),
        ("研发今天谁没来", Named(departments=("d1",))),
        ("engineering attendance", Named(departments=("d3",))),
        ("sales attendance, Bob and 张三", Named(("u3", "u1"), ("d2",))),
    ],
)
def test_only_those_are_named_whom_the_directory_has(text: str, named: Named) -> None:
    assert DIRECTORY.read(text) == named


def test_a_correction_names_its_day_time_direction_and_reason() -> None:
    slots = read_slots("昨天下班忘打卡，18:40走的，原因：手机没电", TODAY)
    assert slots.days == Days(date(2025, 11, 25), date(2025, 11, 25))
    assert (slots.times, slots.direction, slots.reason) == ((time(18, 40),), "out", "手机没电")


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("approve c-7f3k2m", "reference", "C-7F3K2M"),
        ("订阅周报", "period", "week"),
        ("每天早上发我考勤", "period", "day"),
        ("导出csv", "file_format", "csv"),
        ("发我excel", "file_format", "xlsx"),
        ("取消周五的请假", "leave", "cancel"),
        ("年假还剩几天", "leave", "balance"),
        ("谁没打上班卡", "direction", "in"),
        ("终于到啦，帮忙记一下 @浦东办公室", "place", "浦东办公室"),
        ("我在31.2304,121.4737这边，打卡", "position", (31.2304, 121.4737)),
        ("上班下班都忘打卡", "direction", None),
    ],
)
def test_the_other_slots_are_read(text: str, slot: str, value: object) -> None:
    assert getattr(read_slots(text, TODAY), slot) == value
