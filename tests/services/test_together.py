"""Reads that many ask for at the same time are made as one, and each hears of a moment after the asking."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import StoreRefused
from bot.services.base import Together


class Shelf:
    """Answers with how often it was asked before; refuses while `refuses`."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, list[str]]] = []
        self.refuses = False
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, key: str, user_ids: Sequence[str]) -> int:
        self.reads.append((key, list(user_ids)))
        number = len(self.reads)
        self.begun.set()
        await self.open.wait()
        if self.refuses:
            raise StoreRefused("the disk is full")
        return number


async def test_all_who_ask_at_once_about_the_same_days_share_one_read() -> None:
    shelf = Shelf()
    together = Together(shelf.read)
    answers = await asyncio.gather(
        together.of("monday", "u2"), together.of("monday", "u1"), together.of("tuesday", "u1")
    )
    assert sorted(shelf.reads) == [("monday", ["u1", "u2"]), ("tuesday", ["u1"])]
    assert answers[0] == answers[1] != answers[2]


async def test_who_asks_while_a_read_is_under_way_gets_a_later_one() -> None:
    shelf = Shelf()
    together = Together(shelf.read)
    shelf.open.clear()
    first = asyncio.create_task(together.of("monday", "u1"))
    await shelf.begun.wait()
    second = asyncio.create_task(together.of("monday", "u1"))
    shelf.open.set()
    assert (await first, await second) == (1, 2)


async def test_whoever_is_cancelled_leaves_the_others_their_answer() -> None:
    shelf = Shelf()
    together = Together(shelf.read)
    shelf.open.clear()
    first, second = (asyncio.create_task(together.of("monday", user_id)) for user_id in ("u1", "u2"))
    await shelf.begun.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    shelf.open.set()
    assert await second == 1
