"""What is not clearly one's own wish switches nothing off, silences nothing and files no request."""

import pytest

from bot.understanding import IntentName, NoneReason, understand
from bot.understanding.intents import AboutLeave, DateRange, RemindWish
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    "text",
    [
        # to leave them on
        "don't turn off reminders",
        "别关提醒",
        "不要关闭提醒",
        "别把提醒关了",
        "don't stop reminding me",
        "please do not turn off my reminders",
        "我没关提醒",
        "I don't mind reminders",
        # questions
        "提醒关了吗",
        "提醒是不是关了",
        "are reminders off",
        "reminders off?",
        "did you turn off reminders",
        "谁让你别提醒我的",
        # how it is, and complaints
        "提醒已经关了",
        "提醒被关了",
        "I got no reminders today",
        "I got no reminder this morning",
        "I received no reminders today",
        "there were no reminders today",
        "can't turn off reminders",
        "no reminders came today",
        "还没关提醒",
        "我说别提醒了吗",
        "do you want me to turn off reminders",
        "don't mute me",
    ],
)
def test_what_is_no_wish_for_peace_shows_ones_reminders(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_SET, RemindWish.SHOW)


@pytest.mark.parametrize(
    "text",
    [
        "stop reminding Alice",
        "don't nudge Alice",
        "别提醒他们",
        "别提醒大家",
        "别提醒我老板",
        "今天请假的人别提醒",
        "my boss wants no reminders today",
        "he wants no reminders tomorrow",
        "no reminders for Alice today",
        "stop reminding my team",
        "stop reminding my colleague",
        "关掉小李的提醒",
        "mute Alice",
        "don't remind the interns",
    ],
)
def test_reminders_of_others_are_not_taken_for_ones_own(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_SET, RemindWish.OTHERS)


@pytest.mark.parametrize(
    "text",
    [
        "今天中午别提醒我",
        "no reminders at noon",
        "半天别提醒",
        "no reminders for half a day",
        "上午下午都别提醒我",
        "no reminders in the evenings",
        "no reminders overnight",
        "turn the morning reminder off please",
        "no reminders from 5pm to 7pm",
        "no reminders between 5pm and 7pm",
        "17:00-19:00别提醒我",
        "下午三点后到五点前别提醒我",
        "直到下午五点别提醒我",
        "暂停提醒两小时",
        "mute for 2 hours",
        "暂停提醒一周",
        "stop reminding me for 3 days",
        "打卡后别提醒我",
        "打卡以后别提醒我",
        "下班前别提醒我",
        "休假期间别提醒我",
        "上班后别提醒我",
        "开会别提醒我",
        "工作日别提醒我",
        "假期不要提醒我",
        "don't remind me while I'm in a meeting",
        "don't remind me if I'm on leave",
    ],
)
def test_peace_for_a_time_that_cannot_be_kept_is_not_widened(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.UNKEPT)


@pytest.mark.parametrize(
    "text",
    [
        "能不能别提醒我了",
        "可以关掉提醒吗",
        "can you turn off the reminders?",
        "提醒太多了，关掉",
        "太吵了，别提醒了",
        "stop sending reminders",
        "don't ping me anymore",
        "snooze all reminders",
        "mute the bot",
        "不想被提醒",
        "turn my reminders off",
        "早上好，以后都别提醒我",
        "stop reminding me lol",
    ],
)
def test_a_wish_for_peace_stays_one(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind, intent.half, intent.at) == (IntentName.REMIND_OFF, None, None, None)


@pytest.mark.parametrize("text", ["下午五点后别提醒我", "don't remind me to clock out after 5pm"])
def test_from_a_time_on_stays_so(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.FROM)


@pytest.mark.parametrize("text", ["别停日报", "不要取消周报", "don't stop the daily report"])
def test_a_digest_that_is_not_to_end_does_not(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.none_reason) == (IntentName.NONE, NoneReason.NEGATED)


def test_a_digest_of_somebody_else_is_none_of_ones_own() -> None:
    assert understand("stop the daily report for Bob", today=TODAY).name is IntentName.NONE


