"""My day, my week, and why a punch was late."""

from datetime import date, timedelta

import pytest

from bot.domain.deliveries import DeliveryState
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.understanding import understand
from bot.understanding.explain import as_dict
from bot.understanding.intents import IntentName
from tests.builders import TUESDAY, a_plan, a_punch, a_shift, local
from tests.handlers.a_desk import Desk

MONDAY, WEDNESDAY = TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1)
LATE = a_punch(local("09:13:05"), result=TimeResult.LATE, late=13)


async def asked_why(desk: Desk, text: str = "why", *, in_group: bool = False) -> str:
    return await desk.say(text, in_group=in_group)


async def test_my_day_tells_which_checks_have_no_punch() -> None:
    desk = Desk("12:00")
    desk.punched.punches = [LATE]
    said = await desk.say("my status")
    assert "18:00 Clock-out: no punch through me" in said
    assert "09:00 Clock-in" not in said


async def test_a_punch_that_was_not_taken_leaves_its_check_without_one() -> None:
    desk = Desk("12:00")
    desk.punched.punches = [a_punch(local("08:58"), states={"signed": DeliveryState.REJECTED})]
    assert "09:00 Clock-in: no punch through me" in await desk.say("my status")


async def test_a_clock_in_made_while_the_plan_could_not_be_read_is_no_open_check() -> None:
    desk = Desk("12:00")
    desk.punched.punches = [a_punch(local("08:58"), check_point=None, result=TimeResult.UNKNOWN)]
    said = await desk.say("my status")
    assert "09:00 Clock-in" not in said
    assert "18:00 Clock-out: no punch through me" in said


async def test_a_clock_in_far_from_every_window_leaves_the_check_open() -> None:
    desk = Desk("12:00")
    desk.punched.punches = [a_punch(local("02:00"), check_point=None, result=TimeResult.UNKNOWN)]
    assert "09:00 Clock-in: no punch through me" in await desk.say("my status")


async def test_why_speaks_of_the_last_punch_that_was_late() -> None:
    desk = Desk("12:00", plan=a_plan())
    desk.punched.punches = [LATE, a_punch(local("12:00"), CheckType.OFF_DUTY, check_point="OffDuty/0")]
    said = await asked_why(desk)
    assert "Counted as 13 min late" in said
    assert "09:13:05" in said
    assert "configuration" in said


async def test_that_no_such_punch_is_there_says_which_check_and_day() -> None:
    desk = Desk("18:30", plan=a_plan())
    desk.punched.punches = [a_punch(local("18:40"), CheckType.OFF_DUTY, check_point="OffDuty/0")]
    said = await asked_why(desk, "why was I late yesterday")
    assert "You have no clock-in through me on 2026-11-23." in said


NIGHT = a_shift(("22:00", "06:00"))
LATE_OF_A_NIGHT = a_punch(local("22:13"), result=TimeResult.LATE, late=13)
EARLY_OF_A_NIGHT = a_punch(
    local("05:30", WEDNESDAY), CheckType.OFF_DUTY, check_point="OffDuty/0", result=TimeResult.EARLY, late=30
)


def a_desk_of_nights(at: str, day: date) -> Desk:
    desk = Desk(plan=a_plan(NIGHT))
    desk.at = local(at, day)
    desk.punched.punches = [LATE_OF_A_NIGHT, EARLY_OF_A_NIGHT]
    return desk


@pytest.mark.parametrize("text", ["why was I early today", "why is my punch early", "我今天怎么早退了"])
async def test_why_early_after_a_night_speaks_of_its_clock_out(text: str) -> None:
    desk = a_desk_of_nights("07:00", WEDNESDAY)
    said = await asked_why(desk, text)
    assert "05:30:00" in said and "30 " in said, said


async def test_why_early_of_a_day_speaks_of_a_punch_made_on_it_where_its_own_shift_has_none() -> None:
    desk = a_desk_of_nights("12:00", WEDNESDAY + timedelta(days=1))
    for text in ("why was I early yesterday", f"why was I early on {TUESDAY.isoformat()}"):
        assert "05:30:00" in await asked_why(desk, text)


async def test_of_two_nights_that_share_a_date_the_one_that_began_on_it_is_meant() -> None:
    desk = a_desk_of_nights("12:00", WEDNESDAY + timedelta(days=1))
    before = a_punch(
        local("05:40"),
        CheckType.OFF_DUTY,
        work_date=MONDAY,
        check_point="OffDuty/0",
        result=TimeResult.EARLY,
        late=20,
    )
    desk.punched.punches = [before, LATE_OF_A_NIGHT, EARLY_OF_A_NIGHT]
    assert "05:30:00" in await asked_why(desk, f"why was I early on {TUESDAY.isoformat()}")
    assert "05:40:00" in await asked_why(desk, f"why was I early on {MONDAY.isoformat()}")


async def test_why_early_speaks_of_the_clock_out() -> None:
    desk = Desk("18:30", plan=a_plan())
    early = a_punch(local("17:00"), CheckType.OFF_DUTY, check_point="OffDuty/0", result=TimeResult.EARLY, late=60)
    desk.punched.punches = [early, LATE]
    assert "1 h early" in await asked_why(desk, "why is my punch early")
    assert "迟到 13 分钟" in await asked_why(desk, "为什么算我迟到")


@pytest.mark.parametrize(
    "text",
    [
        "why",
        "why?",
        "why late?",
        "why was I late",
        "why am I marked late",
        "为什么",
        "为什么算我迟到",
        "我怎么迟到了",
    ],
)
def test_asking_why_is_understood_and_published_as_a_question_that_changes_nothing(text: str) -> None:
    intent = understand(text, today=TUESDAY)
    assert intent.name is IntentName.WHY
    assert as_dict(intent)["intent"] == "none"


@pytest.mark.parametrize(
    "text",
    ["why is everybody late", "why not", "我怎么打卡", "我迟到了怎么打卡"],
)
def test_why_about_everybody_or_something_else_is_no_such_question(text: str) -> None:
    assert understand(text, today=TUESDAY).name is IntentName.NONE


async def test_why_without_a_punch_says_where_it_looked() -> None:
    assert "2026-11-18 to 2026-11-24" in await asked_why(Desk())


async def test_why_is_not_answered_before_others() -> None:
    desk = Desk("12:00", plan=a_plan())
    desk.punched.punches = [LATE]
    assert "late" not in await asked_why(desk, in_group=True)


@pytest.mark.parametrize("text", ["why is Bob late", "为什么张三迟到"])
def test_why_about_somebody_else_is_never_about_oneself(text: str) -> None:
    intent = understand(text, today=TUESDAY)
    assert intent.name is IntentName.WHY
    assert intent.person or intent.unclear
