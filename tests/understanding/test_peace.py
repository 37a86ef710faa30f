"""What of a wish for no reminders is plain, what is meant for now or for other things, and what is no wish."""

from datetime import time

import pytest

from bot.domain.shifts import CheckType
from bot.understanding import IntentName, understand
from bot.understanding.intents import DateRange, RemindWish
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    "text",
    [
        # for this moment, perhaps
        "马上到，别催了",
        "知道了不用提醒",
        "I already clocked in, stop reminding me",
        "打过了别催",
        "already punched, no need to remind",
        "在路上了，别催我",
        "got it, stop reminding me",
        "ok ok, no need to remind me",
        "好的，不用提醒了",
        "忙着呢，别催",
        "别提醒我了，我自己记得",
        "停一下提醒",
        "提醒停一下",
        "暂停一下提醒",
        "quiet please, I'm in a meeting today",
        "今天开会，别提醒我",
        # for another day than the one named first
        "明天别提醒我，不对，后天",
        "don't remind me tomorrow, no wait, Friday",
        # how it is, or was
        "提醒停了",
        "我把提醒关了",
        "提醒关了",
        "我关了提醒",
        "提醒取消了",
        "I turned off reminders",
        "I don't like reminders",
        "I don't get reminders",
        "提醒太多了",
        "不再提醒了",
        # idioms
        "don't remind me of that",
        "don't remind me, it was awful",
        "stop it",
        "make it stop",
    ],
)
def test_peace_that_may_not_be_meant_for_good_is_asked_about(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.UNCLEAR)


@pytest.mark.parametrize(
    "text",
    [
        "取消会议提醒",
        "关闭审批提醒",
        "关闭生日提醒",
        "cancel my meeting reminder",
        "取消明天的会议提醒",
        "明天别提醒我开会",
        "cancel the meeting reminder tomorrow",
        "cancel my payroll reminders",
        "turn off birthday reminders",
        "disable approval notifications",
        "不要提醒我喝水",
        "stop reminding me about the report",
        "别再提醒我交周报",
    ],
)
def test_reminders_of_what_is_no_punch_are_none_of_ours(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.ELSEWHERE)


@pytest.mark.parametrize(
    "text",
    [
        "不要打开上班提醒，关闭下班提醒",
        "打开上班提醒，不要关闭下班提醒",
        "明天打开上班提醒，关闭下班提醒",
        "打开会议提醒，关闭下班提醒",
        "打开上班提醒，关闭上班提醒",
        "打开上班提醒，关闭下班提醒？",
        "stop clock-in reminders, leave the clock-out ones",
        "cancel the snooze",
        "取消稍后提醒",
        "remind me again tomorrow",
        "明天再提醒我",
        "不再提醒我了吗",
        "别不提醒我",
        "别再不提醒我",
        "don't not remind me",
        # what is off is to come back but for a day: neither is done
        "恢复提醒，周五别提醒",
        "resume reminders, no reminders on friday",
    ],
)
def test_two_wishes_that_are_not_plain_and_other_times_show_what_holds(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_SET, RemindWish.SHOW)


@pytest.mark.parametrize(
    ("text", "ended", "remind"),
    [
        ("打开上班提醒，关闭下班提醒", CheckType.OFF_DUTY, RemindWish.SWAP),
        ("关闭上班提醒，打开下班提醒", CheckType.ON_DUTY, RemindWish.SWAP),
        ("上班提醒打开，下班提醒关闭", CheckType.OFF_DUTY, RemindWish.SWAP),
        ("恢复上班提醒，关闭下班提醒", CheckType.OFF_DUTY, RemindWish.SWAP),
        ("turn on clock-in and turn off clock-out reminders", CheckType.OFF_DUTY, RemindWish.SWAP),
        ("resume clock-in reminders and stop clock-out reminders", CheckType.OFF_DUTY, RemindWish.SWAP),
        ("关了上班提醒，下班的留着", CheckType.ON_DUTY, None),
        ("关闭上班提醒，保留下班提醒", CheckType.ON_DUTY, None),
        ("stop clock-in reminders but keep clock-out reminders", CheckType.ON_DUTY, None),
    ],
)
def test_two_wishes_at_once_are_both_kept_where_both_are_plain(
    text: str, ended: CheckType, remind: RemindWish | None
) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.direction, intent.remind) == (IntentName.REMIND_OFF, ended, remind)


