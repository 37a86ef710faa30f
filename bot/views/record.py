"""The record of one person's days in words: who did what, and when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from bot.domain.absences import Excuse
from bot.domain.closing import MonthStep, StepKind
from bot.domain.corrections import Correction, CorrectionState
from bot.domain.day import PersonDay
from bot.domain.punches import Punch, PunchSource
from bot.views import corrections
from bot.views.days import native_lines
from bot.views.i18n import Texts
from bot.views.notes import reason_of
from bot.views.receipts import standing

_DECISIONS = {
    CorrectionState.APPROVED: "record.approved",
    CorrectionState.REFUSED: "record.refused",
    CorrectionState.EXPIRED: "record.expired",
    CorrectionState.WITHDRAWN: "record.withdrawn",
}


class Happened(NamedTuple):
    """What somebody did to a day at an aware moment. `by` is a user id, None for nobody.

    `stood_in_for` are the leads for whom a stand-in acted.
    """

    at: datetime
    by: str | None
    text: str
    stood_in_for: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RecordedDays:
    """The rows about one person's days. `days` are the days that the reader sees.

    `native` are the moments of all punches outside the bot, also of those that count for no check.
    """

    days: Mapping[date, PersonDay] = field(default_factory=dict)
    native: Mapping[date, Sequence[datetime]] = field(default_factory=dict)
    punches: Sequence[Punch] = ()
    requests: Sequence[Correction] = ()
    earlier: Sequence[Correction] = ()  # these requests after replaced decisions
    excuses: Sequence[Excuse] = ()
    locks: Sequence[MonthStep] = ()


def events(record: RecordedDays, texts: Texts) -> Sequence[Happened]:
    """Return what happened, in order."""
    made_up = {
        punch.message_id: standing(punch, record.days[punch.work_date], texts)
        for punch in record.punches
        if punch.source is PunchSource.CORRECTION
    }
    every = [*_punches(record, texts), *_excuses(record.excuses, texts)]
    for request in record.requests:
        earlier = [each for each in record.earlier if each.reference == request.reference]
        every += _request(request, earlier, made_up.get(request.punch_message_id, ""), texts)
    for step in record.locks:
        key = "record.locked" if step.kind is StepKind.LOCKED else "record.reopened"
        every.append(Happened(step.taken_at, step.actor, texts(key, month=f"{step.month:%Y-%m}")))
    return sorted(every, key=lambda event: event.at)


def _punches(record: RecordedDays, texts: Texts) -> Iterator[Happened]:
    ours = {punch.punched_at.replace(microsecond=0) for punch in record.punches}
    for punch in record.punches:
        if punch.source is not PunchSource.CORRECTION:
            line = standing(punch, record.days[punch.work_date], texts)
            yield Happened(punch.received_at, punch.user_id, line)
    for day in record.days.values():
        lines = dict(native_lines(day, texts))
        for at in record.native[day.work_date]:
            if at.replace(microsecond=0) not in ours:
                without_check = f"{texts.clock(at)} · {texts('day.native')}"
                yield Happened(at, day.user_id, lines.get(at, without_check))


def _request(
    request: Correction, earlier: Iterable[Correction], made_up: str, texts: Texts
) -> Iterator[Happened]:
    """Yield the request and its decisions. `made_up` is the line of its punch, if any."""
    what = corrections.check(request.check_type, request.punched_at, texts)
    asked = texts("record.asked", reference=request.reference, what=what)
    reason = corrections.reason(request.reason, texts)
    yield Happened(request.asked_at, request.user_id, " · ".join([asked, *reason]))
    for decided in (*earlier, request):
        if decided.decided_at is not None:
            parts = [texts(_DECISIONS[decided.state], reference=decided.reference)]
            parts += corrections.answer(decided.answer, texts)
            if made_up and decided.state is CorrectionState.APPROVED:
                parts.append(made_up)
            text = " · ".join(parts)
            yield Happened(decided.decided_at, decided.decided_by, text, decided.stood_in_for)


def _excuses(excuses: Iterable[Excuse], texts: Texts) -> Iterator[Happened]:
    for excuse in excuses:
        key = "record.excused" if excuse.excused else "record.unexcused"
        why = reason_of(excuse.reason, texts)
        text = texts(key, day=excuse.work_date, reason=why)
        yield Happened(excuse.decided_at, excuse.decided_by, text, excuse.stood_in_for)
