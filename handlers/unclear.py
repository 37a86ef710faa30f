"""What is asked where a punch is clear but for words that nobody knows: a site that is none, or somebody else."""

from bot.chat.context import Context, Reply
from bot.domain.punches import PunchWish
from bot.domain.sites import LocationSource, site_named
from bot.understanding.intents import Intent
from bot.views import places
from handlers.place import typed_fix


async def unknown_site(ctx: Context, intent: Intent) -> str | None:
    """Return what stands behind an @ and is none of the sender's sites; None where that cannot be told."""
    if not intent.at_sign or intent.place_name is None or intent.position is not None:
        return None
    sites = await ctx.services.punches.positions.places.sites_for(ctx.who)
    return intent.place_name if sites and site_named(intent.place_name, sites) is None else None


async def ask(ctx: Context, intent: Intent, words: str) -> Reply:
    """Ask what `words` are; nothing is recorded, and an answer in time punches with the time of this message."""
    punches, fix = ctx.services.punches, typed_fix(ctx, intent)
    await punches.ask(ctx.who, ctx.message, PunchWish(intent.direction, None, fix, intent.reason))
    sites = None
    if not ctx.message.is_group and LocationSource.NAMED in punches.positions.policy.trusted:
        sites = await punches.positions.places.sites_for(ctx.who)
    return places.ask_unclear(
        words,
        intent.direction,
        sites or (),
        fix,
        at_sign=intent.at_sign,
        needs_place=punches.needs_place,
        texts=ctx.texts,
    )
