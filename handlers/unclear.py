"""What is asked where a message may be a punch: words that nobody knows in it, several places, coming or going."""

from dataclasses import replace

from bot.chat.context import Context, Reply
from bot.domain.sites import LocationSource, site_named
from bot.understanding.intents import Intent, NoneReason
from bot.understanding.punching.told_way import told_way
from bot.views import places, questions
from handlers.place import known_site, tapped_place, wish_of

# What an unsure message may be besides a punch of the sender's own, of the moment at which it was said.
_MAY_BE_A_PUNCH = frozenset({
    None, NoneReason.NOT_ABOUT_US, NoneReason.ALREADY_DONE, NoneReason.REPORTED, NoneReason.QUESTION,
})  # fmt: skip
# What may tell of coordinates that are not where its sender is now.
_OF_ELSEWHERE = frozenset({NoneReason.ALREADY_DONE, NoneReason.REPORTED, NoneReason.QUESTION})


async def unknown_site(ctx: Context, intent: Intent) -> str | None:
    """Return what stands behind an @ and is none of the sender's sites; None where that cannot be told.

    Nor with coordinates, or with the location that is to be taken: then the question for that says so.
    """
    located = intent.position is not None or intent.by_location
    if not intent.at_sign or intent.place_name is None or located:
        return None
    sites = await ctx.services.positions.places.sites_for(ctx.who)
    return intent.place_name if sites and site_named(intent.place_name, sites) is None else None


async def ask(ctx: Context, intent: Intent, words: str) -> Reply:
    """Ask what `words` are; nothing is recorded, and an answer in time punches with the time of this message.

    What else was said is kept for the answer: the coordinates, the reason, and a place that is a known site.
    """
    positions, wish = ctx.services.positions, wish_of(ctx, intent)
    if wish.place_name == words or known_site(ctx, wish.place_name) is None:
        wish = replace(wish, place_name=None)
    # "ok" may mean that a colleague is not clocked in
    await ctx.services.punches.ask(ctx.who, ctx.message, wish, by_yes=False)
    sites = None
    if not ctx.message.is_group and LocationSource.NAMED in positions.policy.trusted:
        sites = await positions.places.sites_for(ctx.who)
    return places.ask_unclear(
        words,
        intent.direction,
        sites or (),
        tapped_place(ctx, wish),
        at_sign=intent.at_sign,
        needs_place=ctx.services.policy.location_required,
        texts=ctx.texts,
    )


async def ask_which(ctx: Context, intent: Intent) -> Reply:
    """Ask which of the places named is meant; nothing is recorded, and an answer in time keeps this moment."""
    wish = wish_of(ctx, intent)
    await ctx.services.punches.ask(ctx.who, ctx.message, wish, by_yes=False)
    sites = [site for name in intent.places if (site := known_site(ctx, name)) is not None]
    return places.ask_which(intent.places, intent.direction, sites, tapped_place(ctx, wish), ctx.texts)


async def ask_direction(ctx: Context, intent: Intent) -> Reply:
    """Ask whether somebody comes or goes who may want to punch, or only if they want it now where they said which.

    Where that may be of now, an answer in time keeps this moment and what was said besides: asking makes nobody
    late.
    """
    wish = replace(wish_of(ctx, intent), direction=None)
    of_now = intent.at is None and intent.half is None and intent.minutes is None
    if of_now and intent.none_reason in _MAY_BE_A_PUNCH:
        is_here = intent.none_reason not in _OF_ELSEWHERE
        await ctx.services.punches.ask(ctx.who, ctx.message, wish, by_yes=False, is_here=is_here)
    place = tapped_place(ctx, wish)
    way = intent.direction or told_way(ctx.message.text)
    if way is not None:
        return questions.if_now(way, ctx.texts, place)
    return questions.direction(ctx.texts, place)
