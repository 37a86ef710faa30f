"""What a comparison of ledger and DingTalk's records settles and reports, without any IO."""

from datetime import date, datetime, timedelta

import pytest

from bot.domain.deliveries import DeliveryState, may_become
from bot.domain.punches import Punch
from bot.domain.reconciling import (
    AttendanceRecord,
    Days,
    Kind,
    compare,
    days_to_compare,
)
from tests.builders import SHANGHAI, TUESDAY, a_punch, local

ACCEPTED, UNKNOWN, SENT, CONFIRMED, REJECTED = (
    DeliveryState.ACCEPTED,
    DeliveryState.UNKNOWN,
    DeliveryState.SENT,
    DeliveryState.CONFIRMED,
    DeliveryState.REJECTED,
)
AT = local("08:58:03")
NEXT_DAY = local("09:00", TUESDAY + timedelta(days=1))
WINDOW = "当前不在可打卡的时间范围"


def punch(*, at: datetime = AT, **states: DeliveryState) -> Punch:
    return a_punch(at, states=states)


def shown(reason: str | None = None, *, at: datetime = AT, source: str = "USER") -> AttendanceRecord:
    return AttendanceRecord("u1", at, reason, source)


def steps(ours: Punch, *records: AttendanceRecord) -> list[tuple[str, DeliveryState, DeliveryState, str]]:
    found = compare([ours], records, NEXT_DAY, SHANGHAI)[0]
    return [(one.target, one.current, one.following, one.reason) for one in found]


def differences(
    ours: Punch | None, *records: AttendanceRecord, now: datetime = NEXT_DAY
) -> list[tuple[Kind, str, str]]:
    found = compare([ours] if ours else [], records, now, SHANGHAI)[1]
    return [(one.kind, one.target, one.reason) for one in found]


def test_a_valid_record_confirms_what_was_sent_or_unknown(target: str = "signed") -> None:
    assert steps(punch(**{target: SENT}), shown()) == [(target, SENT, CONFIRMED, "")]
    assert steps(punch(**{target: UNKNOWN}), shown()) == [
        (target, UNKNOWN, SENT, ""),
        (target, SENT, CONFIRMED, ""),
    ]
    assert differences(punch(**{target: SENT}), shown()) == []


def test_an_invalid_record_rejects_with_its_reason(target: str = "record_upload") -> None:
    assert steps(punch(**{target: SENT}), shown("需要二次确认")) == [(target, SENT, REJECTED, "需要二次确认")]
    assert steps(punch(**{target: UNKNOWN}), shown("no")) == [
        (target, UNKNOWN, SENT, ""),
        (target, SENT, REJECTED, "no"),
    ]
    assert differences(punch(**{target: SENT}), shown("需要二次确认")) == [(Kind.INVALID, target, "需要二次确认")]


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("record", [None, shown(), shown("no")])
def test_only_transitions_that_exist_are_asked_for(state: DeliveryState, record: AttendanceRecord | None) -> None:
    current = state
    for target, before, following, _ in steps(punch(signed=state), *([record] if record else [])):
        assert (target, before) == ("signed", current)
        assert may_become(before, following)
        current = following


def test_a_record_of_another_target_does_not_tell_that_an_unknown_one_was_taken() -> None:
    ours = punch(signed=SENT, record_upload=UNKNOWN)
    assert steps(ours, shown(source="USER")) == [("signed", SENT, CONFIRMED, "")]
    assert steps(ours, shown(source="USER"), shown(source="ATM")) == [
        ("signed", SENT, CONFIRMED, ""),
        ("record_upload", UNKNOWN, SENT, ""),
        ("record_upload", SENT, CONFIRMED, ""),
    ]


def test_each_target_is_settled_by_its_own_records_alone() -> None:
    both = punch(signed=SENT, record_upload=SENT)
    assert steps(both, shown(source="ATM")) == [("record_upload", SENT, CONFIRMED, "")]
    assert steps(both, shown("closed", source="ATM")) == [("record_upload", SENT, REJECTED, "closed")]
    assert steps(both, shown("closed", source="USER"), shown(source="ATM")) == [
        ("signed", SENT, REJECTED, "closed"),
        ("record_upload", SENT, CONFIRMED, ""),
    ]


def test_of_two_targets_the_one_that_dingtalk_refuses_or_lacks_is_reported() -> None:
    both = punch(signed=SENT, record_upload=SENT)
    assert differences(both, shown(source="USER"), shown(source="ATM")) == []
    assert differences(both, shown(source="USER")) == [(Kind.NOT_SHOWN, "record_upload", "")]
    assert differences(both, shown("closed", source="USER"), shown(source="ATM")) == [
        (Kind.INVALID, "signed", "closed")
    ]
    assert differences(both, shown("one", source="USER"), shown("other", source="ATM")) == [
        (Kind.INVALID, "signed", "one"),
        (Kind.INVALID, "record_upload", "other"),
    ]
    assert differences(punch(signed=SENT, record_upload=UNKNOWN), shown(source="USER")) == [
        (Kind.WAITING, "record_upload", "")
    ]


def test_what_is_not_shown_settles_nothing() -> None:
    for state in DeliveryState:
        assert steps(punch(signed=state, record_upload=state)) == []


