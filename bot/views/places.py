"""Where one may clock in, how a position is given, and the address of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.actions import Punch
from bot.domain.punches import AskPlace
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource, Site, metres_between
from bot.i18n import Texts
from bot.views.formatting import distance, escape
from bot.views.reply import Button, Reply
from bot.views.sentences import said, titled

MOST_BUTTONS = 5
MOST_SITES = 30


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody may give a position for `action`: on the page, by a site, or typed, as far as `trusted`.

    Where a position is `optional`, a button punches without it.
    """

    action: Punch
    sites: Sequence[Site]
    trusted: frozenset[LocationSource]
    page_url: str | None
    optional: bool


def ask_place(question: AskPlace, ways: Ways, texts: Texts) -> Reply:
    """Ask for the position that the company wants with every punch, or that the person wished to give."""
    asks = "ask.location" if ways.page_url is not None else "ask.location_unread"
    lines = [] if question.unusable is None else [texts(f"ask.{question.unusable}")]
    lines.append(texts(asks if ways.optional else "ask.place"))
    first = "_first"  # of the ways: none stands before it
    if ways.page_url is not None:
        lines.append(_page(ways.page_url, texts))
        first = ""
    sites = ways.sites if LocationSource.NAMED in ways.trusted else ()
    if sites:
        lines.append(texts(f"ask.place_named{first}"))
        first = ""
    if LocationSource.TYPED in ways.trusted:
        lines.append(texts(f"ask.place_typed{first}", says=texts("ask.place_typed_says")))
    buttons = [Button(texts("ask.no_location"), action=ways.action, sure=True)] if ways.optional else []
    buttons += [
        Button(site.name, action=ways.action.model_copy(update={"place": site.name}), sure=True) for site in sites
    ]
    return Reply(lines[0][:40], "\n\n".join(lines), tuple(buttons[:MOST_BUTTONS]))


def to_private(
    key: str,
    wanted: CheckType | None,
    texts: Texts,
    *,
    by_location: bool = False,
    page_url: str | None = None,
) -> Reply:
    """Return the answer to a group that a punch in the direction `wanted` is to be said in private, and how.

    With `page_url` it may be made on the page as well.
    """
    if wanted is None:
        says = texts("ask.location_in_group_either" if by_location else "ask.place_in_group_either")
    else:
        which = "in" if wanted is CheckType.ON_DUTY else "out"
        says = texts("ask.in_private_says", says=texts(f"button.clock_{which}{'_by_page' * by_location}_says"))
    lines = [texts(key, says=says), *([_page(page_url, texts)] if page_url is not None else [])]
    return said("\n\n".join(lines))


def of_unknown_site(reply: Reply, name: str | None, texts: Texts) -> Reply:
    """Return a question for the place that first says that the `name` given for it is no site; None for none."""
    if name is None:
        return reply
    return replace(reply, text=f"{texts('ask.unknown_site', name=escape(name))}\n\n{reply.text}")


def where(
    sites: Sequence[Site] | None,
    fix: Fix | None,
    page_url: str | None,
    texts: Texts,
    *,
    known_at: datetime | None = None,
) -> Reply:
    """List the person's sites, the nearest first with its distance where a position is known.

    `known_at` is when they punched from there; None where the position is of this moment.
    """
    lines = [] if sites else [texts("where.unreadable" if sites is None else "where.none")]
    far = {site: metres_between(fix, site.centre) for site in sites or () if fix is not None}
    for site in sorted(sites or (), key=lambda site: far.get(site, 0.0))[:MOST_SITES]:
        names = " / ".join(escape(name) for name in (site.name, *site.aliases))
        line = f"- {texts('where.site', site=names, metres=round(site.radius_m))}"
        if site in far:
            line = f"{line} · {texts('where.away', distance=distance(far[site], texts))}"
        lines.append(line)
    if far and known_at is not None:
        lines.append(texts("where.known_at", at=texts.clock(known_at)))
    if sites and page_url is not None:
        lines.append(_page(page_url, texts))
    return titled(texts("where.title"), lines)


def _page(url: str, texts: Texts) -> str:
    """Return the address of the page, and which time a punch there has."""
    return f"[{texts('ask.page')}]({url})\n\n{texts('ask.page_rules')}"
