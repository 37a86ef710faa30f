"""Where one may clock in."""

from datetime import datetime

from bot.chat.context import Answer, Context
from bot.chat.routing import Router
from bot.domain.last_positions import last_placed
from bot.domain.punches import PunchWish
from bot.domain.sites import Fix, LocationSource, Site, site_named
from bot.understanding.intents import Intent, IntentName
from bot.understanding.punching.nows import says_now
from bot.views import places as views
from bot.views.questions import said_place

router = Router()


@router.on(IntentName.WHERE, help_key="help.where", personal=True)
async def where(ctx: Context, intent: Intent) -> Answer:
    """List the person's sites, with a link that punches there; not before others, since the link is personal."""
    positions, links = ctx.services.positions, ctx.services.links
    sites = await positions.places.sites_for(ctx.who)
    link = None
    if links is not None and sites:
        link = await links.make(ctx.who, ctx.message, PunchWish(intent.direction), ctx.texts.language, None)
    fix, known_at = typed_fix(ctx, intent), None
    if fix is None and intent.position_error is None and sites:
        fix, known_at = await _lately(ctx)
    return views.where(sites, fix, link, ctx.texts, known_at=known_at, unread=intent.position_error)


async def _lately(ctx: Context) -> tuple[Fix | None, datetime | None]:
    """Return the position of the sender's last punch, if that was within the hour, and when it was."""
    _, _, punches = await ctx.services.own_punches.today(ctx.who, ctx.message)
    last = last_placed(punches, ctx.message.at)
    return (None, None) if last is None else (last.where.fix, last.punched_at)


def typed_fix(ctx: Context, intent: Intent) -> Fix | None:
    """Return the coordinates written in the message as a position, None without any."""
    if intent.position is None:
        return None
    typed = intent.position
    datum = ctx.services.datum
    return Fix(typed.latitude, typed.longitude, typed.accuracy_m, datum, LocationSource.TYPED)


def wish_of(ctx: Context, intent: Intent) -> PunchWish:
    """Return the punch that a message asks for, with all that was said with it: place, coordinates, reason, time.

    Of several places none is taken: which one is meant has to be asked.
    """
    place_name = None if names_several(ctx, intent) else intent.place_name
    now = says_now(ctx.message.text, intent.reason, intent.place_name, *intent.places)
    fix, by_location = typed_fix(ctx, intent), intent.by_location
    return PunchWish(intent.direction, place_name, fix, intent.reason, intent.times, now, by_location)


def names_several(ctx: Context, intent: Intent) -> bool:
    """Tell whether a message names several places, one of them a site of the sender's."""
    return any(known_site(ctx, name) is not None for name in intent.places)


def known_site(ctx: Context, name: str | None) -> Site | None:
    """Return the sender's site that goes by `name`, None for none; those of other departments concern nobody."""
    return None if name is None else site_named(name, ctx.services.positions.places.known_to(ctx.who))


def tapped_place(ctx: Context, wish: PunchWish) -> str:
    """Return how the answer to a question says the place that was said; a place that is no site stays unsaid."""
    site = known_site(ctx, wish.place_name)
    return said_place(site.name if site else None, wish.fix)
