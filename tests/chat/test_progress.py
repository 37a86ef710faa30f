"""Whoever waits long for an answer hears that it takes a moment."""

import asyncio

import pytest

from bot.views.reply import Reply
from handlers.team import with_progress

LINE = Reply("a moment", "It takes a moment.")
AT_ONCE, NEVER = 0.0, 3600.0


class Person:
    """Hears what is said."""

    def __init__(self) -> None:
        self.heard: list[Reply] = []
        self.told = asyncio.Event()

    async def hear(self, reply: Reply) -> None:
        self.heard.append(reply)
        self.told.set()


async def test_work_that_takes_longer_is_announced_once_and_ends_all_the_same() -> None:
    person = Person()

    async def work() -> int:
        await person.told.wait()
        await asyncio.sleep(0)
        return 7

    assert await with_progress(work(), LINE, person.hear, after_s=AT_ONCE) == 7
    assert person.heard == [LINE]


async def test_work_ends_with_whoever_waits_for_it() -> None:
    person, ended = Person(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(with_progress(work(), LINE, person.hear, after_s=AT_ONCE))
    await person.told.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await ended.wait()
