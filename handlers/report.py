"""Scheduled summaries, which the bot sends to leads."""

from bot.actions import SetDigest
from bot.chat.context import Answer, Context, Router, not_shown
from bot.services.reporting.digests import changed
from bot.views.reports import digest_answer, digest_shown
from bot.views.sentences import sentence

router = Router()


@router.on(SetDigest, help_key="help.digest_on", for_leads=True, personal=True)
async def set_digest(ctx: Context, action: SetDigest) -> Answer:
    """Show which scheduled summaries are on. The button switches one kind, or all, on or off."""
    lead, digests = ctx.who.user_id, ctx.services.digests
    sight = await ctx.services.visibility.seen_by(lead)
    if sight.outcome == "not_read":
        return not_shown(ctx, sight, action)
    if not sight.user_ids:
        return sentence("digest.no_team", ctx.texts)
    if not ctx.sure:
        now = await digests.of(lead)
        changes = changed(now, action.period, wanted=action.wanted) != now
        if changes:
            return digest_shown(action, now, digests.rules, ctx.texts)
        return digest_answer(now, digests.rules, ctx.texts)
    kinds = await digests.change(lead, action.period, wanted=action.wanted)
    return digest_answer(kinds, digests.rules, ctx.texts)
