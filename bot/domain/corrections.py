"""Make-up punches (补卡): the check of a request, the rules for it, and the punch of an approval."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.day import PersonDay
from bot.domain.months import Month
from bot.domain.punches import Punch, PunchSource, clean, punch_in_second, punches_that_count
from bot.domain.shifts import CheckPoint, CheckType, TimeResult, time_verdict
from bot.domain.sites import NO_POSITION
from bot.domain.slots import A_DAY, Frozen, Slot

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U: people misread them
PUNCH_MESSAGE_PREFIX = "correction:"  # the `message_id` of an approved punch begins with this
EXPIRES_AFTER = timedelta(days=7)
_NOTE = "make-up punch "
_BY = " approved by "
_FOR = " for "


class CorrectionState(StrEnum):
    """The state of a request. A lead may change an approval to a refusal, and back."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_OBSTACLES = {  # of an earlier request for the same check, by its state
    CorrectionState.ASKED: "correction.rule_before_asked",
    CorrectionState.APPROVED: "correction.rule_before_approved",
    CorrectionState.REFUSED: "correction.rule_before_refused",
}
# `monthly` counts these. A withdrawn request counts, because its leads had the note.
_COUNTED = (CorrectionState.ASKED, CorrectionState.APPROVED, CorrectionState.WITHDRAWN)


class CorrectionPolicy(Frozen):
    """The rules of the company. `monthly` counts requests by the month of their work date."""

    enabled: bool = True
    # where approved punches go: to `clock_in.targets`, or to DingTalk as 补卡
    target: Literal["clock_in", "approve_check"] = "clock_in"
    monthly: int = Field(3, ge=1, le=100)
    # `record_upload` takes 180 days, and a request may wait for a week.
    oldest_days: int = Field(30, ge=0, le=170)


@dataclass(frozen=True, slots=True)
class Correction:
    """A request. Moments are UTC. People write its `reference` to name it."""

    reference: str
    user_id: str
    message_id: str
    work_date: date
    check_type: CheckType
    check_point: str
    punched_at: datetime
    time_result: TimeResult
    late_minutes: int
    reason: str
    asked_at: datetime
    expires_at: datetime
    state: CorrectionState = CorrectionState.ASKED
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str = ""  # why it was refused, in the lead's words
    number: int = 0  # of its decisions so far
    stood_in_for: tuple[str, ...] = ()  # the leads for whom a stand-in decided

    @property
    def may_change(self) -> bool:
        """Return whether a lead decided, and a lead may decide otherwise."""
        return self.state in (CorrectionState.APPROVED, CorrectionState.REFUSED)

    def is_open(self, now: datetime) -> bool:
        return self.state is CorrectionState.ASKED and now < self.expires_at

    @property
    def punch_message_id(self) -> str:
        """Return the `message_id` of the approved punch.

        It is unique for a request, so no punch is doubled.
        """
        return f"{PUNCH_MESSAGE_PREFIX}{self.reference}"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The missing part or the rule that stops a request.

    `key` is the key of its sentence, and `values` fill it. The request lacks `slot`, or it may mean
    several `moments`.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    slot: Slot | None = None
    moments: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class WantedPunch:
    """The check type, day and time in a request.

    `times` are local: two if the person did not say morning or afternoon. `day` may be the work
    date, or the date of the clock after midnight. A known `moment` (aware) replaces both.
    """

    check_type: CheckType
    day: date
    times: Sequence[time] = ()
    moment: datetime | None = None

    def readings(self, zone: ZoneInfo) -> list[list[datetime]]:
        """Return each reading on `day` and on the next day, the usual one first.

        People come in the morning and leave later. An exact moment has no next day.
        """
        if self.moment is not None:
            return [[self.moment]]
        is_leaving = self.check_type is CheckType.OFF_DUTY
        return [
            [datetime.combine(day, at, zone) for day in (self.day, self.day + A_DAY)]
            for at in sorted(self.times, reverse=is_leaving)
        ]


@dataclass(frozen=True, slots=True)
class MeantPunch:
    """The punch that a request means: its check, its time, and the time that counts so far."""

    point: CheckPoint
    at: datetime
    so_far: datetime | None = None

    def as_request(
        self, reference: str, user_id: str, message_id: str, *, reason: str, now: datetime
    ) -> Correction:
        """Return the request to store, asked `now` (UTC)."""
        time_result, late_minutes = time_verdict(self.point, self.at)
        return Correction(
            reference=reference,
            user_id=user_id,
            message_id=message_id,
            work_date=self.point.work_date,
            check_type=self.point.check_type,
            check_point=self.point.key,
            punched_at=self.at,
            time_result=time_result,
            late_minutes=late_minutes,
            reason=reason,
            asked_at=now,
            expires_at=now + EXPIRES_AFTER,
        )


