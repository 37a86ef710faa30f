"""The agenda: the moments of reminders in the coming days, and who is reminded when one has come."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, points_left
from bot.domain.day_punches import Seen, answers
from bot.domain.reminders import Reminder, ReminderKind, ReminderPolicy, Wishes
from bot.domain.shifts import CheckPoint, DayPlan
from bot.domain.teams import Teams

COUNTED = (ReminderKind.BEFORE, ReminderKind.AFTER)  # of a check at most so many are sent


class Entry(NamedTuple):
    """One moment (UTC) at which `user_ids`, or their leads, are to be told of `point`, a check of `plan`."""

    moment: datetime
    kind: ReminderKind
    which: str
    point: CheckPoint
    plan: DayPlan
    user_ids: Sequence[str]


def plan_agenda(
    book: Mapping[DayPlan, Sequence[str]],
    wishes: Iterable[Wishes],
    absences: Iterable[Absence],
    policy: ReminderPolicy,
    zone: ZoneInfo,
) -> list[Entry]:
    """Return the entries of everybody in `book` by their moments. Some people have entries of their own."""
    specials = _specials(wishes, absences)
    entries: list[Entry] = []
    for plan, user_ids in book.items():
        usual = [one for one in user_ids if one not in specials] if specials else user_ids
        for point in plan.points if usual else ():
            entries += _entries(point, plan, usual, policy, policy.before_minutes)
        for user_id in specials.keys() & set(user_ids) if specials else ():
            entries += _personal(plan, *specials[user_id], policy, zone)
        if (start := plan.start) is not None and policy.escalate_minutes is not None:
            moment = start.due_at + timedelta(minutes=policy.escalate_minutes)
            entries.append(Entry(moment, ReminderKind.ESCALATION, "", start, plan, user_ids))
    loud = (one for one in entries if not policy.is_quiet(one.moment.astimezone(zone)))
    return sorted(loud, key=attrgetter("moment"))


def between(agenda: Sequence[Entry], since: datetime, until: datetime) -> Sequence[Entry]:
    """Return the entries after `since` and up to `until`."""
    first, last = (bisect_right(agenda, at, key=attrgetter("moment")) for at in (since, until))
    return agenda[first:last]


def choose(
    entries: Iterable[Entry],
    active: Collection[str],
    seen: Mapping[str, Sequence[Seen]],
    enough: Collection[tuple[str, str]],
    teams: Teams,
) -> list[Reminder]:
    """Return the reminders of active people without a known punch, and the notes to their active leads.

    `enough` holds each person who was reminded of a check (`Reminder.about`) as often as the company allows.
    """
    chosen: list[Reminder] = []
    for moment, kind, which, point, plan, user_ids in entries:
        missing = [
            one
            for one in user_ids
            if one in active and not any(answers(punch, point, plan, sure=True) for punch in seen.get(one, ()))
        ]
        if kind is ReminderKind.ESCALATION:
            leads = {lead for one in missing for lead in teams.leads_of(one) if lead in active}
            chosen += [Reminder(lead, kind, point.work_date, "start", point.due_at, moment) for lead in leads]
            continue
        about = (point.work_date, point.key, point.due_at, moment, which)
        reminders = [Reminder(one, kind, *about) for one in missing]
        is_limited = kind in COUNTED and enough
        chosen += [one for one in reminders if not (is_limited and (one.user_id, one.about) in enough)]
    return chosen


def _specials(wishes: Iterable[Wishes], absences: Iterable[Absence]) -> dict[str, tuple[Wishes, list[Absence]]]:
    """Return the people with reminders of their own, and why."""
    found: dict[str, tuple[Wishes, list[Absence]]] = {one.user_id: (one, []) for one in wishes if one.differ}
    for absence in absences:
        found.setdefault(absence.user_id, (Wishes(absence.user_id), []))[1].append(absence)
    return found


def _entries(
    point: CheckPoint, plan: DayPlan, who: Sequence[str], policy: ReminderPolicy, before: Sequence[int]
) -> Iterator[Entry]:
    """Yield the entries of one check point that lie in its window."""
    if not policy.most:
        return
    earliest = min(point.opens_at, point.due_at)  # nobody is sent to a check that cannot be made yet
    moments = [(ReminderKind.BEFORE, one, max(point.due_at - timedelta(minutes=one), earliest)) for one in before]
    moments += [(ReminderKind.AFTER, one, point.due_at + timedelta(minutes=one)) for one in policy.after_minutes]
    for kind, minutes, moment in moments:
        if point.takes(moment):
            yield Entry(moment, kind, str(minutes), point, plan, who)


def _personal(
    plan: DayPlan, wishes: Wishes, absences: Sequence[Absence], policy: ReminderPolicy, zone: ZoneInfo
) -> Iterator[Entry]:
    """Yield the entries of one person.

    Absences only add the checks that they move. Whether one still counts is read before anybody is spoken to, so
    that leave that was taken back unnoticed silences nobody.
    """
    who = (wishes.user_id,)
    before = policy.before_minutes if wishes.before_minutes is None else [wishes.before_minutes]
    approved = [one for one in absences if not one.pending]
    left = replace(plan, points=points_left(plan.points, approved)) if approved else plan
    checks = [(point, plan) for point in plan.points]
    checks += [(point, left) for point in left.points if point not in plan.points]
    for point, its_plan in checks:
        if not wishes.are_quiet_on(plan.work_date, point.due_at, zone):
            yield from _entries(point, its_plan, who, policy, before)
    if (at := wishes.snoozed_until) is not None:
        held = [point for point in left.points if point.takes(at)]
        for point in sorted(held, key=lambda one: abs(one.due_at - at))[:1]:
            yield Entry(at, ReminderKind.SNOOZE, f"{at:%H%M}", point, left, who)
