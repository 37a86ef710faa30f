"""A punch beside something else in one message: the punch is never made by guess, and never dropped."""

from dataclasses import replace

from bot.chat.answering import answer_or_why_not
from bot.chat.audiences import to_sender
from bot.chat.context import Answer, Context, Privately
from bot.chat.routing import Handler, Router
from bot.understanding.intents import ANSWERED_BESIDE, Intent
from bot.views import questions
from bot.views.reply import Reply
from handlers.place import tapped_place, wish_of

router = Router()


@router.around
async def beside_a_punch(ctx: Context, intent: Intent, handler: Handler) -> Answer:
    """Answer a question and ask about the punch beside it; of what changes something ask which is meant.

    The tap that punches has the time of this message where that is a punch of now without the rest, also behind
    the tap that wishes; who is still on the way, or asks, has that of the tap.
    """
    beside = intent.beside
    if beside is None:
        return await handler(ctx, intent)
    wish, answered = wish_of(ctx, beside.punch), intent.name in ANSWERED_BESIDE
    if beside.of_now:
        await ctx.services.punches.ask(ctx.who, ctx.message, wish, by_yes=False, beside=not answered)
    place = tapped_place(ctx, wish)
    if not answered:
        return to_sender(ctx, questions.one_of_two(wish.direction, beside.rest, ctx.texts, place))
    alone = replace(ctx, message=replace(ctx.message, text=beside.rest))
    answer = await answer_or_why_not(alone, intent._replace(beside=None), handler)
    if isinstance(answer, Privately):
        return replace(answer, reply=questions.also(answer.reply, wish.direction, ctx.texts, place))
    return questions.also(answer, wish.direction, ctx.texts, place) if isinstance(answer, Reply) else answer
