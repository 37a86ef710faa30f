"""Places of attendance groups, over the pretend DingTalk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.dingtalk.attendance_sites import AttendanceSites, _site, _told_apart
from bot.domain.datum import Datum
from bot.domain.people import Employee, Members
from bot.domain.sites import Site
from bot.errors import OutcomeUnknown
from bot.services.places import MAX_AGE, ConfiguredPlaces, DingTalkPlaces
from tests.company import Company, a_company
from tests.faults.a_store import StillClock

ANN = Employee("u1", "Ann")


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with a_company(tmp_path, clock_in={"sites_from": "dingtalk"}, sites=[]) as running:
        yield running


async def test_a_group_of_dingtalk_says_where_its_people_clock_in(company: Company) -> None:
    receipt = await company.ask("user001", "clock in 39.9090,116.3975")
    assert "Place: HQ 总部, 20 m from its centre" in receipt


def test_a_row_with_the_documents_fields_is_a_site_and_one_without_a_place_is_none() -> None:
    row = {"offset": 100, "address": "西溪园区", "latitude": "30.280232", "longitude": "120.171377"}
    assert _site(row) == Site("西溪园区", 30.280232, 120.171377, 100.0, Datum.GCJ02)
    for broken in (
        {},
        row | {"latitude": ""},
        row | {"offset": 0},
        row | {"latitude": "nan"},
        row | {"address": ""},
    ):
        assert _site(broken) is None


def test_positions_of_one_name_are_told_apart_by_their_address_or_a_number() -> None:
    shop = Site("全家", 30.28, 120.17, 100.0, aliases=("西溪路 1 号",))
    twin = replace(shop, latitude=30.29, aliases=())
    other = Site("HQ", 39.9, 116.4, 200.0)
    apart = _told_apart([shop, twin, other, replace(shop, latitude=30.3, aliases=()), shop])
    assert [site.name for site in apart] == ["全家 (西溪路 1 号)", "全家 (1)", "HQ", "全家 (2)"]


class Reader:
    """A DingTalk that counts, and can be away."""

    def __init__(self) -> None:
        self.calls = 0
        self.away = False

    async def group_of(self, user_id: str) -> int | None:
        self._asked()
        return None if user_id == "loner" else 7

    async def sites_of(self, group_id: int) -> list[Site]:
        self._asked()
        return [Site("HQ", 39.9, 116.4, 100)]

    def _asked(self) -> None:
        self.calls += 1
        if self.away:
            raise OutcomeUnknown("positions", "no answer")


async def test_places_are_kept_and_old_ones_are_better_than_none() -> None:
    reader, clock = Reader(), StillClock()
    places = DingTalkPlaces(cast(AttendanceSites, reader), clock)
    assert [site.name for site in await places.sites_for(ANN) or ()] == ["HQ"]
    await places.sites_for(ANN)
    assert reader.calls == 2
    assert await places.sites_for(Employee("loner", "Bo")) == []
    clock.advance(2 * MAX_AGE.total_seconds())
    reader.away = True
    assert [site.name for site in await places.sites_for(ANN) or ()] == ["HQ"]
    assert await places.sites_for(Employee("u2", "Cy")) is None


async def test_a_person_whom_the_directory_does_not_know_yet_is_outside_of_nothing() -> None:
    places = ConfiguredPlaces([Site("Lab", 1, 1, 1, members=Members(frozenset({7})))])
    assert await places.sites_for(ANN) == ()
    assert await places.sites_for(Employee("u1", "", known=False)) is None
