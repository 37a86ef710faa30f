"""What is remembered of texts that many say is what would be found anew."""

from datetime import date, timedelta

import pytest

from bot.domain.sites import Site
from bot.understanding import Familiar, understand
from bot.understanding.familiar import LONGEST, MOST
from tests.understanding.figures import TODAY, rows

HQ = Site("HQ", 39.9088, 116.3975, 200)
MARS = Site("火星", 39.9088, 116.3975, 200)  # known only where it is a site


def test_said_again_it_means_the_same() -> None:
    familiar = Familiar()
    texts = [line["text"] for line in rows("positives.jsonl")[:200]]
    for _ in range(2):
        assert [familiar.understand(text, today=TODAY) for text in texts] == [
            understand(text, today=TODAY) for text in texts
        ]


def test_what_was_understood_is_not_understood_anew() -> None:
    familiar = Familiar()
    first = familiar.understand("clock in", today=TODAY, sites=[HQ])
    assert familiar.understand("clock in", today=TODAY, sites=[HQ]) is first


@pytest.mark.parametrize(
    ("text", "today", "sites"),
    [("my attendance yesterday", TODAY + timedelta(days=1), [MARS]), ("打卡 火星", TODAY, [])],
    ids=["on another day", "with other sites"],
)
def test_a_day_and_places_have_meanings_of_their_own(text: str, today: date, sites: list[Site]) -> None:
    familiar = Familiar()
    first = familiar.understand(text, today=TODAY, sites=[MARS])
    second = familiar.understand(text, today=today, sites=sites)
    assert first != second
    assert [first, second] == [
        understand(text, today=TODAY, sites=[MARS]),
        understand(text, today=today, sites=sites),
    ]


def test_long_texts_and_more_than_so_many_are_not_kept() -> None:
    familiar = Familiar()
    long = "clock in" + " please" * 6
    assert len(long) > LONGEST
    assert familiar.understand(long, today=TODAY) is not familiar.understand(long, today=TODAY)
    first = familiar.understand("clock in", today=TODAY)
    for number in range(MOST):
        familiar.understand(f"clock in {number}", today=TODAY)
    assert familiar.understand("clock in", today=TODAY) is not first


def test_people_with_different_sites_do_not_understand_each_others_texts_anew() -> None:
    familiar = Familiar()
    here, there = (HQ,), (MARS,)
    first = [familiar.understand("打卡 火星", today=TODAY, sites=sites) for sites in (here, there)]
    again = [familiar.understand("打卡 火星", today=TODAY, sites=sites) for sites in (here, there)]
    assert first[0] != first[1]
    assert [one is other for one, other in zip(first, again, strict=True)] == [True, True]
