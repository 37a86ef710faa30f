"""Reminders: once a minute what has become due is claimed, then proved, then said."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.clock import Clock
from bot.domain.reminders import Reminder, ReminderKind
from bot.errors import StoreRefused
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.due_reminders import DueReminders
from bot.services.reminding.lead_notes import LeadNotes
from bot.services.reminding.proving import Proving
from bot.services.reminding.reminder_portions import Handover, Outbox, claim_portions, fact_portions
from bot.storage.reminders import Reminders

log = logging.getLogger(__name__)

PROOFS_AT_ONCE = 6  # batches of people whose facts are read at the same time
_ABOUT_OTHERS = (ReminderKind.ESCALATION, ReminderKind.DIGEST)


class DueDigests(Protocol):
    """The summaries that come by themselves, which are worked off among the reminders."""

    async def claimed(self) -> Sequence[Reminder]:
        """Claim what became due since the last look of any process. Raises StoreRefused."""
        ...

    async def tell(self, digests: Sequence[Reminder], language_of: Callable[[str], str | None]) -> None:
        """Say the digests that this process has claimed. Raises StoreRefused."""
        ...


class ReminderService:
    """Looks for what is due, and works it off."""

    def __init__(
        self,
        *,
        reminders: Reminders,
        due: DueReminders,
        keeper: AgendaKeeper,
        proving: Proving,
        lead_notes: LeadNotes,
        digests: DueDigests,
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
        self._clock = clock
        self._clock_is_wrong = clock_is_wrong
        self._work: asyncio.Queue[Handover] = asyncio.Queue()
        self._left_over: list[Reminder] = []

    async def tick(self) -> None:
        """Claim what has become due since the last tick of any process, and hand it to `run`.

        Raises StoreRefused; then nothing is missed, since the next tick looks from the same moment on.
        """
        await self._keeper.follow()
        if self._clock_is_wrong():
            return
        now = self._clock.now()
        hand, again = Handover(), self._left_over
        self._left_over = []
        try:
            wanted = await self._due.wanted(now)
            again += await self._reminders.take_over(now, 10_000)
            in_hand = dict.fromkeys(one.user_id for one in again)
            for portion in await asyncio.to_thread(lambda: list(claim_portions(wanted, in_hand))):
                claimed = await self._reminders.claim(portion)
                self._put_to_work(hand, [*again, *claimed])
                again = []
            await self._reminders.look_on(now)
            again += await self._digests.claimed()
        finally:
            self._put_to_work(hand, again)
            hand.end()

    async def run(self) -> None:
        """Work off what was claimed, for ever."""
        while True:
            hand = await self._work.get()
            try:
                await self._work_off(hand)
            finally:
                self._work.task_done()

    async def settled(self) -> None:
        """Return when `run` has worked off everything that was claimed."""
        await self._work.join()

    async def work(self, reminders: Sequence[Reminder]) -> None:
        """Prove and send what this process has claimed; what a refusing database leaves over comes again."""
        hand = Handover()
        hand.add(reminders)
        hand.end()
        await self._work_off(hand)

    async def _work_off(self, hand: Handover) -> None:
        if self._clock_is_wrong():
            async for part in hand.parts():
                await self._guarded(part, self._leave_to_others(part))
            return
        notes: list[Reminder] = []
        digests: list[Reminder] = []
        out = Outbox(self._say_guarded, self._keeper)
        proofs = asyncio.Semaphore(PROOFS_AT_ONCE)

        async def prove(batch: Sequence[Reminder]) -> None:
            async with proofs:
                await self._guarded(batch, self._proving.prove(batch, out))

        async with asyncio.TaskGroup() as proving:
            async for part in hand.parts():
                notes += [one for one in part if one.kind is ReminderKind.ESCALATION]
                digests += [one for one in part if one.kind is ReminderKind.DIGEST]
                for batch in fact_portions(one for one in part if one.kind not in _ABOUT_OTHERS):
                    proving.create_task(prove(batch))
        await out.flush()
        for some in _by_start(notes):
            await self._guarded(some, self._lead_notes.tell(some))
        for one in digests:
            await self._guarded([one], self._digests.tell([one], self._keeper.language_of))

    async def _leave_to_others(self, reminders: Sequence[Reminder]) -> None:
        """Let whoever has a right clock take these over, or this process once it has one."""
        for moment in {one.moment for one in reminders}:
            await self._reminders.again([one for one in reminders if one.moment == moment], moment)

    def _put_to_work(self, hand: Handover, reminders: Sequence[Reminder]) -> None:
        if hand.add(reminders):  # with the first of them `run` begins
            self._work.put_nowait(hand)

    async def _say_guarded(self, reminders: Sequence[Reminder], language: str | None) -> None:
        await self._guarded(reminders, self._proving.say(reminders, language))

    async def _guarded(self, some: Sequence[Reminder], work: Awaitable[None]) -> None:
        """Do `work`; when the database refuses, its reminders come again with the next tick."""
        try:
            await work
        except StoreRefused as error:
            log.warning("%d reminders wait for the database: %s", len(some), error)
            self._left_over += some
        except Exception:
            log.exception(
                "%d reminders failed in a way nobody foresaw; they come again with the next look", len(some)
            )
            self._left_over += some


def _by_start(notes: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
    starts: dict[tuple[date, datetime], list[Reminder]] = {}
    for note in notes:
        starts.setdefault((note.work_date, note.due_at), []).append(note)
    yield from starts.values()
