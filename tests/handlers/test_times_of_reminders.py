"""A time of day to be reminded at, said without its half of the day."""

from datetime import time

import pytest

from tests.builders import a_plan, a_shift
from tests.handlers.a_desk import Desk


@pytest.mark.parametrize(
    ("text", "hours", "kept"),
    [
        ("每天5:45提醒我打下班卡", ("22:00", "06:00"), time(5, 45)),
        ("every day at 5:45 remind me to clock out", ("22:00", "06:00"), time(5, 45)),
        ("每天9:45提醒我打上班卡", ("22:00", "06:00"), time(21, 45)),
        ("每天下午5:45提醒我打下班卡", ("22:00", "06:00"), time(17, 45)),
        ("每天5:45提醒我打下班卡", ("09:00", "18:00"), time(17, 45)),
        ("every day at 8:50 remind me to clock in", ("09:00", "18:00"), time(8, 50)),
    ],
)
async def test_a_time_is_of_the_half_of_the_day_in_which_its_check_can_be_made(
    text: str, hours: tuple[str, str], kept: time
) -> None:
    desk = Desk(plan=a_plan(a_shift(hours)))
    await desk.say(text)
    assert kept in (desk.mine.on_duty_at, desk.mine.off_duty_at)
