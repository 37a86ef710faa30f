"""Deliveries of punches to targets: first tries, read-backs, and claims that end during a pause."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.facts import AttendanceRecord
from bot.domain.punches import DeliveryState, Punch
from bot.services.outbox.deliveries import Courier, look_up_batches
from bot.services.outbox.lease import VALID_FOR_S
from bot.services.outbox.worker import OutboxWorker
from bot.storage.outbox import Delivery
from tests.builders import TUESDAY, a_punch, local
from tests.services.outbox_stage import (
    ACCEPTED,
    LOOKS,
    SENT,
    UNKNOWN,
    UNREADABLE,
    Bench,
    Target,
    a_bench,
    rejected,
    unclassified,
    unknown,
    unsent,
)


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
    bench.clock.advance(VALID_FOR_S)
    await bench.store.deliveries.settle(Delivery(punch, "signed", ACCEPTED), SENT)
    bench.beat()
    bench.target.turn.set()
    await bench.settled()
    await bench.round(60)
    assert bench.target.calls == 0
    assert await bench.state(punch) is SENT


async def test_a_read_back_across_a_pause_sends_nothing_and_keeps_the_answer(bench: Bench) -> None:
    bench.target.answer = unclassified
    punch = await bench.punch()
    await bench.settled()
    for pause_s in (0.0, LOOKS[0]):
        await bench.round(pause_s)
    bench.clock.advance(LOOKS[1])
    await bench.worker.round()  # no heartbeat for eight seconds
    await bench.settled()
    assert bench.target.calls == 1
    assert await bench.state(punch) is UNKNOWN
    assert await bench.reasons(punch) == {"signed": "4711 never heard of"}
    for _ in range(2):
        await bench.round()  # it is due at once
    assert bench.target.calls == 2


async def test_an_unreadable_punch_goes_again_where_repeats_are_known(tmp_path: Path) -> None:
    upload = Target("upload", knows_repeats=False, answer=unknown)
    approve = Target("approve", knows_repeats=False, answer=unclassified)
    uploads = [upload, approve]
    for target in uploads:
        target.turn.set()
    async with a_bench(tmp_path, others=uploads, answer=unknown) as bench:
        punch = await bench.punch()
        await bench.settled()
        bench.records.error = UNREADABLE
        for pause_s in (0.0, *LOOKS, 0.0):
            await bench.round(pause_s)
        assert [target.calls for target in (bench.target, *uploads)] == [2, 1, 1]
        (text,) = bench.robot.texts
        assert "2 punches may or may not have been taken by approve, upload, and" in text
        assert await bench.reasons(punch) == {"approve": "4711 never heard of"}


async def test_an_unknown_punch_waits_until_it_can_be_read_back(tmp_path: Path) -> None:
    async with a_bench(
        tmp_path, name="record_upload", knows_repeats=False, answer=unknown
    ) as bench:
        punch = await bench.punch()
        await bench.settled()
        bench.records.error = UNREADABLE
        await bench.round()
        await bench.round(0.4)
        assert bench.records.reads == 1
        for _ in range(20):
            await bench.round(10)
        assert bench.records.reads < 20  # later, they wait up to 30 seconds
        assert bench.target.calls == 1
        assert await bench.state(punch) is UNKNOWN
        (text,) = bench.robot.texts
        assert "1 punch may or may not have been taken by record_upload" in text
        assert "DingTalk's records cannot be read to find out: listRecord: HTTP 503" in text
        assert list(bench.base.operators.troubles) == ["read-back"]
        bench.records.error = None
        bench.target.answer = lambda: None
        for _ in range(5):
            await bench.round(31)
        assert not bench.base.operators.troubles
        assert bench.target.calls == 2
        assert await bench.state(punch) is SENT


@pytest.mark.parametrize("tries", [1, 2])
async def test_a_bug_during_a_call_leads_to_a_read_back(bench: Bench, tries: int) -> None:
    bench.target.answer = ZeroDivisionError if tries == 1 else unsent
    punch = await bench.punch()
    await bench.settled()
    bench.target.answer = ZeroDivisionError
    await bench.round(1 if tries == 2 else 0)
    assert await bench.state(punch) is UNKNOWN
    bench.target.answer = lambda: None
    bench.records.shown = [AttendanceRecord("u1", punch.punched_at)]
    await bench.round(29)
    assert bench.records.reads == 0
    await bench.round(1)
    assert await bench.state(punch) is SENT
    assert bench.target.calls == tries


async def test_a_bug_in_a_read_back_leads_to_another_one(bench: Bench) -> None:
    bench.target.answer = unknown
    punch = await bench.punch()
    await bench.settled()
    bench.records.error = ZeroDivisionError()
    await bench.round()
    bench.records.error = None
    bench.records.shown = [AttendanceRecord("u1", punch.punched_at)]
    for pause_s, state in ((29, UNKNOWN), (1, SENT)):
        await bench.round(pause_s)
        assert await bench.state(punch) is state


async def test_a_read_back_counts_each_of_its_punches(bench: Bench) -> None:
    bench.target.answer = unknown
    for number in (1, 2):
        await bench.punch(number)
    await bench.settled()
    (job,) = await bench.courier.claim(9)
    assert job.rows == 2
    await job.work


async def test_a_punch_for_an_unknown_target_waits_for_its_configuration(bench: Bench) -> None:
    punch = await bench.due_punch(1, "gone")
    for _ in range(2):
        await bench.round()
        (text,) = bench.robot.texts
        assert "gone" in text
        assert list(bench.base.operators.troubles) == ["gone"]
        for after_s, number in ((299, 0), (300, 1)):
            at = bench.clock.now() + timedelta(seconds=after_s)
            due = await bench.store.deliveries.take_due(at, 9)
            assert [delivery.punch.punch_id for delivery in due] == [punch.punch_id] * number
        await bench.store.deliveries.settle(due[0], UNKNOWN)
    assert (await bench.find(punch)).states == {"gone": UNKNOWN}


@pytest.mark.parametrize(("days", "sizes"), [((), []), ((0,) * 51, [50, 1]), ((6, 0, 6), [2, 1])])
def test_a_read_back_covers_fifty_punches_of_a_date(
    days: tuple[int, ...], sizes: list[int]
) -> None:
    dates = [TUESDAY + timedelta(days=day) for day in days]
    unknown = [Delivery(a_punch(local("09:00", day), work_date=day), "signed") for day in dates]
    batches = look_up_batches(unknown)
    assert [len(batch) for batch in batches] == sizes
    assert all(len({delivery.punch.work_date for delivery in batch}) == 1 for batch in batches)


async def test_a_taken_make_up_punch_ends_the_alert_about_refused_ones(tmp_path: Path) -> None:
    approve = Target("approve_check", answer=rejected)
    approve.turn.set()
    async with a_bench(tmp_path, make_up=[approve]) as bench:
        punch = await bench.due_punch(1, approve.name)
        for _ in range(2):
            await bench.round()
        assert await bench.state(punch) is SENT
        assert list(bench.base.operators.troubles) == ["make-up punches"]
        approve.answer = lambda: None
        await bench.due_punch(2, approve.name)
        await bench.round()
        assert not bench.base.operators.troubles


async def test_a_record_of_one_target_settles_no_other_delivery(tmp_path: Path) -> None:
    other = Target("record_upload", answer=unknown)
    other.turn.set()
    async with a_bench(tmp_path, others=[other], answer=unknown) as bench:
        punch = await bench.punch()
        await bench.settled()
        bench.records.shown = [AttendanceRecord("u1", punch.punched_at, source="ATM")]
        await bench.round()
        found = await bench.find(punch)
        assert found.states == {"signed": UNKNOWN, "record_upload": SENT}
        assert found.reasons == {}


async def test_a_rejected_punch_keeps_the_reason_and_is_not_tried_again(bench: Bench) -> None:
    bench.target.answer = rejected
    punch = await bench.punch()
    await bench.settled()
    await bench.round(60)
    assert bench.target.calls == 1
    assert await bench.state(punch) is DeliveryState.REJECTED
    assert await bench.reasons(punch) == {"signed": "too early"}
    assert bench.robot.texts == []


@pytest.mark.parametrize(
    ("others_pass", "is_there", "is_readable", "state"),
    [
        (False, False, True, ACCEPTED),  # an error of every punch rejects none
        (True, True, True, SENT),
        (True, False, False, ACCEPTED),  # nobody knows whether it was taken
        (True, False, True, DeliveryState.REJECTED),
    ],
)
async def test_unclassified_answers_reject_a_punch_only_after_a_read_back_without_it(
    bench: Bench, *, others_pass: bool, is_there: bool, is_readable: bool, state: DeliveryState
) -> None:
    bench.target.answer = unclassified
    punch = await bench.punch()
    await bench.settled()
    bench.records.error = None if is_readable else UNREADABLE
    if is_there:
        bench.records.shown = [AttendanceRecord(punch.user_id, punch.punched_at)]
    # a process that knows nothing of the earlier answers goes on
    bench.worker = OutboxWorker(round_s=1)
    bench.courier = Courier(bench.base, bench.desk, bench.worker)
    bench.worker.add(bench.courier)
    for number in range(2, 10):
        if others_pass:
            bench.target.answer = lambda: None
            await bench.punch(number)
            await bench.settled()
            bench.target.answer = unclassified
        for wait_s in (0, *LOOKS, 0, 15):
            await bench.round(wait_s)
    assert await bench.state(punch) in (state, UNKNOWN if state is ACCEPTED else state)
    reasons = await bench.reasons(punch)
    assert ("4711" in reasons.get("signed", "")) is (
        state is DeliveryState.REJECTED or await bench.state(punch) is UNKNOWN
    )


async def test_a_punch_refused_for_a_short_time_is_not_rejected(bench: Bench) -> None:
    bench.target.answer = unsent
    punch = await bench.punch()
    await bench.settled()
    await bench.round(300)
    for number in (2, 3):
        bench.target.answer = lambda: None
        await bench.punch(number)
        await bench.settled()
        bench.target.answer = unclassified
        for wait_s in (30, 0, *LOOKS, 0):
            await bench.round(wait_s)
    assert await bench.state(punch) is not DeliveryState.REJECTED


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
