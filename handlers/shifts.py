"""The sender's own shifts, the end of today's shift, and overtime."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from bot.actions import LeavingTime, MyShift, Overtime
from bot.chat.context import Answer, Context, answers
from bot.dingtalk.attendance import Attendance
from bot.dingtalk.limits import Priority
from bot.domain.day import PersonDay, person_day
from bot.domain.shifts import CheckType, DayPlan
from bot.domain.slots import A_DAY, Days
from bot.errors import UpstreamError
from bot.services.organisation.rosters import ConfiguredRosters
from bot.views.days import shift_line, shift_of
from bot.views.i18n import Texts
from bot.views.sentences import reply_with_title
from bot.views.team import days_of

log = logging.getLogger(__name__)
A_WEEK = 7  # days; also the most that DingTalk tells in one call
MOST_OF_REPORT = 31  # days that DingTalk's attendance report tells in one call
_T = TypeVar("_T")


@answers(MyShift)
async def my_shift(ctx: Context, action: MyShift) -> Answer:
    """Show the shifts of at most a week. Without days show a week from today."""
    texts = ctx.texts
    today = ctx.today
    asked = action.days or Days(today, today + (A_WEEK - 1) * A_DAY)
    last = min(asked.last, asked.first + (A_WEEK - 1) * A_DAY)
    dates = Days(asked.first, last)
    plans = {ctx.user_id: await _plans(ctx, dates)}
    facts = await ctx.services.day_reader.facts_from_store([ctx.user_id], dates, plans)
    lines = []
    for day in dates:
        shift = shift_line(person_day(facts[ctx.user_id][day], ctx.message.at), texts)
        lines.append(f"- **{day} {texts.weekday(day)}** · {shift}")
    if last < asked.last:
        lines.append(texts("shift.only_a_week"))
    return reply_with_title(texts("shift.title"), [*lines, texts("shift.may_change")])


@answers(LeavingTime)
async def leaving_time(ctx: Context, action: LeavingTime) -> Answer:
    """Say when today's shift ends. Promise nothing without a known plan."""
    texts = ctx.texts
    today, _ = await ctx.services.punches.today(ctx.who, ctx.message.at)
    day = await ctx.services.summaries.own_day(ctx.user_id, today)
    planned = _end_of_plan(day)
    moved = None  # DingTalk moves the planned end. It says nothing about an end that leave moved.
    if planned is not None and not isinstance(ctx.services.rosters, ConfiguredRosters):
        moved = await _wait_for_answer(ctx, _attendance(ctx).end_of_day(ctx.user_id, today))
    is_moved = planned is not None and moved is not None and moved > planned
    lines = [_end_of(day, moved if is_moved else None, texts)]
    if planned is not None and not is_moved:
        lines.append(texts("leaving.flexible"))
    return reply_with_title(texts("leaving.title", date=today), lines)


@answers(Overtime)
async def overtime(ctx: Context, action: Overtime) -> Answer:
    """Show the overtime of DingTalk's attendance report. Without days show this month."""
    texts = ctx.texts
    days = ctx.past(action.days, ctx.today.replace(day=1))
    if days.last - days.first >= MOST_OF_REPORT * A_DAY:
        return ctx.sentence("report.too_many_days", most=MOST_OF_REPORT)
    overtime_of = ctx.services.dingtalk.report.overtime
    values = await _wait_for_answer(ctx, overtime_of(ctx.user_id, days))
    title = texts("overtime.title", days=days_of(days, ctx.message.at, texts))
    if values is None:
        return reply_with_title(title, [texts("overtime.unknown")])
    lines = [texts("overtime.sum", total=_number(sum(values.values(), Decimal())))]
    lines += [f"- **{day}** · {_number(value)}" for day, value in sorted(values.items()) if value]
    return reply_with_title(title, [*lines, texts("overtime.rule")])


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _attendance(ctx: Context) -> Attendance:
    return ctx.services.dingtalk.attendance.at(Priority.REMINDER)


async def _wait_for_answer(ctx: Context, call: Awaitable[_T]) -> _T | None:
    """Return DingTalk's answer, None if the call fails or takes too long."""
    try:
        async with asyncio.timeout(ctx.services.patience.person_s):
            return await call
    except (TimeoutError, UpstreamError) as error:
        log.warning("DingTalk did not answer a person's question: %r", error)
        return None


def _end_of_plan(day: PersonDay) -> datetime | None:
    """Return the end of the last section, None without a shift or if leave covers or moves it."""
    points = day.plan.points if day.plan is not None else ()
    going = [point.due_at for point in points if point.check_type is CheckType.OFF_DUTY]
    last = max(going, default=None)
    return last if last == day.ends_at else None


async def _plans(ctx: Context, dates: Days) -> Mapping[date, DayPlan]:
    """Return the sender's known plans.

    From today on, DingTalk's present answer goes before stored plans.
    """
    rosters = ctx.services.rosters
    user_id = ctx.user_id
    today = ctx.today
    is_read = not isinstance(rosters, ConfiguredRosters) and dates.last >= today
    # later stored plans may be old: without DingTalk's answer these days are unknown
    stored = Days(dates.first, min(dates.last, today + A_DAY)) if is_read else dates
    plans = dict((await rosters.plans_of([user_id], stored)).get(user_id, {}))
    if is_read:
        ahead = Days(max(dates.first, today), dates.last)
        read = await _wait_for_answer(ctx, _attendance(ctx).plans([user_id], ahead)) or {}
        plans.update((plan.work_date, plan) for plan in read.get(user_id, ()))
    return plans


def _end_of(day: PersonDay, flexible_end: datetime | None, texts: Texts) -> str:
    """Return the sentence about the end of a day's shift."""
    if day.plan is None:
        return texts("leaving.unknown")
    if not day.plan.points:
        return texts("leaving.no_shift")
    ends = [check.due_at for check in day.checks if check.check_type is CheckType.OFF_DUTY]
    if not ends:
        return texts("leaving.away")
    if flexible_end is not None:
        return texts("leaving.moved", at=flexible_end, shift=shift_of(day, texts))
    key = "leaving.may_be_away" if day.uncertain else "leaving.ends"
    return texts(key, at=max(ends), shift=shift_of(day, texts))
