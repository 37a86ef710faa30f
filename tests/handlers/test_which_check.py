"""A reminder is set for the check that is meant; where that is not plain nothing is changed before a tap."""

from datetime import time

import pytest

from bot.domain.shifts import DayPlan
from tests.builders import a_plan
from tests.handlers.a_desk import Desk

NINE_TO_SIX, UNKNOWN = a_plan(), None


@pytest.mark.parametrize("plan", [NINE_TO_SIX, UNKNOWN])
@pytest.mark.parametrize(
    "text", ["remind me every day at 6pm", "每天下午6点提醒我打卡", "every day at 17:30 remind me"]
)
async def test_a_time_that_is_none_for_coming_is_asked_about(text: str, plan: DayPlan | None) -> None:
    desk = Desk(plan=plan)
    await desk.say(text)
    assert desk.book.writes == 0
    coming, going = desk.taps
    await desk.say(going)
    assert (desk.mine.on_duty_at, desk.mine.off_duty_at is not None) == (None, True)
    await desk.say(coming)
    assert desk.mine.on_duty_at == desk.mine.off_duty_at


async def test_a_time_after_the_shift_begins_is_asked_about() -> None:
    desk = Desk(plan=NINE_TO_SIX)
    await desk.say("every day at 9:30 remind me")
    assert desk.book.writes == 0


@pytest.mark.parametrize("plan", [NINE_TO_SIX, UNKNOWN])
@pytest.mark.parametrize("text", ["every day at 8:50 remind me", "每天8:50提醒我打卡"])
async def test_a_time_shortly_before_the_shift_is_one_for_coming(text: str, plan: DayPlan | None) -> None:
    desk = Desk(plan=plan)
    await desk.say(text)
    assert desk.mine.on_duty_at == time(8, 50)


@pytest.mark.parametrize(
    ("text", "minutes"), [("remind me 5 min before clock out", 5), ("提前半小时提醒我下班打卡", 30)]
)
async def test_minutes_of_one_check_change_both_only_by_a_tap(text: str, minutes: int) -> None:
    desk = Desk()
    await desk.say(text)
    assert desk.book.writes == 0
    (both,) = desk.taps
    await desk.say(both)
    assert desk.mine.before_minutes == (minutes,)
