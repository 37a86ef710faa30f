"""The days of one's people: today, a range, who is missing, and who may see whom."""

from collections.abc import Coroutine
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from bot.chat.audiences import as_the_company_wants
from bot.chat.context import Answer, Context, Sighted
from bot.chat.progress import with_progress
from bot.chat.routing import Router
from bot.domain.shifts import CheckType
from bot.domain.spans import shortened
from bot.understanding.intents import Intent, IntentName
from bot.views import team_days, team_ranges, who_sees
from bot.views.departures import not_clocked_out
from bot.views.sentences import sentence
from handlers import help as helping
from handlers.report import FORMS, deliver, not_shown, shown_still, sight_of

router = Router()
T = TypeVar("T")
_NAMED_SOMEBODY = frozenset({Sighted.SEEN, Sighted.WHICH, Sighted.SEVERAL, Sighted.NOBODY})


@router.on(IntentName.SUMMARY_TODAY, help_key="help.summary_today")
async def day(ctx: Context, intent: Intent) -> Answer:
    """Show the day of the sender's people, or of whom they name; of several days their range."""
    if intent.dates is not None and intent.dates.first != intent.dates.last:
        return await span(ctx, intent)
    return await _day(ctx, intent, only_missing=False)


@router.on(IntentName.MISSING, help_key="help.missing")
async def missing(ctx: Context, intent: Intent) -> Answer:
    """Show who has not clocked in, or out where that is asked; of several days the range, which counts them."""
    if intent.dates is not None and intent.dates.first != intent.dates.last:
        return await span(ctx, intent)
    return await _day(ctx, intent, only_missing=True)


@router.on(IntentName.NUDGE_ALL)
async def nudge_all(ctx: Context, intent: Intent) -> Answer:
    """Show a lead who is missing, with a button for each that nudges them: nobody is nudged by this alone."""
    return await _day(ctx, intent, only_missing=True, more="team.nudge_each")


@router.on(IntentName.SUMMARY_RANGE, help_key="help.summary_range")
async def span(ctx: Context, intent: Intent) -> Answer:
    """Show a range of days of the sender's people, or of whom they name; this week's without dates."""
    today = ctx.services.own_punches.local_date(ctx.message)
    first, last = days_asked(intent, today, today - timedelta(days=today.weekday()))
    if first > last:
        return as_the_company_wants(ctx, sentence("team.future", ctx.texts))
    if first == last:
        return await _day(ctx, intent, only_missing=False)
    sight = await sight_of(ctx, intent)
    if not sight.user_ids:
        return as_the_company_wants(ctx, not_shown(ctx, sight))
    if (form := FORMS.get(intent.form)) is not None:
        return await deliver(ctx, form, sight, first, last)
    found = await unless_quick(ctx, ctx.services.summaries.range(sight, first, last))
    page = intent.page or 1
    if sight.one:
        reply = team_ranges.person(found, sight.people[0], ctx.texts, page=page)
    else:
        by_late = intent.late_first
        reply = team_ranges.team(
            found, sight.people, ctx.texts, title=sight.department, page=page, by_late=by_late
        )
    reply = team_ranges.uncompared(reply, ctx.texts) if intent.compares else reply
    return as_the_company_wants(ctx, await shown_still(ctx, sight, reply))


@router.on(IntentName.SOMEBODY)
async def somebody(ctx: Context, intent: Intent) -> Answer:
    """Show the days of whom a message names that is a name and a day; a lead is asked, others not understood."""
    sight = await sight_of(ctx, intent)
    if sight.outcome is Sighted.WHO:
        return as_the_company_wants(ctx, not_shown(ctx, sight, key="who_or_what"))
    if sight.outcome in _NAMED_SOMEBODY or intent.person or intent.department:
        return await span(ctx, intent)
    return await helping.nothing(ctx, intent)


@router.on(IntentName.WHO_SEES, help_key="help.who_sees", personal=True)
async def who_may_see(ctx: Context, intent: Intent) -> Answer:
    """Explain who sees the sender's days and whose they see; not before others, whatever a group may hear."""
    visibility, me = ctx.services.visibility, ctx.who.user_id
    sight = await visibility.seen_by(me)
    if sight.outcome is Sighted.NOT_READ:
        return not_shown(ctx, sight)
    return who_sees.explained(visibility.who_sees(me), ctx.texts)


async def _day(ctx: Context, intent: Intent, *, only_missing: bool, more: str | None = None) -> Answer:
    """Show one day of the sender's people, or of whom they name; `more` is the key of what is said behind it."""
    today = ctx.services.own_punches.local_date(ctx.message)
    work_date = intent.dates.first if intent.dates is not None else today
    if work_date > today:
        return as_the_company_wants(ctx, sentence("team.future", ctx.texts))
    sight = await sight_of(ctx, intent)
    if not sight.user_ids:
        return as_the_company_wants(ctx, not_shown(ctx, sight))
    if (form := FORMS.get(intent.form)) is not None:
        return await deliver(ctx, form, sight, work_date, work_date)
    departures = only_missing and intent.check_type is CheckType.OFF_DUTY
    summary = ctx.services.summaries.day(sight, work_date, departures=departures, lasting=True)
    found = await unless_quick(ctx, summary)
    shown = team_days.missing if only_missing else team_days.team
    if departures:
        shown = not_clocked_out
    if sight.one:
        reply = team_days.person(found, sight.people[0], ctx.texts)
    else:
        reply = shown(found, sight.people, ctx.texts, title=sight.department, page=intent.page or 1)
    if more is not None:
        reply = replace(reply, text=f"{reply.text}\n\n{ctx.texts(more)}")
    return as_the_company_wants(ctx, await shown_still(ctx, sight, reply))


def days_asked(intent: Intent, today: date, without_dates: date) -> tuple[date, date]:
    """Return the days that are asked about: none in the future, not too many; from `without_dates` without any."""
    first, last = without_dates, today
    if intent.dates is not None:
        first, last = intent.dates.first, min(intent.dates.last, today)
    return shortened(first, last), last


async def unless_quick(ctx: Context, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` does; whoever waits long for it hears that DingTalk is asked, unless in a group."""
    if ctx.message.is_group and ctx.services.in_groups == "private":
        return await work  # the group hears one line, at the end
    line = sentence("team.working", ctx.texts)
    return await with_progress(work, line, ctx.say, after_s=ctx.services.progress_s)
