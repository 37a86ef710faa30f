"""What a person is told about a punch: complete, true, and in their language."""

import pytest

from bot.domain.datum import Datum
from bot.domain.punches import DeliveryState
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationResult, LocationSource, Whereabouts
from bot.i18n import Texts
from bot.views import receipts
from tests.builders import SHANGHAI, a_punch, local

EN, ZH = Texts("en", SHANGHAI), Texts("zh", SHANGHAI)
FIX = Fix(39.9, 116.4, 20, Datum.GCJ02, LocationSource.TYPED)
AT_HQ = Whereabouts(LocationResult.NORMAL, "HQ", 41.4, FIX)


def test_a_receipt_says_check_type_time_verdict_place_and_state() -> None:
    punch = a_punch(local("09:13"), result=TimeResult.LATE, late=13, where=AT_HQ)
    text = receipts.receipt(punch, EN, in_group=False).text
    for words in ("Clock-in 09:13", "13 min late", "HQ, 41 m", "Taken by the clock-in service"):
        assert words in text
    assert "迟到 13 分钟" in receipts.receipt(punch, ZH, in_group=False).text


def test_in_a_group_a_receipt_says_check_type_time_and_state_only() -> None:
    punch = a_punch(local("09:13"), result=TimeResult.LATE, late=13, where=AT_HQ)
    reply = receipts.receipt(punch, EN, in_group=True)
    assert "Clock-in 09:13" in reply.text
    assert "late" not in reply.text
    assert "HQ" not in reply.text
    assert not reply.buttons


@pytest.mark.parametrize(
    ("target", "state", "words"),
    [
        ("signed", DeliveryState.ACCEPTED, "to be passed on"),
        ("signed", DeliveryState.UNKNOWN, "checking whether it was taken"),
        ("signed", DeliveryState.SENT, "Taken by the clock-in service."),
        ("record_upload", DeliveryState.SENT, "Taken by DingTalk."),
        ("signed", DeliveryState.CONFIRMED, "Counted by DingTalk."),
        ("signed", DeliveryState.REJECTED, "Not taken"),
    ],
)
def test_each_state_has_its_true_words(target: str, state: DeliveryState, words: str) -> None:
    punch = a_punch(local("08:58"), states={target: state}, reasons={target: "user left"})
    text = receipts.receipt(punch, EN, in_group=False).text
    assert words in text
    assert ("Taken" in text) == (state is DeliveryState.SENT)
    assert ("user left" in text) == (state is DeliveryState.REJECTED)


def test_two_targets_are_told_apart() -> None:
    punch = a_punch(local("08:58"), states={"signed": DeliveryState.SENT, "record_upload": DeliveryState.ACCEPTED})
    text = receipts.receipt(punch, EN, in_group=False).text
    assert "Taken by the clock-in service." in text
    assert "to be passed on" in text


def test_a_night_shifts_receipt_names_the_work_date() -> None:
    from datetime import timedelta

    from tests.builders import TUESDAY

    punch = a_punch(local("06:05", TUESDAY + timedelta(days=1)), CheckType.OFF_DUTY)
    assert "counts for 2026-11-24" in receipts.receipt(punch, EN, in_group=False).text


def test_a_reason_from_outside_cannot_act_as_markdown() -> None:
    nasty = "[tap](dtmd://dingtalkclient/sendMessage?content=x) @all\n# big"
    punch = a_punch(local("08:58"), states={"signed": DeliveryState.REJECTED}, reasons={"signed": nasty})
    text = receipts.receipt(punch, EN, in_group=False).text
    assert "[tap](" not in text
    assert "\n# big" not in text


def test_undo_tells_the_truth() -> None:
    assert "cannot be taken back" in receipts.undo(a_punch(local("08:58")), EN).text
    assert "no punch" in receipts.undo(None, EN).text