def decide_correction(
    wanted: WantedPunch,
    *,
    now: datetime,
    days: Mapping[date, PersonDay],
    earlier: Sequence[Correction],
    policy: CorrectionPolicy,
    zone: ZoneInfo,
) -> MeantPunch | Obstacle:
    """Decide whether a wanted make-up punch may go to a lead.

    A time means its reading in the window of a check. It may fit a check without a punch on two
    mornings, of `day` and of the next day: then the obstacle has both. `days` are the
    person's day before, the wanted day and the day after. `earlier` are all requests of this
    person.
    """
    day = wanted.day
    if day not in days or days[day].plan is None:
        return Obstacle("correction.rule_plan_unreadable")
    plans = [near.plan for near in days.values() if near.plan is not None]
    points_of_type = [
        point for plan in plans for point in plan.points if point.check_type is wanted.check_type
    ]
    points_by_reading = [_points(points_of_type, day, moments) for moments in wanted.readings(zone)]
    if not any(points_by_reading):
        todays = [point for point in points_of_type if point.work_date == day]
        if not todays:
            return Obstacle("correction.rule_no_shift", {"day": day})
        return Obstacle(
            "correction.rule_outside_window",
            {"opens_at": todays[0].opens_at, "closes_at": todays[-1].closes_at},
        )
    past = [
        [_meant_punch(point, at, days) for point, at in points if at <= now]
        for points in points_by_reading
    ]
    candidates = next((punches for punches in past if punches), None)
    if candidates is None:
        return Obstacle("correction.rule_future")
    missing = [candidate for candidate in candidates if candidate.so_far is None]
    moments = list(dict.fromkeys(candidate.at for candidate in missing))
    if len(moments) > 1:
        return Obstacle("correction.which", moments=moments)
    likeliest = missing[0] if missing else candidates[0]
    if likeliest.so_far and not is_better(wanted.check_type, likeliest.at, likeliest.so_far):
        return Obstacle("correction.rule_nothing_gained", {"at": likeliest.so_far})
    return _obstacle_of(likeliest.point, earlier, policy) or likeliest


def is_better(check_type: CheckType, at: datetime, than: datetime) -> bool:
    """Return whether the time `at` is better than the time `than`: an earlier clock-in, a later
    clock-out.
    """
    return at < than if check_type is CheckType.ON_DUTY else at > than


def count_in_month(requests: Iterable[Correction], day: date) -> int:
    """Return how many requests of a person count for the month of the work date `day`."""
    month = Month.of(day)
    return sum(
        request.state in _COUNTED and Month.of(request.work_date) == month for request in requests
    )


def punch_of(
    correction: Correction,
    punch_id: str,
    punches: Sequence[Punch],
    *,
    approved_at: datetime,
    by: Sequence[str],
) -> Punch | None:
    """Return the punch of an approval, or None.

    None: one of `punches` is as good by now, or is of the same second. DingTalk stores one punch a
    second. The new punch replaces the punch that counts so far. `punches` are those of the day
    before, the work date and the day after. `by` names the approver, and the leads for whom a
    stand-in approves.
    """
    check = (correction.work_date, correction.check_point)
    answers = [
        punch
        for punch in punches_that_count(punches)
        if (punch.work_date, punch.check_point) == check
    ]
    first_or_last = min if correction.check_type is CheckType.ON_DUTY else max
    old = first_or_last(answers, key=lambda punch: punch.punched_at, default=None)
    if punch_in_second(punches, correction.punched_at) is not None:
        return None
    if old is not None and not is_better(
        correction.check_type, correction.punched_at, old.punched_at
    ):
        return None
    return Punch(
        punch_id=punch_id,
        user_id=correction.user_id,
        work_date=correction.work_date,
        check_type=correction.check_type,
        check_point=correction.check_point,
        punched_at=correction.punched_at,
        received_at=approved_at,
        time_result=correction.time_result,
        late_minutes=correction.late_minutes,
        where=NO_POSITION,
        source=PunchSource.CORRECTION,
        message_id=correction.punch_message_id,
        note=note_of(correction, by),
        corrects=old.punch_id if old is not None else None,
    )


def note_of(correction: Correction, by: Sequence[str]) -> str:
    """Return the note in the ledger: reference, approver and reason of an approved request.

    `by` are the names of the approver, and of the leads for whom a stand-in approves.
    """
    approver = _FOR.join(
        " ".join(name.split()).replace(": ", " ").replace(_FOR, " ") for name in by
    )
    return f"{_NOTE}{correction.reference}{_BY}{approver}: {clean(correction.reason)}"


def approvers_of(note: str) -> tuple[str, Sequence[str]]:
    """Return the reference and the names in a note that `note_of` made."""
    reference, _, rest = note.removeprefix(_NOTE).partition(_BY)
    return reference, rest.partition(": ")[0].split(_FOR)


def _points(
    points_of_type: Sequence[CheckPoint], day: date, moments: Sequence[datetime]
) -> list[tuple[CheckPoint, datetime]]:
    """Return the check points that a reading may mean, each with its moment, the likeliest first.

    First comes the time on `day`, also for a night shift from the day before. Then comes the time
    on the next morning, for a shift of `day` that runs past midnight.
    """
    points = sorted(points_of_type, key=lambda point: abs(point.due_at - moments[0]))
    return [
        (point, at)
        for at in moments
        for point in points
        if point.takes(at) and (at == moments[0] or point.work_date == day)
    ]


def _meant_punch(point: CheckPoint, at: datetime, days: Mapping[date, PersonDay]) -> MeantPunch:
    check = days[point.work_date].check(point.key)
    return MeantPunch(point, at, check.punched_at if check is not None else None)


def _obstacle_of(
    point: CheckPoint, earlier: Sequence[Correction], policy: CorrectionPolicy
) -> Obstacle | None:
    """Return the obstacle of an earlier request for this check, or of too many requests in the
    month.
    """
    for past in earlier:
        same = (past.work_date, past.check_point) == (point.work_date, point.key)
        if same and past.state in _OBSTACLES:
            return Obstacle(_OBSTACLES[past.state], {"reference": past.reference})
    if count_in_month(earlier, point.work_date) >= policy.monthly:
        return Obstacle(
            "correction.rule_quota",
            {"most": policy.monthly, "month": str(Month.of(point.work_date))},
        )
    return None