@pytest.mark.parametrize(
    "text",
    [
        "cancel the weekly report meeting",
        "取消周报会议",
        "stop the monthly report presentation",
        "每周发汇总给小王",
        "每天给研发部发考勤汇总",
    ],
)
def test_what_is_no_digest_of_ours_or_somebody_elses_changes_none(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.NONE


@pytest.mark.parametrize(
    ("text", "period"),
    [
        # how it is, or a complaint
        *(
            ("日报停了", "day"),
            ("周报取消了", "week"),
            ("我取消了周报", "week"),
            ("我把日报关了", "day"),
            ("日报被停了", "day"),
        ),
        *(("I don't get the daily summary", "day"), ("I turned off the weekly digest", "week")),
        *(("I never get the weekly digest", "week"), ("I no longer get the weekly digest", "week")),
        *(("we no longer get the weekly digest", "week"), ("I'm no longer getting the weekly digest", "week")),
        *(("I didn't get the weekly digest", "week"), ("不再收到周报了", "week"), ("今天没收到日报", "day")),
        ("周报收不到了", "week"),
        # of one day
        *(("no daily digest today", "day"), ("今天不要日报", "day"), ("明天不用发日报了", "day")),
        *(("stop the daily digest for today", "day"), ("no weekly digest next week", "week")),
    ],
)
def test_what_is_told_of_a_digest_or_wanted_for_a_day_is_asked_about(text: str, period: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.period, intent.unsure) == (IntentName.DIGEST_OFF, period, True)


@pytest.mark.parametrize("text", ["今天休息，别提醒我", "silence the reminders, I'm on holiday today"])
def test_peace_today_with_a_reason_is_that_of_today(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.remind, intent.dates) == (IntentName.REMIND_OFF, None, DateRange(TODAY, TODAY))


@pytest.mark.parametrize(
    "text",
    [
        "不要给我发日报",
        "stop the daily report",
        "把日报关了",
        "周报停了吧",
        "取消订阅周报",
        "I don't want the daily digest",
        "I don't want to receive the daily digest",
        "I no longer want the weekly digest",
        "stop sending me the weekly digest",
        "不想再收到日报",
    ],
)
def test_a_digest_that_is_to_end_does(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.unsure) == (IntentName.DIGEST_OFF, False)


@pytest.mark.parametrize(
    "text",
    [
        "Alice is on leave today",
        "today Alice is on leave",
        "Alice takes leave today",
        "my manager is on leave today",
        "Bob is sick today",
        "客户今天请假",
        "if I'm on leave tomorrow, no reminders",
        "maybe on leave tomorrow",
        "I'm not on leave today",
        "我今天不请假",
        "我今天没请假",
    ],
)
def test_leave_that_is_not_clearly_ones_own_silences_nothing(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.leave) == (IntentName.LEAVE, AboutLeave.UNSURE)


@pytest.mark.parametrize(
    "text",
    [
        "on leave today",
        "today I'm on leave",
        "我病了，今天请假",
        "I'm ill today, staying home",
        "Bob and I are on leave today",
    ],
)
def test_ones_own_leave_stays_so(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.leave, intent.dates) == (AboutLeave.DAYS, DateRange(TODAY, TODAY))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Alice forgot to clock out yesterday, left at 18:40, phone dead", NoneReason.PROXY),
        ("Alice left at 18:40 yesterday, phone dead", NoneReason.PROXY),
        ("my manager forgot to clock out yesterday, left at 18:40", NoneReason.PROXY),
        ("make-up punch for Alice yesterday 18:40, phone dead", NoneReason.PROXY),
        ("芳芳昨天忘打卡，18:40走的，手机没电", NoneReason.PROXY),
        ("make-up punch for my team yesterday 20:40 clock out, outage", NoneReason.PROXY),
        ("make-up punch for the whole team, yesterday 20:40 clock out, outage", NoneReason.PROXY),
        ("make-up punch for everyone, yesterday 20:40 clock out, outage", NoneReason.PROXY),
        ("make-up punch for the others, yesterday 20:40 clock out, outage", NoneReason.PROXY),
        ("make-up punch on behalf of my team, yesterday 20:40 clock out", NoneReason.PROXY),
        ("make-up punch, for the Frontend team, yesterday 20:40 clock out", NoneReason.PROXY),
        ("帮我团队补卡昨天20:40下班，台风", NoneReason.PROXY),
        ("帮同事补卡，昨天20:40下班，台风", NoneReason.PROXY),
        ("替所有同事补卡，昨天20:40下班，台风", NoneReason.PROXY),
        ("给我的人补卡，昨天20:40下班，台风", NoneReason.PROXY),
        ("昨天20:40下班，台风，补卡给组员", NoneReason.PROXY),
        ("补卡昨天20:40下班，帮我组的人", NoneReason.PROXY),
        ("帮前端组补卡，昨天20:40下班，台风", NoneReason.PROXY),
        ("补卡 研发部 昨天20:40下班，停电", NoneReason.PROXY),
        ("大家都补卡，昨天20:40下班，台风", NoneReason.PROXY),
        ("批量补卡，昨天20:40下班，台风", NoneReason.PROXY),
        ("不用补卡，昨天18:40走的，手机没电", NoneReason.NEGATED),
        ("不想补卡，昨天18:40走的", NoneReason.NEGATED),
        ("no need for a make-up punch, left yesterday at 18:40", NoneReason.NEGATED),
        ("I do not want a correction, left yesterday at 18:40, phone dead", NoneReason.NEGATED),
        ("我没有忘打下班卡，昨天18:40走的", NoneReason.NEGATED),
        ("昨天没忘打卡，18:40走的", NoneReason.NEGATED),
        ("I didn't forget to clock out yesterday, left at 18:40", NoneReason.NEGATED),
    ],
)
def test_a_punch_of_somebody_else_or_a_refusal_asks_for_no_correction(text: str, reason: NoneReason) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.none_reason) == (IntentName.NONE, reason)


@pytest.mark.parametrize(
    "text",
    [
        "昨天太忙忘打卡了，18:40走的",
        "昨晚走的时候忘记签退，实际21:40走的",
        "totally forgot to clock out yesterday, left at 18:40",
        "没打下班卡，昨天18:40走的，手机没电",
        "I meant clock out, not clock in",
    ],
)
def test_ones_own_correction_stays_one(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.CORRECTION


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("补卡昨天20:40下班，帮同事搬家", "帮同事搬家"),
        ("补卡昨天20:40下班，团队聚餐", "团队聚餐"),
        ("补卡昨天20:40下班，财务部开会", "财务部开会"),
        ("补卡昨天20:40下班，大家都停电了", "大家都停电了"),
        ("帮我补卡，昨天20:40下班，台风", "台风"),
        ("make-up punch for me yesterday 20:40 clock out, team dinner", "team dinner"),
        ("make-up punch yesterday 20:40 clock out, drove my team home", "drove my team home"),
    ],
)
def test_others_may_be_the_reason_of_a_punch_of_ones_own(text: str, reason: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.reason) == (IntentName.CORRECTION, reason)


@pytest.mark.parametrize("text", ["我组昨天忘打下班卡了，20:40走的，停电", "the others forgot to clock out"])
def test_what_ones_team_forgot_is_a_question_about_them(text: str) -> None:
    assert understand(text, today=TODAY).name is IntentName.MISSING
