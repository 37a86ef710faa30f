"""The agenda: the moments of reminders in the coming days, in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, points_left
from bot.domain.day import MISSED_AFTER
from bot.domain.reminders import ReminderKind, Wishes
from bot.domain.shifts import CheckPoint, CheckType, DayPlan

_NO_WISHES = Wishes("")
Special = tuple[Wishes, tuple[Absence, ...]]  # why one person's reminders differ from others' of the same plan


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """What the company wants. Minutes; `quiet_hours` are local times, from the first up to the second."""

    before_minutes: tuple[int, ...] = (10,)
    after_minutes: tuple[int, ...] = (5,)
    most: int = 2
    escalate_minutes: int | None = 30
    quiet_hours: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class Speaking:
    """When people may be spoken to unasked: not in the quiet hours, never in `shadow`, which only writes down.

    `quiet_hours` are local times in `zone`, from the first up to the second.
    """

    quiet_hours: tuple[time, time] | None
    zone: ZoneInfo
    shadow: bool

    def is_quiet(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the quiet hours."""
        return is_quiet(moment, self.quiet_hours, self.zone)


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
    specials: Mapping[str, Special],
    policy: ReminderPolicy,
    zone: ZoneInfo,
) -> Agenda:
    """Return the agenda of everybody in `book`; people under `specials` have reminders of their own."""
    entries: list[Entry] = []
    for plan, user_ids in book.items():
        usual = [one for one in user_ids if one not in specials] if specials else user_ids
        for point in plan.points if usual else ():
            entries += _entries(point, plan, usual, policy, zone)
        for user_id in specials.keys() & set(user_ids) if specials else ():
            entries += _personal(user_id, plan, specials[user_id], policy, zone)
        start = plan.start
        if start is not None and policy.escalate_minutes is not None:
            moment = start.due_at + timedelta(minutes=policy.escalate_minutes)
            which = f"escalation:{policy.escalate_minutes}"
            entries.append(Entry(moment, ReminderKind.ESCALATION, which, start, plan, user_ids))
    hours = policy.quiet_hours
    spoken = (one for one in entries if one.kind is ReminderKind.MISSED or not is_quiet(one.moment, hours, zone))
    return Agenda(sorted(spoken, key=attrgetter("moment")))


def specials_of(wishes: Iterable[Wishes], absences: Iterable[Absence]) -> dict[str, Special]:
    """Return the people with different reminders, and why. A language alone is no difference."""
    found: dict[str, Special] = {one.user_id: (one, ()) for one in wishes if one.differ}
    for absence in absences:
        own, others = found.get(absence.user_id) or (Wishes(absence.user_id), ())
        found[absence.user_id] = own, (*others, absence)
    return found


def is_quiet(moment: datetime, hours: tuple[time, time] | None, zone: ZoneInfo) -> bool:
    """Tell whether a moment lies in the quiet hours, which may span midnight."""
    return hours is not None and holds(hours, moment.astimezone(zone).time())


def holds(hours: tuple[time, time], at: time) -> bool:
    """Tell whether a local time of day lies in hours, which may span midnight."""
    start, end = hours
    return start <= at < end if start <= end else at >= start or at < end


def _entries(
    point: CheckPoint,
    plan: DayPlan,
    who: Sequence[str],
    policy: ReminderPolicy,
    zone: ZoneInfo,
    *,
    wishes: Wishes = _NO_WISHES,
) -> Iterator[Entry]:
    """Yield the entries of one check point. Only missed checks have theirs after its window."""
    suffix = f"@{point.due_at.astimezone(zone):%H%M}"  # a check that moves is another one
    at = wishes.on_duty_at if point.check_type is CheckType.ON_DUTY else wishes.off_duty_at
    moments = _asked_for(at, point, plan, zone)
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
    over = max(one.closes_at for one in plan.points) + MISSED_AFTER
    yield Entry(over, ReminderKind.MISSED, "missed" + suffix, point, plan, who)


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
    user_id: str, plan: DayPlan, special: Special, policy: ReminderPolicy, zone: ZoneInfo
) -> Iterator[Entry]:
    """Yield the entries of one person.

    Absences only add the checks that they move; whether one still counts is read before anybody is spoken to, so
    that leave that was taken back unnoticed silences nobody.
    """
    (wishes, absences), who = special, (user_id,)
    of_moved = replace(wishes, on_duty_at=None, off_duty_at=None)  # a time of day is meant for usual days
    approved = [one for one in absences if not one.pending]
    left = replace(plan, points=points_left(plan.points, approved)) if approved else plan
    checks = [(point, plan, wishes) for point in plan.points]
    checks += [(point, left, of_moved) for point in left.points if point not in plan.points]
    for point, its_plan, its_wishes in checks:
        quiet = wishes.are_quiet_on(plan.work_date, point.due_at.astimezone(zone))
        for entry in _entries(point, its_plan, who, policy, zone, wishes=its_wishes):
            if not quiet or entry.kind is ReminderKind.MISSED:
                yield entry
    at = wishes.snoozed_until
    held = [point for point in left.points if at is not None and point.takes(at)]
    if at is not None and held:
        point = min(held, key=lambda one: abs(one.due_at - at))
        yield Entry(at, ReminderKind.SNOOZE, f"snooze:{at:%H%M%S}", point, left, who)
