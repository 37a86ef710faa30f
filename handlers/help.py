"""Help, and the answer to questions that the bot cannot answer."""

from bot.actions import CannotAnswer, Help
from bot.chat.context import Answer, Context, Router
from bot.domain.sites import LocationSource
from bot.views.sentences import plain, reply_with_title, sentence

router = Router()
_WAYS = {LocationSource.NAMED: "help.named", LocationSource.TYPED: "help.typed"}


@router.on(Help, personal=True)
async def show_help(ctx: Context, action: Help) -> Answer:
    """List what this person can do here, with the ways to give a place that count here."""
    texts = ctx.texts
    trusted = ctx.services.places.trusted
    is_lead = ctx.services.visibility.leads(ctx.who.user_id)
    lines = {key: texts(key) for key in ctx.help_keys(for_lead=is_lead)}
    ways = [key for source, key in _WAYS.items() if source in trusted]
    page = ctx.services.base.page_link()
    ways += ["help.by_page"] if page is not None else []
    if ways:
        lines["help.clock_in"] += texts(
            "help.with_a_place", places=texts("help.or").join(map(texts, ways))
        )
    if page is not None:
        lines["help.page"] = texts("help.page", url=page)
    buttons = [
        plain("button.clock_in", texts),
        plain("button.clock_out", texts),
        plain("button.status", texts),
    ]
    return reply_with_title(
        texts("help.title"),
        [*(f"- {line}" for line in lines.values()), texts("help.more")],
        buttons,
    )


@router.on(CannotAnswer)
async def cannot_answer(ctx: Context, action: CannotAnswer) -> Answer:
    """Say that the bot cannot answer this question."""
    return sentence("none.cannot_answer", ctx.texts)
