"""Of which days one says to be away, and what speaks of leave without saying so."""

from datetime import date

import pytest

from bot.understanding import IntentName, understand
from bot.understanding.intents import AboutLeave, DateRange
from tests.understanding.figures import TODAY


@pytest.mark.parametrize(
    "text",
    [
        # refused, told of, or taken back
        "今天请假被拒了",
        "今天的请假没批，我上班",
        "今天请假没通过",
        "明天请假的申请被驳回了",
        "本来今天请假的",
        "my leave today was rejected",
        "my manager denied my leave today",
        "I was supposed to be on leave today",
        "could not take today off",
        "wish I was on leave today",
        "vacation over tomorrow",
        "sick today of meetings",
        "is on leave today",
        # going home
        "I will leave today at 5",
        "leave today at 5",
        "I leave today",
        "I leave tomorrow for Shanghai",
        # to another day, or to work all the same
        "明天请假改成后天",
        "把明天的请假改到后天",
        "明天调休上班",
        "sick today but working from home",
        "今天请假，在家办公",
        "on leave today but coming in later",
        "今天请假但是要来公司",
        # perhaps
        "on leave today or tomorrow",
        "明天或后天请假",
        "明天或是后天请假",
        "明天要么后天请假",
        "明天请假，或是后天",
        "I might be on leave tomorrow",
        "I may be on leave tomorrow",
        "明天可能请假",
        "打算明天请假",
        "I hope to take tomorrow off",
        "on leave tomorrow, not sure yet",
        # asked for, and not there yet
        "I'd like to take tomorrow off",
        "can I have tomorrow off",
        "申请明天请假",
        "明天想请假",
        "book leave for next week",
        # for a while, or what was asked about leave
        "今天请假晚点到",
        "今天请假早退",
        "今天请假一会",
        "请假一会",
        "今天请假出去一趟",
        "今天请假记录",
        "今天请假情况",
        "the system says I'm on leave today",
        # somebody else's, and days that nobody can tell
        "on leave today: Bob",
        "下周请三天假",
        "周一和周三请假",
        # nobody says of which week
        "on sick leave since Monday",
        "请病假从周一开始",
        # taken back at once
        "今天请假算了",
        "今天请假，开玩笑",
        "今天请假，骗你的",
        "今天请假，算了还是上班",
        "leave today no",
        "on leave today, no",
        "on leave today, actually no",
        "on leave tomorrow, just kidding",
        "今天请假，我说错了",
        "今天请假，没有啦",
    ],
)
def test_what_only_speaks_of_leave_silences_nothing(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.leave) == (IntentName.LEAVE, AboutLeave.UNSURE)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今天请假明天上班", 26, 26),
        ("明天上班，今天请假", 26, 26),
        ("on leave today, back tomorrow", 26, 26),
        ("take tomorrow off, back on Friday", 27, 27),
        ("从明天起请假两天", 27, 28),
        ("明天请两天假", 27, 28),
        ("on leave from tomorrow for 3 days", 27, 29),
        ("请假三天，从明天开始", 27, 29),
        ("今天明天请假", 26, 27),
        ("on leave today and tomorrow", 26, 27),
        ("周四周五请假", 27, 28),
        ("请假到周五", 26, 28),
        ("今天请假一天", 26, 26),
        ("今天请假，还是发烧", 26, 26),
        ("昨天加班太晚，今天请假", 26, 26),
        ("请假到周五，下周一上班", 26, 28),
        ("I am on leave until Friday, back on Monday", 26, 28),
        ("今天请假，明天正常上班", 26, 26),
        ("今天发烧请假", 26, 26),
        ("今天请假去医院", 26, 26),
        ("抱歉，今天请假", 26, 26),
        ("不，我今天请假", 26, 26),
        ("no, I'm on leave today", 26, 26),
        ("sick leave since yesterday", 25, 26),
        ("taking PTO tomorrow", 27, 27),
        ("I'm sick, can't come in today", 26, 26),
    ],
)
def test_leave_is_of_the_days_that_are_said_of_it(text: str, first: int, last: int) -> None:
    intent = understand(text, today=TODAY)
    days = DateRange(TODAY.replace(day=first), TODAY.replace(day=last))
    assert (intent.leave, intent.dates) == (AboutLeave.DAYS, days)


def test_leave_of_weeks_lasts_as_long() -> None:
    intent = understand("on leave for two weeks from Monday", today=TODAY)
    assert intent.dates == DateRange(date(2025, 12, 1), date(2025, 12, 14))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "is my leave approved?",
            "has my leave been approved",
            "明天的请假批了没",
            "if approved I'm on leave tomorrow",
        ),
        *("change my leave to Friday", "move my leave to Friday"),
    ],
)
def test_what_is_asked_of_a_leave_is_answered_as_such(text: str) -> None:
    intent = understand(text, today=TODAY)
    assert (intent.name, intent.leave) == (IntentName.LEAVE, AboutLeave.QUESTION)


@pytest.mark.parametrize("text", ["今天下午请假", "后天上午请假", "half day today", "taking half day today"])
def test_a_part_of_a_day_is_no_whole_day(text: str) -> None:
    assert understand(text, today=TODAY).leave is AboutLeave.PART
