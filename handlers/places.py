"""The sites where the sender may clock in."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.actions import Where
from bot.chat.context import Answer, Context, answers
from bot.domain.punches import Punch
from bot.domain.sites import LocationSource, metres_between
from bot.views.sentences import distance, escape, page_address, reply_with_title

MOST_SITES = 30
_KNOWN_FOR = timedelta(hours=1)  # later the person may be elsewhere


@answers(Where)
async def where(ctx: Context, action: Where) -> Answer:
    """List the person's sites with a link to the page.

    A position of a punch in the last hour sorts them by distance.
    """
    texts = ctx.texts
    page_link = ctx.services.page_link()
    sites = ctx.services.places.sites_for(ctx.who)
    if not sites:
        return reply_with_title(
            texts("where.title"), [texts("where.unreadable" if sites is None else "where.none")]
        )
    _, punches = await ctx.services.punches.today(ctx.who, ctx.message.at)
    last = _last_placed(punches, ctx.message.at)
    fix = last.where.fix if last is not None else None
    far = {site: metres_between(fix, site.centre) for site in sites if fix is not None}
    lines = []
    for site in sorted(sites, key=lambda site: far.get(site, 0.0))[:MOST_SITES]:
        names = " / ".join(escape(name) for name in (site.name, *site.aliases))
        line = f"- {texts('where.site', site=names, metres=round(site.radius_m))}"
        if site in far:
            line = f"{line} · {texts('where.away', distance=distance(far[site], texts))}"
        lines.append(line)
    if last is not None:
        lines.append(texts("where.known_at", at=texts.clock(last.punched_at)))
    if page_link is not None:
        lines.append(page_address(page_link, texts))
    return reply_with_title(texts("where.title"), lines)


def _last_placed(punches: Iterable[Punch], at: datetime) -> Punch | None:
    """Return the last punch with a measured position in the hour up to `at`, if any."""
    placed = [
        punch
        for punch in punches
        if punch.where.fix is not None
        and punch.where.fix.source is not LocationSource.NAMED
        and timedelta() <= at - punch.punched_at <= _KNOWN_FOR
    ]
    return max(placed, key=lambda punch: punch.punched_at, default=None)
