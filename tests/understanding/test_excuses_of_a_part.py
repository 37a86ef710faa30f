"""A lead excuses whole days: one of which a part is named is in doubt."""

from datetime import date

import pytest

from bot.understanding import understand
from bot.understanding.intents import IntentName


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("豁免张三今天上午：医院", True),
        ("豁免张三今晚：医院", True),
        ("豁免张三昨天中午，家里有事", True),
        ("excuse Alice this morning: doctor", True),
        ("excuse Alice tomorrow afternoon: doctor", True),
        ("excuse Alice Monday morning: doctor", True),
        ("豁免张三11月25日下午：医院", True),
        ("取消豁免张三今天上午", True),
        ("豁免张三今天：上午去医院", False),
        ("excuse Alice today: dentist this morning", False),
        ("早上好，豁免张三今天：医院", False),
        ("good morning, excuse Alice today: doctor", False),
    ],
)
def test_an_excuse_of_a_part_of_a_day_is_in_doubt(text: str, expected: bool) -> None:
    intent = understand(text, today=date(2025, 11, 26))
    assert intent.name in {IntentName.EXCUSE, IntentName.UNEXCUSE}
    assert intent.unsure is expected
