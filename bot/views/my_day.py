"""A person's own day and past days."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from bot.domain.punches import Punch
from bot.domain.shifts import DayPlan
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import standing
from bot.views.reply import Reply


def today(day: date, plan: DayPlan | None, punches: Sequence[Punch], texts: Texts) -> Reply:
    """Return today's shift and the punches made through the bot."""
    title = texts("day.title", date=day.isoformat())
    lines = [f"### {title}", _shift(plan, texts)]
    lines += [f"- {_line(day, punch, texts)}" for punch in punches] or [texts("day.none")]
    lines.append(texts("day.only_ours"))
    return Reply(title, "\n\n".join(lines))


def _line(day: date, punch: Punch, texts: Texts) -> str:
    line = standing(punch, texts)
    if punch.work_date == day:
        return line
    return f"{line} · {texts('receipt.work_date', date=punch.work_date.isoformat())}"


def history(first: date, last: date, punches: Sequence[Punch], texts: Texts) -> Reply:
    """Return the punches made through the bot on the work dates `first` to `last`."""
    title = texts("day.history", first=first.isoformat(), last=last.isoformat())
    lines = [f"### {title}"]
    for work_date, group in groupby(punches, key=lambda punch: punch.work_date):
        lines.append(f"**{work_date.isoformat()}**")
        lines += [f"- {standing(punch, texts)}" for punch in group]
    if not punches:
        lines.append(texts("day.none"))
    lines.append(texts("day.only_ours"))
    return Reply(title, "\n\n".join(lines))


def _shift(plan: DayPlan | None, texts: Texts) -> str:
    if plan is None:
        return texts("day.plan_unknown")
    if not plan.points:
        return texts("day.no_shift")
    moments = [texts.clock(point.due_at) for point in plan.points]
    spans = ", ".join(f"{start}–{end}" for start, end in zip(moments[::2], moments[1::2], strict=False))
    return texts("day.shift", name=escape(plan.shift_name or ""), hours=spans)
