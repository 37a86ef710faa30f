"""Make-up punches (补卡): the check somebody means, whether it may be asked for, what an approval makes of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.punches import Punch, PunchSource, clean, counting, of_second
from bot.domain.results import TimeResult, time_verdict
from bot.domain.shifts import CheckPoint, CheckType, DayPlan
from bot.domain.sites import NOWHERE

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 6
PUNCH_MESSAGE = "correction:"  # begins the `message_id` of the punch that an approval makes
MOST_REASON = 300  # characters that are kept of a reason
_MISHEARD = str.maketrans("OIL", "011")  # as Crockford reads what people mistake for a digit
_PREFIX = "C-"
_NOTE = "make-up punch "
_BY = " approved by "
TOO_OLD_DAYS = 180  # DingTalk's page of `attendance/record/upload` names so many for `user_check_time`
TOO_OLD = f"older than the {TOO_OLD_DAYS} days that DingTalk takes"


class CorrectionState(StrEnum):
    """Where a request stands. Every state but the first is final."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # a punch that counts for as much was there when a lead approved


class CorrectionPolicy(BaseModel):
    """What the company allows. `monthly` counts requests by the month of their work date."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    enabled: bool = True
    monthly: int = Field(3, ge=1, le=100)
    oldest_days: int = Field(30, ge=0, le=366)
    needs_reason: bool = True
    expires_days: int = Field(7, ge=1, le=60)


@dataclass(frozen=True, slots=True)
class CorrectionWish:
    """What somebody said at `now` about a missing or wrong punch. `day` is None for today; `at` is local time."""

    now: datetime
    direction: CheckType | None = None
    day: date | None = None
    at: time | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A request as it stands. Moments are aware, UTC; `reference` is what people call it by."""

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

    @property
    def punch_message_id(self) -> str:
        """Return the `message_id` of the punch that an approval makes: one a request, so none is made twice."""
        return f"{PUNCH_MESSAGE}{self.reference}"


@dataclass(frozen=True, slots=True)
class Missing:
    """The person has to say more."""

    what: Literal["what", "direction", "day", "time", "reason"]


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The request is refused by a rule; `code` names its sentence, `values` fill it."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Meant:
    """The check that is asked for, with the time to be recorded and the punch that counts for it so far."""

    point: CheckPoint
    at: datetime
    replaces: Punch | None = None

    @property
    def verdict(self) -> tuple[TimeResult, int]:
        """Return how the time answers the check, and the whole minutes late or early, 0 unless it is wrong."""
        return time_verdict(self.point, self.at)


def incomplete(wish: CorrectionWish, policy: CorrectionPolicy, zone: ZoneInfo) -> Missing | NotAllowed | None:
    """Return what has to be said, or is wrong, before shifts are looked at; None when there is no such thing."""
    today = wish.now.astimezone(zone).date()
    day = wish.day or today
    if not policy.enabled:
        return NotAllowed("off")
    if wish.direction is None:
        return Missing("what" if wish.at is None else "direction")
    if wish.at is None:
        return Missing("time")
    if day > today:
        return NotAllowed("future")
    if day < today - timedelta(days=policy.oldest_days):
        return NotAllowed("too_old", {"days": policy.oldest_days})
    return Missing("reason") if policy.needs_reason and not wish.reason.strip() else None


def decide_correction(
    wish: CorrectionWish,
    *,
    plans: Sequence[DayPlan] | None,
    punches: Sequence[Punch],
    seen: Sequence[datetime],
    earlier: Sequence[Correction],
    policy: CorrectionPolicy,
    zone: ZoneInfo,
) -> Meant | Missing | NotAllowed:
    """Decide whether `wish`, which is not `incomplete`, may be put before a lead.

    `plans` are the person's of the day, the one before and the one after, None when unreadable; `punches` theirs
    of those work dates, `seen` the times of punches outside the bot; `earlier` all their requests.
    """
    if plans is None:
        return NotAllowed("plan_unreadable")
    assert wish.direction is not None and wish.at is not None, "the wish is complete"
    day = wish.day or wish.now.astimezone(zone).date()
    alike = [point for plan in plans for point in plan.points if point.check_type is wish.direction]
    found = _points(alike, day, wish.at, zone)
    if not found:
        return _no_point([point for point in alike if point.work_date == day], day)
    meant = [
        Meant(point, at, to_replace(punches, point.work_date, point.key)) for point, at in found if at <= wish.now
    ]
    if not meant:
        return NotAllowed("future") if wish.day else Missing("day")
    likeliest = next((one for one in meant if one.replaces is None), meant[0])
    refusal = _asked_before(likeliest.point, earlier, policy) or _nothing_gained(likeliest, punches, seen)
    return likeliest if refusal is None else refusal


def to_replace(punches: Iterable[Punch], work_date: date, key: str) -> Punch | None:
    """Return the punch that counts for a check: the first for coming, the last for going; None without one."""
    answers = [one for one in counting([*punches]) if (one.work_date, one.check_point) == (work_date, key)]
    answers.sort(key=lambda one: one.punched_at)
    return answers[0 if answers[0].check_type is CheckType.ON_DUTY else -1] if answers else None


