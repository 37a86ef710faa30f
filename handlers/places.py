"""Where one may clock in."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.actions import Where
from bot.chat.context import Answer, Context, Router
from bot.domain.punches import Punch
from bot.domain.sites import LocationSource
from bot.views import places as views

router = Router()
_KNOWN_FOR = timedelta(hours=1)  # after it people are elsewhere


@router.on(Where, help_key="help.where", personal=True)
async def where(ctx: Context, action: Where) -> Answer:
    """List the person's sites, with the address of the page for a punch there.

    Distances start at the position of the last punch, if it is at most an hour old.
    """
    sites = await ctx.services.positions.places.sites_for(ctx.who)
    fix, known_at = None, None
    if sites:
        _, _, punches = await ctx.services.own_punches.today(ctx.who, ctx.message.at)
        last = _last_placed(punches, ctx.message.at)
        fix, known_at = (None, None) if last is None else (last.where.fix, last.punched_at)
    return views.where(sites, fix, ctx.services.base.settings.web.page_url, ctx.texts, known_at=known_at)


def _last_placed(punches: Iterable[Punch], at: datetime) -> Punch | None:
    """Return the last punch with a measured position in the hour up to `at`, None without one."""
    placed = [
        punch
        for punch in punches
        if punch.where.fix is not None
        and punch.where.fix.source is not LocationSource.NAMED
        and timedelta() <= at - punch.punched_at <= _KNOWN_FOR
    ]
    return max(placed, key=lambda punch: punch.punched_at, default=None)
