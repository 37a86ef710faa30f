"""The sites where the sender may clock in."""

from bot.actions import Where
from bot.chat.context import Answer, Context, answers
from bot.views.sentences import escape, page_address, reply_with_title

MOST_SITES = 30


@answers(Where)
async def where(ctx: Context, action: Where) -> Answer:
    """List the person's sites with a link to the page."""
    texts = ctx.texts
    title = texts("where.title")
    sites = ctx.services.places.sites_for(ctx.who)
    if not sites:
        return reply_with_title(
            title, [texts("where.unreadable" if sites is None else "where.none")]
        )
    lines = []
    for site in sites[:MOST_SITES]:
        names = " / ".join(escape(name) for name in (site.name, *site.aliases))
        lines.append(f"- {texts('where.site', site=names, metres=round(site.radius_m))}")
    page_link = ctx.services.page_link()
    if page_link is not None:
        lines.append(page_address(page_link, texts))
    return reply_with_title(title, lines)
