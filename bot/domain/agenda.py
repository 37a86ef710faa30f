"""The agenda: the moments of reminders in the coming days, in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence, points_left
from bot.domain.day import MISSED_AFTER
from bot.domain.reminders import ReminderKind, Wishes
from bot.domain.shifts import CheckPoint, CheckType, DayPlan

_NONE = Wishes("")
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
    """When people may be spoken to unasked: not in the quiet hours, and never in `shadow`, which only writes down.

    `quiet_hours` are local times in `zone`, from the first up to the second.
    """

    quiet_hours: tuple[time, time] | None
    zone: ZoneInfo
    shadow: bool

    def is_quiet(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the quiet hours."""
        return is_quiet(moment, self.quiet_hours, self.zone)


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment (UTC) at which `user_ids` are to be reminded of `point`, a check of `plan`.

    `personal` is one of somebody who has entries of their own.
    """

    moment: datetime
    kind: ReminderKind
    which: str
    point: CheckPoint
    plan: DayPlan
    user_ids: Sequence[str]
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """All entries in the order of their moments. `personal` have entries of their own, and only those count."""

    entries: Sequence[Entry] = ()
    personal: frozenset[str] = frozenset()
    _moments: Sequence[datetime] = field(default=(), repr=False)

    def between(self, since: datetime, until: datetime) -> Sequence[Entry]:
        """Return the entries after `since` and up to `until`."""
        return self.entries[bisect_right(self._moments, since) : bisect_right(self._moments, until)]

    def people(self, entry: Entry) -> Iterator[str]:
        """Yield the people of `entry`; an escalation covers everybody, also people with entries of their own."""
        if entry.personal or entry.kind is ReminderKind.ESCALATION:
            yield from entry.user_ids
        else:
            yield from (user_id for user_id in entry.user_ids if user_id not in self.personal)


def plan_agenda(
    book: Mapping[DayPlan, Sequence[str]],
    specials: Mapping[str, Special],
    policy: ReminderPolicy,
    zone: ZoneInfo,
) -> Agenda:
    """Return the agenda of everybody in `book`, with people under `specials` on their own."""
    entries: list[Entry] = []
    timing = _Timing(policy, zone)
    for plan, user_ids in book.items():
        for point in plan.points:
            entries += timing.entries(point, plan, user_ids)
        entries += _escalations(plan, user_ids, policy)
        for user_id in specials.keys() & set(user_ids) if specials else ():
            entries += _personal(user_id, plan, specials[user_id], timing)
    hours = policy.quiet_hours
    spoken = (one for one in entries if one.kind is ReminderKind.MISSED or not is_quiet(one.moment, hours, zone))
    ordered = sorted(spoken, key=lambda entry: entry.moment)
    return Agenda(ordered, frozenset(specials), [entry.moment for entry in ordered])


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


@dataclass(frozen=True, slots=True)
class _Timing:
    """When one person, or everybody without wishes, is reminded of a check."""

    policy: ReminderPolicy
    zone: ZoneInfo
    wishes: Wishes = _NONE
    personal: bool = False

    def entries(self, point: CheckPoint, plan: DayPlan, who: Sequence[str]) -> Iterator[Entry]:
        """Yield the moments of one check point. Only missed checks have theirs after its window."""
        suffix = f"@{point.due_at.astimezone(self.zone):%H%M}"  # a check that moves is another one
        for which, moment in self._moments(point, plan):
            if point.opens_at <= moment <= point.closes_at:
                kind = ReminderKind.BEFORE if moment <= point.due_at else ReminderKind.AFTER
                yield Entry(moment, kind, which + suffix, point, plan, who, self.personal)
        over = max(one.closes_at for one in plan.points) + MISSED_AFTER
        yield Entry(over, ReminderKind.MISSED, "missed" + suffix, point, plan, who, self.personal)

    def _moments(self, point: CheckPoint, plan: DayPlan) -> Iterator[tuple[str, datetime]]:
        """Yield the name and the moment of each reminder of `point`, one of the checks of `plan`."""
        at = self.wishes.on_duty_at if point.check_type is CheckType.ON_DUTY else self.wishes.off_duty_at
        moment = None if at is None else _nearest(at, point.due_at, self.zone)
        if moment is not None and _is_meant_for(moment, point, plan):
            yield f"at:{at:%H%M}", moment
        else:
            own = self.wishes.before_minutes
            earliest = min(point.opens_at, point.due_at)  # nobody is sent to a check that cannot be made yet
            for minutes in self.policy.before_minutes if own is None else own:
                yield f"before:{minutes}", max(point.due_at - timedelta(minutes=minutes), earliest)
        for minutes in self.policy.after_minutes:
            yield f"after:{minutes}", point.due_at + timedelta(minutes=minutes)


def _personal(user_id: str, plan: DayPlan, special: Special, timing: _Timing) -> Iterator[Entry]:
    """Yield the entries of one person.

    Absences only add the checks that they move; whether one still counts is read before anybody is spoken to, so
    that leave that was taken back unnoticed silences nobody.
    """
    (wishes, absences), who = special, (user_id,)
    own = replace(timing, wishes=wishes, personal=True)
    of_moved = replace(own, wishes=replace(wishes, on_duty_at=None, off_duty_at=None))  # a time of usual days
    approved = [one for one in absences if not one.pending]
    left = replace(plan, points=points_left(plan.points, approved)) if approved else plan
    checks = [(point, plan, own) for point in plan.points]
    checks += [(point, left, of_moved) for point in left.points if point not in plan.points]
    for point, its_plan, when in checks:
        quiet = wishes.are_quiet_on(plan.work_date, point.due_at.astimezone(timing.zone))
        for entry in when.entries(point, its_plan, who):
            if not quiet or entry.kind is ReminderKind.MISSED:
                yield entry
    at = wishes.snoozed_until
    held = [point for point in left.points if at is not None and point.takes(at)]
    if at is not None and held:  # about the check that is nearest to it
        point = min(held, key=lambda one: abs(one.due_at - at))
        yield Entry(at, ReminderKind.SNOOZE, f"snooze:{at:%H%M%S}", point, left, who, personal=True)


def _is_meant_for(moment: datetime, point: CheckPoint, plan: DayPlan) -> bool:
    """Tell whether a time to be reminded at is meant for `point`: in its window, nearest to it of those alike."""
    alike = (one for one in plan.points if one.check_type is point.check_type)
    apart = abs(moment - point.due_at)
    return point.takes(moment) and all(apart <= abs(moment - one.due_at) for one in alike)


def _nearest(at: time, due_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a local time of day nearest to `due_at`; in a night shift that may be the next day."""
    day = due_at.astimezone(zone).date()
    days = (day + timedelta(days=offset) for offset in (-1, 0, 1))
    moments = (datetime.combine(one, at, zone).astimezone(due_at.tzinfo) for one in days)
    return min(moments, key=lambda moment: abs(moment - due_at))


def _escalations(plan: DayPlan, user_ids: Sequence[str], policy: ReminderPolicy) -> Iterator[Entry]:
    start = plan.start
    if start is not None and policy.escalate_minutes is not None:
        moment = start.due_at + timedelta(minutes=policy.escalate_minutes)
        which = f"escalation:{policy.escalate_minutes}"
        yield Entry(moment, ReminderKind.ESCALATION, which, start, plan, user_ids)