@pytest.mark.parametrize("text", ["上班中勿扰", "上班中，勿扰", "上班时间请勿打扰", "值班期间免打扰", "上班勿扰"])
def test_that_one_is_at_work_and_not_to_be_disturbed_ends_no_reminders(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.UNKEPT)


@pytest.mark.parametrize(
    "text",
    [
        *("no reminders on weekends", "turn off weekend reminders", "mute reminders over Christmas"),
        *("every friday no reminders", "stop reminders every friday", "every monday don't remind me"),
        *(
            "no reminders on fridays",
            "每周五别提醒我",
            "每个周五别提醒我",
            "每周别提醒我",
            "no reminders every Wednesday",
        ),
    ],
)
def test_weekends_are_nobody_and_have_no_date(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.UNKEPT)


@pytest.mark.parametrize(
    "text",
    [
        "把提醒关了",
        "不再提醒",
        "不再提醒我",
        "以后不再提醒我",
        "不再催我",
        "never remind me again",
        "提醒关了吧",
        "帮我把提醒关了",
        "关了提醒",
        "别提醒我好吗",
        "烦死了别提醒了",
        "提醒太多了，关掉",
        "stop reminders forever",
        "不想收到提醒",
        "I'd like to turn off reminders",
        "关闭提醒，我已经离职",
    ],
)
def test_a_plain_wish_for_peace_is_kept(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind, intent.dates) == (IntentName.REMIND_OFF, None, None)


@pytest.mark.parametrize(
    "text", ["no reminders for the rest of the day", "mute for today", "今天已经打过了，今天别提醒了"]
)
def test_peace_for_today_is_that(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind, intent.dates) == (IntentName.REMIND_OFF, None, DateRange(TODAY, TODAY))


def test_half_of_a_named_day_is_kept_in_english_too() -> None:
    friday = TODAY.replace(day=28)
    intent = understand("no reminders on Friday afternoon", today=TODAY)
    assert (intent.remind, intent.half, intent.dates) == (None, "pm", DateRange(friday, friday))


@pytest.mark.parametrize(
    ("text", "hour"),
    [("no reminders after 15:00 today", 15), ("no reminders after 3pm", 15), ("no reminders after 6pm", 18)],
)
def test_what_is_suggested_of_a_time_is_understood(text: str, hour: int) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind, intent.at) == (IntentName.REMIND_OFF, RemindWish.FROM, time(hour))


def test_both_checks_named_in_one_word_are_both() -> None:
    intent = understand("请取消我的上下班打卡提醒", today=TODAY)
    assert (intent.name, intent.remind, intent.direction) == (IntentName.REMIND_OFF, None, None)


def test_the_rest_of_a_week_ends_with_it() -> None:
    intent = understand("don't remind me for the rest of the week", today=TODAY)
    assert intent.dates is not None
    assert (intent.remind, intent.dates.last) == (None, TODAY.replace(day=30))


