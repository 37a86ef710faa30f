"""No reminders this afternoon: which checks that silences, and what is said of it."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.reminders import Quiet, Wishes
from bot.domain.shifts import CheckType
from tests.builders import SHANGHAI, TUESDAY, a_plan, a_shift
from tests.handlers.a_desk import Desk
from tests.languages import theirs

DAY = timedelta(days=1)


def is_quiet_of(wishes: Wishes, due: str, check_type: CheckType, day: date = TUESDAY) -> bool:
    due_at = datetime.combine(day, time.fromisoformat(due), SHANGHAI)
    return wishes.are_quiet_on(day, check_type, due_at)


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("今天下午别提醒我", [True, True], [True, False]),
        ("don't remind me this afternoon", [True, True], [True, False]),
        ("今天上午别提醒我", [False, False], [False, True]),
        ("no reminders this morning", [False, False], [False, True]),
        ("下午五点后别提醒我", [False, False], [True, False]),
        ("五点后别提醒我", [False, False], [True, False]),
        ("don't remind me after 5pm", [False, False], [True, False]),
    ],
)
async def test_a_part_of_a_day_silences_the_checks_that_are_due_in_it(
    text: str, on: list[bool], off: list[bool]
) -> None:
    desk = Desk()
    await desk.say(text)
    is_quiet = [is_quiet_of(desk.mine, at, CheckType.ON_DUTY) for at in ("12:00", "13:30")]
    assert is_quiet == on
    assert [is_quiet_of(desk.mine, at, CheckType.OFF_DUTY) for at in ("18:00", "12:00")] == off
    assert is_quiet_of(desk.mine, "09:00", CheckType.ON_DUTY) == (off == [False, True])
    assert not is_quiet_of(desk.mine, "18:00", CheckType.OFF_DUTY, TUESDAY + DAY)
    assert not desk.mine.muted


async def test_a_part_of_a_day_is_shown_with_its_hours_and_kept_beside_a_whole_day() -> None:
    desk = Desk()
    assert "2026-11-24 12:00 起到点的卡" in await desk.say("今天下午别提醒我")
    assert "2026-11-25 12:00 之前到点的卡" in await desk.say("明天上午别提醒我")
    await desk.say("今天别提醒我")
    assert len(desk.mine.quiet) == 3
    await desk.say("恢复提醒")
    assert desk.mine == Wishes("u1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("今天下午别提醒我", "12:00 的下班卡除外"),
        ("no reminders after 12:00 today", "a clock-out at 12:00 excepted"),
        ("no reminders this morning", "a clock-out at 12:00 included"),
    ],
)
async def test_it_is_said_to_which_half_a_clock_out_at_noon_belongs(text: str, said: str) -> None:
    assert said in await Desk().say(text)


@pytest.mark.parametrize("text", ["no reminders after 5pm", "今天下午别提醒我上班打卡"])
async def test_nothing_is_said_of_noon_where_no_clock_out_at_noon_is_concerned(text: str) -> None:
    said = await Desk().say(text)
    assert "的下班卡" not in said and "a clock-out at" not in said


@pytest.mark.parametrize("text", ["三点前别提醒我", "don't remind me at 3pm"])
async def test_a_time_up_to_which_or_at_which_nothing_is_wanted_changes_nothing(text: str) -> None:
    desk = Desk()
    said = await desk.say(text)
    assert theirs(text, en="Nothing was changed", zh="没有改动") in said
    assert desk.mine == Wishes("u1")


@pytest.mark.parametrize(
    "text",
    [
        "每天下午六点后别提醒我",
        "don't remind me after 6pm every day",
        "每天下午别提醒我",
        "每晚别提醒我",
        "每天中午别提醒我",
        "每周五下午别提醒我",
        "no reminders every morning",
        "下周每天下午别提醒我",
    ],
)
async def test_a_part_of_each_day_is_not_taken_for_today_nor_for_every_reminder(text: str) -> None:
    desk = Desk()
    said = await desk.say(text)
    assert desk.mine == Wishes("u1")
    assert theirs(text, en="Nothing was changed", zh="没有改动") in said
    assert theirs(text, en="every day", zh="每天") in said


@pytest.mark.parametrize("text", ["每天别提醒我", "stop reminding me every day", "早上好，以后都别提醒我"])
async def test_every_day_as_a_whole_switches_reminders_off(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert desk.mine.muted


def test_an_evening_lasts_as_long_as_the_shift_of_that_day() -> None:
    evening = Wishes("u1", quiet=(Quiet(TUESDAY, TUESDAY, since=time(12)),))
    six = datetime.combine(TUESDAY + DAY, time(6), SHANGHAI)
    assert evening.are_quiet_on(TUESDAY, CheckType.OFF_DUTY, six)
    assert not evening.are_quiet_on(TUESDAY + DAY, CheckType.ON_DUTY, six)
    yesterdays = six - DAY
    assert not evening.are_quiet_on(TUESDAY - DAY, CheckType.OFF_DUTY, yesterdays)
    morning = Wishes("u1", quiet=(Quiet(TUESDAY, TUESDAY, until=time(12)),))
    assert morning.are_quiet_on(TUESDAY - DAY, CheckType.OFF_DUTY, yesterdays)


async def test_tonight_said_in_the_night_is_the_night_that_still_lasts() -> None:
    yesterday = a_plan(a_shift(("22:00", "06:00")), TUESDAY - DAY)
    desk = Desk("01:00", plan=yesterday)
    await desk.say("今晚别提醒我")
    six = datetime.combine(TUESDAY, time(6), SHANGHAI)
    assert desk.mine.are_quiet_on(TUESDAY - DAY, CheckType.OFF_DUTY, six)


@pytest.mark.parametrize("text", ["no reminders after 5am", "今天凌晨3点后别提醒我"])
async def test_a_time_of_today_is_meant_of_the_end_of_the_night_shift_too(text: str) -> None:
    yesterday = a_plan(a_shift(("22:00", "06:00")), TUESDAY - DAY)
    desk = Desk("01:00", plan=yesterday)
    await desk.say(text)
    six = datetime.combine(TUESDAY, time(6), SHANGHAI)
    assert desk.mine.are_quiet_on(TUESDAY - DAY, CheckType.OFF_DUTY, six)
    assert not desk.mine.are_quiet_on(TUESDAY - 2 * DAY, CheckType.OFF_DUTY, six - DAY)


async def test_tonight_said_shortly_before_a_shift_from_midnight_on_is_that_shift() -> None:
    tomorrow = TUESDAY + DAY
    desk = Desk("23:30", plan=a_plan(a_shift(("00:00", "08:00")), tomorrow))
    await desk.say("no reminders tonight")
    midnight = datetime.combine(tomorrow, time(), SHANGHAI)
    assert desk.mine.are_quiet_on(tomorrow, CheckType.ON_DUTY, midnight)
    assert desk.mine.are_quiet_on(tomorrow, CheckType.OFF_DUTY, midnight.replace(hour=8))


@pytest.mark.parametrize("text", ["今天下午别提醒我", "今晚别提醒我"])
async def test_an_afternoon_named_after_the_night_shift_is_that_of_today_alone(text: str) -> None:
    desk = Desk("09:50", plan=a_plan(a_shift(("22:00", "06:00")), TUESDAY - DAY))
    assert "2026-11-24 12:00 起到点的卡" in await desk.say(text)
    assert [(one.first, one.last) for one in desk.mine.quiet] == [(TUESDAY, TUESDAY)]


NIGHT = a_plan(a_shift(("22:00", "06:00")), TUESDAY)
SIX = datetime.combine(TUESDAY + DAY, time(6), SHANGHAI)


@pytest.mark.parametrize("text", ["明天别提醒我", "no reminders tomorrow", "明天别提醒我下班打卡"])
async def test_tomorrow_said_before_a_night_shift_holds_for_its_end_too(text: str) -> None:
    desk = Desk("20:00", plan=NIGHT)
    said = await desk.say(text)
    assert theirs(text, en="for checks due from 00:00 on", zh="00:00 起到点的卡") in said
    assert desk.mine.are_quiet_on(TUESDAY, CheckType.OFF_DUTY, SIX)
    assert desk.mine.are_quiet_on(TUESDAY + DAY, CheckType.OFF_DUTY, SIX + DAY)
    assert not desk.mine.are_quiet_on(TUESDAY + 2 * DAY, CheckType.OFF_DUTY, SIX + 2 * DAY)
    assert not is_quiet_of(desk.mine, "22:00", CheckType.ON_DUTY)


@pytest.mark.parametrize(
    ("text", "end", "named"),
    [
        ("明天请假", "06:00", "2026-11-25 06:00 的下班卡不在其内"),
        ("on leave tomorrow", "06:00", "Not among these: the clock-out due 2026-11-25 06:00"),
        ("明天别提醒我", "00:00", "2026-11-25 00:00 的下班卡不在其内"),  # its reminder comes today
    ],
)
async def test_an_end_on_that_day_of_which_one_is_reminded_still_is_named(text: str, end: str, named: str) -> None:
    plan = a_plan(a_shift(("16:00", end)), TUESDAY)
    desk = Desk("15:00", plan=plan)
    assert named in await desk.say(text)
    assert not desk.mine.are_quiet_on(TUESDAY, CheckType.OFF_DUTY, plan.points[-1].due_at.astimezone(SHANGHAI))


async def test_tomorrow_says_nothing_of_an_end_that_is_quiet_already() -> None:
    desk = Desk("20:00", plan=NIGHT)
    await desk.say("今天别提醒我")
    assert "不在其内" not in await desk.say("明天请假")
