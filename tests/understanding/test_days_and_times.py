"""Days, times and lengths that a sentence names come out typed."""

from datetime import date, time, timedelta

import pytest

from bot.understanding import DateRange, Intent, IntentName, understand
from tests.understanding.figures import TODAY


def read(text: str) -> Intent:
    return understand(text, today=TODAY)


def days(first: str, last: str | None = None) -> DateRange:
    return DateRange(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天考勤", days("2025-11-26")),
        ("昨天谁没打卡", days("2025-11-25")),
        ("我前天的打卡记录", days("2025-11-24")),
        ("本周考勤", days("2025-11-24", "2025-11-26")),
        ("上周考勤", days("2025-11-17", "2025-11-23")),
        ("上个月考勤统计", days("2025-10-01", "2025-10-31")),
        ("本月考勤", days("2025-11-01", "2025-11-26")),
        ("attendance last week", days("2025-11-17", "2025-11-23")),
        ("export Sep 1 to 15", days("2025-09-01", "2025-09-15")),
        ("导出9月1日到9月15日的考勤", days("2025-09-01", "2025-09-15")),
        ("九月份考勤", days("2025-09-01", "2025-09-30")),
        ("2025-09-01到2025-09-15考勤", days("2025-09-01", "2025-09-15")),
        ("9.1-9.15考勤", days("2025-09-01", "2025-09-15")),
        ("attendance for the last 7 days", days("2025-11-20", "2025-11-26")),
        ("最近30天出勤率", days("2025-10-28", "2025-11-26")),
        ("Q3 attendance summary", days("2025-07-01", "2025-09-30")),
        ("上周五谁迟到了", days("2025-11-21")),
        ("who was late on Friday", days("2025-11-21")),
        ("12月考勤", days("2024-12-01", "2024-12-31")),
        ("明天请假", days("2025-11-27")),
        ("下周一到周三请假", days("2025-12-01", "2025-12-03")),
        ("leave from Monday to Wednesday", days("2025-12-01", "2025-12-03")),
        ("请假：12月1日到12月3日", days("2025-12-01", "2025-12-03")),
        ("周五请假", days("2025-11-28")),
        ("9月3日下班忘打卡，申请补卡", days("2025-09-03")),
        ("2月30日考勤", None),
        ("11月2日以来考勤", days("2025-11-02", "2025-11-26")),
        ("周一以来谁迟到", days("2025-11-24", "2025-11-26")),
        ("上周以来谁迟到", days("2025-11-17", "2025-11-26")),
        ("从11月2日起的考勤", days("2025-11-02", "2025-11-26")),
        ("周一至今谁迟到", days("2025-11-24", "2025-11-26")),
        ("attendance since the 2nd", days("2025-11-02", "2025-11-26")),
        ("周一以来请假", None),
        ("明天起请假", days("2025-11-27")),
        ("16-20号考勤", days("2025-11-16", "2025-11-20")),
        ("导出16到20号考勤", days("2025-11-16", "2025-11-20")),
        ("16-20 November attendance", days("2025-11-16", "2025-11-20")),
        ("attendance from 16th to 20th", days("2025-11-16", "2025-11-20")),
        ("24-28号考勤", days("2025-11-24", "2025-11-28")),
        ("三天前考勤", days("2025-11-23")),
        ("was Bob late 5 days ago", days("2025-11-21")),
        ("三天前忘打上班卡了，8:55到的", days("2025-11-23")),
        ("一周前忘打上班卡了，8:55到的", days("2025-11-19")),
        ("forgot to clock in a week ago, arrived at 8:50", days("2025-11-19")),
        ("forgot to clock in two days ago, arrived at 8:50", days("2025-11-24")),
        ("上上周五忘打下班卡了，18:40走的", days("2025-11-14")),
        ("下下周一别提醒我", days("2025-12-08")),
        ("下下周别提醒我", days("2025-12-08", "2025-12-14")),
        ("no reminders the monday after next", days("2025-12-08")),
        ("下个月1号请假", days("2025-12-01")),
        ("下个月1号到3号请假", days("2025-12-01", "2025-12-03")),
        ("on leave the 5th of next month", days("2025-12-05")),
        ("上个月1号到15号考勤", days("2025-10-01", "2025-10-15")),
        ("导出上月1-15号考勤", days("2025-10-01", "2025-10-15")),
        ("上个月26号到本月25号考勤", days("2025-10-26", "2025-11-25")),
        ("team summary from the 1st to the 15th of last month", days("2025-10-01", "2025-10-15")),
        ("export 1st to 15th of September", days("2025-09-01", "2025-09-15")),
        ("export 26th to 25th of October", days("2025-09-26", "2025-10-25")),
        ("上个月31号考勤", days("2025-10-31")),
        ("上月31日到本月31日考勤", None),
        ("去年12月28日到今年1月3日考勤", days("2024-12-28", "2025-01-03")),
        ("去年11月考勤", days("2024-11-01", "2024-11-30")),
        ("上周一到周三考勤", days("2025-11-17", "2025-11-19")),
        ("本周一到周五考勤", days("2025-11-24", "2025-11-28")),
        ("team summary from Monday on", days("2025-11-24", "2025-11-26")),
        ("11月2日以来的考勤", days("2025-11-02", "2025-11-26")),
        ("过去一年考勤", days("2024-11-27", "2025-11-26")),
        ("11月24日到28日考勤", days("2025-11-24", "2025-11-28")),
        ("28号到3号考勤", days("2025-10-28", "2025-11-03")),
        ("24-28号请假", days("2025-11-24", "2025-11-28")),
        ("28号到3号请假", days("2025-11-28", "2025-12-03")),
        ("summary for the last 3 days", days("2025-11-24", "2025-11-26")),
        ("late in the last three days", days("2025-11-24", "2025-11-26")),
        ("summary of the last two weeks", days("2025-11-13", "2025-11-26")),
        ("最近一周考勤", days("2025-11-20", "2025-11-26")),
        ("近两周考勤", days("2025-11-13", "2025-11-26")),
        ("最近半个月考勤", days("2025-11-12", "2025-11-26")),
        ("月报", days("2025-11-01", "2025-11-26")),
        ("monthly report", days("2025-11-01", "2025-11-26")),
        ("我的月报", days("2025-11-01", "2025-11-26")),
        ("上个月月报", days("2025-10-01", "2025-10-31")),
        ("导出周报", days("2025-11-24", "2025-11-26")),
        ("季报", days("2025-10-01", "2025-11-26")),
        ("who was late today and yesterday", days("2025-11-25", "2025-11-26")),
    ],
)
def test_days_are_relative_to_today_past_for_questions_and_coming_for_leave(
    text: str, expected: DateRange | None
) -> None:
    assert read(text).dates == expected


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("昨天忘打下班卡了，18:40 走的", time(18, 40)),
        ("昨天六点半走的，忘打卡了", time(18, 30)),
        ("下午6点提醒我", time(18)),
        ("remind me at 6:40pm", time(18, 40)),
        ("remind me at 9am", time(9)),
        ("每天早上八点五十提醒我上班打卡", time(8, 50)),
        ("修改提醒时间为9:00", time(9)),
        ("edit yesterday's clock out to 6:15pm", time(18, 15)),
        ("out at 18:05", time(18, 5)),
        ("打卡", None),
    ],
)
def test_a_time_of_day_is_read(text: str, at: time | None) -> None:
    assert read(text).at == at


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("提前15分钟提醒我", 15),
        ("remind me 10 min before", 10),
        ("提前半小时提醒我打卡", 30),
        ("remind me half an hour before my shift", 30),
        ("remind me an hour before", 60),
        ("提前一个半小时提醒我", 90),
        ("提醒我打卡", None),
    ],
)
def test_lengths_of_time_are_minutes(text: str, minutes: int | None) -> None:
    assert read(text).minutes == minutes


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("my week", TODAY - timedelta(days=TODAY.weekday())),
        ("show my week", TODAY - timedelta(days=TODAY.weekday())),
        ("我的一周", TODAY - timedelta(days=TODAY.weekday())),
        ("my month", TODAY.replace(day=1)),
        ("我的一月", TODAY.replace(day=1)),
    ],
)
def test_ones_own_week_or_month_is_the_one_that_is_under_way(text: str, first: date) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.dates) == (IntentName.HISTORY, DateRange(first, TODAY))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("clock in 8.30", time(8, 30)),
        ("clock in at 08.30", time(8, 30)),
        ("clock out 18.05.", time(18, 5)),
        ("打卡 8.30", time(8, 30)),
        ("下班打卡 18.05", time(18, 5)),
        ("下班 18.05", time(18, 5)),
    ],
)
def test_a_time_with_a_point_is_a_time_and_never_exact_enough_to_punch_at(text: str, at: time) -> None:
    intent = read(text)
    assert (intent.name, intent.at, intent.position_error) == (IntentName.NONE, at, None)


