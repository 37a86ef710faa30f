"""What people say about their reminders, what is kept of it, and what they are told."""

import re
from datetime import UTC, date, time, timedelta

import pytest

from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import MOST_STRETCHES, Quiet, Wishes
from bot.domain.shifts import CheckType
from bot.errors import StoreRefused
from bot.i18n import LANGUAGES, catalogue
from bot.understanding import understand
from bot.understanding.intents import AboutLeave, IntentName, RemindWish
from bot.views.reply import Language, Reply
from handlers.reminder import set_reminder
from tests.builders import SHANGHAI, TUESDAY, local
from tests.handlers.a_desk import Desk
from tests.languages import theirs

DAY = timedelta(days=1)
FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "asked", "minutes"),
    [
        ("remind me 15 minutes before", RemindWish.BEFORE, 15),
        ("提前15分钟提醒我", RemindWish.BEFORE, 15),
        ("下班前5分钟提醒我", RemindWish.BEFORE, 5),
        ("every day at 8:50 remind me", RemindWish.AT, None),
        ("每天8:50提醒我打卡", RemindWish.AT, None),
        ("snooze 10 min", RemindWish.SNOOZE, 10),
        ("snooze", RemindWish.SNOOZE, None),
        ("remind me again in 10 minutes", RemindWish.SNOOZE, 10),
        ("remind me later", RemindWish.SNOOZE, None),
        ("过10分钟再提醒我", RemindWish.SNOOZE, 10),
        ("10分钟后再提醒我", RemindWish.SNOOZE, 10),
        ("稍后提醒", RemindWish.SNOOZE, None),
        ("恢复提醒", RemindWish.RESUME, None),
        ("resume reminders", RemindWish.RESUME, None),
        ("turn on reminders", RemindWish.RESUME, None),
        ("turn reminders back on", RemindWish.RESUME, None),
        ("back on", RemindWish.RESUME, None),
        ("取消静音", RemindWish.RESUME, None),
        ("半小时后提醒我", RemindWish.SNOOZE, 30),
        ("remind me 10 minutes from now", RemindWish.SNOOZE, 10),
        ("from now on remind me 10 minutes before", RemindWish.BEFORE, 10),
        ("打开提醒", RemindWish.RESUME, None),
        ("提醒", RemindWish.SHOW, None),
        ("reminders", RemindWish.SHOW, None),
    ],
)
def test_what_is_asked_for_is_told_apart(text: str, asked: RemindWish, minutes: int | None) -> None:
    intent = understand(text, today=TUESDAY)
    assert (intent.remind, intent.minutes) == (asked, minutes)


async def test_minutes_before_are_kept_and_shown() -> None:
    desk = Desk()
    assert "15 min before clocking in and before clocking out alike" in await desk.say(
        "remind me 15 minutes before"
    )
    assert desk.mine == Wishes("u1", before_minutes=(15,))
    assert "上班打卡和下班打卡都提前 20 分钟" in await desk.say("提前20分钟提醒我")


async def test_minutes_before_take_the_place_of_a_time() -> None:
    desk = Desk()
    await desk.say("every day at 8:50 remind me")
    assert desk.mine.on_duty_at == time(8, 50)
    await desk.say("remind me 15 minutes before")
    assert desk.mine == Wishes("u1", before_minutes=(15,))


async def test_a_time_for_going_home_leaves_the_one_for_coming() -> None:
    desk = Desk()
    assert "8:50" in await desk.say("每天8:50提醒我打卡")
    assert "18:05" in await desk.say("每天18:05提醒我下班打卡")
    assert (desk.mine.on_duty_at, desk.mine.off_duty_at) == (time(8, 50), time(18, 5))


@pytest.mark.parametrize(
    "text",
    [
        *("提前500分钟提醒我", "snooze 300 min", "过两天再提醒我", "每周一8:30提醒我"),
        *("每天8:50和17:50提醒我", "remind me 5 and 20 minutes before"),
        *("取消每天8:45的提醒", "cancel my daily 8:45 reminder"),
    ],
)
async def test_what_cannot_be_done_changes_nothing_and_says_what_can(text: str) -> None:
    desk = Desk()
    said = await desk.say(text)
    assert theirs(text, en="Nothing was changed", zh="没有改动") in said and "“" in said
    assert not desk.book.kept


async def test_snoozing_asks_for_one_more_that_many_minutes_after_the_message() -> None:
    desk = Desk("08:55")
    assert "09:15" in await desk.say("snooze 20 min")
    assert desk.mine == Wishes("u1", snoozed_until=local("09:15"))
    await desk.say("稍后提醒")
    assert desk.mine.snoozed_until == local("09:05")


