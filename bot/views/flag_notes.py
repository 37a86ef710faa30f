"""What a lead is told of a punch whose position wants a look: name, time, site, distance and why."""

from collections.abc import Sequence

from bot.domain.flags import Flag, FlagKind
from bot.domain.punches import Punch
from bot.i18n import Texts
from bot.views.distances import distance
from bot.views.markdown import escape
from bot.views.receipts import check_type
from bot.views.reply import Reply


def flag_note(punch: Punch, flags: Sequence[Flag], name: str, texts: Texts) -> Reply:
    """Return the note of one punch, and whether that stands."""
    title = texts("flag.title", name=escape(name))
    what = texts("flag.punch", what=check_type(punch.check_type, texts), at=texts.day_and_clock(punch.punched_at))
    lines = [f"### {title}", what, *(f"- {_why(punch, flag, texts)}" for flag in flags)]
    lines.append(texts("flag.stands" if punch.stands else "flag.not_taken"))
    return Reply(texts("flag.title", name=name), "\n\n".join(lines))


def _why(punch: Punch, flag: Flag, texts: Texts) -> str:
    where = punch.where
    values = {
        "site": escape(where.site or ""),
        "distance": distance(where.distance_m or 0.0, texts),
        "named": escape(flag.site),
        "moved": distance(flag.metres, texts),
        "minutes": flag.minutes,
        "said": texts("flag.said", reason=escape(flag.said, most=200))
        if flag.said
        else texts("flag.said_nothing"),
    }
    key = f"flag.{flag.kind}"
    if flag.kind is FlagKind.SIMULATED and where.site is None:
        key = "flag.simulated_nowhere"  # the sites could not be read, or there are none
    if flag.kind is FlagKind.OUTSIDE and where.site is None:
        key = "flag.outside_placeless"  # field work that names no place
    return texts(key, **values)
