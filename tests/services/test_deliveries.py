"""Deliveries of punches to targets: first tries, read-backs, and claims that end during a pause."""

from pathlib import Path

import pytest

from bot.dingtalk.error_codes import Unclassified
from bot.domain.day_punches import AttendanceRecord
from bot.domain.punches import DeliveryState, Punch
from bot.errors import NotSent, Rejected, ServiceStopped
from bot.services.outbox.deliveries import AWAY_AFTER, MOST_UNCLASSIFIED
from bot.services.outbox.lease import LASTS_S
from bot.storage.outbox import Delivery
from tests.services.outbox_stage import (
    ACCEPTED,
    LOOKS,
    SENT,
    UNKNOWN,
    Bench,
    Target,
    a_bench,
    unknown,
)


def unsent() -> Exception:
    return NotSent("signed", "HTTP 503")


async def caught_in_a_pause(bench: Bench) -> Punch:
    """Pause the process while a punch waits for its turn."""
    bench.target.turn.clear()
    punch = await bench.punch()
    await bench.target.asked.wait()
    bench.stand_still()
    bench.target.turn.set()
    await bench.settled()
    return punch


async def test_a_punch_caught_in_a_pause_is_read_back_first(bench: Bench) -> None:
    punch = await caught_in_a_pause(bench)
    assert await bench.state(punch) is UNKNOWN
    for pause_s, reads in ((0, 1), (1, 1), (LOOKS[0] - 1, 2), (1, 2), (LOOKS[1] - 1, 3)):
        await bench.round(pause_s)
        assert (bench.target.calls, bench.records.reads) == (0, reads)
    await bench.round()
    assert bench.target.taken == [punch.punch_id]
    assert await bench.state(punch) is SENT


async def test_a_delivery_settled_by_others_during_a_pause_stays_settled(bench: Bench) -> None:
    bench.target.turn.clear()
    punch = await bench.punch()
    await bench.target.asked.wait()
    bench.clock.advance(LASTS_S)
    await bench.store.deliveries.settle(Delivery(punch, "signed", ACCEPTED), SENT)
    bench.beat()
    bench.target.turn.set()
    await bench.settled()
    await bench.round(60)
    assert bench.target.calls == 0
    assert await bench.state(punch) is SENT


async def test_a_read_back_across_a_pause_sends_nothing(bench: Bench) -> None:
    bench.target.answer = unknown
    punch = await bench.punch()
    await bench.settled()
    for pause_s in (0.0, LOOKS[0]):
        await bench.round(pause_s)
    bench.clock.advance(LOOKS[1])
    await bench.worker.round()  # no heartbeat for eight seconds
    await bench.settled()
    assert bench.target.calls == 1
    assert await bench.state(punch) is UNKNOWN
    for _ in range(2):
        await bench.round()  # it is due at once
    assert bench.target.calls == 2


async def test_an_unreadable_punch_goes_again_where_repeats_are_known(tmp_path: Path) -> None:
    upload = Target("upload", knows_repeats=False, answer=unknown)
    upload.turn.set()
    async with a_bench(tmp_path, others=[upload], answer=unknown) as bench:
        await bench.punch()
        await bench.settled()
        bench.records.readable = False
        for pause_s in (0.0, *LOOKS, 0.0):
            await bench.round(pause_s)
        assert (bench.target.calls, upload.calls) == (2, 1)
        (text,) = bench.robot.texts
        assert "taken by upload" in text


async def test_an_unknown_punch_waits_until_it_can_be_read_back(tmp_path: Path) -> None:
    async with a_bench(
        tmp_path, name="record_upload", knows_repeats=False, answer=unknown
    ) as bench:
        punch = await bench.punch()
        await bench.settled()
        bench.records.readable = False
        await bench.round()
        await bench.round(0.4)
        assert bench.records.reads == 1
        for _ in range(20):
            await bench.round(31)
        assert bench.target.calls == 1
        assert await bench.state(punch) is UNKNOWN
        (text,) = bench.robot.texts
        assert "1 punch may or may not have been taken by record_upload" in text
        assert "DingTalk's records cannot be read to find out: listRecord: HTTP 503" in text
        assert list(bench.base.operators.troubles) == ["read-back"]
        bench.records.readable, bench.target.answer = True, lambda: None
        for _ in range(5):
            await bench.round(31)
        assert not bench.base.operators.troubles
        assert bench.target.calls == 2
        assert await bench.state(punch) is SENT


