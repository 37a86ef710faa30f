"""Reminders: once a minute what has become due is claimed, then proved, then said."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.agenda import Entry, ReminderPolicy, is_quiet
from bot.domain.due import (
    LATE,
    NOT_THEIRS,
    QUIET_HOURS,
    STALE_AFTER,
    DueState,
    Known,
    choose,
    is_stale,
    judge,
    most_telling,
)
from bot.domain.escalating import notes_due
from bot.domain.reminders import Reminder, ReminderKind
from bot.errors import StoreRefused
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.services.ports import Jobs, NudgeTrace, Reminders
from bot.services.punching.sightings import Sightings
from bot.services.reminding.agendas import AgendaKeeper
from bot.services.reminding.blind_spots import BlindSpots
from bot.services.reminding.escalations import Escalations
from bot.services.reminding.nudges import Nudger
from bot.services.reminding.reminder_facts import FactFinder
from bot.services.reminding.reminder_portions import Handover, Outbox, claim_portions, fact_portions
from bot.services.reminding.reminder_sentences import ReminderSentences
from bot.services.upkeep.operators import Operators

log = logging.getLogger(__name__)

A_MINUTE = timedelta(minutes=1)
LOOK_BACK = timedelta(hours=24)  # after a longer absence of ours nobody is told what they missed then
ASK_AGAIN = timedelta(seconds=60)  # for facts that could not be read
PROOFS_AT_ONCE = 6  # batches of people whose facts are read at the same time
NOBODY_MISSING = "nobody is missing"
GONE = "is no longer here"
SAID_ANOTHER = "another reminder was said at the same time"
SILENCED = "wants none for this day"
ENOUGH = "was reminded as often as is wanted"
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
        keeper: AgendaKeeper,
        sightings: Sightings,
        directory: Directory,
        visibility: Visibility,
        finder: FactFinder,
        trace: NudgeTrace,
        nudger: Nudger,
        escalations: Escalations,
        operators: Operators,
        jobs: Jobs,
        sentences: ReminderSentences,
        digests: DueDigests,
        policy: ReminderPolicy,
        shadow: bool,
        clock: Clock,
        clock_is_wrong: Callable[[], bool],
        zone: ZoneInfo,
    ) -> None:
        """Take `clock_is_wrong`: while it says so nothing is looked for, and what is in hand is left to others."""
        self._digests = digests
        self._clock_is_wrong = clock_is_wrong
        self._reminders = reminders
        self._keeper = keeper
        self._sightings = sightings
        self._directory = directory
        self._visibility = visibility
        self._finder = finder
        self._trace = trace
        self._nudger = nudger
        self._escalations = escalations
        self._sentences = sentences
        self._policy = policy
        self._shadow = shadow
        self._clock = clock
        self._zone = zone
        self._work: asyncio.Queue[Handover] = asyncio.Queue()
        self._left_over: list[Reminder] = []
        self._ahead_until: datetime | None = None  # to which a clock that was ahead had looked
        self._blind = BlindSpots(operators, jobs, clock)

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
            wanted = await self._wanted(now)
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

    def language_of(self, user_id: str) -> str | None:
        """Return the language a person last wrote in, as far as it is known here."""
        return self._keeper.language_of(user_id)

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
                await self._guarded(batch, self._prove(batch, out))

        async with asyncio.TaskGroup() as proving:
            async for part in hand.parts():
                notes += [one for one in part if one.kind is ReminderKind.ESCALATION]
                digests += [one for one in part if one.kind is ReminderKind.DIGEST]
                for batch in fact_portions(one for one in part if one.kind not in _ABOUT_OTHERS):
                    proving.create_task(prove(batch))
        await out.flush()
        for some in _by_start(notes):
            await self._guarded(some, self._tell_leads(some))
        for one in digests:
            await self._guarded([one], self._digests.tell([one], self._keeper.language_of))

    async def _leave_to_others(self, reminders: Sequence[Reminder]) -> None:
        """Let whoever has a right clock take these over, or this process once it has one."""
        for moment in {one.moment for one in reminders}:
            await self._reminders.again([one for one in reminders if one.moment == moment], moment)

    async def _wanted(self, now: datetime) -> list[Reminder]:
        """Return what became due since the last tick; what was due before the very first is not made up for."""
        since = await self._reminders.looked_at()
        if since is None:
            return []
        if since > now + A_MINUTE:
            since = await self._after_a_clock_ahead(since, now)
        entries = self._keeper.agenda.between(max(since, now - LOOK_BACK), now)
        return await self._due(entries, now) if entries else []

    async def _due(self, entries: Sequence[Entry], now: datetime) -> list[Reminder]:
        days = [entry.point.work_date for entry in entries]
        first, last = min(days), max(days)
        known = Known(
            active=self._directory.active(),
            seen=await self._sightings.of(first, last),
            spoken=await self._reminders.spoken(first, last, self._policy.most),
        )
        agenda, teams = self._keeper.agenda, self._directory.teams()
        return await asyncio.to_thread(
            lambda: [*choose(agenda, entries, known, self._policy.most, now), *notes_due(entries, known, teams)]
        )

    async def _after_a_clock_ahead(self, looked_until: datetime, now: datetime) -> datetime:
        """Return from when on to look: what was said too early has its row, what was dropped comes again."""
        if looked_until != self._ahead_until:
            log.warning(
                "the clock was ahead: reminders were looked for until %s; going on by the row", looked_until
            )
            await self._reminders.undrop(now)
            self._ahead_until = looked_until
        return now - STALE_AFTER

    def _put_to_work(self, hand: Handover, reminders: Sequence[Reminder]) -> None:
        if hand.add(reminders):  # with the first of them `run` begins
            self._work.put_nowait(hand)

    async def _prove(self, batch: Sequence[Reminder], out: Outbox) -> None:
        """Read the facts of at most 50 people, and sort their reminders by what they say."""
        now = self._clock.now()
        stale = [one for one in batch if is_stale(one, now)]
        await self._nudger.drop(stale, LATE)
        verdicts = await self._verdicts([one for one in batch if not is_stale(one, now)])
        for verdict in set(verdicts.values()):
            some = [one for one, its_verdict in verdicts.items() if its_verdict is verdict]
            if verdict is DueState.DUE:
                await self._go(some, out)
            elif verdict is DueState.UNKNOWN:
                await self._nudger.again(some, ASK_AGAIN)
            else:
                await self._nudger.drop(some, verdict)

    async def _verdicts(self, reminders: Sequence[Reminder]) -> Mapping[Reminder, DueState]:
        """Return what the facts say, read once for each work date."""
        verdicts: dict[Reminder, DueState] = {}
        for day in sorted({one.work_date for one in reminders}):
            of_day = [one for one in reminders if one.work_date == day]
            reading = await self._finder.read(list({one.user_id: None for one in of_day}), day)
            verdicts.update((one, judge(one, reading.facts[one.user_id])) for one in of_day)
            await self._blind.note(reading.troubles)
        return verdicts

    async def _go(self, due: Sequence[Reminder], out: Outbox) -> None:
        """Say what is due, one message a person; a missed check is no message."""
        missed = [one for one in due if one.kind is ReminderKind.MISSED]
        said = most_telling(one for one in due if one.kind is not ReminderKind.MISSED)
        await self._nudger.drop([one for one in due if one not in missed and one not in said], SAID_ANOTHER)
        if self._is_quiet():
            await self._nudger.drop(said, QUIET_HOURS)
            said = []
        if self._shadow:
            await self._nudger.only_write([*said, *missed])
            return
        await self._nudger.hold(missed)
        await out.add(said)

    def _is_quiet(self) -> bool:
        """Tell whether quiet hours have begun, into which something was held up."""
        return is_quiet(self._clock.now(), self._policy.quiet_hours, self._zone)

    async def _say_guarded(self, reminders: Sequence[Reminder], language: str | None) -> None:
        await self._guarded(reminders, self._say(reminders, language))

    async def _say(self, reminders: Sequence[Reminder], language: str | None) -> None:
        """Send one text, after a last look whether somebody punched, said no, or left in the meantime."""
        if self._is_quiet():
            await self._nudger.drop(reminders, QUIET_HOURS)
            return
        seen = await self._sightings.of(
            reminders[0].work_date, reminders[0].work_date, [one.user_id for one in reminders]
        )
        await self._keeper.follow_wishes()
        punched = [one for one in reminders if self._keeper.has_answered(one, seen.get(one.user_id, ()))]
        silenced = [one for one in reminders if one not in punched and self._keeper.is_silenced(one)]
        gone = [one for one in reminders if not self._directory.is_active(one.user_id)]
        await self._nudger.drop(punched, DueState.PUNCHED)
        await self._nudger.drop(silenced, SILENCED)
        await self._nudger.drop(gone, GONE)
        out = {*punched, *silenced, *gone}
        enough = await self._reminded_enough([one for one in reminders if one not in out])
        await self._nudger.drop(enough, ENOUGH)
        left = [one for one in reminders if one not in out and one not in enough]
        left = [one for one in left if one.kind is not ReminderKind.NUDGE or await self._is_asked_still(one)]
        if left:
            await self._nudger.send(left, self._sentences.nudge(left[0], language))

    async def _is_asked_still(self, nudge: Reminder) -> bool:
        """Tell whether who asked for a nudge may do so now; else it waits, or its check is free for others.

        It comes here when it was not sent at once, and meanwhile they may have lost the role.
        """
        lead = await self._trace.lead_of(nudge)
        is_theirs = False if lead is None else await self._visibility.is_led_by(nudge.user_id, lead)
        if is_theirs is None:
            await self._nudger.again([nudge], ASK_AGAIN)
        elif not is_theirs:
            await self._nudger.free([nudge])
        return bool(is_theirs)

    async def _reminded_enough(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Return those held up until after the check, in whose place others have been said meanwhile."""
        now, most = self._clock.now(), self._policy.most
        late = [one for one in reminders if one.kind is ReminderKind.BEFORE and now > one.due_at]
        if not late:
            return ()
        counts = await self._reminders.spoken(late[0].work_date, late[0].work_date, most + 1)
        return [one for one in late if one.check in counts]  # itself included

    async def _tell_leads(self, notes: Sequence[Reminder]) -> None:
        """Tell the leads of one start of a shift, each of their own people."""
        now = self._clock.now()
        late = [one for one in notes if is_stale(one, now)]
        await self._nudger.drop(late, LATE)
        fresh = [one for one in notes if one not in late]
        if self._is_quiet():
            await self._nudger.drop(fresh, QUIET_HOURS)
            return
        if not fresh:
            return
        doubted = [one for one in fresh if self._directory.may_have_lost_a_role(one.user_id)]
        await self._nudger.again(doubted, ASK_AGAIN)
        fresh = [one for one in fresh if one not in doubted]
        if not fresh:
            return
        leads = [one.user_id for one in fresh]
        teams, troubles = await self._escalations.teams(fresh[0].work_date, fresh[0].due_at, leads)
        if troubles:
            await self._blind.note(troubles)
        for note in fresh:
            team = teams[note.user_id]
            told = await self._visibility.to_be_told(note.user_id, team.people)  # the reading took its time
            if told is None:
                await self._nudger.again([note], ASK_AGAIN)
                continue
            if team.people and not told.user_ids and not told.left_out:
                await self._nudger.drop([note], NOT_THEIRS)
                continue
            language = self._keeper.language_of(note.user_id)
            shown = team.only(told.user_ids)
            reply = self._sentences.escalation(note, shown, language, left_out=told.left_out)
            if reply is None:
                await self._nudger.drop([note], NOBODY_MISSING)
            elif self._shadow:
                await self._nudger.only_write([note])
            else:
                await self._nudger.send([note], reply)

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
