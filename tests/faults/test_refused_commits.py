"""The dispatcher after a refused COMMIT, on a real database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.chat import dispatcher
from bot.chat.dispatcher import Dispatcher
from bot.dingtalk.robot import SendResult
from bot.domain.messages import Message, SessionWebhook
from bot.errors import StoreRefused
from bot.storage import Store
from bot.views.reply import Language, Reply
from tests.bases import a_base
from tests.faults.a_store import MORNING, StillClock, a_message, an_open_store
from tests.faults.disks import StubbornDisk

WEBHOOK = SessionWebhook("https://oapi.dingtalk.com/robot/sendBySession?session=x", MORNING + timedelta(hours=1))


@dataclass
class Ears:
    heard: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        self._hear(reply)

    async def send(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        self._hear(reply)
        return SendResult()

    def _hear(self, reply: Reply) -> None:
        self.heard.append(reply.text)
        self.changed.set()

    async def wait_for(self, count: int) -> list[str]:
        """Wait for `count` messages and return them."""
        async with asyncio.timeout(60):
            while len(self.heard) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.heard


@dataclass
class Echo:
    """Answers a message with its id. It waits for `may_answer`."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, message: Message, say: Callable[[Reply], Awaitable[None]]) -> Reply:
        await self.may_answer.wait()
        return Reply(message.message_id, message.message_id)

    def language_of(self, message: Message) -> Language:
        return "en"


@dataclass
class Desk:
    """A dispatcher on a `StubbornDisk`."""

    store: Store
    engine: StubbornDisk
    dispatcher: Dispatcher
    ears: Ears
    echo: Echo

    async def settled(self) -> None:
        async with asyncio.timeout(60):
            while self.dispatcher._tasks:
                await asyncio.wait(set(self.dispatcher._tasks))


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    engine, ears, echo, clock = StubbornDisk(folder / "clock-in.db"), Ears(), Echo(), StillClock()
    echo.may_answer.set()
    async with an_open_store(engine, clock) as store:
        made = Dispatcher(a_base(store, clock=clock, robot=ears), cast(Any, echo), cast(Any, None))
        yield Desk(store, engine, made, ears, echo)


async def test_a_refused_message_that_is_stored_is_answered(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.engine.outcomes = ["there"]
        await desk.dispatcher.take(a_message("m1"), WEBHOOK)
        await desk.settled()
        assert desk.ears.heard == ["m1"]


async def test_a_lost_message_is_not_acknowledged_and_the_person_hears_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.engine.outcomes = ["lost"]
        with pytest.raises(StoreRefused):
            await desk.dispatcher.take(a_message("m1"), WEBHOOK)
        (heard,) = desk.ears.heard
        assert "Nothing was recorded" in heard


async def test_without_a_read_back_the_person_hears_that_nothing_is_known(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as desk:
        desk.engine.outcomes = ["there", "lost"]
        with pytest.raises(StoreRefused):
            await desk.dispatcher.take(a_message("m1"), WEBHOOK)
        (heard,) = desk.ears.heard
        assert "I cannot tell whether your message is stored" in heard
        await desk.dispatcher.take(a_message("m1"), WEBHOOK)  # the repeat finds it stored


@pytest.mark.parametrize("outcome", ["there", "lost"])
async def test_a_repeat_with_a_refused_commit_is_not_answered_again(tmp_path: Path, outcome: str) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.dispatcher.take(a_message("m1"), WEBHOOK)
        await desk.settled()
        desk.engine.outcomes = [outcome]
        await desk.dispatcher.take(a_message("m1"), WEBHOOK)
        await desk.settled()
        assert desk.ears.heard == ["m1"]


async def test_two_deliveries_in_one_refused_commit_get_one_answer(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.engine.outcomes = ["there"]
        twice = [desk.dispatcher.take(a_message("m1"), WEBHOOK) for _ in range(2)]
        await asyncio.gather(*twice)
        await desk.settled()
        assert desk.ears.heard == ["m1"]


async def test_a_message_that_cannot_be_finished_blocks_no_other(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.echo.may_answer.clear()
        for name in ("m1", "m2"):
            await desk.dispatcher.take(a_message(name), WEBHOOK)
        desk.engine.outcomes = ["lost"]
        desk.echo.may_answer.set()
        assert await desk.ears.wait_for(2) == ["m1", "m2"]
        await desk.settled()
        assert await desk.store.inbox.take_over(10) == []


async def test_all_people_of_a_large_burst_are_answered(tmp_path: Path) -> None:
    people = dispatcher.MOST_LANES + 500
    async with a_desk(tmp_path) as desk:
        messages = [a_message(f"m{n}", f"u{n}") for n in range(people)]
        await asyncio.gather(*(desk.dispatcher.take(message, WEBHOOK) for message in messages))
        assert desk.dispatcher.in_hand <= people
        await desk.ears.wait_for(people)
        await desk.settled()
        assert desk.dispatcher.in_hand == 0
        assert len(set(desk.ears.heard)) == len(desk.ears.heard) == people
