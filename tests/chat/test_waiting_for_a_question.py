"""That a message waits for a question before it is said once."""

from bot.chat.dispatcher import SHORTEST_PAUSE
from tests.chat.test_messages_in_hand import Bench


async def test_it_is_said_once_whichever_process_has_the_message() -> None:
    bench = Bench()
    bench.answers.waits = True
    await bench.take("m1")
    await bench.settled()
    for _ in range(2):
        bench.dispatcher = bench.a_dispatcher()
        bench.clock.advance(SHORTEST_PAUSE.total_seconds())
        await bench.round()
    assert (bench.line.heard, bench.row("m1").held_back) == (["waits"], 3)


async def test_it_is_said_also_after_a_round_for_another_reason() -> None:
    bench = Bench(most_in_memory=0)
    bench.answers.waits = True
    await bench.take("m1")
    bench.dispatcher = bench.a_dispatcher()
    await bench.round()
    assert (bench.line.heard, bench.row("m1").postponed) == (["waits"], 2)
