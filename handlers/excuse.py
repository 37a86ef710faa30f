"""A lead excuses a day of one of their people, or takes that back."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.excuses import ExcuseState
from bot.domain.messages import MessageKind
from bot.understanding.intents import Intent, IntentName
from bot.views import excuses as views
from bot.views.sentences import sentence

router = Router()


@router.on(IntentName.EXCUSE, help_key="help.excuse", personal=True)
async def excuse(ctx: Context, intent: Intent) -> Answer:
    """Excuse somebody's day, today's unless they name one, if the sender leads them; the answer is private."""
    return await _say(ctx, intent, ExcuseState.EXCUSED)


@router.on(IntentName.UNEXCUSE, personal=True)
async def take_back(ctx: Context, intent: Intent) -> Answer:
    """Let a day count again that was excused; by the same rules."""
    return await _say(ctx, intent, ExcuseState.TAKEN_BACK)


async def _say(ctx: Context, intent: Intent, state: ExcuseState) -> Answer:
    assert intent.person is not None, "an excuse names somebody"
    if ctx.message.kind is MessageKind.VOICE:
        return sentence("excuse.voice", ctx.texts)
    today = ctx.services.own_punches.local_date(ctx.message)
    day = intent.dates.first if intent.dates else today
    if intent.dates is not None and intent.dates.last != day:
        return sentence("excuse.one_day", ctx.texts)
    excuses, reason = ctx.services.excuses, intent.reason or ""
    if intent.unsure:
        return views.whole_day(intent.person, state, day, reason, ctx.texts)
    say = excuses.excuse if state is ExcuseState.EXCUSED else excuses.take_back
    found = await say(ctx.who, intent.person, day, reason)
    if found.outcome not in ("done", "taken_back"):
        ctx.refused(f"excuse_{found.outcome}")
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    if found.outcome == "which":
        return views.which(found.people, state, day, reason, ctx.texts)
    by = ctx.services.corrections.deciders.name_of(found.last.decided_by) if found.last else ""
    return views.answer(found.outcome, found.people, found.last, by, ctx.texts, day=day)