def gains(check_type: CheckType, at: datetime, than: datetime) -> bool:
    """Tell whether a punch at `at` is worth more than one at `than`: an earlier coming, a later going."""
    return at < than if check_type is CheckType.ON_DUTY else at > than


def punch_of(
    correction: Correction, punch_id: str, punches: Sequence[Punch], *, approved_at: datetime, by: str
) -> Punch:
    """Return the punch that an approval makes, or the one that is there by then and counts for as much.

    It replaces the one that counts so far. `punches` are the person's of that work date and those beside it as
    they stand, `by` names the approver.
    """
    old = to_replace(punches, correction.work_date, correction.check_point)
    there = of_second(punches, correction.punched_at)
    if old is not None and not gains(correction.check_type, correction.punched_at, old.punched_at):
        there = there or old
    if there is not None:
        return there
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
        where=NOWHERE,
        source=PunchSource.CORRECTION,
        message_id=correction.punch_message_id,
        note=note_of(correction, by),
        corrects=old.punch_id if old is not None else None,
    )


def note_of(correction: Correction, by: str) -> str:
    """Return what the ledger notes of an approved request: its reference, who approved it, the reason given."""
    approved = f"{_NOTE}{correction.reference}{_BY}{' '.join(by.split()).replace(': ', ' ')}"
    return f"{approved}: {clean(correction.reason)}" if correction.reason else approved


def approver_of(note: str) -> tuple[str, str]:
    """Return the reference and the approver that such a note names."""
    reference, _, rest = note.removeprefix(_NOTE).partition(_BY)
    return reference, rest.partition(": ")[0]


def may_decide(by: str, asker: str, leads: Collection[str], admins: Collection[str]) -> bool:
    """Tell whether `by` may decide a request of `asker`: as a lead of theirs or an admin, never as oneself."""
    return by != asker and (by in leads or by in admins)


def read_reference(text: str) -> str | None:
    """Return the reference that somebody typed, in the form in which it is stored; None for what is none."""
    body = text.strip().upper().removeprefix(_PREFIX).translate(_MISHEARD)
    right = len(body) == REFERENCE_LENGTH and not set(body) - set(CROCKFORD)
    return f"{_PREFIX}{body}" if right else None


def write_reference(digits: Sequence[int]) -> str:
    """Return the reference of six random numbers below 32."""
    return _PREFIX + "".join(CROCKFORD[digit] for digit in digits)


def _points(alike: Sequence[CheckPoint], day: date, at: time, zone: ZoneInfo) -> list[tuple[CheckPoint, datetime]]:
    """Return which checks of one kind a time of `day` can be of, the likeliest first.

    That time on the day itself, be it of a night shift from the day before; then, for a shift of `day` that runs
    past midnight, that time on the morning after.
    """
    there, after = (datetime.combine(one, at, zone) for one in (day, day + timedelta(days=1)))
    points = sorted(alike, key=lambda point: abs(point.due_at - there))
    on_day = [(point, there) for point in points if point.takes(there)]
    return on_day + [(point, after) for point in points if point.work_date == day and point.takes(after)]


def _no_point(todays: Sequence[CheckPoint], day: date) -> NotAllowed:
    if not todays:
        return NotAllowed("no_shift", {"day": day})
    return NotAllowed("outside_window", {"opens_at": todays[0].opens_at, "closes_at": todays[-1].closes_at})


def _asked_before(point: CheckPoint, earlier: Sequence[Correction], policy: CorrectionPolicy) -> NotAllowed | None:
    """Refuse a second request for one check, unless the first came to nothing by itself, and too many a month."""
    for one in earlier:
        same = (one.work_date, one.check_point) == (point.work_date, point.key)
        if same and one.state in (CorrectionState.ASKED, CorrectionState.APPROVED, CorrectionState.REFUSED):
            return NotAllowed(f"before_{one.state}", {"reference": one.reference})
    counted = [one for one in earlier if one.state in (CorrectionState.ASKED, CorrectionState.APPROVED)]
    month = f"{point.work_date:%Y-%m}"
    if sum(f"{one.work_date:%Y-%m}" == month for one in counted) >= policy.monthly:
        return NotAllowed("quota", {"most": policy.monthly, "month": month})
    return None


def _nothing_gained(meant: Meant, punches: Sequence[Punch], seen: Sequence[datetime]) -> NotAllowed | None:
    """Refuse what is worth no more than a punch that is there, in the ledger or at DingTalk."""
    point = meant.point
    unplaced = (one for one in counting(punches) if (one.check_point, one.check_type) == (None, point.check_type))
    there = [at for at in (*seen, *(punch.punched_at for punch in unplaced)) if point.takes(at)]
    there += [meant.replaces.punched_at] if meant.replaces is not None else []
    better = [at for at in there if not gains(point.check_type, meant.at, at)]
    if better:
        return NotAllowed("nothing_gained", {"at": better[0]})
    return NotAllowed("same_second", {"at": meant.at}) if of_second(punches, meant.at) else None
