"""One's own day and past days."""

from datetime import timedelta

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.understanding.intents import Intent, IntentName
from bot.views import my_day as views
from bot.views.sentences import sentence

router = Router()
LONGEST_DAYS = 92


@router.on(IntentName.STATUS, help_key="help.status")
async def status(ctx: Context, intent: Intent) -> Answer:
    """Show the person's own day."""
    if ctx.message.is_group:
        return sentence("help.group", ctx.texts)
    day, plan, punches = await ctx.services.punches.today(ctx.who, ctx.message)
    return views.today(day, plan, punches, ctx.texts)


@router.on(IntentName.HISTORY, help_key="help.history")
async def history(ctx: Context, intent: Intent) -> Answer:
    """Show the person's own punches of a range of days, this week's without one."""
    if ctx.message.is_group:
        return sentence("help.group", ctx.texts)
    today = ctx.services.punches.local_date(ctx.message)
    first, last = today - timedelta(days=today.weekday()), today
    if intent.dates is not None:
        first, last = intent.dates.first, min(intent.dates.last, today)
    first = max(first, last - timedelta(days=LONGEST_DAYS))
    punches = await ctx.services.punches.between(ctx.who, first, last)
    return views.history(first, last, punches, ctx.texts)
