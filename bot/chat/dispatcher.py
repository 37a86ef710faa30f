"""Taking messages in, and working them off: bounded, one person's in order, resumed after a crash."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple, NoReturn

from bot.chat.answering import Answering
from bot.chat.context import Answer, Privately, ReceiptDue
from bot.clock import Clock
from bot.domain.messages import Message, SessionWebhook
from bot.errors import ClaimLost, StoreRefused, UserError
from bot.i18n import Texts
from bot.services.outbox.receipts import ReceiptDesk
from bot.services.outbox.worker import Lease, until_written
from bot.services.speaking import Speaker
from bot.services.waiting import TOO_LONG_S, Waiting, WaitingRoom
from bot.storage.inbox import Inbox, InboxResult
from bot.storage.presses import carrying_out
from bot.views.reply import Language, Reply
from bot.views.sentences import sentence

log = logging.getLogger(__name__)

AT_ONCE = 200  # messages being decided at one time
MOST_IN_MEMORY = 60_000  # about 2 KB each; beyond it a message waits in the database
MOST_LANES = 2_000  # people being answered at one time
MOST_TAKEN_OVER = 500
ROUND_S = 1.0
SLOW_AFTER_TRIES = 2
LONGEST_YIELD_S = 2.0
BURST = 10  # people whose messages come within BURST_S: more are on their way
BURST_S = 0.02
TRIES_BEFORE_GIVING_UP = 20
AGE_BEFORE_GIVING_UP = timedelta(hours=24)
SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=5)


class _Entry(NamedTuple):
    """A message in hand. `term` is that of the lease in which it was claimed."""

    message: Message
    webhook: SessionWebhook | None
    term: int


class Dispatcher:
    """The inbox's two ends: `take` commits a message, lanes (one a person) answer it."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        answering: Answering,
        desk: ReceiptDesk,
        speaker: Speaker,
        lease: Lease,
        clock: Clock,
        texts: Callable[[Language], Texts],
        most_in_memory: int = MOST_IN_MEMORY,
        waiting_s: float = TOO_LONG_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        round_s: float = ROUND_S,
    ) -> None:
        """Tell a person after `waiting_s` without an answer that their message is queued.

        `pause` waits before a refused statement is tried again. `round_s` is the number of seconds between two
        looks for open messages.
        """
        self._inbox = inbox
        self._answering = answering
        self._desk = desk
        self._speaker = speaker
        self._lease = lease
        self._clock = clock
        self._texts = texts
        self._pause = pause
        self._round_s = round_s
        self._most_in_memory = most_in_memory
        self._room = WaitingRoom(clock, too_long_s=waiting_s)
        self._floods: set[str] = set()  # people with too many open messages: no more is taken for now
        self._lanes: dict[str, list[_Entry]] = {}
        self._waiting: deque[str] = deque()  # people with a lane that waits for a worker
        self._beginning = False  # of those lanes, soon
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

        Raises StoreRefused when it is not known to be stored, UserError when it is one too many of its sender's;
        then it must not be acknowledged.
        """
        term = self._lease.term
        self._taking += 1
        self._quiet.clear()
        try:
            result = await self._accept(message, webhook)
        finally:
            self._taking -= 1
            if not self._taking:
                self._quiet.set()
        if result is InboxResult.TOO_MANY:
            await self._turn_away(message, webhook)
        self._floods.discard(message.sender.key)
        if result is not InboxResult.NEW:
            return
        entry = _Entry(message, webhook, term)
        if self._in_memory >= self._most_in_memory:
            with suppress(StoreRefused):  # rather too many in memory than one forgotten
                await self._inbox.postpone(message.message_id, self._clock.now())
                return
        self._enqueue(entry)

    async def run(self) -> None:
        """Take over messages that nobody works on, for ever."""
        while True:
            room = min(self._most_in_memory - self._in_memory, MOST_TAKEN_OVER)
            term = self._lease.term
            taken: Sequence[Message] = ()
            try:
                taken = await self._inbox.take_over(room) if room > 0 else ()
            except StoreRefused as error:
                log.warning("the inbox could not be read: %s", error)
            for message in taken:
                self._enqueue(_Entry(message, None, term))
            if len(taken) < MOST_TAKEN_OVER:
                await asyncio.sleep(self._round_s)

    async def tell_waiting(self) -> None:
        """Tell people who wait long that their message is queued, a few dozen a second, for ever."""
        while True:
            late = self._room.to_be_told()
            await asyncio.gather(*(self._tell_queued(each) for each in late))
            await asyncio.sleep(ROUND_S)

    async def _tell_queued(self, late: Waiting) -> None:
        """Say that a message is queued, if it is: after a pause of ours another process may have answered it."""
        lane = self._lanes.get(late.message.sender.key)
        if lane:
            with suppress(ClaimLost), self._lease.acting(lane[0].term):
                await self._speaker.mention(self._said("message.queued", late.message), late.webhook)

    async def drain(self, within_s: float) -> None:
        """Wait up to `within_s` seconds for what is being answered; the rest stays open in the database."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._tasks:  # the lanes that wait are yet to begin
                    await asyncio.wait(self._tasks)
        for task in list(self._tasks):
            task.cancel()

    async def _accept(self, message: Message, webhook: SessionWebhook | None) -> InboxResult:
        try:
            return await self._inbox.accept(message)
        except StoreRefused:
            try:  # a refused commit may be stored all the same
                held = await self._inbox.holds(message.message_id, person=message.sender.key)
            except StoreRefused:
                await self._warn("message.not_known", message, webhook)
                raise
            if held is None:
                await self._warn("message.not_recorded", message, webhook)
                raise
            return held

    async def _turn_away(self, message: Message, webhook: SessionWebhook | None) -> NoReturn:
        """Say once that nothing more is taken for now."""
        if message.sender.key not in self._floods:
            self._floods.add(message.sender.key)
            log.warning("somebody sends more than can be answered; message %s is not taken", message.message_id)
            await self._warn("message.too_many", message, webhook)
        raise UserError("message.too_many")

    async def _warn(
        self, key: str, message: Message, webhook: SessionWebhook | None, to: str | None = None
    ) -> None:
        await self._speaker.say(to, self._said(key, message), webhook)

    def _said(self, key: str, message: Message) -> Reply:
        """Return the sentence `key` about `message`, in its own language."""
        return sentence(key, self._texts(self._answering.language_of(message)))

    def _enqueue(self, entry: _Entry) -> None:
        key = entry.message.sender.key
        lane = self._lanes.get(key)
        if lane is not None:
            # Read back after a refused commit, a message that came twice may be here already.
            if all(entry.message.message_id != waiting.message.message_id for waiting in lane):
                lane.append(entry)
                self._in_memory += 1
            return
        self._lanes[key] = [entry]
        self._in_memory += 1
        self._room.enter(entry.message, entry.webhook)
        self._waiting.append(key)
        if not self._beginning and len(self._tasks) < MOST_LANES:
            self._beginning = True
            self._spawn(self._begin_lanes())

    async def _begin_lanes(self) -> None:
        """Begin the lanes that wait, once what came is acknowledged and no burst brings more; soon in any case."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_YIELD_S):
                await self._quiet.wait()
                before = 0
                while len(self._waiting) - before >= BURST:
                    before = len(self._waiting)
                    await asyncio.sleep(BURST_S)
                    await self._quiet.wait()
        self._beginning = False
        while self._waiting and len(self._tasks) < MOST_LANES:
            self._spawn(self._work(self._waiting.popleft()))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
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
                await self._answer(lane[0])
            except Exception:
                log.exception("a message could not be worked off; it is tried again later")
                await self._later(lane[0].message)
            del lane[0]
            self._in_memory -= 1
            self._room.leave(key)
            if lane:
                self._room.enter(lane[0].message, lane[0].webhook)
        del self._lanes[key]

    async def _answer(self, entry: _Entry) -> None:
        message, webhook, _ = entry
        if self._taking:  # acknowledging goes before answering
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_YIELD_S):
                    await self._quiet.wait()
        try:
            async with self._slots:
                answer = await self._decide(entry)
        except ClaimLost:
            log.warning("message %s may be in other hands by now, and is left to them", message.message_id)
            await self._later(message)
            return
        finally:
            self._room.leave(message.sender.key)
        if isinstance(answer, ReceiptDue):
            await self._desk.complete(answer.punch, answer.address, webhook)
        elif await self._told(entry, answer):
            await until_written(lambda: self._inbox.finish(message.message_id), "that a message is answered")
        else:
            await self._later(message)

    async def _decide(self, entry: _Entry) -> Answer:
        """Return the answer. Wait as long as the database refuses it, and tell the person of a long wait.

        Raises ClaimLost once another process may have the message: what it asks for is not done here, too.
        """
        message, webhook, term = entry
        tries = 0
        while True:
            if not self._lease.holds(term):
                if 0 < tries < SLOW_AFTER_TRIES and self._lease.is_for_ever:
                    await self._warn(
                        "message.store_slow", message, webhook, message.sender.user_id
                    )  # nobody else has it: a later round of ours goes on
                raise ClaimLost
            try:
                with carrying_out(message.message_id):
                    return await self._answering.answer(message, lambda reply: self._say_first(entry, reply))
            except StoreRefused as error:
                tries += 1
                self._room.leave(message.sender.key)  # from here on it is this that tells
                log.warning("a message waits for the database: %s", error)
                if tries == SLOW_AFTER_TRIES and self._lease.holds(term):
                    await self._warn("message.store_slow", message, webhook, message.sender.user_id)
                await self._pause(min(30.0, 0.5 * 2 ** min(tries, 6)))

    async def _say_first(self, entry: _Entry, reply: Reply) -> None:
        """Say that the answer takes a moment, where they asked, or not at all."""
        self._room.leave(entry.message.sender.key)
        if entry.webhook is not None:
            with suppress(ClaimLost), self._lease.acting(entry.term):
                await self._speaker.mention(reply, entry.webhook)

    async def _later(self, message: Message) -> None:
        """Leave the message to a later round. One that gets nowhere for a day is given up, and logged."""
        now = self._clock.now()
        again_at = now + pause_at(now - message.received_at)
        tries = await until_written(
            lambda: self._inbox.postpone(message.message_id, again_at), "that a message is answered later"
        )
        if tries >= TRIES_BEFORE_GIVING_UP and now - message.received_at >= AGE_BEFORE_GIVING_UP:
            log.error("message %s could not be answered in %d tries and is given up", message.message_id, tries)
            await until_written(lambda: self._inbox.finish(message.message_id), "that a message is given up")

    async def _told(self, entry: _Entry, answer: Reply | Privately) -> bool:
        """Answer; False when it is to be tried again, by this process or by whoever has the message then."""
        message, webhook, term = entry
        reply, where = (answer.reply, None) if isinstance(answer, Privately) else (answer, webhook)
        told = False
        with suppress(ClaimLost):
            told = await self._speaker.say_claimed(message.sender.user_id, reply, where, term)
        if told and isinstance(answer, Privately) and webhook is not None:
            # A group that is not told is no reason to repeat.
            await self._speaker.mention(answer.in_group, webhook)
        return told


def pause_at(age: timedelta) -> timedelta:
    """Return how long to wait before a message of this age is tried again: the longer, the older it is."""
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, age / 4))
