"""By which places' names somebody's messages are understood."""

from dataclasses import replace

from bot.domain.people import Employee, Members
from bot.domain.sites import Site
from bot.services.places import ConfiguredPlaces

HQ = Site("HQ", 39.9088, 116.3975, 200)
LAB = Site("Lab", 39.9, 116.3, 200, members=Members(frozenset({2}), frozenset({"u9"})))
GATE = Site("Gate", 39.8, 116.3, 200, members=Members(frozenset({3})))
PLACES = ConfiguredPlaces([HQ, LAB])


def test_ones_places_are_those_of_everybody_ones_departments_and_oneself() -> None:
    somebody = Employee("u1", "小明", department_ids=(3,))
    assert PLACES.known_to(somebody) == (HQ,)
    assert PLACES.known_to(replace(somebody, department_ids=(3, 2))) == (HQ, LAB)
    assert PLACES.known_to(replace(somebody, user_id="u9")) == (HQ, LAB)
    assert PLACES.known_to(replace(somebody, department_ids=(), known=False)) == (HQ,)


async def test_the_places_of_somebody_unknown_cannot_be_read_unless_all_of_theirs_are_for_them_by_name() -> None:
    stranger = Employee("u1", "小明", known=False)
    assert await PLACES.sites_for(stranger) is None
    assert await PLACES.sites_for(replace(stranger, user_id="u9")) == (HQ, LAB)
    assert await ConfiguredPlaces([HQ, LAB, GATE]).sites_for(replace(stranger, user_id="u9")) is None
    assert await PLACES.sites_for(replace(stranger, known=True)) == (HQ,)


def test_people_with_the_same_places_share_what_was_found() -> None:
    some = [Employee(f"u{number}", "小明", department_ids=(number % 3 + 3,)) for number in range(9)]
    assert len({id(PLACES.known_to(who)) for who in some}) == 1
