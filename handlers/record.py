"""The record of one person's days: who punched, asked, decided, excused, locked, and when."""

from datetime import timedelta
from functools import partial

from bot.actions import DayRecord
from bot.chat.context import Answer, Context, answers
from bot.domain.slots import Days
from bot.services.organisation.sights import Sight
from bot.views.record import Happened, RecordedDays, events
from bot.views.sentences import MAX_OF_NAMES, acting, escape, reply_with_pages
from bot.views.team import days_of

A_MONTH = timedelta(days=30)  # and today


@answers(DayRecord)
async def record(ctx: Context, action: DayRecord) -> Answer:
    """Show a page of what happened to one person's days, in order."""
    texts = ctx.texts
    days = ctx.past(action.days, ctx.today - A_MONTH)
    sight = await ctx.read_sight(action, action.whom, days)
    if not sight.is_person:
        return ctx.sentence("record.whose")
    happened = events(await _read(ctx, sight, days), texts)
    dates = days_of(days, ctx.message.at, texts)
    title = texts("record.title", name=escape(sight.name), days=dates)
    head = [] if happened else [texts("record.nothing")]
    asked = action.but(days=days)
    reply = reply_with_pages(title, happened, partial(_line, ctx), asked, texts, head=head)
    return await ctx.recheck_sight(sight, reply, action)


async def _read(ctx: Context, sight: Sight, days: Days) -> RecordedDays:
    """Return the rows about the visible days of the one person in sight.

    Of several days these are the days with a request or an excuse.
    """
    store = ctx.services.store
    (user_id,) = sight.user_ids
    requests = await store.corrections.of_person(user_id)
    excuses = await store.excuses.of_person(user_id, days)
    dates = {days.first}
    if not days.is_one:
        asked = {request.work_date for request in requests}
        dates = {day for day in asked if day in days}
        dates |= {excuse.work_date for excuse in excuses}
    if not dates:
        return RecordedDays()
    span = Days(min(dates), max(dates))
    known = await ctx.services.summaries.own_days(user_id, span)
    shown = {day: known[day] for day in sorted(dates) if sight.shows(known[day])}
    facts = (await ctx.services.day_reader.facts_from_store([user_id], span))[user_id]
    punches = await store.ledger.punches(user_id, span)
    requests = [request for request in requests if request.work_date in shown]
    return RecordedDays(
        days=shown,
        native={
            day: [seen.at for seen in facts[day].seen if seen.work_date is None] for day in shown
        },
        punches=[punch for punch in punches if punch.work_date in shown],
        requests=requests,
        earlier=await store.corrections.earlier([request.reference for request in requests]),
        excuses=[excuse for excuse in excuses if excuse.work_date in shown],
        locks=await store.months.locks(user_id, span) if shown else (),
    )


def _line(ctx: Context, event: Happened) -> str:
    name_of = ctx.services.directory.name_of
    acted = acting(name_of(event.by), map(name_of, event.stood_in_for), ctx.texts)
    by = escape(acted, most=MAX_OF_NAMES)
    return ctx.texts(
        "record.line" if by else "record.line_by_nobody", at=event.at, by=by, what=event.text
    )
