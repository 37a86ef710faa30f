"""How a position is asked for, by the ways that there are."""

from typing import Literal

import pytest

from bot.actions import Punch
from bot.domain.punches import AskPlace
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource, Site
from bot.i18n import Texts
from bot.views.places import Ways, ask_place
from tests.builders import SHANGHAI

HQ = Site("HQ", 39.9088, 116.3975, 200)


@pytest.mark.parametrize(
    ("language", "sites", "begins", "lacks"),
    [
        ("en", (), "Send coordinates", "Or send"),
        ("en", (HQ,), "Tap where you are", "Or tap"),
        ("zh", (), "请发送坐标", "也可以发送坐标"),
        ("zh", (HQ,), "请点选", "也可以点选"),
    ],
)
def test_without_a_page_the_first_way_is_no_second_one(
    language: Literal["en", "zh"], sites: tuple[Site, ...], begins: str, lacks: str
) -> None:
    ways = Ways(Punch(direction=CheckType.ON_DUTY), sites, frozenset(LocationSource), None, optional=True)
    asked = ask_place(AskPlace(), ways, Texts(language, SHANGHAI))
    first, second = asked.text.split("\n\n")[:2]
    assert second.startswith(begins)
    assert lacks not in asked.text
    assert "With your location" not in first
    assert "按定位打卡" not in first


@pytest.mark.parametrize("wanted", [CheckType.ON_DUTY, CheckType.OFF_DUTY, None])
def test_the_button_of_a_place_keeps_the_direction_that_was_said(wanted: CheckType | None) -> None:
    ways = Ways(Punch(direction=wanted), [HQ], frozenset(LocationSource), None, optional=False)
    (button,) = ask_place(AskPlace(), ways, Texts("zh", SHANGHAI)).buttons
    assert button.action == Punch(direction=wanted, place="HQ")
