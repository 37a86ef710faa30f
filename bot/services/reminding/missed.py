"""Find who missed a check of their last work date, at the start of their next shift.

Each call reads stored facts, as if these were complete. It raises StoreRefused.
"""

from collections.abc import AsyncIterator, Iterable, Sequence

from bot.domain.day import person_day
from bot.domain.reminders import Reminder, ReminderKind, missed_checks
from bot.domain.slots import A_DAY, Days
from bot.services.organisation.rosters import in_batches
from bot.services.reminding.planning import AgendaEntry
from bot.services.services import Services

LOOK_BACK_DAYS = 10  # the longest holidays, with their weekends
PEOPLE_AT_ONCE = 500


async def find_missed(
    services: Services, entries: Iterable[AgendaEntry]
) -> AsyncIterator[Sequence[Reminder]]:
    """Yield batches of reminders for people of the entries who may have missed a check.

    People who are away today hear of it at a later start. People who asked for a make-up punch
    of the day know it, and get no reminder.
    """
    entries = [entry for entry in entries if entry.kind is ReminderKind.MISSED]
    requests = await services.store.corrections.open() if entries else ()
    asked = {(request.user_id, request.work_date) for request in requests}
    for entry in entries:
        active = [who for who in entry.user_ids if who in services.directory.view.active]
        for batch in in_batches(active, PEOPLE_AT_ONCE):
            yield [
                reminder
                for reminder in await _missed_reminders(services, batch, entry)
                if (reminder.user_id, reminder.work_date) not in asked
                and not services.reminder_plan.is_silenced(reminder)
            ]


async def _missed_reminders(
    services: Services, people: Sequence[str], entry: AgendaEntry
) -> Sequence[Reminder]:
    """Return the reminders of people who work at this start, without the hours that they told."""
    reminders: list[Reminder] = []
    day = entry.point.work_date
    left = people
    for _ in range(LOOK_BACK_DAYS):
        day -= A_DAY
        plans = await services.rosters.plans_of(left, Days.around(day))
        at_work = [
            who for who in left if (plan := plans.get(who, {}).get(day)) is not None and plan.points
        ]
        facts = await services.day_reader.facts_from_store(at_work, Days(day, day), plans)
        worked = set()
        for user_id in at_work:
            their_day = person_day(facts[user_id][day], services.now)
            wishes = services.reminder_plan.wishes_of(user_id)
            if not their_day.checks or any(time.covers_day(day) for time in wishes.quiet):
                continue
            worked.add(user_id)
            if not all(
                wishes.cover_check(check.check_type, check.due_at, day, services.zone)
                for check in missed_checks(their_day)
            ):
                reminders.append(
                    Reminder(
                        user_id=user_id,
                        kind=ReminderKind.MISSED,
                        work_date=day,
                        check_point="missed",
                        due_at=plans[user_id][day].points[0].due_at,
                        moment=entry.moment,
                    )
                )
        left = [who for who in left if who not in worked]
    return reminders
