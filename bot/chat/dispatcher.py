"""Taking messages in, and working them off: bounded, one person's in order, resumed after a crash."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import TypeVar

from bot.chat.answering import Answering
from bot.chat.context import Answer, ReceiptDue
from bot.clock import Clock
from bot.domain.messages import Message, SessionWebhook
from bot.errors import StoreRefused
from bot.i18n import Texts
from bot.services.ports import Inbox, InboxResult
from bot.services.receipts import ReceiptDesk
from bot.services.speakers import Speaker
from bot.views.reply import Language, Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)

AT_ONCE = 200  # messages being decided at one time
MOST_IN_MEMORY = 60_000  # about 2 KB each; beyond it a message waits in the database
MOST_LANES = 2_000  # people being answered at one time
MOST_TAKEN_OVER = 500
ROUND_S = 1.0
SLOW_AFTER_TRIES = 3
LONGEST_YIELD_S = 2.0
TRIES_BEFORE_PARKING = 20

_Entry = tuple[Message, SessionWebhook | None]
T = TypeVar("T")


class Dispatcher:
    """The inbox's two ends: `take` commits a message, lanes (one a person) answer it."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        answering: Answering,
        desk: ReceiptDesk,
        speaker: Speaker,
        clock: Clock,
        texts: Callable[[Language], Texts],
        language: Language,
    ) -> None:
        self._inbox = inbox
        self._answering = answering
        self._desk = desk
        self._speaker = speaker
        self._clock = clock
        self._texts = texts
        self._language: Language = language
        self._lanes: dict[str, list[_Entry]] = {}
        self._waiting: deque[str] = deque()  # people whose lane nobody works off yet
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._in_memory = 0
        self._taking = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def in_hand(self) -> int:
        """Return how many messages wait or are being answered in memory."""
        return self._in_memory

    async def take(self, message: Message, webhook: SessionWebhook | None) -> None:
        """Commit `message`, then let it be worked on. Returns once it may be acknowledged.

        Raises StoreRefused when it is not known to be stored; then it must not be acknowledged.
        """
        self._taking += 1
        self._quiet.clear()
        try:
            result = await self._accept(message, webhook)
        finally:
            self._taking -= 1
            if not self._taking:
                self._quiet.set()
        if result is InboxResult.NEW and self._in_memory < MOST_IN_MEMORY:
            self._enqueue(message, webhook)
        elif result is InboxResult.NEW:
            await self._leave_in_database(message, webhook)

    async def run(self) -> None:
        """Take over messages that nobody works on, for ever."""
        while True:
            room = min(MOST_IN_MEMORY - self._in_memory, MOST_TAKEN_OVER)
            taken: Sequence[Message] = ()
            try:
                taken = await self._inbox.take_over(room) if room > 0 else ()
            except StoreRefused as error:
                log.warning("the inbox could not be read: %s", error)
            for message in taken:
                self._enqueue(message, None)
            if len(taken) < MOST_TAKEN_OVER:
                await asyncio.sleep(ROUND_S)

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for what is being answered; the rest stays open in the database."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in list(self._tasks):
            task.cancel()

    async def _leave_in_database(self, message: Message, webhook: SessionWebhook | None) -> None:
        try:
            await self._inbox.postpone(message.message_id, self._clock.now())
        except StoreRefused:
            self._enqueue(message, webhook)  # rather too many in memory than one forgotten

    async def _accept(self, message: Message, webhook: SessionWebhook | None) -> InboxResult:
        try:
            return await self._inbox.accept(message)
        except StoreRefused:
            # A refused commit may be there all the same: only reading back tells.
            held = await self._held(message, webhook)
            if held is not None:
                return held
            await self._warn("message.not_recorded", webhook)
            raise

    async def _held(self, message: Message, webhook: SessionWebhook | None) -> InboxResult | None:
        try:
            return await self._inbox.holds(message.message_id)
        except StoreRefused:
            await self._warn("message.not_known", webhook)
            raise

    async def _warn(self, key: str, webhook: SessionWebhook | None) -> None:
        await self._speaker.say(None, sentence(key, self._texts(self._language)), webhook)

    def _enqueue(self, message: Message, webhook: SessionWebhook | None) -> None:
        key = message.sender.key
        lane = self._lanes.get(key)
        if lane is not None:
            # Read back after a refused commit, a message that came twice may be here already.
            if all(message.message_id != waiting.message_id for waiting, _ in lane):
                lane.append((message, webhook))
                self._in_memory += 1
            return
        self._lanes[key] = [(message, webhook)]
        self._in_memory += 1
        if len(self._tasks) >= MOST_LANES:
            self._waiting.append(key)
            return
        task = asyncio.create_task(self._work(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, key: str) -> None:
        """Work off a person's lane, then the lanes of people who wait for somebody to do so."""
        await self._work_off(key)
        while self._waiting:
            await self._work_off(self._waiting.popleft())

    async def _work_off(self, key: str) -> None:
        lane = self._lanes[key]
        while lane:
            try:
                await self._answer(*lane[0])
            except Exception:
                log.exception("a message could not be worked off; it is tried again later")
                await self._later(lane[0][0])
            del lane[0]
            self._in_memory -= 1
        del self._lanes[key]

    async def _answer(self, message: Message, webhook: SessionWebhook | None) -> None:
        if self._taking:  # acknowledging goes before answering
            with suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), LONGEST_YIELD_S)
        async with self._slots:
            answer = await self._decide(message, webhook)
        await self._deliver(message, answer, webhook)

    async def _decide(self, message: Message, webhook: SessionWebhook | None) -> Answer:
        """Return the answer, waiting as long as the database does not take it; the person hears of a long wait."""
        tries = 0
        while True:
            try:
                return await self._answering.answer(message)
            except StoreRefused as error:
                tries += 1
                log.warning("a message waits for the database: %s", error)
                if tries == SLOW_AFTER_TRIES:
                    reply = sentence("message.store_slow", self._texts(self._language))
                    await self._speaker.say(message.sender.user_id, reply, webhook)
                await asyncio.sleep(min(30.0, 0.5 * 2 ** min(tries, 6)))

    async def _deliver(self, message: Message, answer: Answer, webhook: SessionWebhook | None) -> None:
        if isinstance(answer, ReceiptDue):
            await self._desk.complete(answer.punch, answer.address, webhook)
            return
        if await self._said(message, answer, webhook):
            await self._until_written(lambda: self._inbox.finish(message.message_id))
        else:
            await self._later(message)

    async def _later(self, message: Message) -> None:
        """Leave the message to a later round; one that never gets through is given up in the end, and logged."""
        again_at = self._clock.now() + timedelta(seconds=30)
        tries = await self._until_written(lambda: self._inbox.postpone(message.message_id, again_at))
        if tries >= TRIES_BEFORE_PARKING:
            log.error("an answer could not be given in %d tries and is given up", tries)
            await self._until_written(lambda: self._inbox.finish(message.message_id))

    async def _until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write that a message is done with, however long the database refuses."""
        for tries in count(1):
            try:
                return await write()
            except StoreRefused as error:
                log.warning("what became of a message could not be written: %s", error)
                await asyncio.sleep(min(30.0, 0.5 * 2 ** min(tries, 6)))
        raise AssertionError("count() does not end")

    async def _said(self, message: Message, reply: Reply, webhook: SessionWebhook | None) -> bool:
        return await self._speaker.say(message.sender.user_id, reply, webhook)
