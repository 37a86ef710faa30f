"""Messages between their ACK and their answer: none is lost, and only the owner of a claim answers."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.chat.dispatcher import AGE_BEFORE_GIVING_UP, LONGEST_PAUSE, SHORTEST_PAUSE, Dispatcher
from bot.dingtalk.robot import SendResult
from bot.domain.messages import Message, SessionWebhook
from bot.errors import ClaimLost, NotSent, StoreRefused
from bot.services.outbox.lease import VALID_FOR_S, Lease
from bot.storage import Store
from bot.views.i18n import Language
from bot.views.sentences import Reply
from tests.bases import a_base
from tests.faults.a_store import MORNING, StillClock, a_message
from tests.virtual_time import seconds_waited
from tests.waiting import LONGEST_S

WEBHOOK = SessionWebhook(
    "https://oapi.dingtalk.com/robot/sendBySession?session=x", MORNING + timedelta(hours=1)
)
HOUR = timedelta(hours=1)


@dataclass
class Row:
    message: Message
    mine: bool = True
    postponed: int = 0
    not_before_s: float = 0.0
    finished: bool = False


@dataclass
class PretendInbox:
    """An inbox in memory."""

    clock: StillClock
    rows: dict[str, Row] = field(default_factory=dict)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, message: Message) -> bool:
        if message.message_id in self.rows:
            return False
        self.rows[message.message_id] = Row(message)
        return True

    async def take_over(self, limit: int) -> Sequence[Message]:
        now = self.clock.now().timestamp()
        free = [
            row
            for row in self.rows.values()
            if not row.mine and not row.finished and row.not_before_s <= now
        ]
        for row in free[:limit]:
            row.mine = True
        self.looked.set()
        return [row.message for row in free[:limit]]

    async def finish(self, message_id: str) -> None:
        self.rows[message_id].finished = True

    async def release(self, message_id: str, until: datetime | None = None) -> None:
        row = self.rows[message_id]
        row.mine = False
        if until is not None:
            row.postponed += 1
            row.not_before_s = until.timestamp()


@dataclass
class Line:
    """The robot, which can fail."""

    up: bool = True
    heard: list[str] = field(default_factory=list)

    async def answer(self, webhook: SessionWebhook, reply: Reply) -> None:
        if not self.up:
            raise NotSent("webhook", "HTTP 500")
        self.heard.append(reply.text)

    async def send(
        self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True
    ) -> SendResult:
        if not self.up:
            raise NotSent("batchSend", "HTTP 500")
        self.heard.append(reply.text)
        return SendResult()


@dataclass
class Answers:
    """Answers with the message id. It calls `meanwhile` before each answer."""

    meanwhile: Callable[[], None] = lambda: None
    may: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, message: Message) -> Reply:
        self.asked.set()
        await self.may.wait()
        self.meanwhile()
        return Reply("", message.message_id)

    def language_of(self, message: Message) -> Language:
        return "en"


class Bench:
    """A dispatcher with a robot and answers in memory, on `store` or on an inbox in memory."""

    def __init__(self, store: Store | None = None) -> None:
        self.clock = StillClock()
        self.ahead = timedelta()
        self.inbox, self.line, self.answers = PretendInbox(self.clock), Line(), Answers()
        self.answers.may.set()
        self.lease = Lease(self.clock, lambda: "one")
        self.lease.renew(self.clock.monotonic())
        self.store: Any = store or SimpleNamespace(inbox=self.inbox)
        base = a_base(
            self.store,
            clock=self.clock,
            lease=self.lease,
            robot=self.line,
            server_time=self.server_time,
        )
        self.dispatcher = Dispatcher(base, cast(Any, self.answers), cast(Any, None))

    async def server_time(self) -> datetime:
        return self.clock.now() - self.ahead

    async def take(self, *names: str, webhook: SessionWebhook | None = WEBHOOK) -> None:
        for name in names:
            await self.dispatcher.take(a_message(name, f"u-{name}"), webhook)

    async def settled(self) -> None:
        async with asyncio.timeout(LONGEST_S):
            while self.dispatcher._tasks:
                await asyncio.wait(set(self.dispatcher._tasks))

    async def round(self) -> None:
        """Answer the messages that may be taken over now."""
        self.beat()
        self.inbox.looked.clear()
        running = asyncio.create_task(self.dispatcher.run())
        async with asyncio.timeout(LONGEST_S):
            await self.inbox.looked.wait()
        running.cancel()
        await self.settled()

    def beat(self) -> None:
        self.lease.renew(self.clock.monotonic())

    def row(self, name: str) -> Row:
        return self.inbox.rows[name]


async def test_an_answer_that_failed_is_given_later() -> None:
    bench = Bench()
    bench.line.up = False
    await bench.take("m1")
    await bench.settled()
    assert not bench.row("m1").finished
    assert bench.row("m1").not_before_s == (MORNING + SHORTEST_PAUSE).timestamp()
    bench.line.up = True
    bench.clock.advance(SHORTEST_PAUSE.total_seconds())
    await bench.round()
    assert bench.line.heard == ["m1"]
    assert bench.row("m1").finished


async def test_a_message_without_answer_is_given_up_after_a_day(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.line.up = False
    await bench.take("m1")
    await bench.settled()
    while not bench.row("m1").finished:
        assert bench.clock.now() - MORNING < AGE_BEFORE_GIVING_UP + 2 * LONGEST_PAUSE
        bench.clock.advance(LONGEST_PAUSE.total_seconds())
        await bench.round()
    assert bench.clock.now() - MORNING >= AGE_BEFORE_GIVING_UP
    assert "message m1 could not be answered" in caplog.text


async def test_a_wrong_clock_gives_no_message_up() -> None:
    bench = Bench()
    bench.line.up = False
    await bench.take("m1")
    await bench.settled()
    bench.ahead = AGE_BEFORE_GIVING_UP
    bench.clock.advance(AGE_BEFORE_GIVING_UP.total_seconds())
    await bench.round()
    assert bench.row("m1").postponed == 2
    assert not bench.row("m1").finished


async def test_a_bug_delays_one_message_and_no_other() -> None:
    bench = Bench()
    faults = [ZeroDivisionError()]

    def fail() -> None:
        if faults:
            raise faults.pop()

    bench.answers.meanwhile = fail
    await bench.take("m1")
    await bench.settled()
    assert (bench.row("m1").mine, bench.row("m1").postponed, bench.row("m1").finished) == (
        False,
        1,
        False,
    )
    await bench.take("m2")
    await bench.settled()
    bench.clock.advance(60)
    await bench.round()
    assert bench.line.heard == ["m2", "m1"]


async def test_draining_cancels_an_endless_answer_and_keeps_its_message() -> None:
    bench = Bench()
    bench.answers.may.clear()
    await bench.take("m1")
    await bench.answers.asked.wait()
    (task,) = bench.dispatcher._tasks
    await bench.dispatcher.drain(0.01)
    await asyncio.wait([task])
    assert task.cancelled()
    assert not bench.row("m1").finished
    assert bench.line.heard == []


async def test_nothing_is_decided_after_a_pause() -> None:
    bench = Bench()
    bench.answers.may.clear()
    for name in ("m1", "m2"):
        await bench.dispatcher.take(a_message(name, "u1"), WEBHOOK)
    await bench.answers.asked.wait()
    bench.answers.asked.clear()
    bench.clock.advance(VALID_FOR_S)
    bench.beat()
    await bench.dispatcher.take(a_message("m3", "u1"), WEBHOOK)  # it waits for the released ones
    bench.answers.may.set()
    await bench.settled()
    assert not bench.answers.asked.is_set()
    assert not any(row.mine for row in bench.inbox.rows.values())


@pytest.mark.parametrize("error", [ClaimLost(), StoreRefused("the line is cut")])
def test_a_message_with_a_lost_claim_is_not_answered(error: Exception) -> None:
    async def play() -> None:
        bench = Bench()

        def stand_still() -> None:
            bench.clock.advance(VALID_FOR_S)
            bench.beat()
            bench.answers.asked.clear()
            raise error

        bench.answers.meanwhile = stand_still
        await bench.take("m1")
        await bench.settled()
        assert not bench.answers.asked.is_set()
        assert bench.line.heard == []
        assert not bench.row("m1").finished

    seconds_waited(play())
