"""A person's own day and past days."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.domain.deciding import answering
from bot.domain.punches import Punch, counting, last_of_several
from bot.domain.shifts import CheckPoint, DayPlan
from bot.domain.summaries import TeamRange
from bot.domain.verdicts import Verdict
from bot.i18n import Texts
from bot.views.formatting import check_type, escape
from bot.views.receipts import standing
from bot.views.reply import Reply
from bot.views.team_ranges import day_parts, days_with_something, summed_up


def today(
    day: date,
    plan: DayPlan | None,
    punches: Sequence[Punch],
    texts: Texts,
    *,
    verdicts: Mapping[str, Verdict],
    on_leave: Callable[[CheckPoint], bool],
    excused: bool = False,
) -> Reply:
    """Return today's shift, the punches made through the bot, and the checks without one.

    `verdicts` are what counts instead of how punches were recorded, by punch id; `excused` tells that a lead
    excused the day.
    """
    title = texts("day.title", date=day.isoformat())
    lines = [f"### {title}", _shift(plan, texts), *([texts("day.excused")] if excused else [])]
    replaced = _replaced(punches)
    last = last_of_several(punches) - verdicts.keys()
    for punch in punches:
        counts = f" · {texts('day.last_counts')}" if punch.punch_id in last else ""
        lines.append(f"- {_line(day, punch, texts, replaced, verdicts)}{counts}")
    if not punches:
        lines.append(texts("day.none"))
    told = (verdicts[punch.punch_id] for punch in punches if punch.punch_id in verdicts)
    counted = {one.check.key for one in told if one.check is not None and one.work_date == day}
    open_points = [point for point in _without_punch(plan, punches) if point.key not in counted]
    lines += [f"- {_open(point, texts, on_leave(point))}" for point in open_points]
    lines.append(texts("day.only_ours"))
    return Reply(title, "\n\n".join(lines))


def _without_punch(plan: DayPlan | None, punches: Sequence[Punch]) -> list[CheckPoint]:
    if plan is None:
        return []
    answered = answering(counting(punches), [plan])
    return [point for point in plan.points if (point.work_date, point.key) not in answered]


def _open(point: CheckPoint, texts: Texts, on_leave: bool) -> str:
    key = "day.on_leave" if on_leave else "day.open"
    return texts(key, due=texts.clock(point.due_at), what=check_type(point.check_type, texts))


def _replaced(punches: Sequence[Punch]) -> frozenset[str]:
    """Return the ids of punches in whose place an approved one counts."""
    counted = {punch.punch_id for punch in counting(punches)}
    return frozenset(punch.punch_id for punch in punches if punch.stands and punch.punch_id not in counted)


def _marked(punch: Punch, texts: Texts, replaced: frozenset[str], verdicts: Mapping[str, Verdict]) -> str:
    line = standing(punch, texts, verdicts.get(punch.punch_id))
    return f"{line} · {texts('correction.replaced')}" if punch.punch_id in replaced else line


def _line(day: date, punch: Punch, texts: Texts, replaced: frozenset[str], verdicts: Mapping[str, Verdict]) -> str:
    line = _marked(punch, texts, replaced, verdicts)
    counts_for = _date_of(punch, verdicts)
    if counts_for == day:
        return line
    return f"{line} · {texts('receipt.work_date', date=counts_for.isoformat())}"


def _date_of(punch: Punch, verdicts: Mapping[str, Verdict]) -> date:
    """Return the work date for which a punch counts in the end."""
    verdict = verdicts.get(punch.punch_id)
    return punch.work_date if verdict is None or verdict.work_date is None else verdict.work_date


def history(found: TeamRange, punches: Sequence[Punch], texts: Texts, verdicts: Mapping[str, Verdict]) -> Reply:
    """Return a person's own days as their lead reads them, with the punches made through the bot below each.

    Of `punches`, also of the days around, those are told that count for these days.
    """
    title = texts("day.history", first=found.first.isoformat(), last=found.last.isoformat())
    own = next(iter(found.people), None)
    lines = [f"### {title}", *([summed_up(own.totals, texts)] if own is not None else [])]
    days = {day.work_date: day_parts(day, texts) for day in days_with_something(own.days if own else ())}
    dated = [(its, punch) for punch in punches if found.first <= (its := _date_of(punch, verdicts)) <= found.last]
    punches = [punch for _, punch in dated]
    by_date = {day: [one for its, one in dated if its == day] for day, _ in dated}
    replaced = _replaced(punches)
    for work_date in sorted(days.keys() | by_date.keys()):
        lines.append(" · ".join([f"**{work_date.isoformat()}**", *days.get(work_date, ())]))
        lines += [f"- {_marked(punch, texts, replaced, verdicts)}" for punch in by_date.get(work_date, ())]
    if not punches:
        lines.append(texts("day.none"))
    lines += [texts("day.as_lead"), texts("team.as_of", at=texts.day_and_clock(found.as_of))]
    return Reply(title, "\n\n".join(lines))


def _shift(plan: DayPlan | None, texts: Texts) -> str:
    if plan is None:
        return texts("day.plan_unknown")
    if not plan.points:
        return texts("day.no_shift")
    moments = [texts.clock(point.due_at) for point in plan.points]
    spans = ", ".join(f"{start}–{end}" for start, end in zip(moments[::2], moments[1::2], strict=False))
    return texts("day.shift", name=escape(plan.shift_name or ""), hours=spans)
