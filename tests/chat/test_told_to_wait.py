"""Who hears that their message waits for a question before it."""

import pytest

from bot.chat.dispatcher import SHORTEST_PAUSE
from tests.chat.test_messages_in_hand import Bench


@pytest.mark.parametrize("most_in_memory", [1000, 0])
async def test_that_a_message_waits_is_said_once_however_often_it_was_left_before(most_in_memory: int) -> None:
    bench = Bench(most_in_memory=most_in_memory)
    bench.answers.waits = True
    await bench.take("m1")
    await bench.settled()
    bench.dispatcher._most_in_memory = 1000  # the burst is over
    for _ in range(3):
        bench.clock.advance(SHORTEST_PAUSE.total_seconds())
        await bench.round()
    assert bench.line.heard == ["waits"]
    bench.answers.waits = False
    bench.clock.advance(SHORTEST_PAUSE.total_seconds())
    await bench.round()
    assert bench.line.heard == ["waits", "m1"]
