"""Nudges: a lead asks one of their people to punch, where a check is due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.clock import Clock
from bot.domain.agenda import Speaking
from bot.domain.day import PersonDay, person_day
from bot.domain.due import DueState, due_now, judge
from bot.domain.people import Employee
from bot.domain.reminders import Reminder, ReminderKind, ReminderState
from bot.errors import StoreRefused
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.reminding.nudges import TRY_AGAIN, Nudger
from bot.services.reminding.reminder_sentences import ReminderSentences
from bot.services.reporting.day_reader import DayReader
from bot.storage.nudges import NudgeTrace
from bot.storage.reminders import Reminders
from bot.storage.wishes import WishBook

WHICH = "nudge"  # the same whoever asks and whenever, so that nobody is nudged twice for one check


class NudgeOutcome(StrEnum):
    """What became of a lead's wish; its name is that of the sentence that says so."""

    SHOWN = "shown"  # before anything is sent
    GOING = "going"
    GOING_SHADOW = "going_shadow"  # while reminders are only written down
    ALREADY = "already"
    NOT_NOW = "not_now"  # whatever the reason: some are the person's own
    UNTOLD = "untold"  # something could not be read
    NOT_READ = "not_read"  # whether they still lead somebody
    NOT_YOURS = "not_yours"  # nobody of that name among the lead's people, whether or not there is one elsewhere
    WHICH = "which"  # several of one name


@dataclass(frozen=True, slots=True)
class Nudge:
    """The outcome of a lead's wish: the people it may mean, and the claimed `reminder`."""

    outcome: NudgeOutcome
    people: tuple[Employee, ...] = ()
    reminder: Reminder | None = None


class Nudging:
    """Lets leads, and admins, ask somebody to punch: once for each check, by the facts that reminders go by."""

    def __init__(
        self,
        *,
        visibility: Visibility,
        book: Rosters,
        reader: DayReader,
        wishes: WishBook,
        reminders: Reminders,
        trace: NudgeTrace,
        nudger: Nudger,
        sentences: ReminderSentences,
        speaking: Speaking,
        clock: Clock,
        clock_is_wrong: Callable[[], bool],
    ) -> None:
        self._clock_is_wrong = clock_is_wrong
        self._visibility = visibility
        self._book = book
        self._reader = reader
        self._wishes = wishes
        self._reminders = reminders
        self._trace = trace
        self._nudger = nudger
        self._sentences = sentences
        self._speaking = speaking
        self._clock = clock
        self._zone = speaking.zone

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return self._clock.now()

    async def check(self, lead: Employee, named: str) -> Nudge:
        """Find the person `named` (a name or a user id) among the people of `lead`. Raises StoreRefused."""
        people = await self._visibility.led_by(lead.user_id, named)
        if people is None:
            return Nudge(NudgeOutcome.NOT_READ)
        if len(people) != 1:
            return Nudge(NudgeOutcome.WHICH if people else NudgeOutcome.NOT_YOURS, people)
        return Nudge(NudgeOutcome.SHOWN, people)

    async def nudge(self, lead: Employee, named: str) -> Nudge:
        """Nudge the person that `lead` calls `named` (a name or a user id), if their check is due.

        Raises StoreRefused.
        """
        found = await self.check(lead, named)
        if found.outcome is not NudgeOutcome.SHOWN:
            return found
        people = found.people
        if self._clock_is_wrong():
            return Nudge(NudgeOutcome.UNTOLD, people)
        now = self._clock.now()
        day = await self._open_day(people[0].user_id, now)
        if day is None or self._speaking.is_quiet(now):
            return Nudge(NudgeOutcome.NOT_NOW, people)
        facts = (await self._reader.read_now([people[0].user_id], day)).facts[people[0].user_id]
        wishes = await self._wishes.get(people[0].user_id)
        if await self._visibility.led_by(lead.user_id, named) != people:  # since the facts were read
            return Nudge(NudgeOutcome.NOT_READ)
        outcome, reminder = ripe(person_day(facts, now), now)
        if reminder is None:
            return Nudge(outcome, people)
        if wishes.are_quiet_on(reminder.work_date, reminder.due_at.astimezone(self._zone)):
            return Nudge(NudgeOutcome.NOT_NOW, people)
        if not await self._trace.claim(lead.user_id, reminder):
            return Nudge(await self._as_it_was(reminder), people, reminder)
        return Nudge(await self._send(reminder, wishes.language), people, reminder)

    async def reachable(self, user_ids: Sequence[str], work_date: date) -> frozenset[str]:
        """Return the people of `user_ids` that a nudge about `work_date` would reach now.

        Not who wants no reminders then or was nudged before, and nobody in quiet hours. Raises StoreRefused.
        """
        now = self._clock.now()
        if not user_ids or self._speaking.is_quiet(now) or self._clock_is_wrong():
            return frozenset()
        rows = await self._reminders.between(work_date, work_date)
        nudged = {one.user_id for one in rows if one.kind is ReminderKind.NUDGE}
        wishes = [await self._wishes.get(one) for one in user_ids if one not in nudged]
        local = now.astimezone(self._zone)
        return frozenset(one.user_id for one in wishes if not one.are_quiet_on(work_date, local))

    async def _as_it_was(self, reminder: Reminder) -> NudgeOutcome:
        """Return what is so of a check for which there was a nudge; one that was dropped has nudged nobody."""
        rows = await self._reminders.between(reminder.work_date, reminder.work_date)
        dropped = any(one.key == reminder.key and one.state is ReminderState.DROPPED for one in rows)
        return NudgeOutcome.NOT_NOW if dropped else NudgeOutcome.ALREADY

    async def _open_day(self, user_id: str, now: datetime) -> date | None:
        """Return the work date of which a check can be made now: today, or that of a night shift still running."""
        today = now.astimezone(self._zone).date()
        plans = (await self._book.plans_of([user_id], today - timedelta(days=1), today)).get(user_id, {})
        for day in (today, today - timedelta(days=1)):
            plan = plans.get(day)
            if plan is not None and any(point.takes(now) for point in plan.points):
                return day
        return None

    async def _send(self, reminder: Reminder, language: str | None) -> NudgeOutcome:
        """Send what is claimed; what a refusing database stops before it leaves goes with the next look."""
        if self._speaking.shadow:
            await self._nudger.only_write([reminder])
            return NudgeOutcome.GOING_SHADOW
        try:
            await self._nudger.send([reminder], self._sentences.nudge(reminder, language))
        except StoreRefused:
            await self._nudger.again([reminder], TRY_AGAIN)
        return NudgeOutcome.GOING


def ripe(day: PersonDay, now: datetime) -> tuple[NudgeOutcome, Reminder | None]:
    """Return the nudge that a day calls for at `now`, or why there is none."""
    if day.plan is None:
        return NudgeOutcome.UNTOLD, None
    check = due_now(day, now)
    if check is None:
        return NudgeOutcome.NOT_NOW, None
    reminder = Reminder(day.user_id, day.work_date, check.key, WHICH, ReminderKind.NUDGE, now, check.due_at)
    verdict = judge(reminder, day)
    if verdict is DueState.DUE:
        return NudgeOutcome.GOING, reminder
    return NudgeOutcome.UNTOLD if verdict is DueState.UNKNOWN else NudgeOutcome.NOT_NOW, None
