"""Answers that take the plan from everybody at once: quiet for people, loud for operators, read again."""

from datetime import timedelta

import pytest

from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.domain.shifts import DayPlan
from bot.errors import OutcomeUnknown, Rejected
from bot.services.organisation.dingtalk_rosters import MANY
from tests.builders import TUESDAY, a_plan
from tests.services.test_dingtalk_rosters import Stage, who

FIVE = [f"u{number}" for number in range(MANY)]
ALL_DAY = {"09:00": FIVE}


async def a_stage(user_ids: list[str]) -> Stage:
    """Return a book that knows that these work, over a DingTalk that now plans nobody."""
    stage = Stage()
    stage.people.user_ids = user_ids
    stage.dingtalk.planned = dict.fromkeys(user_ids, a_plan())
    await stage.book.read()
    stage.dingtalk.planned = {}
    return stage


async def test_a_batch_that_lost_every_plan_is_not_believed_and_all_is_to_be_read() -> None:
    stage = await a_stage(FIVE)
    stored = dict(stage.shelf.rows)
    with pytest.raises(OutcomeUnknown, match="without a plan for any of 5 people"):
        await stage.book.current(FIVE, TUESDAY)
    assert (who(stage.book), stage.shelf.rows, stage.book.outdated) == (ALL_DAY, stored, True)


async def test_a_few_people_who_lost_theirs_are_believed() -> None:
    stage = await a_stage(FIVE)
    few = FIVE[1:]
    assert await stage.book.current(few, TUESDAY) == {user_id: DayPlan(TUESDAY) for user_id in few}
    assert (who(stage.book), stage.book.outdated) == ({"09:00": FIVE[:1]}, False)


async def test_a_reading_of_all_that_says_the_same_of_one_day_is_believed() -> None:
    stage = await a_stage(FIVE)
    with pytest.raises(OutcomeUnknown):
        await stage.book.current(FIVE, TUESDAY)
    stage.dingtalk.planned = dict.fromkeys(FIVE, a_plan())
    stage.dingtalk.off = TUESDAY
    await stage.book.read()
    assert (who(stage.book), stage.book.outdated) == ({}, False)
    assert who(stage.book, TUESDAY + timedelta(days=1)) == ALL_DAY
    assert await stage.book.current(FIVE, TUESDAY) == {user_id: DayPlan(TUESDAY) for user_id in FIVE}


async def test_a_reading_of_all_that_leaves_nobody_a_plan_on_any_day_is_not_believed() -> None:
    stage = await a_stage(FIVE)
    with pytest.raises(OutcomeUnknown):
        await stage.book.read()
    assert who(stage.book) == ALL_DAY


async def test_read_person_by_person_a_batch_that_lost_every_plan_is_not_believed_while_others_have_theirs() -> (
    None
):
    everybody = [f"u{number:03}" for number in range(2 * PEOPLE_A_CALL)]
    stage = await a_stage(everybody)
    stage.dingtalk.trouble = Rejected("day_schedule", "too many people")
    stage.dingtalk.planned = dict.fromkeys(everybody[:PEOPLE_A_CALL], a_plan())
    with pytest.raises(OutcomeUnknown):
        await stage.book.read()
    assert who(stage.book) == {"09:00": everybody}
