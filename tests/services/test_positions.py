"""A place named in words while the sites cannot be read, in the ledger's note and in the receipt."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.datum import Datum
from bot.domain.people import Employee
from bot.domain.positions import Fence, FlagKind, Given, LocationPolicy
from bot.domain.sites import Fix, LocationSource, Site
from bot.i18n import Texts
from bot.services.places import Positions
from bot.views.receipts import receipt
from tests.builders import SHANGHAI, a_punch, local

WHO = Employee("u1", "Zhang San")
HQ = Site("HQ", 39.9, 116.4, 300)


class Sites:
    """A person's sites, or None while they cannot be read."""

    def __init__(self, sites: Sequence[Site] | None) -> None:
        self._sites = sites

    def known_to(self, who: Employee) -> Sequence[Site]:
        return self._sites or ()

    async def sites_for(self, who: Employee) -> Sequence[Site] | None:
        return self._sites


async def told(sites: Sequence[Site] | None, place: str | None) -> tuple[str, str]:
    """Return the ledger's note and the receipt of a clock-in at a place in words."""
    position = await Positions(Sites(sites), LocationPolicy()).judge(WHO, Given(place_name=place))
    punch = replace(a_punch(local("08:58")), where=position.where, note="; ".join(position.notes))
    return punch.note, receipt(punch, Texts("en", SHANGHAI), in_group=False).text


async def test_a_site_is_not_called_unknown_while_the_sites_cannot_be_read() -> None:
    note, said = await told(None, "HQ; west")
    assert note == "place not looked up: HQ, west; sites not readable"
    assert "I could not look up the sites just now" in said and "HQ, west" in said
    assert "don't know" not in said


async def test_a_site_that_is_none_of_those_read_is_called_unknown() -> None:
    note, said = await told([HQ], "Pudong")
    assert note == "place not known: Pudong"
    assert "I don't know a site called “Pudong”" in said


async def test_who_is_within_the_site_they_named_is_at_it_though_a_smaller_one_is_nearer() -> None:
    campus, gate = (
        replace(HQ, name="Campus", radius_m=1500),
        replace(HQ, name="Gate", latitude=39.904, radius_m=200),
    )
    positions = Positions(Sites([campus, gate]), LocationPolicy())
    at_gate = Fix(39.904, 116.4, 20.0, Datum.GCJ02, LocationSource.BROWSER)
    position = await positions.judge(WHO, Given(at_gate, "Campus"))
    assert (position.where.site, position.fence, position.flags) == ("Campus", Fence.INSIDE, ())
    assert (await positions.judge(WHO, Given(at_gate))).where.site == "Gate"
    away = replace(at_gate, latitude=39.915)  # 167 m past the fence, and a hundred are allowed at most
    flags = (await positions.judge(WHO, Given(away, "Campus"))).flags
    assert [flag.kind for flag in flags] == [FlagKind.OUTSIDE, FlagKind.OTHER_SITE]
    beside = replace(at_gate, latitude=39.9136)  # 10 m past it, within its accuracy
    assert [flag.kind for flag in (await positions.judge(WHO, Given(beside, "Campus"))).flags] == []


async def test_without_a_place_nothing_is_said_of_sites_that_cannot_be_read() -> None:
    note, said = await told(None, None)
    assert note == "sites not readable"
    assert "No place was given" in said