@pytest.mark.parametrize(
    ("said_at", "told"), [("08:55:29", "09:05"), ("08:55:30", "09:06"), ("23:54:59", "00:05")]
)
async def test_a_snooze_is_for_a_whole_minute_at_which_the_bot_looks(said_at: str, told: str) -> None:
    desk = Desk(said_at)
    assert told in await desk.say("snooze 10 min")
    kept = desk.mine.snoozed_until
    assert kept is not None
    assert f"{kept.astimezone(SHANGHAI):%H:%M:%S}" == f"{told}:00"


async def test_a_snooze_that_reached_us_after_its_time_is_not_promised() -> None:
    desk = Desk("09:30")
    context = desk.context("snooze")
    desk.at = local("10:30")
    answer = await set_reminder(context, understand("snooze", today=TUESDAY))
    assert isinstance(answer, Reply)
    assert "has passed" in answer.text
    assert not desk.book.kept


async def test_no_reminders_today_holds_for_today_only() -> None:
    desk = Desk()
    assert "2026-11-24 不提醒您" in await desk.say("今天别提醒我")
    assert desk.mine == Wishes("u1", quiet=(Quiet(TUESDAY, TUESDAY),))


@pytest.mark.parametrize("text", ["turn off reminders until friday", "直到周五别提醒我", "请假到周五"])
async def test_until_friday_begins_today(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert desk.mine.quiet == (Quiet(TUESDAY, FRIDAY),)


async def test_days_that_touch_become_one_stretch() -> None:
    desk = Desk()
    await desk.say("今天别提醒我")
    await desk.say("no reminders tomorrow")
    assert desk.mine.quiet == (Quiet(TUESDAY, TUESDAY + DAY),)


async def test_today_joins_the_stretch_that_begins_tomorrow() -> None:
    desk = Desk()
    desk.quiet(TUESDAY + DAY, FRIDAY)
    assert "no longer noted" not in await desk.say("no reminders today")
    assert desk.mine.quiet == (Quiet(TUESDAY, FRIDAY),)


async def test_stretches_that_are_apart_are_kept_in_order_and_shown() -> None:
    desk = Desk()
    await desk.say("周五别提醒我")
    await desk.say("下周一到周三别提醒我")
    said = await desk.say("no reminders today")
    monday = TUESDAY + 6 * DAY
    apart = (Quiet(TUESDAY, TUESDAY), Quiet(FRIDAY, FRIDAY), Quiet(monday, monday + 2 * DAY))
    assert desk.mine.quiet == apart
    assert all(f"None on {one.first}" in said for one in apart)


async def test_more_stretches_than_are_kept_change_nothing_and_that_is_said() -> None:
    desk = Desk()
    for week in range(MOST_STRETCHES):
        desk.quiet(FRIDAY + 7 * week * DAY, FRIDAY + 7 * week * DAY)
    kept = desk.mine
    assert "Nothing was changed" in await desk.say("no reminders today")
    assert desk.mine == kept


@pytest.mark.parametrize("text", ["don't remind me to clock out", "别提醒我下班打卡", "关闭下班提醒"])
async def test_one_kind_of_check_is_muted_alone_until_it_is_resumed(text: str) -> None:
    desk = Desk()
    said = await desk.say(text)
    assert desk.mine == Wishes("u1", muted=frozenset({CheckType.OFF_DUTY}))
    [resume] = re.findall(r"“(.*?(?:下班|clock-out).*?)”", said)
    await desk.say(resume)
    assert desk.mine == Wishes("u1")


async def test_one_kind_of_check_is_quiet_on_a_date_alone() -> None:
    desk = Desk()
    assert "不提醒您打下班卡" in await desk.say("今天别提醒我下班打卡")
    six = local("18:00").astimezone(SHANGHAI)
    assert desk.mine.are_quiet_on(TUESDAY, CheckType.OFF_DUTY, six)
    assert not desk.mine.are_quiet_on(TUESDAY, CheckType.ON_DUTY, six)
    assert not desk.mine.are_quiet_on(TUESDAY + DAY, CheckType.OFF_DUTY, six + DAY)


async def test_of_all_that_is_muted_one_kind_can_be_resumed() -> None:
    desk = Desk()
    await desk.say("关闭提醒")
    await desk.say("恢复上班提醒")
    assert desk.mine.muted == {CheckType.OFF_DUTY}


async def test_a_stretch_that_is_over_is_in_nobodys_way() -> None:
    desk = Desk()
    desk.quiet(TUESDAY - 3 * DAY, TUESDAY - 2 * DAY)
    await desk.say("no reminders tomorrow")
    assert desk.mine.quiet == (Quiet(TUESDAY + DAY, TUESDAY + DAY),)


async def test_off_lasts_until_back_on() -> None:
    desk = Desk()
    assert "until you say" in await desk.say("stop reminders")
    assert desk.mine.muted
    assert "已关闭" in await desk.say("提醒")
    desk.quiet(TUESDAY, FRIDAY)
    await desk.say("恢复提醒")
    assert desk.mine == Wishes("u1")


async def test_back_on_from_tomorrow_is_quiet_until_then() -> None:
    desk = Desk()
    await desk.say("stop reminders")
    await desk.say("明天恢复提醒")
    assert desk.mine == Wishes("u1", quiet=(Quiet(TUESDAY, TUESDAY),))


MONDAY = TUESDAY + 6 * DAY
OFF = frozenset({CheckType.OFF_DUTY})


@pytest.mark.parametrize(
    ("kept", "text", "left"),
    [
        ((), "下周一恢复提醒", ()),  # nothing was off
        ((Quiet(FRIDAY, FRIDAY),), "明天恢复提醒", (Quiet(FRIDAY, FRIDAY),)),
        ((Quiet(MONDAY + DAY, MONDAY + DAY),), "下周一恢复提醒", (Quiet(MONDAY + DAY, MONDAY + DAY),)),
        ((Quiet(TUESDAY, FRIDAY),), "周四恢复提醒", (Quiet(TUESDAY, TUESDAY + DAY),)),
        ((Quiet(TUESDAY + DAY, TUESDAY + DAY),), "明天恢复提醒", ()),
        (
            (Quiet(TUESDAY, FRIDAY),),
            "resume clock-in reminders tomorrow",
            (Quiet(TUESDAY, TUESDAY, frozenset({CheckType.ON_DUTY})), Quiet(TUESDAY, FRIDAY, OFF)),
        ),
    ],
)
async def test_back_on_from_a_day_on_ends_what_runs_into_it_and_nothing_else(
    kept: tuple[Quiet, ...], text: str, left: tuple[Quiet, ...]
) -> None:
    desk = Desk()
    for one in kept:
        desk.quiet(one.first, one.last)
    said = await desk.say(text)
    assert set(desk.mine.quiet) == set(left)
    assert (theirs(text, en="Nothing was changed", zh="没有改动") in said) == (kept == left)


async def test_back_on_from_a_day_on_leaves_other_quiet_days_and_the_other_check() -> None:
    desk = Desk()
    desk.quiet(MONDAY, MONDAY)
    await desk.say("关闭下班提醒")
    await desk.say("周五恢复提醒")
    assert desk.mine == Wishes("u1", quiet=(Quiet(TUESDAY, FRIDAY - DAY, OFF), Quiet(MONDAY, MONDAY)))


async def test_back_on_where_nothing_is_off_says_so() -> None:
    assert "Nothing of that was switched off" in await Desk().say("resume reminders")


async def test_on_leave_today_stops_reminders_and_says_that_it_is_no_request() -> None:
    desk = Desk()
    said = await desk.say("on leave today")
    assert "no leave request" in said
    assert "DingTalk" in said
    assert desk.mine.quiet == (Quiet(TUESDAY, TUESDAY),)


@pytest.mark.parametrize("text", ["sick today", "I'm taking today off", "I need today off", "请今天的假"])
async def test_a_day_inside_a_word_for_leave_counts(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert desk.mine.quiet == (Quiet(TUESDAY, TUESDAY),)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("今天请假", AboutLeave.DAYS),
        ("早，今天请假", AboutLeave.DAYS),
        ("good morning, I'm on leave today", AboutLeave.DAYS),
        ("明天上午请假", AboutLeave.PART),
        ("half day off today", AboutLeave.PART),
        ("今天请假两小时", AboutLeave.PART),
        ("取消今天的请假", AboutLeave.CANCELLED),
        ("cancel my leave", AboutLeave.CANCELLED),
        ("年假余额", AboutLeave.BALANCE),
        ("annual leave balance", AboutLeave.BALANCE),
        ("can I take leave today?", AboutLeave.QUESTION),
    ],
)
def test_what_is_said_of_leave_is_told_apart(text: str, about: AboutLeave) -> None:
    intent = understand(text, today=TUESDAY)
    assert (intent.name, intent.leave) == (IntentName.LEAVE, about)


