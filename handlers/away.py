"""A lead asks who is away: on leave, on a trip, or out."""

from bot.actions import OnLeave
from bot.chat.context import Answer, Context, answers
from bot.domain.quiet import Away, times_away
from bot.domain.shifts import MOST_DAYS, first_within_limit
from bot.domain.slots import A_DAY, Days
from bot.views.i18n import Texts
from bot.views.sentences import Names, escape, quiet_time, reply_with_pages
from bot.views.team import days_of


@answers(OnLeave)
async def on_leave(ctx: Context, action: OnLeave) -> Answer:
    """Show who is away on these days, by default today. A mute without a told leave is private."""
    texts = ctx.texts
    services = ctx.services
    days = action.days or Days(ctx.today, ctx.today)
    if first_within_limit(days.first, days.last) != days.first:
        return ctx.sentence("report.too_many_days", most=MOST_DAYS)
    sight = await ctx.read_sight(action, action.whom, days)
    absences, is_read = await services.day_reader.read_absences(sight.user_ids, days)
    await services.reminder_plan.catch_up_on_wishes()
    away: dict[str, list[Away]] = {}
    for user_id in sight.user_ids:
        times = times_away(
            absences[user_id],
            services.reminder_plan.wishes_of(user_id).quiet,
            [day for day in days if sight.shows_date(user_id, day)],
            services.zone,
        )
        if times:
            away[user_id] = times
    names = Names(sight.people)

    def line_of(user_id: str) -> str:
        times_in_words = (_in_words(time, texts, kinds=sight.shows_kinds) for time in away[user_id])
        return texts("away.line", name=names(user_id), times=" · ".join(times_in_words))

    foot = [] if is_read else [texts("away.not_read")]
    if days.last > ctx.today + A_DAY:
        foot.append(texts("away.trips_later"))
    title = texts(
        "away.title",
        team=escape(sight.title(texts)),
        days=days_of(days, ctx.message.at, texts),
    )
    reply = reply_with_pages(
        title,
        sorted(away, key=lambda user_id: away[user_id][0].time.starts_at),
        line_of,
        action.but(days=days),
        texts,
        head=[] if away else [texts("away.nobody")],
        foot=foot,
    )
    return await ctx.recheck_sight(sight, reply, action)


def _in_words(away: Away, texts: Texts, *, kinds: bool) -> str:
    time = quiet_time(away.time)
    if kinds and away.kinds:
        words = texts("shift.separator").join(map(escape, away.kinds))
        return texts("away.approved_kinds", time=time, kinds=words)
    return texts(away.state, time=time)
