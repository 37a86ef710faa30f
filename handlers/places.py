"""Where one may clock in."""

from bot.actions import Where
from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.last_positions import last_placed
from bot.domain.punches import PunchWish
from bot.views import places as views

router = Router()


@router.on(Where, help_key="help.where", personal=True)
async def where(ctx: Context, action: Where) -> Answer:
    """List the person's sites, with their personal link for a punch there.

    Distances start at the position of the last punch, if it is at most an hour old.
    """
    positions, links = ctx.services.positions, ctx.services.links
    sites = await positions.places.sites_for(ctx.who)
    link = None
    if links is not None and sites:
        link = await links.make(ctx.who, ctx.message, PunchWish(None), ctx.texts.language)
    fix, known_at = None, None
    if sites:
        _, _, punches = await ctx.services.own_punches.today(ctx.who, ctx.message)
        last = last_placed(punches, ctx.message.at)
        fix, known_at = (None, None) if last is None else (last.where.fix, last.punched_at)
    return views.where(sites, fix, link, ctx.texts, known_at=known_at)
