"""Which record of DingTalk's tells of which of several punches that one person made in one second."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.deliveries import DeliveryState
from bot.domain.punches import Punch
from bot.domain.reconciling import (
    AttendanceRecord,
    Sight,
    has_to_wait,
    matched,
    punches_by_second,
    records_by_second,
    sight,
)
from tests.builders import a_punch, local

ACCEPTED, UNKNOWN, SENT, CONFIRMED, REJECTED = (
    DeliveryState.ACCEPTED,
    DeliveryState.UNKNOWN,
    DeliveryState.SENT,
    DeliveryState.CONFIRMED,
    DeliveryState.REJECTED,
)
AT = local("08:58:03")
SHOWN = AttendanceRecord("u1", AT)
INVALID = AttendanceRecord("u1", AT, "closed")


def punch(ms: int, state: DeliveryState, reason: str = "", *, target: str = "signed") -> Punch:
    made = a_punch(AT + timedelta(milliseconds=ms), states={target: state})
    return replace(made, punch_id=f"p{ms}", reasons={target: reason} if reason else {})


def takers(records: list[AttendanceRecord], *punches: Punch, in_turn: bool = False) -> dict[str, str | None]:
    """Return whose the records are, with the reason of an invalid one."""
    found = matched(punches, "signed", records, in_turn=in_turn)
    return {punch_id: record.invalid_reason for punch_id, record in found.items()}


@pytest.mark.parametrize("taken", [SENT, CONFIRMED])
@pytest.mark.parametrize("ms", [100, 900])
def test_the_record_of_a_punch_that_was_taken_does_not_tell_of_another(taken: DeliveryState, ms: int) -> None:
    twins = punch(500, taken), punch(ms, UNKNOWN)
    assert takers([SHOWN], *twins) == {"p500": None}
    assert takers([SHOWN, SHOWN], *twins) == {"p500": None, f"p{ms}": None}


def test_one_record_for_two_unknown_ones_tells_of_neither_unless_they_went_in_turn() -> None:
    twins = punch(900, UNKNOWN), punch(100, UNKNOWN)
    assert takers([SHOWN], *twins) == {}
    assert takers([SHOWN], *twins, in_turn=True) == {"p100": None}
    assert takers([SHOWN, SHOWN], *twins) == {"p100": None, "p900": None}


def test_a_record_may_be_of_one_that_is_under_way() -> None:
    twins = punch(100, UNKNOWN), punch(900, ACCEPTED)
    assert takers([SHOWN], *twins) == {"p900": None}
    assert takers([SHOWN, SHOWN], *twins) == {"p900": None, "p100": None}


def test_where_they_go_in_turn_a_record_is_not_of_one_that_waits_for_its_turn() -> None:
    assert takers([SHOWN], punch(100, UNKNOWN), punch(900, ACCEPTED), in_turn=True) == {"p100": None}
    assert takers([SHOWN], punch(900, UNKNOWN), punch(100, ACCEPTED), in_turn=True) == {"p100": None}


@pytest.mark.parametrize(
    ("state", "waits"),
    [(ACCEPTED, True), (UNKNOWN, True), (SENT, False), (CONFIRMED, False), (REJECTED, False)],
)
def test_a_punch_waits_for_an_earlier_one_of_its_second_that_is_open(state: DeliveryState, waits: bool) -> None:
    early, late = punch(100, state), punch(900, ACCEPTED)
    assert has_to_wait(late, [early, late], "signed") is waits
    assert not has_to_wait(early, [early, late], "signed")
    assert not has_to_wait(late, [early, late], "record_upload")  # which has none of them


def test_whose_turn_it_is_goes_by_when_they_reached_us() -> None:
    first = replace(punch(900, ACCEPTED), received_at=AT)
    second = replace(punch(100, ACCEPTED), received_at=AT + timedelta(seconds=1))
    assert has_to_wait(second, [first, second], "signed")
    assert not has_to_wait(first, [first, second], "signed")


def test_the_record_for_which_a_punch_was_rejected_tells_of_no_other() -> None:
    refused = punch(900, REJECTED, "closed")
    assert takers([INVALID], refused, punch(100, UNKNOWN)) == {"p900": "closed"}
    assert takers([SHOWN, INVALID], refused, punch(100, UNKNOWN)) == {"p900": "closed", "p100": None}


def test_one_that_its_target_refused_needs_no_record() -> None:
    refused = punch(100, REJECTED, "too old")
    assert takers([SHOWN], refused, punch(900, UNKNOWN)) == {"p900": None}
    assert takers([SHOWN], refused) == {"p100": None}


def test_records_of_another_target_are_not_counted() -> None:
    both = [
        replace(punch(ms, SENT), states={"signed": SENT, "record_upload": state})
        for ms, state in ((100, SENT), (900, UNKNOWN))
    ]
    app, machine = AttendanceRecord("u1", AT, None, "USER"), AttendanceRecord("u1", AT, None, "ATM")
    assert matched(both, "record_upload", [app, app, machine]).keys() == {"p100"}
    assert matched(both, "record_upload", [app, app, machine, machine]).keys() == {"p100", "p900"}
    assert matched([punch(100, UNKNOWN, target="record_upload")], "signed", [app]) == {}


def test_the_oldest_of_those_that_were_taken_has_the_valid_record() -> None:
    assert takers([SHOWN, INVALID], punch(900, SENT), punch(100, SENT)) == {"p100": None, "p900": "closed"}


def sights(records: list[AttendanceRecord], *punches: Punch, knows_repeats: bool) -> list[Sight]:
    """Return what is seen of each of the punches."""
    return [sight(one, punches, "signed", records, knows_repeats=knows_repeats) for one in punches]


@pytest.mark.parametrize("knows_repeats", [True, False])
def test_a_punch_alone_in_its_second_is_seen_by_its_record(knows_repeats: bool) -> None:
    assert sights([SHOWN], punch(500, UNKNOWN), knows_repeats=knows_repeats) == [Sight.SEEN]
    assert sights([], punch(500, UNKNOWN), knows_repeats=knows_repeats) == [Sight.NOT_SEEN]


def test_of_two_unknown_ones_only_a_target_that_knows_no_repeats_goes_by_their_turn() -> None:
    twins = punch(100, UNKNOWN), punch(900, UNKNOWN)
    assert sights([SHOWN], *twins, knows_repeats=True) == [Sight.NOT_SEEN, Sight.NOT_SEEN]
    assert sights([SHOWN], *twins, knows_repeats=False) == [Sight.SEEN, Sight.NOT_SEEN]
    assert sights([SHOWN, SHOWN], *twins, knows_repeats=True) == [Sight.SEEN, Sight.SEEN]


def test_while_another_one_is_under_way_a_record_may_be_its_own() -> None:
    other, ours = punch(100, ACCEPTED), punch(900, UNKNOWN)
    assert sight(ours, [ours, other], "signed", [SHOWN], knows_repeats=False) is Sight.PERHAPS
    assert sight(ours, [ours, other], "signed", [SHOWN], knows_repeats=True) is Sight.NOT_SEEN
    assert sight(ours, [ours, other], "signed", [], knows_repeats=False) is Sight.NOT_SEEN
    assert sight(ours, [ours, other], "signed", [SHOWN, SHOWN], knows_repeats=False) is Sight.SEEN


def test_punches_and_records_of_one_second_are_put_together() -> None:
    def of(user_id: str, at: datetime) -> Punch:
        return replace(a_punch(at), user_id=user_id)

    early, late = of("u1", AT), of("u1", AT + timedelta(milliseconds=999))
    other, next_second = of("u2", AT), of("u1", AT + timedelta(seconds=1))
    grouped = punches_by_second([late, other, next_second, early])
    assert list(grouped.values()) == [[late, early], [other], [next_second]]
    shown = records_by_second([INVALID, AttendanceRecord("u2", AT), SHOWN])
    assert shown.keys() < grouped.keys()
    assert shown["u1", int(AT.timestamp())] == [SHOWN, INVALID]
