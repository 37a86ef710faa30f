"""Taking messages in, and working them off: bounded, one person's in order, resumed after a crash."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

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
MOST_IN_MEMORY = 20_000  # beyond it a message waits in the database
ROUND_S = 1.0
SLOW_AFTER_TRIES = 3
TRIES_BEFORE_PARKING = 20

_Entry = tuple[Message, SessionWebhook | None]


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
        self._lanes: dict[str, deque[_Entry]] = {}
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
            await self._inbox.postpone(message.message_id, self._clock.now())

    async def run(self) -> None:
        """Take over messages that nobody works on, for ever."""
        while True:
            try:
                room = MOST_IN_MEMORY - self._in_memory
                for message in await self._inbox.take_over(min(room, 500)) if room > 0 else ():
                    self._enqueue(message, None)
            except StoreRefused as error:
                log.warning("the inbox could not be read: %s", error)
            await asyncio.sleep(ROUND_S)

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for what is being answered; the rest stays open in the database."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in list(self._tasks):
            task.cancel()

    async def _accept(self, message: Message, webhook: SessionWebhook | None) -> InboxResult:
        try:
            return await self._inbox.accept(message)
        except StoreRefused:
            # A refused commit may be there all the same: only reading back tells.
            if await self._inbox.holds(message.message_id):
                return InboxResult.NEW
            await self._speaker.say(None, sentence("message.not_recorded", self._texts(self._language)), webhook)
            raise

    def _enqueue(self, message: Message, webhook: SessionWebhook | None) -> None:
        self._in_memory += 1
        key = message.sender.key
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append((message, webhook))
            return
        lane = self._lanes[key] = deque([(message, webhook)])
        task = asyncio.create_task(self._work_off(key, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, key: str, lane: deque[_Entry]) -> None:
        try:
            while lane:
                message, webhook = lane[0]
                await self._answer(message, webhook)
                lane.popleft()
                self._in_memory -= 1
        except Exception:
            # The rows stay open; after a restart they are answered again.
            log.exception("a person's messages could not be worked off")
            self._in_memory -= len(lane)
        finally:
            del self._lanes[key]

    async def _answer(self, message: Message, webhook: SessionWebhook | None) -> None:
        # While frames are coming in, acknowledging them goes before answering.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), 2.0)
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
            await self._inbox.finish(message.message_id)
            return
        tries = await self._inbox.postpone(message.message_id, self._clock.now() + timedelta(seconds=30))
        if tries >= TRIES_BEFORE_PARKING:
            log.error("an answer could not be sent in %d tries and is given up", tries)
            await self._inbox.finish(message.message_id)

    async def _said(self, message: Message, reply: Reply, webhook: SessionWebhook | None) -> bool:
        return await self._speaker.say(message.sender.user_id, reply, webhook)
