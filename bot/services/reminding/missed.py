"""Find who missed a check of their last work date, at the start of their next shift."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from bot.domain.day import PersonDay, person_day
from bot.domain.reminders import Reminder, ReminderKind, missed_checks
from bot.services.organisation.rosters import in_calls
from bot.services.reminding.planning import AgendaEntry
from bot.services.services import Services

A_DAY = timedelta(days=1)
LOOK_BACK_DAYS = 10  # the longest holidays, with their weekends
PEOPLE_AT_ONCE = 500


class MissedChecks:
    """Finds reminders about missed checks by stored facts. Each call raises StoreRefused."""

    def __init__(self, services: Services) -> None:
        self._base = services.base
        self._reader = services.day_reader
        self._directory = services.directory
        self._plan = services.reminder_plan

    async def due(self, entries: Iterable[AgendaEntry]) -> Sequence[Reminder]:
        """Return a reminder for each person of the entries who may have missed a check.

        People who are away today hear of it at a later start. Who asked for a make-up punch of the
        day knows it.
        """
        found: list[Reminder] = []
        for entry in entries:
            if entry.kind is ReminderKind.MISSED:
                active = [who for who in entry.user_ids if who in self._directory.view.active]
                for some in in_calls(active, PEOPLE_AT_ONCE):
                    found += await self._of(some, entry)
        if not found:
            return ()
        requests = await self._base.store.corrections.open()
        asked = {(request.user_id, request.work_date) for request in requests}
        return [
            reminder
            for reminder in found
            if (reminder.user_id, reminder.work_date) not in asked
            and not self._plan.is_silenced(reminder)
        ]

    async def _of(self, people: Sequence[str], entry: AgendaEntry) -> Sequence[Reminder]:
        """Return the reminders of people who work at this start."""
        missed: dict[str, PersonDay] = {}
        day = entry.point.work_date
        left = people
        for _ in range(LOOK_BACK_DAYS):
            day -= A_DAY
            days = await self._days(left, day)
            worked = {who: theirs for who, theirs in days.items() if not self._is_off(theirs)}
            missed |= {who: theirs for who, theirs in worked.items() if missed_checks(theirs)}
            left = [who for who in left if who not in worked]
        today = await self._days(list(missed), entry.point.work_date)
        return [
            Reminder(
                user_id=who,
                kind=ReminderKind.MISSED,
                work_date=theirs.work_date,
                check_point="missed",
                due_at=theirs.plan.points[0].due_at,
                moment=entry.moment,
            )
            for who, theirs in missed.items()
            if theirs.plan is not None and today[who].check(entry.point.key) is not None
        ]

    def _is_off(self, day: PersonDay) -> bool:
        """Return whether it is a day off, a day on leave, or a day without reminders."""
        wishes = self._plan.wishes.get(day.user_id)
        quiet = wishes.quiet if wishes is not None else ()
        return not day.checks or any(time.covers_day(day.work_date) for time in quiet)

    async def _days(self, people: Sequence[str], day: date) -> Mapping[str, PersonDay]:
        """Return a day of people, from stored facts as if these were complete."""
        if not people:
            return {}
        facts = await self._reader.facts_from_store(people, day, day)
        now = self._base.now
        return {who: person_day(theirs[day], now) for who, theirs in facts.items()}