async def test_a_bug_during_a_call_leads_to_a_read_back(bench: Bench) -> None:
    bench.target.answer = ZeroDivisionError
    punch = await bench.punch()
    await bench.settled()
    assert await bench.state(punch) is UNKNOWN
    bench.target.answer = lambda: None
    bench.records.shown = [AttendanceRecord("u1", punch.punched_at)]
    await bench.round(60)
    assert await bench.state(punch) is SENT
    assert bench.target.calls == 1


async def test_an_absent_target_gets_few_calls_and_later_all_punches(bench: Bench) -> None:
    bench.target.answer = unsent
    for number in range(AWAY_AFTER):
        await bench.punch(number)
        await bench.settled()
    before = bench.target.calls
    assert (before, bench.robot.texts) == (AWAY_AFTER, [])
    later = [await bench.punch(number) for number in range(100, 110)]
    await bench.settled()
    assert bench.target.calls <= before + 1
    for _ in range(6):
        await bench.round(41)
    assert bench.target.calls <= before + 7
    assert sum("no usable answer for a minute: HTTP 503" in text for text in bench.robot.texts) == 1
    assert list(bench.base.operators.troubles) == ["signed"]
    bench.target.answer = lambda: None
    for _ in range(2):
        await bench.round(30)  # within a minute of its return
    assert not bench.base.operators.troubles
    assert [await bench.state(punch) for punch in later] == [SENT] * 10


async def test_an_unsent_punch_goes_again_later_and_later(bench: Bench) -> None:
    bench.target.answer = unsent
    await bench.punch()
    await bench.settled()
    for tries in range(1, AWAY_AFTER):
        await bench.round(0.4)
        assert bench.target.calls == tries
        await bench.round(2.0 ** (tries - 1) - 0.4)
        assert bench.target.calls == tries + 1


@pytest.mark.parametrize("pauses_s", [(15, 15, 15, 15), (20, 20, 20, 20)])
async def test_an_alert_needs_five_failures_and_a_minute(
    bench: Bench, pauses_s: tuple[int, ...]
) -> None:
    bench.target.answer = unsent
    await bench.punch()
    await bench.settled()
    for pause_s in pauses_s:
        assert bench.robot.texts == []
        await bench.round(pause_s)
    (text,) = bench.robot.texts
    assert text.startswith("signed has given no usable answer for a minute")


async def test_a_target_of_unknown_outcomes_rests(bench: Bench) -> None:
    bench.target.answer = unknown
    for number in range(2 * AWAY_AFTER):
        await bench.punch(number)
        await bench.settled()
    assert bench.target.calls == AWAY_AFTER + 1  # one shows whether it is back
    for _ in range(4):
        await bench.round(31)
    assert "for a minute: timeout" in bench.robot.texts[0]


async def test_a_stopped_service_is_asked_again_later(bench: Bench) -> None:
    bench.target.answer = lambda: ServiceStopped("signed", "no permission", "Grant it.")
    punch = await bench.punch()
    await bench.settled()
    await bench.round(1)
    assert bench.target.calls == 1
    assert bench.robot.texts[0].startswith("signed stopped: no permission.")
    bench.target.answer = lambda: None
    await bench.round(bench.base.patience.probe_s)
    assert await bench.state(punch) is SENT
    assert not bench.base.operators.troubles


async def test_a_refusal_after_an_outage_replaces_its_alert(bench: Bench) -> None:
    bench.target.answer = unsent
    for number in range(AWAY_AFTER):
        await bench.punch(number)
    for _ in range(3):
        await bench.round(41)
    bench.target.answer = lambda: ServiceStopped("signed", "no permission", "Grant it.")
    for _ in range(2):
        await bench.round(41)
    assert "Grant it." in bench.base.operators.troubles["signed"]


