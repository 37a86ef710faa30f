"""Scheduled summaries, which the bot sends to leads."""

from bot.actions import SetDigest
from bot.chat.context import Answer, Context, Router, not_shown
from bot.domain.digests import DigestKind
from bot.services.reporting.digests import changed
from bot.views.reports import Digests, digest_answer, digest_shown
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
        told = _told(ctx, now)
        return digest_shown(action, told, ctx.texts) if changes else digest_answer(told, ctx.texts)
    kinds = await digests.change(lead, action.period, wanted=action.wanted)
    return digest_answer(_told(ctx, kinds), ctx.texts)


def _told(ctx: Context, kinds: frozenset[DigestKind]) -> Digests:
    digests = ctx.services.digests
    return Digests(kinds, digests.rules, digests.quiet_hours, digests.never_due(ctx.who.user_id))
