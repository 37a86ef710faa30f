"""Help, and the answer to what was not understood or cannot be done yet."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.understanding.intents import Intent, IntentName, NoneReason
from bot.views import questions
from bot.views.sentences import help_page, not_a_punch, sentence

router = Router()


@router.on(IntentName.HELP)
async def show_help(ctx: Context, intent: Intent) -> Answer:
    """List what the bot does."""
    return help_page(ctx.help_topics, ctx.texts, in_group=ctx.message.is_group)


@router.on(IntentName.NONE)
async def nothing(ctx: Context, intent: Intent) -> Answer:
    """Change nothing, and say why where that helps."""
    if intent.position_error is not None:
        return sentence(f"place.bad_{intent.position_error}", ctx.texts)
    if intent.unsure and intent.none_reason is not NoneReason.FUTURE:
        return questions.direction(ctx.texts)
    return not_a_punch(intent.none_reason, ctx.texts, in_group=ctx.message.is_group)


@router.on(
    IntentName.SUMMARY_TODAY,
    IntentName.SUMMARY_RANGE,
    IntentName.MISSING,
    IntentName.EXPORT,
    IntentName.REMIND_SET,
    IntentName.REMIND_OFF,
    IntentName.CORRECTION,
    IntentName.LEAVE,
)
async def not_yet(ctx: Context, intent: Intent) -> Answer:
    """Say that this was understood but cannot be done yet, so that nobody waits for it."""
    return sentence("soon.not_yet", ctx.texts, what=ctx.texts(f"intent.{intent.name}"))
