"""Which punches say of themselves that they are of this moment."""

import pytest

from bot.domain.sites import Site
from bot.understanding import understand
from bot.understanding.intents import IntentName
from bot.understanding.punching.nows import says_now
from tests.builders import TUESDAY


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("clock out now", True),
        ("Just arrived, clock me in", True),
        ("I'm leaving NOW @HQ", True),
        ("刚到，打卡", True),
        ("现在下班打卡", True),
        ("just arived, clock in", True),
        ("clock_in_now", True),
        ("just clock me in", False),
        ("clock in for now", False),
        ("I know, clock out", False),
        ("下班打卡", False),
    ],
)
def test_what_says_that_it_is_of_now(text: str, now: bool) -> None:
    assert says_now(text) is now


@pytest.mark.parametrize(
    ("text", "place", "now"),
    [
        ("上班打卡 @刚泰国际", "刚泰国际", False),
        ("clock in @Now Plaza", "Now Plaza", False),
        ("刚到，上班打卡 @刚泰国际", "刚泰国际", True),
        ("clock in now @Now Plaza", "now plaza", True),
    ],
)
def test_the_name_of_a_site_says_nothing_of_when(text: str, place: str, now: bool) -> None:
    assert says_now(text, place) is now


def test_a_site_whose_name_holds_somebodys_is_a_place() -> None:
    sites = [Site("金刚大厦", 39.9, 116.4, 200)]
    intent = understand("上班打卡 @金刚大厦", today=TUESDAY, sites=sites)
    assert (intent.name, intent.place_name) == (IntentName.CLOCK_IN, "金刚大厦")
    assert understand("王刚打卡", today=TUESDAY, sites=sites).name is IntentName.NONE
