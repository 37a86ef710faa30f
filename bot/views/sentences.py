"""Replies that are one sentence of the locale."""

from collections.abc import Collection, Sequence

from bot.domain.punches import Punch
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationSource
from bot.i18n import Texts
from bot.views.markdown import escape
from bot.views.receipts import clock_in_button, clock_out_button, standing, undo
from bot.views.reply import Button, Reply

_EXPLAINED = frozenset(
    {
        "future",
        "conditional",
        "proxy",
        "automatic",
        "absent",
        "negated",
        "question",
        "how_to",
        "how_to_placeless",
        "already_done",
        "reported",
        "small_talk",
        "too_long",
    }
)


_LATER = frozenset({"future", "conditional"})
_CLOCK_IN, _WAYS = "help.clock_in", (LocationSource.NAMED, LocationSource.TYPED)


def sentence(key: str, texts: Texts, **values: object) -> Reply:
    """Return the sentence `key` as a reply."""
    text = texts(key, **values)
    return Reply(text[:40], text)


def not_a_punch(
    reason: str | None,
    texts: Texts,
    *,
    in_group: bool,
    meant: str | None = None,
    direction: CheckType | None = None,
) -> Reply:
    """Say that nothing was changed and, where `reason` has a sentence, why; in a group in one line.

    `meant` is the phrase nearest to what was not understood: one tap says it. `direction` is that of the
    punch that was not made, where it is known.
    """
    if in_group and reason == "small_talk":
        return sentence("none.group_small_talk", texts)
    if reason in _EXPLAINED:
        return sentence(_explained(reason, direction), texts)
    if in_group:
        return sentence("none.group", texts)
    if meant is not None:
        text = texts("none.nearest", phrase=escape(meant))
        asks_help = _help_button(texts)
        return Reply(text[:40], text, (Button(meant, meant), *([] if meant == asks_help.says else [asks_help])))
    text = texts("none.unknown")
    return Reply(text[:40], text, (clock_in_button(texts), clock_out_button(texts), _help_button(texts)))


def _explained(reason: str | None, direction: CheckType | None) -> str:
    """Return the key of the sentence about `reason`, which names the punch to make later where it is known."""
    if reason not in _LATER or direction is None:
        return f"none.{reason}"
    return f"none.{reason}_on" if direction is CheckType.ON_DUTY else f"none.{reason}_off"


def after_a_punch(
    punch: Punch,
    reason: str | None,
    texts: Texts,
    *,
    in_group: bool,
    takes_back: bool,
    direction: CheckType | None = None,
) -> Reply:
    """Say that a message changes nothing shortly after `punch`, which stands: never that nothing was recorded.

    `takes_back` tells that it may be meant to take that punch back. A group hears nothing of it.
    """
    if in_group:
        return sentence("none.group_small_talk" if reason == "small_talk" else "none.group_after", texts)
    if takes_back:
        return undo(punch, texts)
    last = texts("none.stands" if punch.stands else "undo.not_taken", last=standing(punch, texts))
    if reason in _EXPLAINED:
        text = texts(_explained(reason, direction))
        return Reply(text[:40], text if reason == "small_talk" else f"{text}\n\n{last}")
    text = texts("none.not_understood")
    return Reply(
        text[:40], f"{text}\n\n{last}", (clock_in_button(texts), clock_out_button(texts), _help_button(texts))
    )


def help_page(topics: Sequence[str], trusted: Collection[LocationSource], texts: Texts) -> Reply:
    """List what the bot does, one line a topic; `topics` are the locale keys that the routes carry.

    With a place is said only in the ways that are `trusted`: what is not taken is no example.
    """
    told = {topic: texts(topic) for topic in topics}
    if _CLOCK_IN in told and (ways := [f"help.{way}" for way in _WAYS if way in trusted]):
        places = texts("help.or").join(texts(way) for way in ways)
        told[_CLOCK_IN] += texts("help.with_a_place", places=places)
    lines = [f"### {texts('help.title')}", *(f"- {line}" for line in told.values()), texts("help.more")]
    return Reply(texts("help.title"), "\n\n".join(lines), (clock_in_button(texts), clock_out_button(texts)))


def _help_button(texts: Texts) -> Button:
    return Button(texts("button.help"), texts("button.help_says"))
