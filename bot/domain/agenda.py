"""The agenda: the moments of reminders in the coming days, in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, points_left
from bot.domain.reminders import ReminderKind, Wishes
from bot.domain.shifts import CheckPoint, CheckType, DayPlan

_NO_WISHES = Wishes("")


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """What the company wants. Minutes; `quiet_hours` are local times in `zone`, from the first up to the second.

    In `shadow` nobody is spoken to: what would be said is only written down.
    """

    zone: ZoneInfo
    before_minutes: tuple[int, ...] = (10,)
    after_minutes: tuple[int, ...] = (5,)
    most: int = 2
    escalate_minutes: int | None = 30
    quiet_hours: tuple[time, time] | None = None
    shadow: bool = False

    def is_quiet(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the quiet hours, which may span midnight."""
        if self.quiet_hours is None:
            return False
        at, (start, end) = moment.astimezone(self.zone).time(), self.quiet_hours
        return start <= at < end if start <= end else at >= start or at < end


class Entry(NamedTuple):
    """One moment (UTC) at which `user_ids` are to be reminded of `point`, a check of `plan`."""

    moment: datetime
    kind: ReminderKind
    which: str
    point: CheckPoint
    plan: DayPlan
    user_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Agenda:
    """All entries in the order of their moments."""

    entries: Sequence[Entry] = ()

    def between(self, since: datetime, until: datetime) -> Sequence[Entry]:
        """Return the entries after `since` and up to `until`."""
        first, last = (bisect_right(self.entries, at, key=attrgetter("moment")) for at in (since, until))
        return self.entries[first:last]


def plan_agenda(
    book: Mapping[DayPlan, Sequence[str]],
    wishes: Iterable[Wishes],
    absences: Iterable[Absence],
    policy: ReminderPolicy,
) -> Agenda:
    """Return the agenda of everybody in `book`; people with wishes or absences have reminders of their own."""
    specials = _specials(wishes, absences)
    entries: list[Entry] = []
    for plan, user_ids in book.items():
        usual = [one for one in user_ids if one not in specials] if specials else user_ids
        for point in plan.points if usual else ():
            entries += _entries(point, plan, usual, policy)
        for user_id in specials.keys() & set(user_ids) if specials else ():
            entries += _personal(plan, *specials[user_id], policy)
        start = plan.start
        if start is not None and policy.escalate_minutes is not None:
            moment = start.due_at + timedelta(minutes=policy.escalate_minutes)
            which = f"escalation:{policy.escalate_minutes}"
            entries.append(Entry(moment, ReminderKind.ESCALATION, which, start, plan, user_ids))
    spoken = (one for one in entries if not policy.is_quiet(one.moment))
    return Agenda(sorted(spoken, key=attrgetter("moment")))


def _specials(wishes: Iterable[Wishes], absences: Iterable[Absence]) -> dict[str, tuple[Wishes, list[Absence]]]:
    """Return the people with different reminders, and why. A language alone is no difference."""
    found: dict[str, tuple[Wishes, list[Absence]]] = {one.user_id: (one, []) for one in wishes if one.differ}
    for absence in absences:
        found.setdefault(absence.user_id, (Wishes(absence.user_id), []))[1].append(absence)
    return found


def _entries(
    point: CheckPoint,
    plan: DayPlan,
    who: Sequence[str],
    policy: ReminderPolicy,
    wishes: Wishes = _NO_WISHES,
) -> Iterator[Entry]:
    """Yield the entries of one check point."""
    suffix = f"@{point.due_at.astimezone(policy.zone):%H%M}"  # a check that moves is another one
    at = wishes.on_duty_at if point.check_type is CheckType.ON_DUTY else wishes.off_duty_at
    moments = _asked_for(at, point, plan, policy.zone)
    if not moments:
        earliest = min(point.opens_at, point.due_at)  # nobody is sent to a check that cannot be made yet
        for minutes in policy.before_minutes if wishes.before_minutes is None else wishes.before_minutes:
            moments[f"before:{minutes}"] = max(point.due_at - timedelta(minutes=minutes), earliest)
    for minutes in policy.after_minutes:
        moments[f"after:{minutes}"] = point.due_at + timedelta(minutes=minutes)
    for which, moment in moments.items():
        if point.takes(moment):
            kind = ReminderKind.BEFORE if moment <= point.due_at else ReminderKind.AFTER
            yield Entry(moment, kind, which + suffix, point, plan, who)


def _asked_for(at: time | None, point: CheckPoint, plan: DayPlan, zone: ZoneInfo) -> dict[str, datetime]:
    """Return the moment of a wished local time if it is meant for `point`: in its window, nearest of its kind."""
    if at is None:
        return {}
    day = point.due_at.astimezone(zone).date()
    days = (day + timedelta(days=offset) for offset in (-1, 0, 1))  # of a night shift it may be the next one
    moments = (datetime.combine(one, at, zone).astimezone(UTC) for one in days)
    moment = min(moments, key=lambda one: abs(one - point.due_at))
    alike = (one for one in plan.points if one.check_type is point.check_type)
    is_nearest = all(abs(moment - point.due_at) <= abs(moment - one.due_at) for one in alike)
    return {f"at:{at:%H%M}": moment} if point.takes(moment) and is_nearest else {}


def _personal(
    plan: DayPlan, wishes: Wishes, absences: Sequence[Absence], policy: ReminderPolicy
) -> Iterator[Entry]:
    """Yield the entries of one person.

    Absences only add the checks that they move; whether one still counts is read before anybody is spoken to, so
    that leave that was taken back unnoticed silences nobody.
    """
    who = (wishes.user_id,)
    of_moved = replace(wishes, on_duty_at=None, off_duty_at=None)  # a time of day is meant for usual days
    approved = [one for one in absences if not one.pending]
    left = replace(plan, points=points_left(plan.points, approved)) if approved else plan
    checks = [(point, plan, wishes) for point in plan.points]
    checks += [(point, left, of_moved) for point in left.points if point not in plan.points]
    for point, its_plan, its_wishes in checks:
        if not wishes.are_quiet_on(plan.work_date, point.due_at.astimezone(policy.zone)):
            yield from _entries(point, its_plan, who, policy, its_wishes)
    at = wishes.snoozed_until
    held = [point for point in left.points if at is not None and point.takes(at)]
    if at is not None and held:
        point = min(held, key=lambda one: abs(one.due_at - at))
        yield Entry(at, ReminderKind.SNOOZE, f"snooze:{at:%H%M%S}", point, left, who)
