"""An answer that is given twice, as by a double tap: one punch, and the second time "already recorded"."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.domain import notes
from bot.domain.punches import Accepted, AlreadyPunched, Decision, Punch, PunchRequest, counting
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource

SAID_TWICE = timedelta(seconds=30)  # around the answer that punched; a clock-out minutes later is one of its own
_SOON = timedelta(minutes=3)  # a second tap on a question about hours ago is no clock-out of now


def told_again_until(answered_at: datetime, recorded_at: datetime) -> datetime:
    """Return until when the same answer is known for a repetition of the one of `answered_at`.

    Who waited for the receipt, as behind a message that came late, taps again from then on, not from when they
    answered; but a receipt much later is no reason to take a new punch for an old one.
    """
    return min(max(answered_at, recorded_at), answered_at + SAID_TWICE) + SAID_TWICE


def told_again(decision: Decision, request: PunchRequest, earlier: Sequence[Punch]) -> Decision:
    """Return that nothing changes where `request` says again what punched seconds ago, else `decision` as it is.

    What says more (another place, a reason) is no repetition, nor is a clock-out that is in time while the first,
    not long before it, was early.
    """
    if request.repeats is None:
        return decision
    first = next((punch for punch in counting(earlier) if punch.punched_at == request.repeats), None)
    if first is None or not _says_no_more(request, first) or _gains(decision, request, first):
        return decision
    return AlreadyPunched(first)


def used_up(decision: Decision, request: PunchRequest, earlier: Sequence[Punch]) -> Decision:
    """Return that nothing changes where the question of a tap was answered in chat, else `decision` as it is.

    Not where the tap is a clock-out in time and the answer was an early one of the same check: then it counts,
    however much later it is, unless another one in time is there. It is none that came twice, for its time is its
    own. Nor where no target took the answer, as `earlier` tells.
    """
    answer = request.outdoes
    if answer is None or any(punch.punch_id == answer.punch_id and not punch.stands for punch in earlier):
        return decision
    if not _is_in_time_after(answer, decision, request):
        return AlreadyPunched(answer)
    in_time = [
        one for one in counting(earlier) if _check_of(one) == _check_of(answer) and _puts_right(one, answer)
    ]
    return AlreadyPunched(in_time[-1]) if in_time else decision


def _is_in_time_after(early: Punch, decision: Decision, request: PunchRequest) -> bool:
    if not isinstance(decision, Accepted) or request.at <= early.punched_at:
        return False
    return _check_of(decision) == _check_of(early) and _puts_right(decision, early)


def _says_no_more(request: PunchRequest, first: Punch) -> bool:
    same_direction = request.direction in (None, first.check_type)
    where, fix = request.where, request.where.fix
    named = fix is not None and fix.source is LocationSource.NAMED and where.site == first.where.site
    same_place = fix is None or fix == first.where.fix or named
    return same_direction and same_place and notes.says_no_more(request.note, first.note)


def _gains(decision: Decision, request: PunchRequest, first: Punch) -> bool:
    if not isinstance(decision, Accepted):
        return False
    if decision.check_type is not first.check_type:
        return True
    return request.at - first.punched_at < _SOON and _puts_right(decision, first)


def _puts_right(later: Accepted | Punch, early: Punch) -> bool:
    return early.time_result is TimeResult.EARLY and later.time_result is TimeResult.NORMAL


def _check_of(punched: Accepted | Punch) -> tuple[date, str | None, CheckType]:
    return punched.work_date, punched.check_point, punched.check_type
