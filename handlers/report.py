"""Scheduled summaries, which the bot sends to leads."""

from dataclasses import replace

from bot.actions import SetDigest
from bot.chat.context import Answer, Context, Router, not_shown
from bot.views.reply import Reply
from bot.views.sentences import confirm, sentence

router = Router()


@router.on(SetDigest, help_key="help.digest_on", for_leads=True, personal=True)
async def set_digest(ctx: Context, action: SetDigest) -> Answer:
    """Show the change; its button switches the daily summary on or off."""
    lead, texts, base = ctx.who.user_id, ctx.texts, ctx.services.base
    sight = await ctx.services.visibility.seen_by(lead)
    if sight.outcome == "not_read":
        return not_shown(ctx, sight, action)
    if not sight.user_ids:
        return sentence("digest.no_team", texts)
    at, on = f"{base.settings.summaries.digest_at:%H:%M}", "on" if action.wanted else "off"
    if ctx.sure:
        await base.store.wishes.change(lead, lambda old: replace(old, digest=action.wanted))
    elif (await base.store.wishes.get(lead)).digest is not action.wanted:
        asked = texts(f"digest.shown_{on}", at=at)
        return Reply(asked[:40], asked, (confirm(action, texts),))
    return sentence(f"digest.{on}", texts, at=at)
