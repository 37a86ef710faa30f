"""The tap that says what is known of a make-up request so far."""

from datetime import date

import pytest

from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.corrections import so_far_button
from bot.views.reply import Language
from tests.builders import SHANGHAI

DAY, AT = date(2026, 11, 23), (18, 40)


@pytest.mark.parametrize(
    ("language", "day", "at", "reason", "says"),
    [
        ("en", DAY, AT, "bus , late  again", "make-up punch 2026-11-23 clock out 18:40, bus , late  again"),
        ("en", DAY, None, "phone dead,", "make-up punch 2026-11-23 clock out, phone dead,"),
        ("en", None, AT, "", "make-up punch clock out 18:40"),
        ("zh", DAY, AT, "手机没电 ，电脑坏了", "补卡 2026-11-23 下班 18:40，手机没电 ，电脑坏了"),
        ("zh", None, None, "", "补卡 下班"),
    ],
)
def test_it_says_the_reason_as_it_was_said(
    language: Language, day: date | None, at: tuple[int, int] | None, reason: str, says: str
) -> None:
    button = so_far_button(CheckType.OFF_DUTY, day, at, reason, Texts(language, SHANGHAI))
    assert button.says == says
