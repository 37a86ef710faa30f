"""The sender's own day and past days, and the reason of a verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import itemgetter

from bot.actions import DayRecord, History, MyDay, Why
from bot.chat.context import Answer, Context, answers
from bot.domain.day import Check, PersonDay
from bot.domain.punches import Punch, punches_that_count
from bot.domain.shifts import WRONG, CheckType, TimeResult
from bot.domain.slots import A_DAY, Days
from bot.views.days import day_parts, days_with_something, native_lines, shift_line, shift_of
from bot.views.i18n import Texts
from bot.views.receipts import result, standing
from bot.views.sentences import Button, reply_with_pages, reply_with_title
from bot.views.team import totals_in_words

WHY_DAYS = 7  # how far back "why was I late?" looks when no day is named


@answers(MyDay)
async def status(ctx: Context, action: MyDay) -> Answer:
    """Show the person's own day: the shift, every punch, and the checks without one."""
    texts = ctx.texts
    user_id = ctx.user_id
    summaries = ctx.services.summaries
    today, punches = await ctx.services.punches.today(ctx.who, ctx.message.at)
    dates = [today, *(punch.work_date for punch in punches)]
    days = dict(await summaries.days_from_store(user_id, Days(min(dates), max(dates))))
    if not action.kept:
        days[today] = await summaries.own_day(user_id, today)
    day = days[today]
    replaced = _ids_made_up_for(punches)
    made: list[tuple[datetime, str]] = []
    for punch in punches:
        line = _line(punch, days, replaced, texts)
        if punch.work_date != today:
            line = f"{line} · {texts('receipt.work_date', date=punch.work_date)}"
        made.append((punch.punched_at, line))
    ours = {punch.punched_at.replace(microsecond=0) for punch in punches}
    made += [
        (at, line) for at, line in native_lines(day, texts) if at.replace(microsecond=0) not in ours
    ]
    without = [
        (
            check.due_at,
            check.check_type,
            "day.not_due" if check.due_at > ctx.message.at else "day.open",
        )
        for check in day.checks
        if check.punched_at is None
    ]
    without += [(point.due_at, point.check_type, "day.on_leave") for point in day.taken]
    lines = [
        texts("day.shift", shift=shift_line(day, texts)),
        *([texts("day.excused")] if day.excused else []),
    ]
    lines += [f"- {line}" for _, line in sorted(made, key=itemgetter(0))] or [texts("day.none")]
    for due_at, kind, key in sorted(without):
        lines.append(f"- {texts(key, due=due_at, what=kind)}")
    return reply_with_title(texts("day.title", date=today), [*lines, texts("day.with_native")])


@answers(History)
async def history(ctx: Context, action: History) -> Answer:
    """Show a page of the person's own days as their lead sees them, by default this week.

    Each day has its worked time, and below it the punches made through the bot.
    """
    texts = ctx.texts
    asked = ctx.past(action.days, ctx.today - ctx.today.weekday() * A_DAY)
    own_range = await ctx.services.summaries.own_range(ctx.user_id, asked)
    punches = await ctx.services.store.ledger.punches(ctx.user_id, asked)
    (own,) = own_range.people
    replaced = _ids_made_up_for(punches)
    days = {day.work_date: day for day in own.days}
    parts = {
        day.work_date: [*day_parts(day, texts), *_worked(day, texts)]
        for day in days_with_something(own.days)
    }

    def lines_of(work_date: date) -> str:
        of_date = (punch for punch in punches if punch.work_date == work_date)
        made = (f"- {_line(punch, days, replaced, texts)}" for punch in of_date)
        heading = " · ".join([f"**{work_date}**", *parts.get(work_date, ())])
        return "\n\n".join([heading, *made])

    none = [] if punches else [texts("day.none")]
    reply = reply_with_pages(
        texts("day.history", first=asked.first, last=asked.last),
        sorted(parts.keys() | {punch.work_date for punch in punches}),
        lines_of,
        action.but(days=asked),
        texts,
        head=[totals_in_words(own.totals, texts)],
        foot=[*none, texts("day.as_lead"), texts("team.as_of", at=own_range.as_of)],
    )
    if not asked.is_one:
        return reply
    return replace(reply, buttons=(*reply.buttons, _who_changed(asked.first, texts)))