async def test_what_becomes_of_a_leave_is_said_for_each_kind() -> None:
    said = [await Desk().say(text) for text in ("明天上午请假", "取消今天的请假", "年假余额", "请假")]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("text", ["请假", "明天上午请假", "取消今天的请假", "年假余额"])
async def test_leave_that_is_no_whole_day_off_changes_nothing(text: str) -> None:
    desk = Desk()
    await desk.say(text)
    assert not desk.book.kept


@pytest.mark.parametrize("text", ["今天别提醒我", "提前15分钟提醒我", "稍后提醒", "今天请假"])
async def test_in_a_group_a_wish_is_kept_and_told_of_in_private(text: str) -> None:
    desk = Desk("08:20")
    assert await desk.say(text, in_group=True) == "已私聊回复。"
    assert len(desk.alone) == 1
    assert desk.book.kept


async def test_what_was_not_kept_is_told_in_private_too() -> None:
    desk = Desk()
    assert await desk.say("提前500分钟提醒我", in_group=True) == "已私聊回复。"
    assert "没有改动" in desk.alone[0] or "没有任何改动" in desk.alone[0]


async def test_a_time_today_asks_for_one_reminder_and_no_habit() -> None:
    desk = Desk()
    assert "2026-11-24 17:55" in await desk.say("今天17:55提醒我打卡")
    assert desk.mine == Wishes("u1", snoozed_until=local("17:55"))
    assert desk.mine.snoozed_until is not None
    assert desk.mine.snoozed_until.tzinfo is UTC


