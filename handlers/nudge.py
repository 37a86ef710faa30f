"""A lead reminds one of their people."""

from bot.actions import Nudge
from bot.chat.context import Answer, Context, Router
from bot.views.leading import nudged
from bot.views.sentences import sentence

router = Router()


@router.on(Nudge, help_key="help.nudge", for_leads=True, personal=True)
async def nudge(ctx: Context, action: Nudge) -> Answer:
    """Ask a person to punch, if the sender leads them. In a group only the sender sees who is meant."""
    nudging = ctx.services.nudging
    sends = ctx.sure or ctx.by_button
    found = await (nudging.nudge if sends else nudging.check)(ctx.who, action.person)
    if found.outcome == "not_read":
        return sentence("team.not_read", ctx.texts)
    return nudged(found.outcome, found.people, found.reminder, ctx.texts, as_of=nudging.now())
