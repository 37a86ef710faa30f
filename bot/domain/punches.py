"""Punches, and the decision what a message that wants to punch means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from bot.domain.deliveries import DeliveryState, least_settled
from bot.domain.flags import Flag
from bot.domain.results import TimeResult, late_minutes, time_result
from bot.domain.shifts import CheckPoint, CheckType, DayPlan, points_at
from bot.domain.sites import Fix, LocationResult, Unusable, Whereabouts


class PunchSource(StrEnum):
    """How the person told us."""

    CHAT = "chat"
    VOICE = "voice"
    CARD = "card"
    PAGE = "page"
    CORRECTION = "correction"


def note_unknown_place(name: str) -> str:
    """Return the note for a place that was named but is none of the sites."""
    return _UNKNOWN_PLACE + name.replace("; ", ", ")


def unknown_place(note: str) -> str | None:
    """Return the place that `note` says is unknown, None when it says nothing of the kind."""
    parts = (part for part in note.split("; ") if part.startswith(_UNKNOWN_PLACE))
    return next((part.removeprefix(_UNKNOWN_PLACE) for part in parts), None)


@dataclass(frozen=True, slots=True)
class Punch:
    """One act of clocking, as it stands in the ledger.

    `punched_at` is when the person said it (DingTalk's `createAt`), `received_at` when we read it; both UTC.
    `check_point` is the key of the check point it answers, None where no shift holds it. `where` lacks the fix
    itself once retention removed it.
    """

    punch_id: str
    user_id: str
    work_date: date
    check_type: CheckType
    check_point: str | None
    punched_at: datetime
    received_at: datetime
    time_result: TimeResult
    late_minutes: int  # whole minutes begun after (on duty) or missing before (off duty) the due time
    where: Whereabouts
    source: PunchSource
    message_id: str
    note: str = ""
    states: Mapping[str, DeliveryState] = field(default_factory=dict)  # by target name
    reasons: Mapping[str, str] = field(default_factory=dict)  # by target name, why rejected
    corrects: str | None = None  # the id of the punch in whose place an approved one stands

    @property
    def status(self) -> DeliveryState:
        """Return the least settled of the targets' states."""
        return least_settled(self.states.values())

    @property
    def stands(self) -> bool:
        """Tell whether the punch counts: false once every target rejected it."""
        return not self.states or any(state is not DeliveryState.REJECTED for state in self.states.values())


def counting(punches: Sequence[Punch]) -> list[Punch]:
    """Return those of one person's punches that count: not rejected by all, not corrected by one that stands."""
    standing = [punch for punch in punches if punch.stands]
    corrected = {punch.corrects for punch in standing}
    return [punch for punch in standing if punch.punch_id not in corrected]


@dataclass(frozen=True, slots=True)
class PunchWish:
    """What a person said of their punch. `place_name` is a place in words, `fix` a position they gave."""

    direction: CheckType | None
    place_name: str | None = None
    fix: Fix | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PunchRequest:
    """What one message asks for.

    `direction` is None for a bare 打卡. `local_date` is the calendar date of `at` where the person works.
    """

    user_id: str
    message_id: str
    direction: CheckType | None
    at: datetime
    local_date: date
    received_at: datetime
    where: Whereabouts
    source: PunchSource
    note: str = ""
    confirmed: bool = False  # the person answered our question about it
    edge: str | None = None  # the site whose fence only the fix's inaccuracy reaches, None where it is clear
    unusable: Unusable | None = None  # why a position that was given is not taken
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class PunchPolicy:
    """What the company allows. `max_age` bounds how old a message may be, `max_ahead` how far from the future."""

    max_age: timedelta = timedelta(hours=24)
    max_ahead: timedelta = timedelta(minutes=2)
    location_required: bool = False
    refuse_outside: bool = False
    ask_at_edge: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The punch to record; its id is given by whoever stores it."""

    work_date: date
    check_type: CheckType
    check_point: str | None
    time_result: TimeResult
    late_minutes: int
    note: str
    flags: tuple[Flag, ...] = ()  # what the lead is told of it


def decision_of(punch: Punch) -> Accepted:
    """Return the decision that a recorded punch came from."""
    return Accepted(
        punch.work_date, punch.check_type, punch.check_point, punch.time_result, punch.late_minutes, punch.note
    )


@dataclass(frozen=True, slots=True)
class AlreadyPunched:
    """Nothing changes: `punch` already answers this check point."""

    punch: Punch


@dataclass(frozen=True, slots=True)
class AskDirection:
    """In doubt: the person has to say whether they come or go."""


@dataclass(frozen=True, slots=True)
class AskConfirm:
    """A voice message was understood as a punch; speech recognition errs, so the person confirms it first."""

    direction: CheckType


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The message's own time cannot be trusted or is long past: the person says whether they still mean it."""

    direction: CheckType | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class AskPlace:
    """The company wants a place with every punch, and this request has none, or an `unusable` one."""

    unusable: Unusable | None = None


@dataclass(frozen=True, slots=True)
class AskEdge:
    """Only the inaccuracy of the position reaches the fence of `site`: the person says whether they are there."""

    site: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not punched, for the reason that `code` names in the locale."""

    code: str


Decision = Accepted | AlreadyPunched | AskDirection | AskConfirm | AskAgain | AskPlace | AskEdge | Refused

DEFAULT_POLICY = PunchPolicy()
OPEN_FOR = timedelta(hours=24)
NO_SHIFT = "no shift"
OUTSIDE_WINDOW = "outside the shift's window"
PLAN_UNREADABLE = "plan not readable"
_UNKNOWN_PLACE = "place not known: "
_Answers = Mapping[tuple[date, str], Punch]  # by work date and key of the check point


def out_of_time(request: PunchRequest, policy: PunchPolicy) -> bool:
    """Tell whether a message reached us so late, or so early, that its time needs the person's word again."""
    age = request.received_at - request.at
    return age > policy.max_age or -age > policy.max_ahead


def punches_of_day(
    near: Sequence[Punch], plans: Sequence[DayPlan], at: datetime, zone: ZoneInfo
) -> Sequence[Punch]:
    """Return those of the punches around `at` that a person then calls today's, oldest first.

    These are the punches of the work date, those made on the calendar date in `zone`, and those of a shift from
    the day before whose windows still hold `at`.
    """
    day = at.astimezone(zone).date()
    running = {point.work_date for point in points_at(plans, at)}
    todays = [
        punch
        for punch in near
        if punch.work_date == day or punch.work_date in running or punch.punched_at.astimezone(zone).date() == day
    ]
    return sorted(todays, key=lambda punch: punch.punched_at)


def decide_punch(
    request: PunchRequest,
    *,
    plans: Sequence[DayPlan] | None,
    earlier: Sequence[Punch],
    policy: PunchPolicy = DEFAULT_POLICY,
) -> Decision:
    """Decide what a request to punch means.

    `plans` are the person's days around the request (yesterday, today, tomorrow), None where the plan could not
    be read; `earlier` their punches of those work dates. The check type comes from the words and the windows,
    never from the parity of earlier punches; where both leave a doubt the answer is a question.
    """
    refusal = _before_the_shift(request, policy)
    if refusal is not None:
        return refusal
    standing = counting(earlier)
    same_moment = next((punch for punch in standing if punch.punched_at == request.at), None)
    if same_moment is not None:
        return AlreadyPunched(same_moment)
    if plans is None and request.direction is None:
        return AskDirection()
    held = points_at(plans or (), request.at)
    answers = _answers(standing, plans or ())
    if not held:
        return _without_check_point(request, plans, standing)
    if request.direction is None:
        return _bare(request, held, answers)
    points = [point for point in held if point.check_type is request.direction]
    if not points:
        return _without_check_point(request, plans, standing)
    return _at_check_point(request, _pick(points, answers), answers)


def _before_the_shift(request: PunchRequest, policy: PunchPolicy) -> Decision | None:
    """Return the question or refusal that needs no look at shifts, None when there is none."""
    if out_of_time(request, policy):
        return AskAgain(request.direction, request.at)
    if policy.refuse_outside and request.where.result is LocationResult.OUTSIDE:
        return Refused("punch.outside_refused")
    if policy.location_required and (request.where.fix is None or request.unusable is not None):
        return AskPlace(request.unusable)
    if policy.ask_at_edge and request.edge is not None:
        return AskEdge(request.edge)
    if request.source is PunchSource.VOICE and not request.confirmed:
        return AskDirection() if request.direction is None else AskConfirm(request.direction)
    return None


def _bare(request: PunchRequest, held: Sequence[CheckPoint], answers: _Answers) -> Decision:
    """Decide a 打卡 without direction from the windows alone, or ask.

    Coming is clear up to the middle of the section while its on-duty punch is open, and (nothing changes) just
    as clear once it is there. Going is clear once the section is over; a later one replaces it only when it says
    that it is one. Anything else is a question: before the end of the shift a guess would write an early leave
    into somebody's pay.
    """
    nearest = held[0]
    on_duty = [point for point in held if point.check_type is CheckType.ON_DUTY]
    coming = [point for point in on_duty if request.at <= point.due_at + (point.closes_at - point.due_at) / 2]
    going = [point for point in held if point.check_type is CheckType.OFF_DUTY and request.at >= point.due_at]
    if coming and going:
        return AskDirection()
    if going:
        gone = answers.get((going[0].work_date, going[0].key))
        return _at_check_point(request, going[0], answers) if gone is None else AlreadyPunched(gone)
    if coming and nearest.check_type is CheckType.ON_DUTY:
        return _at_check_point(request, _pick(coming, answers), answers)
    return AskDirection()


def _pick(points: Sequence[CheckPoint], answers: _Answers) -> CheckPoint:
    """Return the nearest due of `points`, an on-duty one that is still open before one that is answered."""
    if points[0].check_type is CheckType.OFF_DUTY:
        return points[0]
    return next((point for point in points if (point.work_date, point.key) not in answers), points[0])


def _answers(standing: Sequence[Punch], plans: Sequence[DayPlan]) -> _Answers:
    """Return the first punch for each check point.

    A clock-in without check point, made while the plan could not be read, answers the on-duty point that would
    have taken it: nobody has to come twice because we could not see their shift.
    """
    answers: dict[tuple[date, str], Punch] = {}
    for punch in standing:
        if punch.check_point is not None:
            answers.setdefault((punch.work_date, punch.check_point), punch)
    for punch in standing:
        if punch.check_point is None and punch.check_type is CheckType.ON_DUTY:
            held = (p for p in points_at(plans, punch.punched_at) if p.check_type is CheckType.ON_DUTY)
            for point in islice(held, 1):
                answers.setdefault((point.work_date, point.key), punch)
    return answers


def _at_check_point(request: PunchRequest, point: CheckPoint, answers: _Answers) -> Decision:
    done = answers.get((point.work_date, point.key))
    if point.check_type is CheckType.ON_DUTY and done is not None:
        return AlreadyPunched(done)
    result = time_result(point, request.at)
    minutes = late_minutes(point, request.at) if result is not TimeResult.NORMAL else 0
    return Accepted(point.work_date, point.check_type, point.key, result, minutes, request.note)


def _without_check_point(
    request: PunchRequest, plans: Sequence[DayPlan] | None, standing: Sequence[Punch]
) -> Decision:
    """Decide where no shift holds the moment: rest day, flexible hours, no plan, or outside every window."""
    free = [p for p in standing if p.work_date == request.local_date and p.check_point is None]
    free.sort(key=lambda punch: punch.punched_at)
    opened = _still_open(request, standing)
    if request.direction is None:
        planned = any(plan.points for plan in plans or () if plan.work_date == request.local_date)
        if planned or opened or any(punch.work_date == request.local_date for punch in standing):
            return AskDirection()
        direction = CheckType.ON_DUTY
    else:
        direction = request.direction
    if direction is CheckType.ON_DUTY and free and free[-1].check_type is CheckType.ON_DUTY:
        return AlreadyPunched(free[-1])
    ends = opened if direction is CheckType.OFF_DUTY else None
    work_date = request.local_date if ends is None else ends.work_date
    note = _join(request.note, _why_free(request, plans))
    return Accepted(work_date, direction, None, TimeResult.UNKNOWN, 0, note)


def _still_open(request: PunchRequest, standing: Sequence[Punch]) -> Punch | None:
    """Return the clock-in of the last 24 hours after which nobody has clocked out, None without one.

    Who goes home past every window, or while the plan cannot be read, ends the day on which they came.
    """
    recent = [p for p in standing if timedelta() < request.at - p.punched_at < OPEN_FOR]
    last = max(recent, key=lambda punch: punch.punched_at, default=None)
    return last if last is not None and last.check_type is CheckType.ON_DUTY else None


def _why_free(request: PunchRequest, plans: Sequence[DayPlan] | None) -> str:
    if plans is None:
        return PLAN_UNREADABLE
    planned = any(plan.points for plan in plans if plan.work_date == request.local_date)
    return OUTSIDE_WINDOW if planned else NO_SHIFT


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
