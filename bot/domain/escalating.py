"""Which leads are owed a note after the start of a shift, and how each of their people stands then."""

from collections.abc import Iterable
from datetime import date, datetime

from bot.domain.agenda import Entry
from bot.domain.due import DueState, Facts, Known, answers, judge
from bot.domain.reminders import Reminder, ReminderKind
from bot.domain.shifts import CheckPoint
from bot.domain.teams import Teams


def notes_due(entries: Iterable[Entry], known: Known, teams: Teams) -> list[Reminder]:
    """Return one note for each lead of somebody who is not known to have punched; claimed, not proved."""
    notes: dict[tuple[str, date, datetime], Reminder] = {}
    for entry in entries:
        if entry.kind is not ReminderKind.ESCALATION:
            continue
        for user_id in entry.user_ids:
            seen = known.seen.get(user_id, ())
            if user_id not in known.active or any(
                answers(one, entry.point, entry.plan, sure=True) for one in seen
            ):
                continue
            for lead in teams.leads_of(user_id):
                key = (lead, entry.point.work_date, entry.point.due_at)
                if lead in known.active and key not in notes:
                    notes[key] = _note(lead, entry)
    return list(notes.values())


def stand(user_id: str, point: CheckPoint, facts: Facts) -> DueState:
    """Return how somebody stands at a check; one whose leave moves it is on leave."""
    moment = point.due_at
    asked = Reminder(user_id, point.work_date, point.key, "", ReminderKind.AFTER, moment, moment)
    verdict = judge(asked, facts)
    if verdict is DueState.MOVED and facts.plan is not None:
        planned = any(one.key == point.key and one.due_at == moment for one in facts.plan.points)
        return DueState.ON_LEAVE if planned else DueState.NOT_PLANNED
    return verdict


def _note(lead: str, entry: Entry) -> Reminder:
    point = entry.point
    start = f"start/{point.due_at:%H%M}"
    return Reminder(lead, point.work_date, start, entry.which, ReminderKind.ESCALATION, entry.moment, point.due_at)
