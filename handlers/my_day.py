"""One's own day and past days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.chat.audiences import to_sender
from bot.chat.context import Answer, Context, OwnDays, Reply
from bot.chat.routing import Router
from bot.domain.people import Employee
from bot.domain.punches import Punch, counting
from bot.domain.results import WRONG
from bot.understanding.intents import Intent, IntentName
from bot.views import my_day as views
from bot.views.markdown import escape
from bot.views.sentences import sentence
from bot.views.why import not_explained
from bot.views.why import why as explanation
from handlers import team
from handlers.report import FORMS, not_shown, own_as, shown_still, sight_of

router = Router()
WHY_DAYS = 7  # how far back "why was I late?" looks when no day is named


@router.on(IntentName.STATUS, help_key="help.status")
async def status(ctx: Context, intent: Intent) -> Answer:
    """Show the person's own day, or that of somebody they may see."""
    if intent.person or intent.department or intent.unclear:
        return await team.day(ctx, intent)
    day, plan, punches = await ctx.services.own_punches.today(ctx.who, ctx.message)
    own = await _own(ctx, day, day, punches)
    shown = views.today(
        day, plan, punches, ctx.texts, verdicts=own.verdicts, on_leave=own.on_leave, excused=own.is_excused(day)
    )
    return to_sender(ctx, shown)


@router.on(IntentName.HISTORY, help_key="help.history")
async def history(ctx: Context, intent: Intent) -> Answer:
    """Show the person's own days, this week's without a range, as their lead reads them; or of whom they name."""
    if intent.person or intent.department or intent.unclear:
        return await team.span(ctx, intent)
    if intent.form in FORMS:
        return await own_as(ctx, intent)
    today = ctx.services.own_punches.local_date(ctx.message)
    first, last = team.days_asked(intent, today, today - timedelta(days=today.weekday()))
    if first > last:
        return to_sender(ctx, sentence("team.future", ctx.texts))
    found = await team.unless_quick(ctx, ctx.services.summaries.own_range(ctx.who.user_id, first, last))
    a_day = timedelta(days=1)  # what is said at the end of a night shift may count for the day before
    punches = await ctx.services.own_punches.between(ctx.who, first - a_day, last + a_day)
    own = await _own(ctx, first, last, punches)
    return to_sender(ctx, views.history(found, punches, ctx.texts, own.verdicts))


@router.on(IntentName.WHY, help_key="help.why", personal=True)
async def why(ctx: Context, intent: Intent) -> Answer:
    """Explain the verdict on the person's last punch that was late or early, else on their last one.

    Of somebody whose days the sender may see, who is named, likewise.
    """
    if intent.person or intent.unclear:
        sight = await sight_of(ctx, intent)
        if not (sight.user_ids and sight.one):
            return not_shown(ctx, sight)
        explained = await _why(ctx, intent, sight.people[0], theirs=True)
        if explained is None:  # nothing to explain yet: how they stand
            return await team.day(ctx, intent._replace(dates=None))
        return await shown_still(ctx, sight, explained)
    return await _why(ctx, intent, ctx.who, theirs=False) or sentence("why.none_today", ctx.texts)


async def _why(ctx: Context, intent: Intent, whose: Employee, *, theirs: bool) -> Reply | None:
    """Return why the punch that is asked about counts as it does; None where somebody has none of today."""
    today = ctx.services.own_punches.local_date(ctx.message)
    first, last = team.days_asked(intent, today, today - timedelta(days=WHY_DAYS - 1))
    punch = _asked_about(await _punches_of(ctx, whose, first, last), intent, first, last)
    name = escape(whose.name or whose.user_id)
    if punch is None and first == last == today:
        return None
    if punch is None:
        return not_explained(intent.direction, first, last, ctx.texts, of=name if theirs else None)
    rosters = ctx.services.rosters
    plans = await rosters.plans_around(whose, punch.work_date)
    plan = next((plan for plan in plans or () if plan.work_date == punch.work_date), None)
    own = await ctx.services.summaries.own(whose.user_id, punch.work_date, punch.work_date, [punch])
    verdict = own.verdicts.get(punch.punch_id)
    reply = explanation(punch, plan, rosters.source, ctx.texts, verdict, of=name if theirs else None)
    punched_on = punch.punched_at.astimezone(ctx.texts.zone).date()
    if theirs or intent.dates is not None or today in (punch.work_date, punched_on):
        return reply
    return replace(reply, text=f"{ctx.texts('why.not_of_today')}\n\n{reply.text}")


async def _own(ctx: Context, first: date, last: date, punches: Sequence[Punch]) -> OwnDays:
    """Return the person's days as a lead's summary has them, with those of a night shift that is not over."""
    days = [first, last, *(punch.work_date for punch in punches)]
    return await ctx.services.summaries.own(ctx.who.user_id, min(days), max(days), punches)


async def _punches_of(ctx: Context, whose: Employee, first: date, last: date) -> Sequence[Punch]:
    """Return the punches of the days `first` to `last`: of these work dates, or made on these dates.

    A night shift is of the day on which it begins, and what is said of "today" at its end is said on the next.
    """
    own = ctx.services.own_punches
    if first == last == own.local_date(ctx.message):
        return (await own.today(whose, ctx.message))[2]
    a_day = timedelta(days=1)
    return [
        punch
        for punch in await own.between(whose, first - a_day, last + a_day)
        if first <= punch.work_date <= last or first <= punch.punched_at.astimezone(ctx.texts.zone).date() <= last
    ]


def _asked_about(punches: Sequence[Punch], intent: Intent, first: date, last: date) -> Punch | None:
    """Return the last punch that was late or early, else the last: before others one of the named work dates."""
    fitting = [punch for punch in counting(punches) or punches if intent.direction in (None, punch.check_type)]
    irregular = [punch for punch in fitting if punch.time_result in WRONG]
    some = irregular or fitting
    of_days = [punch for punch in some if first <= punch.work_date <= last]
    return next(reversed(of_days or some), None)
