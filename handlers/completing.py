"""What completes what the bot asked about a make-up request or a reminder, and may be a punch of now as well."""

from datetime import time

from bot.chat.context import Answer, Context
from bot.domain.questions import ReminderTime
from bot.understanding.intents import Intent
from bot.understanding.wishing.bare_times import bare_way, is_command
from bot.views import questions
from bot.views import wishes as reminders
from handlers import correction, reminder
from handlers.place import tapped_place, wish_of


async def by_a_punch(ctx: Context, intent: Intent, *, only_commands: bool = False) -> Answer | None:
    """Return the answer to a punch that may complete it: a direction alone does, the rest is asked about.

    None for a command that was asked about, and is said once more: that is the punch it says. So is, where
    `only_commands` may complete it, what is none.
    """
    unfinished, by_command = ctx.services.unfinished, is_command(ctx.message.text)
    if only_commands and not by_command:
        return None
    if by_command and intent.at is None and await unfinished.asked_if_now(ctx.who, ctx.message):
        return None
    at = await _asked_which_check(ctx)
    if at is None:
        return await correction.completed_by_a_punch(ctx, intent, by_command=by_command)
    way = None if by_command else bare_way(ctx.message.text)
    if way is not None:
        return await reminder.set_for(ctx, way, at)
    if by_command and intent.at is None:
        await unfinished.keep(ctx.who, ctx.message, ReminderTime(at), said_at=ctx.message.at, or_now=True)
    assert intent.direction is not None, "a punch without one completes nothing"
    place, others = tapped_place(ctx, wish_of(ctx, intent)), reminders.check_buttons(at, ctx.texts)
    return questions.now_or_then(intent.direction, place, others, ctx.texts)


async def by_an_answer(ctx: Context, intent: Intent) -> Answer | None:
    """Return the answer to what is no punch, and completes what was asked about; None for what does not."""
    way = bare_way(ctx.message.text)
    at = await _asked_which_check(ctx) if way is not None else None
    if way is not None and at is not None:
        return await reminder.set_for(ctx, way, at)
    return await correction.completed(ctx, intent)


async def _asked_which_check(ctx: Context) -> time | None:
    """Return the time of the reminder of which the bot asked whether it is for coming or for going, else None."""
    if ctx.message.is_group:
        return None
    question = await ctx.services.unfinished.before(ctx.who, ctx.message, again=True)
    asked = question.to_complete if question is not None else None
    return asked.at if isinstance(asked, ReminderTime) else None
