"""Replies that are one sentence of the locale, and the help."""

from collections.abc import Collection, Sequence

from bot.domain.sites import LocationSource
from bot.i18n import Texts
from bot.views.offers import plain
from bot.views.reply import Reply

_CLOCK_IN, _WAYS = "help.clock_in", (LocationSource.NAMED, LocationSource.TYPED)


def sentence(key: str, texts: Texts, **values: object) -> Reply:
    """Return the sentence `key` as a reply."""
    text = texts(key, **values)
    return Reply(text[:40], text)


def help_page(
    topics: Sequence[str], trusted: Collection[LocationSource], texts: Texts, *, has_page: bool
) -> Reply:
    """List what a person can do, one line a topic; `topics` are the locale keys that the routes carry.

    How to clock in with a position is said in the ways that are `trusted`, and with the page where there is one.
    """
    told = {topic: texts(topic) for topic in topics}
    ways = [f"help.{way}" for way in _WAYS if way in trusted] + (["help.by_page"] if has_page else [])
    if ways:
        told[_CLOCK_IN] += texts("help.with_a_place", places=texts("help.or").join(map(texts, ways)))
    lines = [f"### {texts('help.title')}", *(f"- {line}" for line in told.values()), texts("help.more")]
    buttons = tuple(plain(name, texts) for name in ("clock_in", "clock_out", "status"))
    return Reply(texts("help.title"), "\n\n".join(lines), buttons)