@pytest.mark.parametrize(
    "text", ["see you at 8.30", "version 39.9", "my status 8.30", "the CPU's done boosting, clock in at 4.2"]
)
def test_a_number_with_a_point_behind_no_command_is_no_time(text: str) -> None:
    assert (read(text).at, read(text).position_error) == (None, None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("8:58 made it, clock me in", time(8, 58)),
        ("18:31 finally free, clocking off", time(18, 31)),
        ("19:05下班", time(19, 5)),
        ("8:58到公司了", time(8, 58)),
        ("九点零三，到公司了，打卡", time(9, 3)),
    ],
)
def test_a_time_to_the_minute_that_a_punch_opens_with_goes_out_to_be_compared_with_the_clock(
    text: str, at: time
) -> None:
    intent = read(text)
    assert intent.name in {IntentName.CLOCK_IN, IntentName.CLOCK_OUT}
    assert intent.at == at


@pytest.mark.parametrize(
    "text", ["18:00下班", "8:30 clock me in", "8:30到公司", "8:58, clock me in", "18:05下班，19:05下班"]
)
def test_a_time_that_may_be_meant_for_a_punch_to_come_is_no_opening(text: str) -> None:
    assert read(text).name is IntentName.NONE


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("近一个月考勤概况", "2025-10-28", "2025-11-26"),
        ("上半年考勤汇总", "2025-01-01", "2025-06-30"),
        ("absence stats for H1", "2025-01-01", "2025-06-30"),
        ("下半年迟到统计", "2025-07-01", "2025-11-26"),
        ("本季迟到次数排名", "2025-10-01", "2025-11-26"),
    ],
)
def test_months_and_halves_of_a_year_are_days_of_a_range(text: str, first: str, last: str) -> None:
    intent = read(text)
    assert (intent.name, intent.dates) == (IntentName.SUMMARY_RANGE, days(first, last))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("excuse Alice 2026-02-31: doctor", IntentName.EXCUSE),
        ("豁免 Alice 2月31日：医院", IntentName.EXCUSE),
        ("补卡 11月31日 09:40 上班，手机没电", IntentName.CORRECTION),
        ("2月31日考勤", IntentName.SUMMARY_RANGE),
        ("2月31日谁没打卡", IntentName.MISSING),
        ("summary 2026-02-28 to 2026-02-31", IntentName.SUMMARY_RANGE),
        ("summary 2026-11-30 to 2026-11-01", IntentName.SUMMARY_RANGE),
    ],
)
def test_days_that_no_calendar_has_are_not_left_open(text: str, name: IntentName) -> None:
    intent = read(text)
    assert (intent.name, intent.dates, intent.no_such_day) == (name, None, True)


@pytest.mark.parametrize(
    "text", ["今天考勤", "summary", "excuse Alice: doctor", "12月20日到1月5日考勤", "补卡 18:40"]
)
def test_days_that_there_are_and_none_at_all_are_no_such_days(text: str) -> None:
    assert not read(text).no_such_day
