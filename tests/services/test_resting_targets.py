"""Targets that fail: they rest, operators hear of it, and later they get all punches."""

from datetime import timedelta

import pytest

from bot.errors import ServiceStopped
from bot.services.outbox.deliveries import AWAY_AFTER
from tests.services.outbox_stage import SENT, Bench, rejected, unclassified, unknown, unsent


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


async def test_a_resting_target_is_tried_once_a_probe_and_other_punches_wait_for_four(
    bench: Bench,
) -> None:
    bench.target.answer = unsent
    probe_s = bench.base.patience.probe_s
    for number in range(AWAY_AFTER + 1):
        await bench.punch(number)
        await bench.settled()
    waits = await bench.punch(50)
    await bench.settled()
    assert bench.target.calls == AWAY_AFTER + 1
    bench.clock.advance(probe_s)
    await bench.punch(51)
    await bench.settled()
    assert bench.target.calls == AWAY_AFTER + 2

    async def is_due_after(probes: float) -> bool:
        """Return whether the waiting punch is due, in probes since it began to wait."""
        at = bench.clock.now() + timedelta(seconds=(probes - 1) * probe_s)
        due = await bench.store.deliveries.take_due(at, 99)
        return waits.punch_id in [delivery.punch.punch_id for delivery in due]

    assert [await is_due_after(probes) for probes in (3.9, 8)] == [False, True]


async def test_an_answer_ends_the_minute_of_failures(bench: Bench) -> None:
    bench.target.answer = unsent
    await bench.punch()
    await bench.settled()
    bench.target.answer = lambda: None
    await bench.round(60)
    bench.target.answer = unsent
    for number in range(2, 2 + AWAY_AFTER):
        await bench.punch(number)
        await bench.settled()
    assert bench.target.calls == 2 + AWAY_AFTER
    assert bench.robot.texts == []


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
    calls = bench.target.calls
    while bench.target.calls == calls:
        await bench.round(1)
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


@pytest.mark.parametrize("answer", [rejected, unclassified])
async def test_a_target_that_answers_does_not_rest(bench: Bench, answer: object) -> None:
    answers = [unsent] * (AWAY_AFTER - 1) + [answer] + [unsent] * (AWAY_AFTER + 1)
    for number, of_call in enumerate(answers):
        bench.target.answer = of_call  # type: ignore[assignment]
        await bench.punch(number)
        await bench.settled()
    assert bench.target.calls == len(answers)
