"""A mere refusal ends no more than the moment that it may be meant for; an order to end something does."""

import pytest

from bot.understanding import IntentName, understand
from bot.understanding.intents import RemindWish
from tests.understanding.figures import TODAY


@pytest.mark.parametrize("refusal", ["不用", "别", "勿", "甭", "无需"])
def test_a_refusal_beside_something_else_may_be_of_this_moment_only(refusal: str) -> None:
    intent = understand(f"{refusal}提醒，好累", today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, RemindWish.UNCLEAR)


def test_an_order_to_end_reminders_is_plain_whatever_stands_beside_it() -> None:
    intent = understand("关闭提醒，好累", today=TODAY)
    assert (intent.name, intent.remind) == (IntentName.REMIND_OFF, None)
