"""Where one may clock in, and the link to the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.actions import Punch
from bot.domain.punches import AskPhone, AskPlace
from bot.domain.shifts import CheckType
from bot.domain.sites import Fix, LocationSource, Site, metres_between
from bot.i18n import Texts
from bot.views.distances import distance
from bot.views.markdown import escape
from bot.views.receipts import check_type
from bot.views.reply import Button, Reply

MOST_BUTTONS = 5
MOST_SITES = 30


@dataclass(frozen=True, slots=True)
class PageLink:
    """A person's link to the page. A tap up to `keeps_until` counts for `counts_for`; None where none does."""

    url: str
    counts_for: datetime
    keeps_until: datetime | None


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody may give a position for `action`: by the link, a site, or typed, as far as `trusted`.

    Where a position is `optional`, a button punches without it.
    """

    action: Punch
    sites: Sequence[Site]
    trusted: frozenset[LocationSource]
    link: PageLink | None
    optional: bool


def ask_place(question: AskPlace, ways: Ways, texts: Texts) -> Reply:
    """Ask for the position that the company wants with every punch, or that the person wished to give."""
    asks = "ask.location" if ways.link is not None else "ask.location_unread"
    first = texts(asks if ways.optional else "ask.place")
    return _told([first] if question.unusable is None else [texts(f"ask.{question.unusable}"), first], ways, texts)


def _told(first: Sequence[str], ways: Ways, texts: Texts) -> Reply:
    lines, buttons = list(first), list[Button]()
    if ways.link is not None:
        lines.append(_link(ways.link, texts))
    named = LocationSource.NAMED in ways.trusted and bool(ways.sites)
    if named:
        lines.append(texts("ask.place_named" if ways.link is not None else "ask.place_named_first"))
    if LocationSource.TYPED in ways.trusted:
        typed = "ask.place_typed_first" if ways.link is None and not named else "ask.place_typed"
        lines.append(texts(typed, says=texts("ask.place_typed_says")))
    if ways.optional:
        buttons.append(Button(texts("ask.no_location"), action=ways.action, sure=True))
    if named:
        room = MOST_BUTTONS - len(buttons)
        buttons += [_site_button(site, ways.action) for site in ways.sites[:room]]
    return Reply(lines[0][:40], "\n\n".join(lines), tuple(buttons))


def ask_phone(question: AskPhone, texts: Texts) -> Reply:
    """Ask somebody, in private, whether a tap from a phone that is not known as theirs was made by them."""
    where = question.where
    place = texts("ask.phone_nowhere")
    if where.site is not None and where.distance_m is not None:
        place = texts("ask.phone_at", site=escape(where.site), distance=distance(where.distance_m, texts))
    what = texts("ask.phone_what", what=check_type(question.check_type, texts), at=texts.clock(question.at))
    until = "" if question.until is None else texts.clock(question.until)
    says = {word: texts(f"ask.phone_{word}_says", code=question.code or "") for word in ("yes", "not")}
    lines = [texts("ask.phone", what=what, place=place), texts("ask.phone_rules", says=says["yes"], until=until)]
    buttons = [Button(words, words) for words in says.values()]
    return Reply(texts("ask.phone_title"), "\n\n".join(lines), tuple(buttons))


def to_private(key: str, wanted: CheckType | None, texts: Texts, *, by_location: bool = False) -> Reply:
    """Return the answer to a group that a punch in the direction `wanted` is to be said in private, and how."""
    if wanted is None:
        says = texts("ask.location_in_group_either" if by_location else "ask.place_in_group_either")
    else:
        which = "in" if wanted is CheckType.ON_DUTY else "out"
        says = texts("ask.in_private_says", says=texts(f"button.clock_{which}{'_by_page' * by_location}_says"))
    text = texts(key, says=says)
    return Reply(text[:40], text)


def of_unknown_site(reply: Reply, name: str | None, texts: Texts) -> Reply:
    """Return a question for the place that first says that the `name` given for it is no site; None for none."""
    if name is None:
        return reply
    return replace(reply, text=f"{texts('ask.unknown_site', name=escape(name))}\n\n{reply.text}")


def where(
    sites: Sequence[Site] | None,
    fix: Fix | None,
    link: PageLink | None,
    texts: Texts,
    *,
    known_at: datetime | None = None,
) -> Reply:
    """List the person's sites, the nearest first with its distance where a position is known.

    `known_at` is when they punched from there; None where the position is of this moment.
    """
    title = texts("where.title")
    if sites is None:
        lines = [texts("where.unreadable")]
    elif not sites:
        lines = [texts("where.none")]
    elif fix is None:
        lines = [f"- {_site(site, texts)}" for site in sites[:MOST_SITES]]
    else:
        near = sorted(((metres_between(fix, site.centre), site) for site in sites), key=lambda pair: pair[0])
        lines = [
            f"- {_site(site, texts)} · {texts('where.away', distance=distance(metres, texts))}"
            for metres, site in near[:MOST_SITES]
        ]
        if known_at is not None:
            lines.append(texts("where.known_at", at=texts.clock(known_at)))
    if sites and link is not None:
        lines.append(_link(link, texts))
    return Reply(title, "\n\n".join([f"### {title}", *lines]))


def _link(link: PageLink, texts: Texts) -> str:
    """Return the link with its rules; until when a tap counts for the message is said to the second."""
    if link.keeps_until is None:
        rules = texts("ask.link_rules_now")
    else:
        until, at = texts.clock_to_the_second(link.keeps_until), texts.clock(link.counts_for)
        rules = texts("ask.link_rules", until=until, at=at)
    return f"[{texts('ask.link')}]({link.url})\n\n{rules}"


def _site(site: Site, texts: Texts) -> str:
    names = " / ".join(escape(name) for name in (site.name, *site.aliases))
    return texts("where.site", site=names, metres=round(site.radius_m))


def _site_button(site: Site, action: Punch) -> Button:
    return Button(site.name, action=action.model_copy(update={"place": site.name}), sure=True)