def _worked(day: PersonDay, texts: Texts) -> list[str]:
    minutes = day.worked_minutes
    return [texts("team.sum_worked", minutes=minutes)] if minutes else []


@answers(Why)
async def why(ctx: Context, action: Why) -> Answer:
    """Explain the last late or early check of the sender.

    Without such a check explain the last one.
    """
    texts = ctx.texts
    asked = ctx.past(action.days, ctx.today - (WHY_DAYS - 1) * A_DAY)
    days = await ctx.services.summaries.days_from_store(ctx.user_id, asked)
    made = [
        (check, day)
        for _, day in sorted(days.items())
        for check in day.checks
        if check.punched_at is not None and action.direction in (None, check.check_type)
    ]
    wrong = [(check, day) for check, day in made if check.time_result in WRONG and not day.excused]
    if not made:
        return ctx.sentence("why.none", first=asked.first, last=asked.last)
    check, day = (wrong or made)[-1]
    title = texts("why.title", what=check.check_type, at=check.punched_at)
    return reply_with_title(
        title, _explain(check, day, texts), [_who_changed(day.work_date, texts)]
    )


def _who_changed(day: date, texts: Texts) -> Button:
    """Return the button that shows who did what to the sender's day."""
    return Button(texts("action.day_record"), action=DayRecord(days=Days(day, day)))


def _explain(check: Check, day: PersonDay, texts: Texts) -> Iterator[str]:
    """Yield the verdict on a made check, its punch, the shift, and the rule."""
    if day.excused:
        yield texts("day.excused")
    if check.time_result is TimeResult.UNKNOWN:
        yield texts("why.unknown")
    else:
        yield texts("why.counted", verdict=result(check.time_result, check.minutes, texts))
    key = "why.made_up" if check.correction else "why.punched"
    yield texts("why.native" if check.native else key, at=check.punched_at)
    points = day.plan.points if day.plan is not None else ()
    shift = next((point.shift for point in points if point.key == check.key), None)
    if shift is not None:
        grace = shift.grace_minutes
        key = "why.shift_open" if grace is None else "why.shift"
        key = "why.shift_off" if check.check_type is CheckType.OFF_DUTY else key
        what = check.check_type
        yield texts(key, shift=shift_of(day, texts), what=what, due=check.due_at, grace=grace)
        if check.check_type is CheckType.ON_DUTY and grace is not None:
            key = "why.late" if check.time_result in WRONG else "why.in_time"
            yield texts(key, until=check.due_at + timedelta(minutes=grace), due=check.due_at)
            limits = {
                TimeResult.SERIOUS_LATE: ("why.seriously_late", shift.serious_late_minutes),
                TimeResult.ABSENTEEISM: ("why.late_as_absent", shift.absenteeism_minutes),
            }
            key, minutes = limits.get(check.time_result, ("", None))
            if minutes is not None:
                until = check.due_at + timedelta(minutes=minutes)
                yield texts(key, until=until, minutes=minutes)
    if check.time_result is TimeResult.EARLY:
        yield texts("why.early", due=check.due_at)
    yield texts("why.overrules")


def _ids_made_up_for(punches: Sequence[Punch]) -> frozenset[str]:
    """Return the ids of punches that a make-up punch replaced."""
    counted = {punch.punch_id for punch in punches_that_count(punches)}
    return frozenset(
        punch.punch_id for punch in punches if punch.stands and punch.punch_id not in counted
    )


def _line(
    punch: Punch, days: Mapping[date, PersonDay], replaced: frozenset[str], texts: Texts
) -> str:
    line = standing(punch, days.get(punch.work_date), texts)
    return f"{line} · {texts('correction.replaced')}" if punch.punch_id in replaced else line
