"""A person's places, and the reply about a place named in words."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.deciding import Given
from bot.domain.people import Employee, Members
from bot.domain.sites import LocationSource, Site
from bot.services.punches import Places
from bot.views.i18n import Texts
from bot.views.receipts import receipt
from tests.builders import SHANGHAI, a_punch, local

WHO = Employee("u1", "Zhang San", department_ids=(3,))
HQ = Site("HQ", 39.9, 116.4, 300)
LAB = Site("Lab", 39.9, 116.3, 200, people=Members(frozenset({2}), frozenset({"u9"})))
GATE = Site("Gate", 39.8, 116.3, 200, people=Members(frozenset({3})))


def places(*sites: Site) -> Places:
    return Places(sites, LocationSource)


class Unread(Places):
    """Places that cannot be read."""

    def sites_for(self, who: Employee) -> Sequence[Site] | None:
        return None


async def told(where: Places, place: str | None) -> tuple[str, str]:
    """Return the ledger's note and the receipt of a clock-in at a named place."""
    position = where.judge(WHO, Given(place_name=place))
    punch = replace(a_punch(local("08:58")), where=position.where, note="; ".join(position.notes))
    return punch.note, receipt(punch, Texts("en", SHANGHAI), in_group=False).text


async def test_a_site_is_not_unknown_while_sites_cannot_be_read() -> None:
    note, said = await told(Unread([], LocationSource), "HQ; west")
    assert note == "place not looked up: HQ, west; sites not readable"
    assert "I could not look up the sites just now" in said
    assert "don't know" not in said
    note, said = await told(Unread([], LocationSource), None)
    assert note == "sites not readable"


async def test_a_person_has_common_departmental_and_own_places() -> None:
    known = places(HQ, LAB)
    assert known.names_for(WHO) == [HQ.name, *HQ.aliases]
    assert known.sites_for(replace(WHO, department_ids=(3, 2))) == [HQ, LAB]
    assert known.sites_for(replace(WHO, user_id="u9")) == [HQ, LAB]
    stranger = Employee("u1", "小明", known=False)
    assert known.sites_for(stranger) is None, "their departments are not known"
    assert known.sites_for(replace(stranger, user_id="u9")) == [HQ, LAB]
    assert places(HQ, LAB, GATE).sites_for(replace(stranger, user_id="u9")) is None
