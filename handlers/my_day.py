"""One's own day and past days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.actions import Days, History, MyDay, Why
from bot.chat.context import Answer, Context, Router, not_shown, recheck_sight
from bot.domain.calendars import shortened
from bot.domain.people import Employee
from bot.domain.punches import Punch, counting
from bot.domain.results import WRONG
from bot.domain.verdicts import OwnDays
from bot.views import my_day as views
from bot.views.formatting import escape
from bot.views.reply import Reply
from bot.views.sentences import sentence
from bot.views.why import not_explained
from bot.views.why import why as explanation

router = Router()
WHY_DAYS = 7  # how far back "why was I late?" looks when no day is named
A_DAY = timedelta(days=1)


@router.on(MyDay, help_key="help.status", personal=True)
async def status(ctx: Context, action: MyDay) -> Answer:
    """Show the person's own day."""
    day, plan, punches = await ctx.services.own_punches.today(ctx.who, ctx.message)
    read = await ctx.services.summaries.own_day(ctx.who.user_id, day)
    own = await _own(ctx, day, day, punches)
    told = read if read.plan is not None else own.days.get(day, read)
    return views.today(told, plan, punches, ctx.texts, own.verdicts)


@router.on(History, help_key="help.history", personal=True)
async def history(ctx: Context, action: History) -> Answer:
    """Show the person's own days as their lead sees them. Without a range show this week."""
    today = ctx.services.own_punches.local_date(ctx.message)
    monday = today - timedelta(days=today.weekday())
    first, last = _past(action.days or Days(first=monday, last=today), today)
    if first > last:
        return sentence("team.future", ctx.texts)
    found = await ctx.services.summaries.own_range(ctx.who.user_id, first, last)
    # A punch at the end of a night shift may count for the day before.
    punches = await ctx.services.own_punches.between(ctx.who, first - A_DAY, last + A_DAY)
    own = await _own(ctx, first, last, punches)
    return views.history(found, punches, ctx.texts, own.verdicts)


@router.on(Why, help_key="help.why", personal=True)
async def why(ctx: Context, action: Why) -> Answer:
    """Explain the verdict on the last late or early punch. Without such a punch explain the last one.

    It is the sender's own punch, or that of a person whose days the sender may see.
    """
    if not action.whom.is_named:
        return await _why(ctx, action, ctx.who, theirs=False)
    sight = await ctx.services.visibility.seen_by(ctx.who.user_id, action.whom)
    if not (sight.user_ids and sight.one):
        return not_shown(ctx, sight, action)
    explained = await _why(ctx, action, sight.people[0], theirs=True)
    return await recheck_sight(ctx, sight, explained, action)


async def _why(ctx: Context, action: Why, whose: Employee, *, theirs: bool) -> Reply:
    """Explain the verdict on the punch that is asked about, or say that there is no such punch."""
    today = ctx.services.own_punches.local_date(ctx.message)
    week = Days(first=today - timedelta(days=WHY_DAYS - 1), last=today)
    first, last = _past(action.days or week, today)
    punch = _asked_about(await _punches_of(ctx, whose, first, last), action, first, last)
    name = escape(whose.name or whose.user_id)
    if punch is None and first == last == today:
        return sentence("why.none_today", ctx.texts)
    if punch is None:
        return not_explained(action.direction, first, last, ctx.texts, of=name if theirs else None)
    rosters = ctx.services.rosters
    plans = await rosters.plans_around(whose, punch.work_date)
    plan = next((plan for plan in plans or () if plan.work_date == punch.work_date), None)
    own = await ctx.services.summaries.own(whose.user_id, punch.work_date, punch.work_date, [punch])
    verdict = own.verdicts.get(punch.punch_id)
    reply = explanation(punch, plan, rosters.source, ctx.texts, verdict, of=name if theirs else None)
    punched_on = punch.punched_at.astimezone(ctx.texts.zone).date()
    if theirs or action.days is not None or today in (punch.work_date, punched_on):
        return reply
    return replace(reply, text=f"{ctx.texts('why.not_of_today')}\n\n{reply.text}")


def _past(days: Days, today: date) -> tuple[date, date]:
    """Return the range without future days, cut to the longest one allowed."""
    last = min(days.last, today)
    return shortened(days.first, last), last


async def _own(ctx: Context, first: date, last: date, punches: Sequence[Punch]) -> OwnDays:
    """Return the person's days as in a lead's summary. The range includes the work dates of `punches`."""
    days = [first, last, *(punch.work_date for punch in punches)]
    return await ctx.services.summaries.own(ctx.who.user_id, min(days), max(days), punches)


async def _punches_of(ctx: Context, whose: Employee, first: date, last: date) -> Sequence[Punch]:
    """Return the punches with a work date or local date in `first` to `last`."""
    own = ctx.services.own_punches
    if first == last == own.local_date(ctx.message):
        return (await own.today(whose, ctx.message))[2]
    return [
        punch
        for punch in await own.between(whose, first - A_DAY, last + A_DAY)
        if first <= punch.work_date <= last or first <= punch.punched_at.astimezone(ctx.texts.zone).date() <= last
    ]


def _asked_about(punches: Sequence[Punch], action: Why, first: date, last: date) -> Punch | None:
    """Return the last late or early punch, else the last punch. Prefer the work dates `first` to `last`."""
    fitting = [punch for punch in counting(punches) or punches if action.direction in (None, punch.check_type)]
    irregular = [punch for punch in fitting if punch.time_result in WRONG]
    some = irregular or fitting
    of_days = [punch for punch in some if first <= punch.work_date <= last]
    return next(reversed(of_days or some), None)
