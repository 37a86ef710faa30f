"""Reminders: once a minute what has become due is claimed, then proved, then said."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.agenda import Entry, ReminderPolicy, is_quiet
from bot.domain.due import LATE, STALE_AFTER, Known, Verdict, choose, is_stale, judge, most_telling
from bot.domain.escalating import notes_due
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import StoreRefused
from bot.services.agendas import AgendaKeeper
from bot.services.digests import DigestService
from bot.services.directory import Directory
from bot.services.escalations import Escalations
from bot.services.nudges import MOST_AT_ONCE, Nudger
from bot.services.operators import Operators
from bot.services.ports import Jobs, Reminders
from bot.services.reminder_facts import AT_ONCE, FactFinder
from bot.services.reminder_sentences import ReminderSentences
from bot.services.sightings import Sightings
from bot.services.turns import take_turn

log = logging.getLogger(__name__)

A_MINUTE = timedelta(minutes=1)
LOOK_BACK = timedelta(hours=24)  # after a longer absence of ours nobody is told what they missed then
ASK_AGAIN = timedelta(seconds=60)  # for facts that could not be read
CLAIMED_AT_ONCE = 2000
PROOFS_AT_ONCE = 6  # batches of people whose facts are read at the same time
SENDS_AT_ONCE = 12
NOBODY_MISSING = "nobody is missing"
GONE = "is no longer here"
SAID_ANOTHER = "another check was said at the same time"
SILENCED = "wants none for this day"
ENOUGH = "was reminded as often as is wanted"
QUIET_HOURS = "quiet hours had begun"


class ReminderService:
    """Looks for what is due, and works it off."""

    def __init__(
        self,
        *,
        reminders: Reminders,
        keeper: AgendaKeeper,
        sightings: Sightings,
        directory: Directory,
        finder: FactFinder,
        nudger: Nudger,
        escalations: Escalations,
        operators: Operators,
        jobs: Jobs,
        sentences: ReminderSentences,
        digests: DigestService,
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
        self._finder = finder
        self._nudger = nudger
        self._escalations = escalations
        self._operators = operators
        self._jobs = jobs
        self._sentences = sentences
        self._policy = policy
        self._shadow = shadow
        self._clock = clock
        self._zone = zone
        self._work: asyncio.Queue[Sequence[Reminder]] = asyncio.Queue()
        self._left_over: list[Reminder] = []
        self._ahead_until: datetime | None = None  # to which a clock that was ahead had looked
        self._blind: set[str] = set()  # what operators have been told of

    async def tick(self) -> None:
        """Claim what has become due since the last tick of any process, and hand it to `run`.

        Raises StoreRefused; then nothing is missed, since the next tick looks from the same moment on.
        """
        await self._keeper.follow()
        if self._clock_is_wrong():
            return
        now = self._clock.now()
        since = await self._reminders.looked_at()
        in_hand, self._left_over = self._left_over, []
        try:
            if since is not None:  # what was due before the very first start is not made up for
                if since > now + A_MINUTE:
                    since = await self._after_a_clock_ahead(since, now)
                entries = self._keeper.agenda.between(max(since, now - LOOK_BACK), now)
                if entries:
                    in_hand += await self._claimed(await self._due(entries, now))
            await self._reminders.look_on(now)
            in_hand += await self._digests.claimed()
            in_hand += await self._reminders.take_over(now, 10_000)
        finally:
            self._put_to_work(in_hand)  # together, so that of several about one check one is said

    def language_of(self, user_id: str) -> str | None:
        """Return the language a person last wrote in, as far as it is known here."""
        return self._keeper.language_of(user_id)

    async def run(self) -> None:
        """Work off what was claimed, for ever."""
        while True:
            reminders = await self._work.get()
            try:
                await self.work(reminders)
            finally:
                self._work.task_done()

    async def settled(self) -> None:
        """Return when `run` has worked off everything that was claimed."""
        await self._work.join()

    async def work(self, reminders: Sequence[Reminder]) -> None:
        """Prove and send what this process has claimed; what a refusing database leaves over comes again."""
        if self._clock_is_wrong():
            await self._guarded(reminders, self._leave_to_others(reminders))
            return
        notes = [one for one in reminders if one.kind is ReminderKind.ESCALATION]
        digests = [one for one in reminders if one.kind is ReminderKind.DIGEST]
        nudges = [one for one in reminders if one not in notes and one not in digests]
        out = _Outbox(self._say_guarded, self._keeper)
        proofs = asyncio.Semaphore(PROOFS_AT_ONCE)

        async def prove(batch: Sequence[Reminder]) -> None:
            async with proofs:
                await self._guarded(batch, self._prove(batch, out))

        await asyncio.gather(*(prove(batch) for batch in _batches(nudges)))
        await out.flush()
        for some in _by_start(notes):
            await self._guarded(some, self._tell_leads(some))
        for one in digests:
            await self._guarded([one], self._digests.tell([one], self._keeper.language_of))

    async def _leave_to_others(self, reminders: Sequence[Reminder]) -> None:
        """Let whoever has a right clock take these over, or this process once it has one."""
        for moment in {one.moment for one in reminders}:
            await self._reminders.again([one for one in reminders if one.moment == moment], moment)

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

    async def _claimed(self, wanted: Sequence[Reminder]) -> list[Reminder]:
        """Claim some after some, so that a database with much to write lets others in between."""
        claimed: list[Reminder] = []
        for begin in range(0, len(wanted), CLAIMED_AT_ONCE):
            claimed += await self._reminders.claim(wanted[begin : begin + CLAIMED_AT_ONCE])
        return claimed

    def _put_to_work(self, reminders: Iterable[Reminder]) -> None:
        claimed = [one for one in reminders if one.state is ReminderState.CLAIMED]
        if claimed:
            self._work.put_nowait(claimed)

    async def _prove(self, batch: Sequence[Reminder], out: "_Outbox") -> None:
        """Read the facts of at most 50 people, and sort their reminders by what they say."""
        now = self._clock.now()
        stale = [one for one in batch if is_stale(one, now)]
        await self._nudger.drop(stale, LATE)
        verdicts = await self._verdicts([one for one in batch if not is_stale(one, now)])
        for verdict in set(verdicts.values()):
            some = [one for one, its_verdict in verdicts.items() if its_verdict is verdict]
            if verdict is Verdict.DUE:
                await self._go(some, out)
            elif verdict is Verdict.UNKNOWN:
                await self._nudger.again(some, ASK_AGAIN)
            else:
                await self._nudger.drop(some, verdict)

    async def _verdicts(self, reminders: Sequence[Reminder]) -> Mapping[Reminder, Verdict]:
        """Return what the facts say, read once for each work date."""
        verdicts: dict[Reminder, Verdict] = {}
        for day in sorted({one.work_date for one in reminders}):
            of_day = [one for one in reminders if one.work_date == day]
            reading = await self._finder.read(list({one.user_id: None for one in of_day}), day)
            verdicts.update((one, judge(one, reading.facts[one.user_id])) for one in of_day)
            await self._tell_operators(reading.troubles)
        return verdicts

    async def _go(self, due: Sequence[Reminder], out: "_Outbox") -> None:
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
        await self._nudger.drop(punched, Verdict.PUNCHED)
        await self._nudger.drop(silenced, SILENCED)
        await self._nudger.drop(gone, GONE)
        out = {*punched, *silenced, *gone}
        enough = await self._reminded_enough([one for one in reminders if one not in out])
        await self._nudger.drop(enough, ENOUGH)
        left = [one for one in reminders if one not in out and one not in enough]
        if left:
            await self._nudger.send(left, self._sentences.nudge(left[0], language))

    async def _reminded_enough(self, reminders: Sequence[Reminder]) -> Sequence[Reminder]:
        """Return those held up until after the check, in whose place others have been said meanwhile."""
        now, most = self._clock.now(), self._policy.most
        late = [one for one in reminders if one.kind is ReminderKind.BEFORE and now > one.due_at]
        if not late:
            return ()
        counts = await self._reminders.spoken(late[0].work_date, late[0].work_date, most + 1)
        return [one for one in late if (one.user_id, one.work_date, one.check_point) in counts]  # itself included

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
            await self._tell_operators(troubles)
        for note in fresh:
            language = self._keeper.language_of(note.user_id)
            reply = self._sentences.escalation(note, teams[note.user_id], language)
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

    async def _tell_operators(self, troubles: Mapping[str, str]) -> None:
        """Be loud to operators about what cannot be read, until everything can."""
        for service, reason in troubles.items():
            subject = f"reminders: {service}"
            self._blind.add(subject)
            await self._tell_once(subject, service, reason)
        if not troubles:
            for subject in self._blind:
                self._operators.over(subject)
            self._blind.clear()

    async def _tell_once(self, subject: str, service: str, reason: str) -> None:
        """Let one process tell for all, once an hour; each shows it."""
        key, hour = "alert.reminders_blind", f"{self._clock.now():%Y-%m-%dT%H}"

        def alert() -> Awaitable[bool]:
            return self._operators.alert(subject, key, service=service, reason=reason)

        try:
            await take_turn(self._jobs, subject, hour, alert)
        except StoreRefused as error:
            log.warning("who tells of %s could not be looked up: %s", subject, error)
        self._operators.note(subject, key, service=service, reason=reason)


class _Outbox:
    """Collects whom to tell the same, and sends as soon as there are as many as a call takes.

    It takes no more while many wait to leave, so that facts are read shortly before they are needed.
    """

    def __init__(
        self, say: Callable[[Sequence[Reminder], str | None], Coroutine[None, None, None]], keeper: AgendaKeeper
    ) -> None:
        self._say = say
        self._keeper = keeper
        self._waiting: dict[tuple[object, ...], list[Reminder]] = {}
        self._room = asyncio.Semaphore(SENDS_AT_ONCE)
        self._sends: set[asyncio.Task[None]] = set()

    async def add(self, reminders: Iterable[Reminder]) -> None:
        """Take some in."""
        for one in reminders:
            check = (one.check_type, one.work_date, one.due_at)
            text = (one.kind, *check, self._keeper.language_of(one.user_id))
            waiting = self._waiting.setdefault(text, [])
            waiting.append(one)
            if len(waiting) == MOST_AT_ONCE:
                await self._send(self._waiting.pop(text))

    async def flush(self) -> None:
        """Send the rest, and wait until everything has left."""
        while self._waiting:
            await self._send(self._waiting.popitem()[1])
        await asyncio.gather(*self._sends)

    async def _send(self, reminders: Sequence[Reminder]) -> None:
        await self._room.acquire()
        language = self._keeper.language_of(reminders[0].user_id)
        sending = asyncio.create_task(self._say(reminders, language))
        self._sends.add(sending)
        sending.add_done_callback(self._left)

    def _left(self, sending: asyncio.Task[None]) -> None:
        self._room.release()
        if not sending.cancelled() and sending.exception() is None:
            self._sends.discard(sending)  # what failed is raised by `flush`


def _batches(reminders: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
    """Yield the reminders of 50 people at a time, all of one person together, the earliest moments first."""
    people: dict[str, list[Reminder]] = {}
    for one in sorted(reminders, key=lambda one: (one.moment, one.work_date, one.check_point)):
        people.setdefault(one.user_id, []).append(one)
    theirs = iter(people.values())
    while some := list(islice(theirs, AT_ONCE)):
        yield list(chain.from_iterable(some))


def _by_start(notes: Iterable[Reminder]) -> Iterator[Sequence[Reminder]]:
    starts: dict[tuple[date, datetime], list[Reminder]] = {}
    for note in notes:
        starts.setdefault((note.work_date, note.due_at), []).append(note)
    yield from starts.values()
