"""Make-up punches: asking for one, and a lead's yes or no, which counts only when it is said twice."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.corrections import Correction, CorrectionWish, Missing, NotAllowed
from bot.domain.messages import MessageKind
from bot.understanding.intents import Intent, IntentName
from bot.views import corrections as views
from bot.views.sentences import sentence

router = Router()


@router.on(IntentName.CORRECTION, help_key="help.correction")
async def ask(ctx: Context, intent: Intent) -> Answer:
    """Put a missing or wrong punch before the person's leads, or say what is missing."""
    if ctx.message.is_group:
        return sentence("correction.in_group", ctx.texts)
    wish = _wish(ctx, intent)
    today = ctx.services.punches.local_date(ctx.message)
    by_voice = ctx.message.kind is MessageKind.VOICE
    if (by_voice or intent.unsure) and wish.direction is not None and wish.at_minute is not None:
        said = (wish.direction, wish.first or today, wish.at_minute, wish.reason)
        return views.confirm_wish(*said, ctx.texts, by_voice=by_voice)
    found = await ctx.services.corrections.ask(ctx.who, ctx.message, wish)
    match found:
        case Correction():
            return views.asked(found, len(ctx.services.corrections.asked_of(ctx.who.user_id)), ctx.texts)
        case Missing("direction") if wish.at_minute is not None:
            return views.both_directions(wish.first or today, wish.at_minute, wish.reason, ctx.texts)
        case Missing():
            return views.to_say(found, ctx.texts)
        case NotAllowed(code):
            ctx.refused(f"correction_{code}")
            return views.refused_by_rule(found, ctx.texts)


@router.on(IntentName.APPROVE, help_key="help.approve")
async def approve(ctx: Context, intent: Intent) -> Answer:
    """Show a request to who may decide it and, said once more, approve it."""
    return await _decide(ctx, intent, approving=True)


@router.on(IntentName.REFUSE)
async def refuse(ctx: Context, intent: Intent) -> Answer:
    """Show a request to who may decide it and, said once more, refuse it; one's own is taken back."""
    return await _decide(ctx, intent, approving=False)


async def _decide(ctx: Context, intent: Intent, *, approving: bool) -> Answer:
    if ctx.message.is_group:
        return sentence("correction.in_group", ctx.texts)
    reference, answer, requests = intent.reference or "", intent.reason or "", ctx.services.corrections
    found = await requests.look(ctx.who, reference)
    open_to_them = found.correction is not None and found.outcome == "open"
    if found.correction is not None and open_to_them and not await _sure(ctx, intent, found.correction):
        await requests.note_shown(ctx.who, found.correction, ctx.message)
        asker = requests.name_of(found.correction.user_id)
        return views.confirm(found.correction, asker, found.replaces, None if approving else answer, ctx.texts)
    if open_to_them or (found.outcome == "own" and not approving):
        found = await (
            requests.approve(ctx.who, reference) if approving else requests.refuse(ctx.who, reference, answer)
        )
    if found.outcome in ("unknown", "limited", "own", "not_read"):
        ctx.refused(f"decision_{found.outcome}")
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    named = found.correction
    asker = requests.name_of(named.user_id) if named else ""
    by = requests.name_of(named.decided_by) if named and named.decided_by else ""
    hears = named is None or requests.hears(named.user_id)
    if found.outcome == "overtaken" and named is not None and found.replaces is not None:
        return views.overtaken(named, asker, found.replaces, ctx.texts)
    return views.decided(found.outcome, named, asker, by, ctx.texts, asker_hears=hears)


async def _sure(ctx: Context, intent: Intent, correction: Correction) -> bool:
    """Tell whether it is confirmed by who was shown what; speech recognition confirms nothing."""
    if not intent.confirmed or ctx.message.kind is not MessageKind.TEXT:
        return False
    return await ctx.services.corrections.was_shown(ctx.who, correction, ctx.message)


def _wish(ctx: Context, intent: Intent) -> CorrectionWish:
    return CorrectionWish(
        now=min(ctx.message.at, ctx.message.received_at),
        direction=intent.direction,
        first=intent.dates.first if intent.dates else None,
        last=intent.dates.last if intent.dates else None,
        at_minute=(intent.at.hour, intent.at.minute) if intent.at else None,
        reason=intent.reason or "",
    )