@pytest.mark.parametrize("text", ["恢复提醒", "unmute", "can you resume reminders", "周一恢复提醒"])
def test_a_plain_wish_to_be_reminded_again_is_one(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.RESUME


@pytest.mark.parametrize(
    "text",
    [
        *("别恢复提醒", "不用恢复提醒", "我不想恢复提醒", "don't resume reminders", "don't unmute"),
        *("提醒恢复了吗", "resume reminders?", "reminders are back on"),
        *("恢复大家的提醒", "resume Bob's reminders", "resume my meeting reminders"),
    ],
)
def test_what_is_refused_asked_told_or_of_others_resumes_nothing(text: str) -> None:
    assert understand(text, today=TODAY).remind is not RemindWish.RESUME


@pytest.mark.parametrize(
    "text",
    [
        *("每天8:50和17:50提醒我", "remind me at 8:50 and 17:50", "8:50提醒我上班，17:50提醒我下班"),
        *("提前5分钟和20分钟提醒我", "remind me 5 and 20 minutes before", "提前5、20分钟提醒我"),
        *("把8:50的提醒改成8:40", "remind me 10-15 minutes before"),
    ],
)
def test_of_several_times_none_is_taken(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.SEVERAL


@pytest.mark.parametrize("text", ["八点过十分提醒我", "9点前10分钟提醒我", "remind me at quarter to 9:00"])
def test_a_time_that_is_told_by_another_one_sets_no_reminder(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.INEXACT


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("别忘了8:45提醒我", 45),
        ("don't forget to remind me at 8:45", 45),
        ("8:50提醒我别迟到", 50),
        ("能不能8:50提醒我", 50),
        ("不想迟到每天8:50提醒我", 50),
        ("先不打卡，8:50提醒我", 50),
    ],
)
def test_a_no_that_refuses_something_else_leaves_the_time(text: str, at: int) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.remind, intent.at) == (RemindWish.AT, time(8, at))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        *(("remind me in half an hour", 30), ("remind me in an hour", 60), ("remind me in ten minutes", 10)),
        *(("remind me in two hours", 120), ("半小时后提醒我", 30), ("过2小时再提醒我", 120)),
    ],
)
def test_once_more_in_a_length_of_time_in_words(text: str, minutes: int) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.remind, intent.minutes) == (RemindWish.SNOOZE, minutes)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "取消每天8:45的提醒",
            "关掉每天8:45的提醒",
            "stop the daily 8:45 reminder",
            "cancel my daily 8:45 reminder",
        ),
        *("别过10分钟再提醒我", "不用过10分钟再提醒我", "remind me not at 8:50 but 8:40"),
    ],
)
def test_a_time_that_is_to_end_or_refused_is_not_set(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.ENDED


@pytest.mark.parametrize("text", ["过两天再提醒我", "过几天再提醒我", "过一周再提醒我"])
def test_once_more_in_some_days_is_not_in_ten_minutes(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.UNKEPT


@pytest.mark.parametrize("text", ["clock me out in half an hour", "clock out in ten minutes", "in in an hour"])
def test_a_length_of_time_in_words_makes_no_punch(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.NONE


@pytest.mark.parametrize("text", ["上班打卡，勿扰", "下班打卡勿扰", "clock in, do not disturb"])
def test_not_to_be_disturbed_beside_a_punch_turns_nothing_off(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        *(
            "取消勿扰",
            "解除免打扰",
            "关闭免打扰",
            "关掉勿扰",
            "关闭勿扰模式",
            "把免打扰关了",
            "免打扰取消",
            "取消周五的静音",
            "解除屏蔽",
        ),
        *(
            "cancel the mute",
            "turn off mute",
            "turn mute off",
            "turn off do not disturb",
            "disable dnd",
            "end the mute",
        ),
        *(
            "remove the mute",
            "undo mute",
            "cancel friday's mute",
            "cancel my mute on friday",
            "switch off quiet mode",
        ),
    ],
)
def test_the_end_of_a_mute_is_no_wish_for_one(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_SET, RemindWish.RESUME)


@pytest.mark.parametrize(
    "text", ["开启免打扰", "turn on dnd", "关闭提醒，静音", "turn off and mute", "shut up and mute me"]
)
def test_a_mute_beside_another_order_to_end_stays_one(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.REMIND_OFF


@pytest.mark.parametrize("text", ["不要关闭勿扰", "don't cancel the mute", "can i turn off mute?", "免打扰关了吗"])
def test_the_end_of_a_mute_that_is_refused_or_asked_changes_nothing(text: str) -> None:
    assert understand(text, today=TODAY).remind is RemindWish.SHOW


@pytest.mark.parametrize(
    ("text", "remind"),
    [
        *[
            (said, RemindWish.UNCLEAR)
            for said in ("打卡了就别提醒我", "我打卡了就别提醒", "我打卡了，别催了", "打卡了，别提醒")
        ],
        *[(said, RemindWish.UNCLEAR) for said in ("签到了就别催", "下班打卡了就别再提醒我", "打卡啦，别催")],
        *[(said, None) for said in ("别提醒我打卡了", "不用再提醒上班打卡了")],
    ],
)
def test_a_punch_that_may_be_told_of_ends_no_reminders(text: str, remind: RemindWish | None) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, remind)
