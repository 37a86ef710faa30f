"""Help, and the answer to what was not understood: the bare name of a site may answer a question."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.punches import PunchWish
from bot.understanding.arguments.reasons import without_positions
from bot.understanding.asking.asked import asks_how_to_take_leave, page_asked
from bot.understanding.asking.near_commands import near_command
from bot.understanding.intents import Intent, IntentName, NoneReason
from bot.understanding.punching.day_off import says_day_off
from bot.views import other_times, questions
from bot.views.sentences import help_page, sentence
from handlers import completing, near, other_time, unclear
from handlers.no_punch import no_punch, stands_against
from handlers.place import known_site, names_several, tapped_place, typed_fix, wish_of
from handlers.punch import about_a_tap, about_no_tap, punched

router = Router()
_NOT_ASKED = (NoneReason.FUTURE, NoneReason.OTHER_TIME, NoneReason.ABSENT)
_AROUND_A_NAME = " @＠.。!！,，"


@router.on(IntentName.HELP, personal=True)
async def show_help(ctx: Context, intent: Intent) -> Answer:
    """List what the bot does."""
    return help_page(ctx.help_topics, ctx.services.positions.policy.trusted, ctx.texts)


@router.on(IntentName.NONE)
async def nothing(ctx: Context, intent: Intent) -> Answer:
    """Change nothing, and say why where that helps; what is refused is counted by its reason.

    But the bare name of a site answers the question for the place, and so does a position.
    """
    if (wish := await _place_told(ctx, intent)) is not None:
        return await punched(ctx, wish)
    if (told := await about_a_tap(ctx)) is not None:
        return told
    withdraws = near_command(ctx.message.text) == "withdrawal"  # no reason, though one may be waited for
    if not withdraws and (answer := await completing.by_an_answer(ctx, intent)) is not None:
        # It is answered, though by no words that are known, and is over.
        await ctx.services.questions.settle_question(ctx.who, ctx.message)
        return answer
    if (answer := await about_no_tap(ctx) or _known_question(ctx)) is not None:
        return answer
    if (site := _only_site(ctx, intent)) is not None:
        place = tapped_place(ctx, wish_of(ctx, intent._replace(place_name=site)))
        return questions.direction(ctx.texts, place)  # kept is nothing: the name alone asked for no punch
    if intent.position_error is not None:
        return sentence(f"place.bad_{intent.position_error}", ctx.texts)
    if intent.none_reason is NoneReason.OTHER_TIME and intent.at is not None:
        return await _told_of_a_time(ctx, intent)
    if intent.unsure and intent.stray is not None:
        return await unclear.ask(ctx, intent, intent.stray)
    if intent.unsure and intent.none_reason is NoneReason.ABSENT and not await stands_against(ctx, intent):
        return questions.arrived(intent.direction, ctx.texts, tapped_place(ctx, wish_of(ctx, intent)))
    if intent.unsure and intent.none_reason not in _NOT_ASKED:
        return await unclear.ask_direction(ctx, intent)
    if (asked := _days_meant(ctx, intent)) is not None:
        return asked
    if intent.none_reason not in (None, NoneReason.SMALL_TALK, NoneReason.ONLY_DAYS):
        ctx.refused(intent.none_reason)
    asks = intent.none_reason in (None, NoneReason.NOT_ABOUT_US)
    return await no_punch(ctx, intent.none_reason, near.meant(ctx) if asks else None, direction=intent.direction)


async def _place_told(ctx: Context, intent: Intent) -> PunchWish | None:
    """Return the punch of a message that answers the question for the place, None of another one.

    Coordinates answer it where the direction is known, with nothing but what announces them: 我的位置 39.9,116.4.
    """
    questions, text = ctx.services.questions, ctx.message.text
    if intent.none_reason is not NoneReason.NOT_ABOUT_US:
        return None
    site = _only_site(ctx, intent)
    if site is not None and await questions.asks_place(ctx.who, ctx.message):
        return PunchWish(None, site)
    alone = intent.position is not None and not without_positions(text).strip(_AROUND_A_NAME)
    if alone and await questions.asks_place(ctx.who, ctx.message, directed=True):
        return PunchWish(None, fix=typed_fix(ctx, intent))
    return None


def _only_site(ctx: Context, intent: Intent) -> str | None:
    """Return the site of the sender's whose name is all that a message says, as after a place that was refused."""
    if intent.none_reason is not NoneReason.NOT_ABOUT_US or intent.place_name is None:
        return None
    site = known_site(ctx, ctx.message.text.strip(_AROUND_A_NAME))
    return None if site is None else site.name


def _days_meant(ctx: Context, intent: Intent) -> Answer | None:
    """Ask in private what is meant by days alone, or by a day off."""
    if ctx.message.is_group:
        return None
    if intent.none_reason is NoneReason.ONLY_DAYS and intent.dates is not None:
        return questions.days(intent.dates.first, intent.dates.last, ctx.texts)
    return questions.day_off(ctx.texts) if says_day_off(ctx.message.text) else None


def _known_question(ctx: Context) -> Answer | None:
    if asks_how_to_take_leave(ctx.message.text):
        return sentence("remind.leave_how", ctx.texts)
    return sentence("none.next_page", ctx.texts) if page_asked(ctx.message.text) is not None else None


async def _told_of_a_time(ctx: Context, intent: Intent) -> Answer:
    """Ask about a command that names about this time whether it is one of now; it is never punched by guess."""
    if not other_time.is_now(ctx, intent):
        return other_time.refused(ctx, intent)
    if names_several(ctx, intent):
        return await unclear.ask_which(ctx, intent)
    wish = wish_of(ctx, intent)
    await ctx.services.punches.ask(ctx.who, ctx.message, wish)
    return other_times.now(wish.direction, ctx.message.at, ctx.texts, place=tapped_place(ctx, wish))
