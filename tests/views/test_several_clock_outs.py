"""One's own day with more than one clock-out: which of them counts."""

import pytest

from bot.domain.day import PersonDay, Standing
from bot.domain.deliveries import DeliveryState
from bot.domain.shifts import CheckType
from bot.i18n import Texts
from bot.views.my_day import today
from tests.builders import SHANGHAI, TUESDAY, a_punch, local

DAY = PersonDay("u1", TUESDAY, Standing.UNKNOWN)


@pytest.mark.parametrize(("language", "mark"), [("en", "this one counts"), ("zh", "以这次为准")])
def test_of_several_clock_outs_the_last_that_stands_is_said_to_count(language: str, mark: str) -> None:
    rejected = {"signed": DeliveryState.REJECTED}
    punches = [
        a_punch(local("09:00")),
        a_punch(local("18:01"), CheckType.OFF_DUTY, check_point="OffDuty/0"),
        a_punch(local("18:30"), CheckType.OFF_DUTY, check_point="OffDuty/0"),
        a_punch(local("18:40"), CheckType.OFF_DUTY, check_point="OffDuty/0", states=rejected),
    ]
    texts = Texts("zh" if language == "zh" else "en", SHANGHAI)
    text = today(DAY, None, punches, texts, {}).text
    assert [line for line in text.splitlines() if mark in line] == [
        line for line in text.splitlines() if "18:30" in line
    ]
    alone = today(DAY, None, punches[:2], texts, {}).text
    assert "18:01" in alone
    assert mark not in alone
