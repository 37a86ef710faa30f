"""Reminders: once a minute what has become due is claimed, then proved, then said, equal texts together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import TypeVar

from bot.clock import Clock
from bot.dingtalk.attendance import PEOPLE_A_CALL
from bot.dingtalk.robot import RECIPIENTS_A_CALL
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import StoreRefused
from bot.services.outbox.worker import Job, OutboxWorker
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.due_reminders import DueReminders
from bot.services.reminding.lead_notes import LeadNotes
from bot.services.reminding.proving import Proving
from bot.services.reporting.digests import DigestService
from bot.storage.reminders import Reminders

log = logging.getLogger(__name__)

CLAIMED_AT_ONCE = 2000
CLAIMED_FIRST = 500  # so that the first leave soon
PROOFS_AT_ONCE = 6  # batches of people whose facts are read at the same time
SENDS_AT_ONCE = 12
T = TypeVar("T")
_ABOUT_OTHERS = (ReminderKind.ESCALATION, ReminderKind.DIGEST)


class ReminderService:
    """Finds due reminders and sends them."""

    def __init__(
        self,
        *,
        reminders: Reminders,
        due: DueReminders,
        keeper: AgendaKeeper,
        proving: Proving,
        lead_notes: LeadNotes,
        digests: DigestService,
        worker: OutboxWorker,
        clock: Clock,
        clock_is_wrong: Callable[[], bool],
    ) -> None:
        """Take `clock_is_wrong`: while it says so nothing is looked for, and what is in hand is left to others."""
        self._reminders = reminders
        self._due = due
        self._keeper = keeper
        self._proving = proving
        self._lead_notes = lead_notes
        self._digests = digests
        self._worker = worker
        self._clock = clock
        self._clock_is_wrong = clock_is_wrong
        self._proofs = asyncio.Semaphore(PROOFS_AT_ONCE)
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._left_over: list[Reminder] = []

    async def tick(self) -> None:
        """Claim what has become due since the last tick of any process, and begin to work it off.

        Raises StoreRefused; then nothing is missed, since the next tick looks from the same moment on.
        """
        await self._keeper.follow()
        if self._clock_is_wrong():
            return
        now = self._clock.now()
        again, self._left_over = self._left_over, []
        try:
            wanted = await self._due.wanted(now)
            again += await self._reminders.take_over(now, 10_000)
            in_hand = dict.fromkeys(one.user_id for one in again)
            for portion in await asyncio.to_thread(lambda: list(claim_portions(wanted, in_hand))):
                claimed = await self._reminders.claim(portion)
                self._begin([*again, *claimed])
                again = []
            await self._reminders.look_on(now)
            again += await self._digests.claimed()
        finally:
            self._begin(again)

    async def work(self, reminders: Sequence[Reminder]) -> None:
        """Prove and send what this process has claimed; what a refusing database leaves over comes again."""
        if self._clock_is_wrong():
            await self._guarded(reminders, self._leave_to_others(reminders))
            return
        texts = _EqualTexts(self._keeper)
        async with asyncio.TaskGroup() as group:
            for batch in fact_portions(one for one in reminders if one.kind not in _ABOUT_OTHERS):
                group.create_task(self._prove_and_say(batch, texts, group))
        await asyncio.gather(*(self._say(some) for some in texts.rest()))
        for some in _by_start(one for one in reminders if one.kind is ReminderKind.ESCALATION):
            await self._guarded(some, self._lead_notes.tell(some))
        for one in reminders:
            if one.kind is ReminderKind.DIGEST:
                await self._guarded([one], self._digests.tell([one], self._keeper.language_of))

    def _begin(self, reminders: Iterable[Reminder]) -> None:
        claimed = [one for one in reminders if one.state is ReminderState.CLAIMED]
        if claimed:
            self._worker.begin(self, Job(self.work(claimed), len(claimed)))

    async def _prove_and_say(
        self, batch: Sequence[Reminder], texts: "_EqualTexts", group: asyncio.TaskGroup
    ) -> None:
        async with self._proofs:
            due = await self._guarded(batch, self._proving.prove(batch)) or ()
            for full in texts.add(due):
                await self._sends.acquire()  # so that facts are read shortly before they are needed
                self._sends.release()
                group.create_task(self._say(full))

    async def _say(self, reminders: Sequence[Reminder]) -> None:
        async with self._sends:
            language = self._keeper.language_of(reminders[0].user_id)
            await self._guarded(reminders, self._proving.say(reminders, language))

    async def _leave_to_others(self, reminders: Sequence[Reminder]) -> None:
        """Let whoever has a right clock take these over, or this process once it has one."""
        for moment in {one.moment for one in reminders}:
            await self._reminders.again([one for one in reminders if one.moment == moment], moment)

    async def _guarded(self, some: Sequence[Reminder], work: Awaitable[T]) -> T | None:
        """Do `work`; when the database refuses, its reminders come again with the next tick."""
        try:
            return await work
        except StoreRefused as error:
            log.warning("%d reminders wait for the database: %s", len(some), error)
        except Exception:
            log.exception(
                "%d reminders failed in a way nobody foresaw; they come again with the next look", len(some)
            )
        self._left_over += some
        return None


class _EqualTexts:
    """Groups people who get the same text, up to the size of one call."""

    def __init__(self, keeper: AgendaKeeper) -> None:
        self._keeper = keeper
        self._waiting: dict[tuple[object, ...], list[Reminder]] = {}

    def add(self, reminders: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
        """Take some in, and yield those of a full call."""
        for one in reminders:
            check = (one.check_type, one.work_date, one.due_at)
            text = (one.kind, *check, self._keeper.language_of(one.user_id))
            waiting = self._waiting.setdefault(text, [])
            waiting.append(one)
            if len(waiting) == RECIPIENTS_A_CALL:
                yield self._waiting.pop(text)

    def rest(self) -> list[list[Reminder]]:
        """Return those that wait."""
        return list(self._waiting.values())


def claim_portions(wanted: Iterable[Reminder], first: Collection[str] = ()) -> Iterator[Sequence[Reminder]]:
    """Yield about 2,000 at a time, at first 500; the people `first` come first, then the earliest moments.

    All of one person, and all of the people `first`, come together: of several that are due at once one is said.
    """
    people = _by_person(wanted)
    portion = [one for user_id in first for one in people.pop(user_id, ())]
    most = CLAIMED_FIRST
    for theirs in people.values():
        portion += theirs
        if len(portion) >= most:
            yield portion
            portion, most = [], CLAIMED_AT_ONCE
    if portion:
        yield portion


def fact_portions(reminders: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
    """Yield the reminders of 50 people at a time, all of one person together, the earliest moments first."""
    theirs = iter(_by_person(reminders).values())
    while some := list(islice(theirs, PEOPLE_A_CALL)):
        yield list(chain.from_iterable(some))


def _by_person(reminders: Iterable[Reminder]) -> dict[str, list[Reminder]]:
    people: dict[str, list[Reminder]] = {}
    for one in sorted(reminders, key=lambda one: (one.moment, one.work_date, one.check_point)):
        people.setdefault(one.user_id, []).append(one)
    return people


def _by_start(notes: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
    starts: dict[tuple[date, datetime], list[Reminder]] = {}
    for note in notes:
        starts.setdefault((note.work_date, note.due_at), []).append(note)
    yield from starts.values()
