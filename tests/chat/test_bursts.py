"""In a burst the bot acknowledges all messages before it answers any."""

import asyncio

from bot.chat.dispatcher import BURST, BURST_S, LONGEST_YIELD_S
from tests.chat.test_messages_in_hand import Bench
from tests.virtual_time import seconds_waited


async def _sent(bench: Bench, messages: int) -> None:
    """Take more messages, each from another person."""
    known = len(bench.inbox.rows)
    await bench.take(*(f"m{known + number}" for number in range(messages)))


def test_a_single_message_is_answered_at_once() -> None:
    async def play() -> None:
        bench = Bench()
        await _sent(bench, 1)
        await bench.settled()
        assert bench.line.heard == ["m0"]

    assert seconds_waited(play()) == 0


def test_during_a_burst_messages_are_taken_and_not_answered() -> None:
    async def play() -> None:
        bench = Bench()
        for _ in range(20):
            await _sent(bench, BURST)
            await asyncio.sleep(BURST_S / 2)
            assert bench.line.heard == []
        await bench.settled()
        assert len(set(bench.line.heard)) == len(bench.line.heard) == 20 * BURST

    assert seconds_waited(play()) < 20 * BURST_S / 2 + 2.5 * BURST_S


def test_an_endless_burst_delays_answers_by_two_seconds() -> None:
    async def play() -> None:
        bench = Bench()
        for _ in range(500):
            await _sent(bench, BURST)
            await asyncio.sleep(BURST_S / 2)
            if bench.line.heard:
                return

    assert seconds_waited(play()) <= LONGEST_YIELD_S + BURST_S
