"""What becomes of a position that led to no punch: which are kept, which replace which, and whom they flag."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.datum import Datum
from bot.domain.flags import Flag, FlagKind, is_unreached
from bot.domain.punches import (
    OUTSIDE_REFUSED,
    Accepted,
    AlreadyPunched,
    AskAgain,
    AskConfirm,
    AskDirection,
    AskEdge,
    AskPhone,
    AskPlace,
    Decision,
    Phone,
    Refused,
)
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import NOWHERE, Fix, LocationResult, LocationSource, Whereabouts
from bot.domain.unpunched import Unpunched, left_by, looked_at, takes_the_place
from tests.builders import TUESDAY, a_punch, a_request, local

IN, AT = CheckType.ON_DUTY, local("08:50")
ACCEPTED = Accepted(TUESDAY, IN, None, TimeResult.NORMAL, 0, "said so")


def a_place(source: LocationSource, latitude: float = 39.9, longitude: float = 116.4) -> Whereabouts:
    fix = Fix(latitude, longitude, 20, Datum.GCJ02, source)
    return Whereabouts(LocationResult.OUTSIDE, "HQ", 1.0, fix)


MEASURED = a_place(LocationSource.BROWSER)
NAMED = a_place(LocationSource.NAMED)
SHANGHAI = Fix(31.23, 121.47, 20, Datum.GCJ02, LocationSource.BROWSER)


@pytest.mark.parametrize("decision", [Refused(OUTSIDE_REFUSED), AskEdge("HQ"), AskDirection(), AskConfirm(IN)])
def test_what_is_refused_or_asked_about_leaves_its_position(decision: Decision) -> None:
    assert left_by(decision, a_request(AT, where=MEASURED)) == Unpunched(AT, MEASURED.fix)
    assert left_by(decision, a_request(AT, where=NAMED)) is None  # which is measured by nobody
    assert left_by(decision, a_request(AT)) is None


@pytest.mark.parametrize(
    "decision",
    [
        ACCEPTED,
        AlreadyPunched(a_punch(AT)),
        AskAgain(IN, AT),  # its time cannot be trusted
        AskPhone(IN, AT, NOWHERE),  # they may say that it was not they
        AskPlace(),
        Refused("punch.phone_of_another"),
    ],
)
def test_what_says_nothing_of_where_they_are_leaves_none(decision: Decision) -> None:
    assert left_by(decision, a_request(AT, where=MEASURED)) is None


def test_a_position_is_of_the_moment_it_was_given_and_of_a_phone() -> None:
    asked, tapped, said = AT, AT + timedelta(seconds=90), AT + timedelta(seconds=30)
    tap = a_request(asked, where=MEASURED, given_at=tapped, phone=Phone("d", known=False, others=0))
    assert left_by(Refused(OUTSIDE_REFUSED), tap) == Unpunched(tapped, MEASURED.fix, known_phone=False)
    answer = a_request(asked, where=MEASURED, answered_at=said, phone=Phone("d", known=True, others=0))
    assert left_by(Refused(OUTSIDE_REFUSED), answer) == Unpunched(said, MEASURED.fix)


def test_who_says_that_they_are_where_they_cannot_have_come_is_flagged() -> None:
    before = Unpunched(AT, SHANGHAI, known_phone=False)
    for where in (a_place(LocationSource.TYPED), NAMED):
        marked = looked_at(ACCEPTED, a_request(AT + timedelta(minutes=3), where=where), before)
        (flag,) = marked.flags
        assert (flag.kind, flag.minutes, flag.known_phone) == (FlagKind.UNREACHED, 3, False)
        assert marked.note == "said so; position that led to no punch: 1065 km, 3 min"
        assert is_unreached(marked.note)
        assert looked_at(ACCEPTED, a_request(AT + timedelta(hours=5), where=where), before) == ACCEPTED
    assert looked_at(ACCEPTED, a_request(AT), before) == ACCEPTED  # it says of no place that they are there
    assert looked_at(ACCEPTED, a_request(AT, where=MEASURED), before) == ACCEPTED  # a phone's first one may be off
    assert looked_at(ACCEPTED, a_request(AT, where=NAMED), None) == ACCEPTED


def test_a_flag_is_beside_those_that_are_there() -> None:
    mine = Flag(FlagKind.OUTSIDE)
    marked = looked_at(
        Accepted(TUESDAY, IN, None, TimeResult.NORMAL, 0, "", (mine,)),
        a_request(AT, where=NAMED),
        Unpunched(AT, SHANGHAI),
    )
    assert [flag.kind for flag in marked.flags] == [FlagKind.OUTSIDE, FlagKind.UNREACHED]


def test_the_last_one_is_kept_but_where_nobody_gets_there_from_the_one_before() -> None:
    assert MEASURED.fix is not None
    far = Unpunched(AT, SHANGHAI)
    assert takes_the_place(far, None)
    assert not takes_the_place(Unpunched(AT + timedelta(minutes=1), MEASURED.fix), far)
    assert takes_the_place(Unpunched(AT + timedelta(hours=5), MEASURED.fix), far)
    assert takes_the_place(Unpunched(AT + timedelta(minutes=1), SHANGHAI), far)


def test_short_ways_in_no_time_are_no_way() -> None:
    near = replace(SHANGHAI, latitude=SHANGHAI.latitude + 0.009)
    assert not takes_the_place(Unpunched(AT + timedelta(seconds=1), near), Unpunched(AT, SHANGHAI))


def test_what_is_typed_hides_nothing_that_was_measured_nor_an_unknown_phone_what_ones_own_found() -> None:
    typed = Unpunched(AT, replace(SHANGHAI, source=LocationSource.TYPED))
    unknown, known = Unpunched(AT, SHANGHAI, known_phone=False), Unpunched(AT, SHANGHAI)
    for less, more in ((typed, unknown), (typed, known), (unknown, known)):
        assert takes_the_place(more, less)
        assert not takes_the_place(replace(less, at=AT + timedelta(days=1)), more)
