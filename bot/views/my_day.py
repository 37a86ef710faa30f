"""A person's own day and past days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter

from bot.domain.day import PersonDay
from bot.domain.punches import Punch, counting, last_of_several
from bot.domain.reconciling import whole_second
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.summaries import TeamRange
from bot.domain.verdicts import Verdict
from bot.i18n import Texts
from bot.views.formatting import check_type, escape, for_work_date
from bot.views.receipts import result, standing
from bot.views.reply import Reply
from bot.views.sentences import titled
from bot.views.team import day_parts, days_with_something, summed_up


def today(
    day: PersonDay, plan: DayPlan | None, punches: Sequence[Punch], texts: Texts, verdicts: Mapping[str, Verdict]
) -> Reply:
    """Return today's shift, the punches made through the bot, native ones that count, and the checks without one.

    `verdicts` are what counts instead of how punches were recorded, by punch id.
    """
    lines = [_shift(plan, texts), *([texts("day.excused")] if day.excused else [])]
    replaced = _replaced(punches)
    last = last_of_several(punches) - verdicts.keys()
    made = []
    for punch in punches:
        counts = f" · {texts('day.last_counts')}" if punch.punch_id in last else ""
        other_day = f" · {for_work_date(punch.work_date, texts)}" if punch.work_date != day.work_date else ""
        made.append((punch.punched_at, _marked(punch, texts, replaced, verdicts) + other_day + counts))
    ours = {whole_second(punch.punched_at) for punch in punches}
    made += [(at, line) for at, line in _native(day, texts) if whole_second(at) not in ours]
    lines += [f"- {line}" for _, line in sorted(made, key=itemgetter(0))]
    if not made:
        lines.append(texts("day.none"))
    lines += [f"- {line}" for line in _open(day, texts)]
    lines.append(texts("day.with_native"))
    return titled(texts("day.title", date=day.work_date.isoformat()), lines)


def _native(day: PersonDay, texts: Texts) -> Iterator[tuple[datetime, str]]:
    """Yield when somebody punched outside the bot, and the line about it."""
    for check in day.checks:
        if check.punched_at is not None and check.native:
            parts = [texts.clock(check.punched_at), check_type(check.check_type, texts)]
            if check.time_result is not TimeResult.UNKNOWN:
                parts.append(result(check.time_result, check.minutes, texts))
            yield check.punched_at, " · ".join([*parts, texts("day.native")])
    for at, kind in ((day.arrived_at, CheckType.ON_DUTY), (day.left_at, CheckType.OFF_DUTY)):
        if at is not None and not day.checks:
            yield at, " · ".join([texts.clock(at), check_type(kind, texts), texts("day.native")])


def _open(day: PersonDay, texts: Texts) -> Iterator[str]:
    """Yield a line about each check that was not made, or that leave takes."""
    without = [(one.due_at, one.check_type, "day.open") for one in day.checks if one.punched_at is None]
    without += [(point.due_at, point.check_type, "day.on_leave") for point in day.taken]
    for due_at, kind, key in sorted(without):
        yield texts(key, due=texts.clock(due_at), what=check_type(kind, texts))


def _replaced(punches: Sequence[Punch]) -> frozenset[str]:
    """Return the ids of punches that an approved one replaced."""
    counted = {punch.punch_id for punch in counting(punches)}
    return frozenset(punch.punch_id for punch in punches if punch.stands and punch.punch_id not in counted)


def _marked(punch: Punch, texts: Texts, replaced: frozenset[str], verdicts: Mapping[str, Verdict]) -> str:
    line = standing(punch, texts, verdicts.get(punch.punch_id))
    return f"{line} · {texts('correction.replaced')}" if punch.punch_id in replaced else line


def history(found: TeamRange, punches: Sequence[Punch], texts: Texts, verdicts: Mapping[str, Verdict]) -> Reply:
    """Return a person's own days as their lead reads them, with the punches made through the bot below each.

    `punches` may include days around the range; only those that count for the range are shown.
    """
    own = next(iter(found.people), None)
    lines = [summed_up(own.totals, texts)] if own is not None else []
    days = {day.work_date: day_parts(day, texts) for day in days_with_something(own.days if own else ())}
    punches = [punch for punch in punches if found.first <= punch.work_date <= found.last]
    by_date: dict[date, list[Punch]] = {}
    for punch in punches:
        by_date.setdefault(punch.work_date, []).append(punch)
    replaced = _replaced(punches)
    for work_date in sorted(days.keys() | by_date.keys()):
        lines.append(" · ".join([f"**{work_date.isoformat()}**", *days.get(work_date, ())]))
        lines += [f"- {_marked(punch, texts, replaced, verdicts)}" for punch in by_date.get(work_date, ())]
    if not punches:
        lines.append(texts("day.none"))
    lines += [texts("day.as_lead"), texts("team.as_of", at=texts.day_and_clock(found.as_of))]
    return titled(texts("day.history", first=found.first.isoformat(), last=found.last.isoformat()), lines)


def _shift(plan: DayPlan | None, texts: Texts) -> str:
    if plan is None:
        return texts("day.plan_unknown")
    if not plan.points:
        return texts("day.no_shift")
    moments = [texts.clock(point.due_at) for point in plan.points]
    spans = ", ".join(f"{start}–{end}" for start, end in zip(moments[::2], moments[1::2], strict=False))
    return texts("day.shift", name=escape(plan.shift_name or ""), hours=spans)
