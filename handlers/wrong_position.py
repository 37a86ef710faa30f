"""A position of the phone's that is wrong, by itself or so that one cannot punch."""

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.punches import PunchWish
from bot.understanding.intents import Intent, IntentName, NoneReason
from bot.views import places
from handlers import completing

router = Router()


@router.on(IntentName.NO_POSITION, personal=True)
async def no_position(ctx: Context, intent: Intent) -> Answer:
    """Tell somebody whose position is wrong how they punch; not before others, as the link is theirs.

    But to who was asked why they want a make-up punch it is the reason.
    """
    as_a_reason = intent._replace(none_reason=NoneReason.NOT_ABOUT_US)
    if (answer := await completing.by_an_answer(ctx, as_a_reason)) is not None:
        return answer
    positions, links = ctx.services.positions, ctx.services.links
    link = None
    if links is not None:
        link = await links.make(ctx.who, ctx.message, PunchWish(intent.direction), ctx.texts.language, None)
    sites = await positions.places.sites_for(ctx.who) or ()
    trusted, optional = positions.policy.trusted, not ctx.services.policy.location_required
    return places.no_position(places.Ways(intent.direction, sites, trusted, link, optional), ctx.texts)
