"""Help, and the answer to questions that the bot cannot answer."""

from bot.actions import CannotAnswer, Help
from bot.chat.context import Answer, Context, Router
from bot.views.offers import help_page
from bot.views.sentences import sentence

router = Router()


@router.on(Help, personal=True)
async def show_help(ctx: Context, action: Help) -> Answer:
    """List what this person can do here."""
    is_lead = ctx.services.visibility.leads(ctx.who.user_id)
    trusted = ctx.services.positions.policy.trusted
    has_page = ctx.services.base.settings.web.page_url is not None
    return help_page(ctx.help_keys(for_lead=is_lead), trusted, ctx.texts, has_page=has_page)


@router.on(CannotAnswer)
async def cannot_answer(ctx: Context, action: CannotAnswer) -> Answer:
    """Say that the bot cannot answer this question."""
    return sentence("none.cannot_answer", ctx.texts)
