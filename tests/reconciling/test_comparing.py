"""The rules of comparing the ledger with DingTalk's records."""

from datetime import date, datetime, timedelta

import pytest

from bot.domain.facts import AttendanceRecord
from bot.domain.punches import DeliveryState, Punch
from bot.domain.slots import Days
from bot.services.reconciling import Difference, compare, days_to_compare, moments_of, spans_of
from tests.builders import ON_TUESDAY, SHANGHAI, TUESDAY, a_punch, local

ACCEPTED, UNKNOWN, SENT = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.SENT
CONFIRMED, REJECTED = DeliveryState.CONFIRMED, DeliveryState.REJECTED
AT = local("08:58:03")
NEXT_DAY = local("09:00", TUESDAY + timedelta(days=1))
Step = tuple[str, DeliveryState, DeliveryState, str]
Found = tuple[Difference, str, str]


def punch(*, at: datetime = AT, **states: DeliveryState) -> Punch:
    return a_punch(at, states=states)


def shown(
    reason: str | None = None, *, at: datetime = AT, source: str = "USER"
) -> AttendanceRecord:
    return AttendanceRecord("u1", at, reason, source)


def compared(
    ours: Punch | None, *records: AttendanceRecord, now: datetime = NEXT_DAY
) -> tuple[list[Step], list[Found]]:
    found = compare([ours] if ours else [], records, now)
    steps: list[Step] = []
    for one in found:
        current = one.punch.states[one.target] if one.punch is not None else ACCEPTED
        for following in one.states:
            steps.append(
                (one.target, current, following, one.reason if following is REJECTED else "")
            )
            current = following
    return steps, [
        (result.kind, result.target, result.reason) for result in found if result.kind is not None
    ]


UPLOADED = shown(source="ATM")
CONFIRMS: Step = ("signed", SENT, CONFIRMED, "")
BOTH = {"signed": SENT, "record_upload": SENT}
# States at the targets and DingTalk's records, then the settled steps and the reported differences.
CASES: dict[
    str, tuple[dict[str, DeliveryState], list[AttendanceRecord], list[Step], list[Found]]
] = {
    "a valid record confirms": ({"signed": SENT}, [shown()], [CONFIRMS], []),
    "also what was unknown": (
        {"signed": UNKNOWN},
        [shown()],
        [("signed", UNKNOWN, SENT, ""), CONFIRMS],
        [],
    ),
    "an invalid one rejects": (
        {"signed": UNKNOWN},
        [shown("no")],
        [("signed", UNKNOWN, SENT, ""), ("signed", SENT, REJECTED, "no")],
        [(Difference.INVALID, "signed", "no")],
    ),
    "another target's record tells nothing": (
        {"signed": SENT, "record_upload": UNKNOWN},
        [shown()],
        [CONFIRMS],
        [],
    ),
    "each target has its own record": (
        BOTH,
        [shown("closed"), UPLOADED],
        [("signed", SENT, REJECTED, "closed"), ("record_upload", SENT, CONFIRMED, "")],
        [(Difference.INVALID, "signed", "closed")],
    ),
    "one target lacks it": (
        BOTH,
        [shown()],
        [CONFIRMS],
        [(Difference.NOT_SHOWN, "record_upload", "")],
    ),
    "what is not sent stays with the courier": (
        {"signed": ACCEPTED, "record_upload": UNKNOWN},
        [],
        [],
        [],
    ),
    "a settled one that DingTalk lacks": (
        {"signed": REJECTED, "record_upload": CONFIRMED},
        [],
        [],
        [(Difference.NOT_SHOWN, "record_upload", "")],
    ),
    "a rejected one that DingTalk lacks": ({"signed": REJECTED}, [], [], []),
    "a rejected one that DingTalk counts": (
        {"signed": REJECTED},
        [shown()],
        [],
        [(Difference.REJECTED_HERE, "signed", "")],
    ),
    "of two in one second the valid one counts": (
        {"signed": SENT},
        [shown("no"), shown()],
        [CONFIRMS],
        [],
    ),
    "in any order": ({"signed": SENT}, [shown(), shown("no")], [CONFIRMS], []),
}


@pytest.mark.parametrize("case", CASES)
def test_a_comparison_settles_deliveries_and_reports_differences(case: str) -> None:
    states, records, steps, differences = CASES[case]
    assert compared(punch(**states), *records) == (steps, differences)


@pytest.mark.parametrize(
    ("at", "now", "kind"),
    [
        ("23:50", timedelta(minutes=29), None),
        ("23:50", timedelta(minutes=30), Difference.NOT_SHOWN),
        ("08:58", timedelta(minutes=30), Difference.NOT_SHOWN),
    ],
)
def test_results_may_be_late_by_half_an_hour(
    at: str, now: timedelta, kind: Difference | None
) -> None:
    ours = punch(at=local(at), record_upload=SENT)
    assert compared(ours, now=local(at) + now)[1] == ([(kind, "record_upload", "")] if kind else [])


def test_records_match_by_person_and_second() -> None:
    ours = punch(at=AT + timedelta(milliseconds=900), record_upload=SENT)
    assert compared(ours, shown())[0] == [("record_upload", SENT, CONFIRMED, "")]
    for other in (shown(at=AT + timedelta(seconds=1)), AttendanceRecord("u2", AT)):
        assert [kind for kind, *_ in compared(ours, other)[1]] == [
            Difference.NOT_SHOWN,
            Difference.ELSEWHERE,
        ]
    assert compared(None, shown("too early"))[1] == [(Difference.ELSEWHERE, "", "USER; too early")]


def test_one_record_counts_for_one_of_two_punches() -> None:
    refused, taken = punch(signed=REJECTED), punch(at=AT + timedelta(milliseconds=500), signed=SENT)
    found = compare([refused, taken], [shown()], NEXT_DAY)
    assert [(result.kind, result.punch, result.states) for result in found] == [
        (None, taken, (CONFIRMED,)),
        (None, refused, ()),
    ]


def test_the_last_seven_days_are_compared_by_default() -> None:
    assert days_to_compare(TUESDAY) == Days(date(2026, 11, 17), date(2026, 11, 23))
    assert days_to_compare(TUESDAY, last=date(2026, 11, 10)) == Days(
        date(2026, 11, 4), date(2026, 11, 10)
    )
    assert days_to_compare(TUESDAY, first=date(2026, 11, 1)) == Days(
        date(2026, 11, 1), date(2026, 11, 23)
    )
    assert days_to_compare(TUESDAY, first=TUESDAY) == ON_TUESDAY


def test_a_long_range_is_read_a_week_at_a_time() -> None:
    spans = spans_of(Days(date(2026, 11, 1), date(2026, 11, 9)))
    assert spans == [
        Days(date(2026, 11, 1), date(2026, 11, 7)),
        Days(date(2026, 11, 8), date(2026, 11, 9)),
    ]
    assert moments_of(ON_TUESDAY, SHANGHAI) == (local("00:00"), local("23:59:58"))
