"""A message that another process may have by now is neither carried out nor spoken of."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.domain.messages import Message
from bot.errors import ClaimLost, StoreRefused
from bot.services.outbox.worker import LASTS_S
from bot.views.reply import Reply
from tests.chat.test_messages_in_hand import WEBHOOK, Bench, told
from tests.faults.a_store import a_message


class Carried:
    """Answers, and notes what was asked for; the database refuses the first time, or the message is another's."""

    def __init__(self, bench: Bench, *outcomes: Exception) -> None:
        self._answers = bench.answers
        self.outcomes = list(outcomes)
        self.asked: list[str] = []
        bench.dispatcher._answering = self  # type: ignore[assignment]

    async def answer(self, message: Message, say: Callable[[Reply], Awaitable[None]]) -> Reply:
        self.asked.append(message.message_id)
        await self._answers.may.wait()
        if self.outcomes:
            raise self.outcomes.pop(0)
        return Reply("", message.message_id)

    def __getattr__(self, name: str) -> object:
        return getattr(self._answers, name)


async def test_after_a_pause_a_message_whose_commit_was_refused_is_not_carried_out_again() -> None:
    async def passes(seconds: float) -> None:
        bench.clock.advance(LASTS_S)
        bench.beat()

    bench = Bench(pause=passes)
    carried = Carried(bench, StoreRefused("the line is cut"))
    await bench.take("m1")
    await bench.settled()
    assert carried.asked == ["m1"]
    assert bench.line.heard == []
    assert not bench.row("m1").finished


async def test_what_the_database_says_is_anothers_by_now_is_left_to_it_and_no_bug() -> None:
    bench = Bench()
    Carried(bench, ClaimLost())
    await bench.take("m1")
    await bench.settled()
    assert bench.line.heard == []
    assert not bench.row("m1").finished


async def test_after_a_pause_nobody_hears_that_a_message_is_queued_which_another_may_have_answered() -> None:
    bench = Bench()
    bench.answers.may.clear()
    await bench.take("m1")
    await bench.answers.asked.wait()
    bench.clock.advance(timedelta(minutes=1).total_seconds())
    bench.beat()
    assert await told(bench, 0) == []
    await bench.dispatcher.take(a_message("m2", "u2"), WEBHOOK)
    await asyncio.sleep(0)
    bench.clock.advance(6)
    await told(bench, 1)