@pytest.mark.parametrize("answer", [unknown, unsent])
async def test_a_returned_target_gets_all_punches_within_a_minute(
    bench: Bench, answer: object
) -> None:
    bench.target.answer = answer
    punches = [await bench.punch(number) for number in range(4 * AWAY_AFTER)]
    await bench.settled()
    bench.target.answer = lambda: None
    for _ in range(60):
        await bench.round(1.0)
    assert sorted(bench.target.taken) == sorted(punch.punch_id for punch in punches)
    assert {await bench.state(punch) for punch in punches} == {SENT}


async def test_a_record_of_one_target_settles_no_other_delivery(tmp_path: Path) -> None:
    other = Target("record_upload", answer=unknown)
    other.turn.set()
    async with a_bench(tmp_path, others=[other], answer=unknown) as bench:
        punch = await bench.punch()
        await bench.settled()
        bench.records.shown = [AttendanceRecord("u1", punch.punched_at, source="ATM")]
        await bench.round()
        found = await bench.store.ledger.of_message(punch.message_id)
        assert found is not None
        assert found.states == {"signed": UNKNOWN, "record_upload": SENT}


def unclassified() -> None:
    raise Unclassified("signed", "4711 never heard of", "4711")


def rejected() -> Exception:
    return Rejected("signed", "too early")


@pytest.mark.parametrize("answer", [rejected, unclassified])
async def test_a_target_that_answers_does_not_rest(bench: Bench, answer: object) -> None:
    answers = [unsent] * (AWAY_AFTER - 1) + [answer] + [unsent] * (AWAY_AFTER - 1)
    for number, of_call in enumerate(answers):
        bench.target.answer = of_call  # type: ignore[assignment]
        await bench.punch(number)
        await bench.settled()
    assert bench.target.calls == len(answers)


async def test_a_rejected_punch_keeps_the_reason_and_is_not_tried_again(bench: Bench) -> None:
    bench.target.answer = rejected
    punch = await bench.punch()
    await bench.settled()
    await bench.round(60)
    assert bench.target.calls == 1
    found = await bench.store.ledger.of_message(punch.message_id)
    assert found is not None
    assert found.states == {"signed": DeliveryState.REJECTED}
    assert found.reasons == {"signed": "too early"}


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_punch_with_unclassified_answers_is_read_back_and_rejected_once_others_pass(
    bench: Bench, is_there: bool
) -> None:
    bench.target.answer = unclassified
    punch = await bench.punch()
    await bench.settled()
    for _ in range(MOST_UNCLASSIFIED + 3):
        await bench.round(31)
    assert await bench.state(punch) is ACCEPTED, "an error of every punch rejects none"
    bench.target.answer = lambda: None
    bench.clock.advance(1)
    await bench.punch(2)
    await bench.settled()
    bench.target.answer = unclassified
    await bench.round(31)
    if is_there:
        bench.records.shown = [AttendanceRecord(punch.user_id, punch.punched_at)]
    calls = bench.target.calls
    for wait_s in (0, *LOOKS, 0):
        await bench.round(wait_s)
    assert bench.target.calls == calls
    found = await bench.store.ledger.of_message(punch.message_id)
    assert found is not None
    assert found.states == {"signed": SENT if is_there else DeliveryState.REJECTED}
    assert is_there or "4711" in found.reasons["signed"]


async def test_an_unclassified_answer_is_read_back_before_another_upload(tmp_path: Path) -> None:
    async with a_bench(
        tmp_path, name="record_upload", knows_repeats=False, answer=unclassified
    ) as bench:
        punch = await bench.punch()
        await bench.settled()
        assert await bench.state(punch) is UNKNOWN
        bench.records.shown = [AttendanceRecord(punch.user_id, punch.punched_at)]
        await bench.round()
        assert bench.target.calls == 1
        assert await bench.state(punch) is SENT
