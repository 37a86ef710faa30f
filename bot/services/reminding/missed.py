"""Find who missed a check of their last work date, at the start of their next shift."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date

from bot.domain.day import Check, PersonDay, person_day
from bot.domain.quiet import QuietTime
from bot.domain.reminders import Reminder, ReminderKind, missed_checks
from bot.domain.slots import A_DAY, Days
from bot.services.organisation.rosters import in_batches
from bot.services.reminding.planning import AgendaEntry
from bot.services.services import Services

LOOK_BACK_DAYS = 10  # the longest holidays, with their weekends
PEOPLE_AT_ONCE = 500


class MissedChecks:
    """Finds reminders about missed checks by stored facts. Each call raises StoreRefused."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def due(self, entries: Iterable[AgendaEntry]) -> AsyncIterator[Sequence[Reminder]]:
        """Yield batches of reminders for people of the entries who may have missed a check.

        People who are away today hear of it at a later start. People who asked for a make-up punch
        of the day know it, and get no reminder.
        """
        entries = [entry for entry in entries if entry.kind is ReminderKind.MISSED]
        requests = await self._services.store.corrections.open() if entries else ()
        asked = {(request.user_id, request.work_date) for request in requests}
        for entry in entries:
            active = [who for who in entry.user_ids if who in self._services.directory.view.active]
            for batch in in_batches(active, PEOPLE_AT_ONCE):
                yield [
                    reminder
                    for reminder in await self._missed_reminders(batch, entry)
                    if (reminder.user_id, reminder.work_date) not in asked
                    and not self._services.reminder_plan.is_silenced(reminder)
                ]

    async def _missed_reminders(
        self, people: Sequence[str], entry: AgendaEntry
    ) -> Sequence[Reminder]:
        """Return the reminders of people who work at this start."""
        missed: list[PersonDay] = []
        day = entry.point.work_date
        left = people
        for _ in range(LOOK_BACK_DAYS):
            day -= A_DAY
            days = await self._planned_days(left, day)
            worked = {
                who: their_day for who, their_day in days.items() if not self._is_off(their_day)
            }
            missed += filter(self._has_missed, worked.values())
            left = [who for who in left if who not in worked]
        return [
            Reminder(
                user_id=their_day.user_id,
                kind=ReminderKind.MISSED,
                work_date=their_day.work_date,
                check_point="missed",
                due_at=their_day.plan.points[0].due_at,
                moment=entry.moment,
            )
            for their_day in missed
            if their_day.plan is not None
        ]

    def _is_off(self, day: PersonDay) -> bool:
        """Return whether it is a day off, a day on leave, or a day without reminders."""
        quiet = self._quiet_times(day.user_id)
        return not day.checks or any(time.covers_day(day.work_date) for time in quiet)

    def _has_missed(self, day: PersonDay) -> bool:
        """Return whether a check was missed outside of the hours that the person told."""
        quiet = self._quiet_times(day.user_id)

        def is_told(check: Check) -> bool:
            due = check.due_at.astimezone(self._services.zone).replace(tzinfo=None)
            return any(time.covers_check(check.check_type, due, day.work_date) for time in quiet)

        return not all(map(is_told, missed_checks(day)))

    def _quiet_times(self, user_id: str) -> Sequence[QuietTime]:
        wishes = self._services.reminder_plan.wishes.get(user_id)
        return wishes.quiet if wishes is not None else ()

    async def _planned_days(self, people: Sequence[str], day: date) -> Mapping[str, PersonDay]:
        """Return a day of people with check points, from stored facts as if these were complete."""
        plans = await self._services.rosters.plans_of(people, Days.around(day))
        at_work = [
            who
            for who in people
            if (plan := plans.get(who, {}).get(day)) is not None and plan.points
        ]
        facts = await self._services.day_reader.facts_from_store(at_work, Days(day, day), plans)
        now = self._services.now
        return {who: person_day(facts_by_day[day], now) for who, facts_by_day in facts.items()}
