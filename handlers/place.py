"""Where one may clock in."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.punches import PunchWish
from bot.domain.sites import Fix, LocationSource
from bot.understanding.intents import Intent, IntentName
from bot.views import places as views

router = Router()


@router.on(IntentName.WHERE, help_key="help.where", personal=True)
async def where(ctx: Context, intent: Intent) -> Answer:
    """List the person's sites, with a link that punches there; not before others, since the link is personal."""
    punches, links = ctx.services.punches, ctx.services.links
    sites = await punches.positions.places.sites_for(ctx.who)
    link = None
    if links is not None and sites:
        link = await links.make(ctx.who, ctx.message, PunchWish(intent.direction), ctx.texts.language, None)
    return views.where(sites, typed_fix(ctx, intent), link, ctx.texts)


def typed_fix(ctx: Context, intent: Intent) -> Fix | None:
    """Return the coordinates written in the message as a position, None without any."""
    if intent.position is None:
        return None
    typed = intent.position
    datum = ctx.services.punches.datum
    return Fix(typed.latitude, typed.longitude, typed.accuracy_m, datum, LocationSource.TYPED)
