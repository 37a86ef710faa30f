"""The facts of a person's days: punches from all sources with their work dates and checks, plans,
absences and excuses. Days that DingTalk was not read to their end are unknown, never missing.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.absences import Absence
from bot.domain.punches import Punch
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, TimeResult, points_at
from bot.domain.sites import NO_POSITION, LocationResult, Whereabouts
from bot.domain.slots import A_DAY, Days

# before the work date: its first window may open on the evening before
EARLIEST = timedelta(hours=12)
LATEST = timedelta(hours=48)  # after its first midnight: a night shift ends on the next day
MISSED_AFTER = timedelta(minutes=30)  # after the window: DingTalk shows punches late
FRESH = timedelta(minutes=10)  # a read of an unfinished day counts this long
SURE_WITHIN = timedelta(minutes=60)  # a punch of unknown check type this near to a check answers it


# DingTalk's targets by `sourceType`. 《获取打卡详情》 lists the words; no page says which API makes which.
_TARGETS = {"ATM": "record_upload", "APPROVE": "approve_check"}
DINGTALKS_OWN = frozenset(_TARGETS.values())


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """One punch that DingTalk shows. `invalid_reason` says why DingTalk does not count it.

    `source` is DingTalk's word, such as USER (its app) or ATM (a machine). `check_type` and
    `planned_at` (UTC) name the check that it answers for DingTalk.
    """

    user_id: str
    checked_at: datetime
    invalid_reason: str | None = None
    source: str = field(default="", compare=False)
    check_type: CheckType | None = field(default=None, compare=False)
    planned_at: datetime | None = field(default=None, compare=False)
    location: LocationResult = field(default=LocationResult.UNKNOWN, compare=False)

    def shows(self, punch: Punch, target: str) -> bool:
        """Return whether this record shows `punch` at `target`. A person has one punch a second.

        DingTalk may show a punch once for each target. Its pages suggest the source of a machine
        for an uploaded punch, of an approval for a make-up punch (docs/first-hour.md).
        """
        if second_of(self.user_id, self.checked_at) != second_of(punch.user_id, punch.punched_at):
            return False
        if len(punch.states) < 2 or not self.source:
            return True
        return _TARGETS.get(self.source, "signed") == target


def whole_second(at: datetime) -> int:
    """Return a moment in seconds since the epoch: DingTalk stores whole seconds."""
    return int(at.timestamp())


def second_of(user_id: str, at: datetime) -> tuple[str, int]:
    """Return the key of a punch in DingTalk's records."""
    return user_id, whole_second(at)


class SeenPunch(NamedTuple):  # a summary makes thousands; twice as fast as a frozen dataclass
    """One punch from any source. `check_type` and `due_at` name its check, if the source says so.

    Only punches of the ledger have `check_point` and `work_date`. `time_result` is the recorded
    verdict. `pending`: no target has taken it yet. `correction`: it is a make-up punch.
    """

    at: datetime
    check_type: CheckType | None = None
    due_at: datetime | None = None
    check_point: str | None = None
    work_date: date | None = None
    time_result: TimeResult = TimeResult.UNKNOWN
    where: Whereabouts = NO_POSITION
    pending: bool = False
    correction: bool = False


def answers(seen: SeenPunch, point: CheckPoint, plan: DayPlan, *, sure: bool = False) -> bool:
    """Return whether a punch answers `point`, a check of `plan`.

    The source decides, else the nearest due check. With `sure` that check has to be within an hour.
    """
    if seen.check_point is not None:
        return seen.work_date == point.work_date and seen.check_point == point.key
    if not point.takes(seen.at):
        return False
    if seen.check_type is None:
        nearest = points_at([plan], seen.at)[0]
        return nearest.key == point.key and not (sure and abs(point.due_at - seen.at) > SURE_WITHIN)
    if seen.check_type is not point.check_type:
        return False
    due_at = seen.due_at
    alike = (check for check in plan.points if check.check_type is seen.check_type)
    return (
        due_at is None or min(alike, key=lambda check: abs(check.due_at - due_at)).key == point.key
    )