async def test_in_a_group_nobodys_reminders_are_shown() -> None:
    desk = Desk()
    assert await desk.say("提醒", in_group=True) == "已私聊回复。"
    assert "提前" in desk.alone[0]


async def test_while_reminders_are_only_written_down_that_is_said() -> None:
    assert "not sent yet" in await Desk(live=False).say("reminders")
    assert "not sent yet" not in await Desk().say("reminders")


async def test_one_more_is_not_promised_while_reminders_are_only_written_down() -> None:
    assert "not sent yet" in await Desk(live=False).say("snooze 10 min")


async def test_one_more_in_the_companys_quiet_hours_is_refused() -> None:
    desk = Desk("21:55", policy=ReminderPolicy(quiet_hours=(time(22), time(7))))
    assert "22:00–07:00" in await desk.say("snooze 10 min")
    assert not desk.book.kept
    await desk.say("snooze 4 min")
    assert desk.mine.snoozed_until == local("21:59")


async def test_on_leave_takes_back_one_more_of_that_day_but_not_of_another() -> None:
    desk = Desk()
    await desk.say("snooze 10 min")
    await desk.say("no reminders tomorrow")
    assert desk.mine.snoozed_until is not None
    await desk.say("on leave today")
    assert desk.mine.snoozed_until is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["remind.how", "help.remind_set", "help.remind_off", "help.leave"])
def test_what_people_are_told_to_say_is_understood(language: Language, key: str) -> None:
    phrases = re.findall(r"“(.+?)”|\*\*(.+?)\*\*", catalogue(language)[key])
    assert phrases
    about = {IntentName.REMIND_SET, IntentName.REMIND_OFF, IntentName.LEAVE}
    assert {understand("".join(phrase), today=TUESDAY).name for phrase in phrases} <= about


async def test_a_language_is_noted_once() -> None:
    desk = Desk()
    for _ in range(3):
        await desk.wishes.remember_language("u1", "en")
    assert (desk.mine.language, desk.book.writes) == ("en", 1)
    await desk.wishes.remember_language("u1", "zh")
    assert desk.mine.language == "zh"


async def test_a_language_that_could_not_be_noted_is_noted_next_time() -> None:
    desk = Desk()
    desk.book.refuses = StoreRefused("away")
    await desk.wishes.remember_language("u1", "en")
    desk.book.refuses = None
    await desk.wishes.remember_language("u1", "en")
    assert desk.mine.language == "en"


async def test_a_wish_leaves_the_language_and_other_wishes_alone() -> None:
    desk = Desk()
    await desk.wishes.remember_language("u1", "zh")
    await desk.wishes.at("u1", CheckType.OFF_DUTY, time(18))
    await desk.say("今天别提醒我")
    assert (desk.mine.language, desk.mine.off_duty_at) == ("zh", time(18))