def test_what_is_not_sent_yet_stays_with_the_courier() -> None:
    ours = punch(signed=ACCEPTED, record_upload=UNKNOWN)
    assert differences(ours) == [(Kind.WAITING, "signed", ""), (Kind.WAITING, "record_upload", "")]
    assert steps(punch(signed=ACCEPTED), shown()) == []


def test_a_settled_punch_that_dingtalk_lacks_is_reported_with_its_targets() -> None:
    assert differences(punch(signed=SENT)) == [(Kind.NOT_SHOWN, "signed", "")]
    assert differences(punch(signed=REJECTED, record_upload=CONFIRMED)) == [(Kind.NOT_SHOWN, "record_upload", "")]


def test_a_rejected_punch_that_dingtalk_lacks_is_as_it_should_be() -> None:
    assert differences(punch(signed=REJECTED)) == []


def test_a_rejected_punch_that_dingtalk_counts_is_reported() -> None:
    assert differences(punch(signed=REJECTED), shown()) == [(Kind.REJECTED_HERE, "signed", "")]


@pytest.mark.parametrize(
    ("at", "now", "kind"),
    [
        ("23:50", timedelta(minutes=29), Kind.WAITING),
        ("23:50", timedelta(minutes=30), Kind.NOT_SHOWN),
        ("08:58", timedelta(hours=15), Kind.WAITING),
        ("08:58", timedelta(hours=15, minutes=2), Kind.NOT_SHOWN),
    ],
)
def test_results_may_be_late_for_half_an_hour_and_until_midnight(at: str, now: timedelta, kind: Kind) -> None:
    ours = punch(at=local(at), record_upload=SENT)
    assert differences(ours, now=local(at) + now) == [(kind, "record_upload", "")]


def test_a_punch_by_other_means_is_reported_with_how_it_was_made() -> None:
    assert differences(None, shown(source="ATM")) == [(Kind.ELSEWHERE, "", "ATM")]
    assert differences(None, shown(WINDOW)) == [(Kind.ELSEWHERE, "", f"USER; {WINDOW}")]


def test_records_are_matched_by_person_and_second() -> None:
    ours = punch(at=AT + timedelta(milliseconds=900), record_upload=SENT)
    assert steps(ours, shown()) == [("record_upload", SENT, CONFIRMED, "")]
    assert [kind for kind, _, _ in differences(ours, shown(at=AT + timedelta(seconds=1)))] == [
        Kind.NOT_SHOWN,
        Kind.ELSEWHERE,
    ]
    somebody = AttendanceRecord("u2", AT)
    assert [kind for kind, _, _ in differences(ours, somebody)] == [Kind.NOT_SHOWN, Kind.ELSEWHERE]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_records_of_one_second_the_valid_one_counts(order: int) -> None:
    records = [shown("no"), shown()][::order]
    assert steps(punch(signed=SENT), *records) == [("signed", SENT, CONFIRMED, "")]


def test_a_rejected_punch_is_not_called_valid_for_the_record_of_another_one() -> None:
    refused, taken = punch(signed=REJECTED), punch(at=AT + timedelta(milliseconds=500), signed=SENT)
    settlements, found = compare([refused, taken], [shown()], NEXT_DAY, SHANGHAI)
    assert found == []
    assert [(one.punch, one.following) for one in settlements] == [(taken, CONFIRMED)]


def test_without_dates_the_seven_days_up_to_yesterday_are_compared() -> None:
    assert days_to_compare(TUESDAY) == Days(date(2026, 11, 17), date(2026, 11, 23))
    assert days_to_compare(TUESDAY, last=date(2026, 11, 10)) == Days(date(2026, 11, 4), date(2026, 11, 10))
    assert days_to_compare(TUESDAY, first=date(2026, 11, 1)) == Days(date(2026, 11, 1), date(2026, 11, 23))
    assert days_to_compare(TUESDAY, first=TUESDAY) == Days(TUESDAY, TUESDAY)


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (date(2026, 11, 20), date(2026, 11, 19), "before the first"),
        (TUESDAY, TUESDAY + timedelta(days=1), "in the future"),
        (TUESDAY + timedelta(days=1), None, "in the future"),
        (TUESDAY - timedelta(days=181), TUESDAY, "180 days back"),
    ],
)
def test_days_that_cannot_be_compared_are_refused_with_the_reason(
    first: date, last: date | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        days_to_compare(TUESDAY, first, last)


def test_a_long_range_is_asked_for_a_week_at_a_time() -> None:
    days = Days(date(2026, 11, 1), date(2026, 11, 16))
    assert list(days.spans()) == [
        Days(date(2026, 11, 1), date(2026, 11, 7)),
        Days(date(2026, 11, 8), date(2026, 11, 14)),
        Days(date(2026, 11, 15), date(2026, 11, 16)),
    ]
    assert Days(TUESDAY, TUESDAY).moments(SHANGHAI) == (local("00:00"), local("23:59:58"))


def test_a_mark_at_dingtalk_is_no_record_of_a_punch_and_settles_none() -> None:
    marked = punch(signed=SENT, approve_check=SENT)
    assert steps(marked, shown(source="APPROVE")) == []
    assert differences(marked, shown(source="APPROVE")) == [(Kind.NOT_SHOWN, "signed", "")]
    assert steps(marked, shown(source="ATM")) == [("signed", SENT, CONFIRMED, "")]
    assert differences(marked, shown(source="ATM"), shown(source="APPROVE")) == []
