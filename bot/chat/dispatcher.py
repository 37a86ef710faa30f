"""Store incoming messages and answer them: in order for each person, and again after a crash."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.chat.answering import Answering
from bot.chat.context import Answer, ReceiptDue
from bot.clock import wait_at_most
from bot.domain.messages import Message, MessageKind
from bot.errors import ClaimLost, StoreRefused
from bot.services.base import Base
from bot.services.outbox.messages import ReceiptDesk
from bot.services.outbox.worker import until_written
from bot.services.speaking import Way
from bot.storage.database import carrying_out
from bot.views.sentences import Reply, for_group, not_in_group, sentence

log = logging.getLogger(__name__)

AT_ONCE = 200  # messages in handlers at one time
MOST_QUEUES = 1000
MOST_TAKEN_OVER = 500
SLOW_AFTER_TRIES = 2
LONGEST_YIELD_S = 2.0
BURST = 10  # messages of so many people within BURST_S are a burst
BURST_S = 0.02
AGE_BEFORE_GIVING_UP = timedelta(hours=24)
SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A message in hand. `term` is the term of the lease at its claim."""

    message: Message
    way: Way | None
    term: int


class Dispatcher:
    """`take` commits a message. A queue for each person keeps their messages in order."""

    def __init__(self, base: Base, answering: Answering, desk: ReceiptDesk) -> None:
        self._base = base
        self._inbox = base.store.inbox
        self._lease = base.lease
        self._speaker = base.speaker
        self._answering = answering
        self._desk = desk
        self._queues: dict[str, list[_Entry]] = {}  # in the order of their first message
        self._waiting: deque[str] = deque()  # people with a queue that waits for a worker
        self._beginning = False  # a task will soon start the waiting queues
        self._tasks: set[asyncio.Task[None]] = set()
        self.was_cut_off = False  # `drain` cancelled work: its answers may still arrive
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.in_hand = 0  # messages in memory
        self._taking = 0
        self._quiet = asyncio.Event()  # no message is being stored: ACKs go before answers
        self._quiet.set()

    async def take(self, message: Message, way: Way | None) -> bool:
        """Commit `message` and queue it for an answer. Return when it may be acknowledged.

        Return False if another process answers it, or if it came before. Raises StoreRefused when
        it may not be stored: then it must not be acknowledged.
        """
        entry = _Entry(message, way, self._lease.term)
        self._taking += 1
        self._quiet.clear()
        try:
            is_ours = await self._inbox.accept(message)
        except StoreRefused:
            stored = await self._read_back(entry)
            if stored is None:
                await self._warn("message.not_recorded", entry)
                raise
            is_ours = stored
        finally:
            self._taking -= 1
            if not self._taking:
                self._quiet.set()
        if is_ours:
            self._enqueue(entry)
        return is_ours

    async def run(self) -> None:
        """Take over messages without a living owner, for ever."""
        while True:
            term = self._lease.term
            taken: Sequence[Message] = ()
            try:
                if self._lease.holds(term):  # else this process could not answer them
                    taken = await self._inbox.take_over(MOST_TAKEN_OVER)
            except StoreRefused as error:
                log.warning("the inbox could not be read: %s", error)
            for message in taken:
                self._enqueue(_Entry(message, None, term))
            if len(taken) < MOST_TAKEN_OVER:
                await asyncio.sleep(self._base.patience.inbox_s)

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for answers in hand.

        The rest stays open in the database.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._tasks:  # waiting queues start new tasks
                    await asyncio.wait(self._tasks)
        self.was_cut_off = bool(self._tasks)
        for task in list(self._tasks):
            task.cancel()

    async def _read_back(self, entry: _Entry) -> bool | None:
        """Return whether this process answers a message that is stored in spite of a refusal, None
        if it is not stored. Raises StoreRefused if that cannot be read.
        """
        message = entry.message
        try:
            is_ours = await self._inbox.holds(message.message_id, person=message.sender.key)
            if is_ours is None and message.kind is MessageKind.PRESS:
                stored_id = await self._inbox.same_press(message)
                if stored_id != message.message_id:  # of an earlier delivery
                    return False
            return is_ours
        except StoreRefused:
            await self._warn("message.not_known", entry)
            raise

    async def _warn(self, key: str, entry: _Entry, to: str | None = None) -> None:
        reply = sentence(key, self._base.texts(self._answering.language_of(entry.message)))
        await self._speaker.say(to, reply, entry.way)

    def _enqueue(self, entry: _Entry) -> None:
        key = entry.message.sender.key
        queue = self._queues.get(key)
        if queue is not None:
            # A repeated message may be here already, after the read-back of a refused commit. An
            # entry of an earlier term does not count: its claim is lost.
            same = (entry.message.message_id, entry.term)
            if all(same != (waiting.message.message_id, waiting.term) for waiting in queue):
                queue.append(entry)
                self.in_hand += 1
            return
        self._queues[key] = [entry]
        self.in_hand += 1
        self._waiting.append(key)
        if not self._beginning and len(self._tasks) < MOST_QUEUES:
            self._beginning = True
            self._spawn(self._begin_queues())

    async def _begin_queues(self) -> None:
        """Start the waiting queues after all ACKs and the end of a burst, at the latest after two
        seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_YIELD_S):
                await self._quiet.wait()
                before = 0
                while len(self._waiting) - before >= BURST:
                    before = len(self._waiting)
                    await asyncio.sleep(BURST_S)
                    await self._quiet.wait()
        self._beginning = False
        for _ in range(min(len(self._waiting), MOST_QUEUES - len(self._tasks))):
            self._spawn(self._work())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """Answer the messages of waiting queues."""
        while self._waiting:
            key = self._waiting.popleft()
            queue = self._queues[key]
            is_released = False
            while queue:
                try:
                    # later messages of the person may not go before a released one
                    is_released = is_released or not await self._answer(queue[0])
                    if is_released:
                        await until_written(self._inbox.release, queue[0].message.message_id)
                except Exception:
                    log.exception("a message could not be answered; it is tried again later")
                    await self._later(queue[0].message)
                queue.pop(0)
                self.in_hand -= 1
            del self._queues[key]

    async def _answer(self, entry: _Entry) -> bool:
        """Answer a message. Return False if it has to be released."""
        if self._taking:
            await wait_at_most(LONGEST_YIELD_S, self._quiet)
        message = entry.message
        try:
            async with self._slots:
                answer = await self._decide(entry)
            if isinstance(answer, ReceiptDue):
                await self._desk.complete(
                    answer.punch, answer.language, entry.way, in_group=message.is_group
                )
                return True
            with self._lease.acting(entry.term):
                is_sent = await self._send(entry, answer)
        except ClaimLost:
            log.warning("another process may have message %s by now", message.message_id)
            return False
        if is_sent:
            await until_written(self._inbox.finish, message.message_id)
        else:
            await self._later(message)
        return True

    async def _decide(self, entry: _Entry) -> Answer:
        """Return the answer. Wait while the database refuses, and tell the person about a long
        wait.

        Raises ClaimLost once another process may have the message.
        """
        tries = 0
        while True:
            if not self._lease.holds(entry.term):
                raise ClaimLost
            try:
                with carrying_out(entry.message.message_id):
                    return await self._answering.answer(entry.message)
            except StoreRefused as error:
                log.warning("a message waits for the database: %s", error)
                tries += 1
                if tries == SLOW_AFTER_TRIES:
                    await self._warn("message.store_slow", entry, entry.message.sender.user_id)
                await asyncio.sleep(min(30.0, 0.5 * 2 ** min(tries, 6)))

    async def _send(self, entry: _Entry, answer: Reply) -> bool:
        """Send the answer, or a short one that DingTalk takes. Return False for another try."""
        user_id = entry.message.sender.user_id
        texts = self._base.texts(self._answering.language_of(entry.message))
        refused = sentence("message.answer_refused", texts)
        if not entry.message.is_group:
            return await self._speaker.say(user_id, answer, entry.way, instead=refused)
        if answer.private:
            is_sent = await self._speaker.say(user_id, answer, None, instead=refused)
            if is_sent:  # optional: a failure repeats nothing
                in_group = sentence("team.answered_in_private", texts)
                await self._speaker.mention(in_group, entry.way)
            return is_sent
        return await self._speaker.say(
            user_id,
            for_group(answer, texts, self._base.page_link("#own")),
            entry.way,
            alone=not_in_group(answer, texts),
            again=answer,
            instead=refused,
            before_alone=lambda: self._base.store.buttons.move_to_private(entry.message),
        )

    async def _later(self, message: Message) -> None:
        """Leave a tried message to a later round. Give it up after a day."""
        now = self._base.now
        age = now - message.received_at
        # by a wrong clock a new message may seem old
        if age >= AGE_BEFORE_GIVING_UP and not await self._base.clock_watch.is_off():
            log.error(
                "message %s could not be answered for a day and is given up", message.message_id
            )
            await until_written(self._inbox.finish, message.message_id)
            return
        # older messages wait longer
        again_at = now + min(LONGEST_PAUSE, max(SHORTEST_PAUSE, age / 4))
        await until_written(self._inbox.release, message.message_id, again_at)