def window(work_dates: Days, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first and last moment (UTC) for punches of work dates."""
    first, last = (
        datetime.combine(day, time(), zone).astimezone(UTC)
        for day in (work_dates.first, work_dates.last)
    )
    return first - EARLIEST, last + LATEST


def beside_the_ledger(
    records: Iterable[AttendanceRecord], seen: Sequence[SeenPunch]
) -> list[AttendanceRecord]:
    """Return the records that say more about a person's punches than stored ones.

    If a punch of the ledger names no check, DingTalk's check counts.
    """
    ours = [punch for punch in seen if punch.work_date is not None]
    named = {whole_second(punch.at): punch.check_point for punch in ours}
    kept = {
        whole_second(punch.at): (punch.check_type, punch.due_at, punch.where.result)
        for punch in seen
        if punch.work_date is None
    }
    made_up = [
        punch.at for punch in ours if punch.correction and punch.check_type is CheckType.ON_DUTY
    ]
    found = []
    for shown in records:
        second = whole_second(shown.checked_at)
        says_check = shown.check_type is not None and shown.planned_at is not None
        if second in named and (named[second] is not None or not says_check):
            continue
        record = _before_replacement(shown, made_up)
        shown_check = (record.check_type, record.planned_at, record.location)
        if record.invalid_reason is not None or kept.get(second) != shown_check:
            found.append(record)
    return found


def _before_replacement(record: AttendanceRecord, made_up: Sequence[datetime]) -> AttendanceRecord:
    """Return the record as a clock-in, if DingTalk calls it a clock-out because of a make-up
    clock-in.
    """
    before = max((at for at in made_up if at < record.checked_at), default=None)
    if record.check_type is not CheckType.OFF_DUTY or record.planned_at is None or before is None:
        return record
    was_coming = record.checked_at - before < record.planned_at - record.checked_at
    return replace(record, check_type=CheckType.ON_DUTY, planned_at=None) if was_coming else record


def by_check(
    seen: Iterable[SeenPunch], plan: DayPlan, left: Sequence[CheckPoint]
) -> dict[str, list[SeenPunch]]:
    """Return the punches by key of the check. `left` are the checks of `plan` outside absences.

    A punch may answer a check as planned, or as moved by an absence.
    """
    found: dict[str, list[SeenPunch]] = {}  # most punches name their check
    loose: list[SeenPunch] = []
    for punch in seen:
        if punch.check_point is None:
            loose.append(punch)
        else:
            found.setdefault(punch.check_point, []).append(punch)
    if not loose:
        return found
    moved = None if left is plan.points else DayPlan(plan.work_date, tuple(left))
    planned = {point.key: point for point in plan.points}
    for point in left:
        as_planned = planned[point.key]
        fitting = (
            punch
            for punch in loose
            if answers(punch, as_planned, plan)
            or (moved is not None and answers(punch, point, moved))
        )
        found.setdefault(point.key, []).extend(fitting)
    return found


def _work_date(seen: SeenPunch, plans: Mapping[date, DayPlan], zone: ZoneInfo) -> date:
    at = seen.due_at or seen.at
    local = seen.at.astimezone(zone).date()
    near = filter(None, map(plans.get, Days.around(local)))
    held = points_at(near, seen.at, seen.check_type)
    return min(held, key=lambda point: abs(point.due_at - at)).work_date if held else local


def _distinct(seen: Sequence[SeenPunch]) -> Sequence[SeenPunch]:
    """Return one punch for each second: the punch whose source says most about its check."""
    if all(punch.check_point is not None for punch in seen):
        return seen
    ranked = sorted(
        seen,
        key=lambda punch: (
            punch.check_point is None,
            punch.check_type is None,
            punch.due_at is None,
        ),
    )
    best: dict[int, SeenPunch] = {}
    for punch in ranked:
        best.setdefault(whole_second(punch.at), punch)
    # Two punches of the ledger in one second both count: in and out, or one of them is a make-up
    # punch.
    return [
        punch
        for punch in seen
        if punch.check_point is not None or best[whole_second(punch.at)] is punch
    ]


class DayFacts(NamedTuple):
    """The known facts of a person's work date.

    `plan` is None if it could not be read. `seen` are its valid punches, from the ledger first.
    Without `read` the read was incomplete: a person without a punch is unknown, not missing.
    """

    user_id: str
    work_date: date
    plan: DayPlan | None
    seen: Sequence[SeenPunch] = ()
    absences: Sequence[Absence] = ()
    read: bool = True
    excused: bool = False


class Known(NamedTuple):
    """The stored facts of a person: counted punches, from the ledger first, absences, and days that
    leads excused.
    """

    seen: Sequence[SeenPunch] = ()
    absences: Sequence[Absence] = ()
    excused: Container[date] = ()


NOTHING_KNOWN = Known()


def facts_of_days(
    user_id: str,
    dates: Iterable[date],
    plans: Mapping[date, DayPlan],
    known: Known,
    zone: ZoneInfo,
) -> dict[date, DayFacts]:
    """Return a person's facts by work date. `plans` include the day before and the day after.

    Each punch counts once. A punch of the ledger keeps its work date. Another punch belongs to the
    nearest check with an open window, else to its date in `zone`. If several sources show one
    second, the ledger goes before a record, and a record before an event.
    """
    of_days: dict[date, list[SeenPunch]] = {}
    for punch in _distinct(known.seen):
        of_days.setdefault(punch.work_date or _work_date(punch, plans, zone), []).append(punch)
    return {
        day: DayFacts(
            user_id,
            day,
            plans.get(day),
            of_days.get(day, ()),
            known.absences,
            excused=day in known.excused,
        )
        for day in dates
    }


def over_at(day: date, plan: DayPlan | None, zone: ZoneInfo) -> datetime:
    """Return the moment at which a work date is over: half an hour after its last window.

    Without windows it is over before midnight, where a read of the day ends.
    """
    if plan is None or plan.closes_at is None:
        midnight = datetime.combine(day + A_DAY, time(), zone)
        return midnight.astimezone(UTC) - timedelta(seconds=2)
    return plan.closes_at + MISSED_AFTER


def is_complete(facts: DayFacts, until: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a day that was read up to `until` was read to its end, or up to now.

    If DingTalk shows an approval, an absence with known times must cover a check.
    """
    plan = facts.plan
    if until is None or until < min(over_at(facts.work_date, plan, zone), now - FRESH):
        return False
    if plan is None or not plan.shows_approval:
        return True
    timed = (absence for absence in facts.absences if not absence.times_unknown)
    return any(absence.covers(point.due_at) for absence in timed for point in plan.points)
