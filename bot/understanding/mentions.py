"""The @mention in front of a message, which names the bot and says nothing."""

from collections.abc import Sequence

from bot.domain.sites import Site
from bot.understanding.names import is_chinese_name
from bot.understanding.normalise import Text
from bot.understanding.vocabulary import table

_MOST_MENTIONS = 3


def without_mention(text: Text, sites: Sequence[Site]) -> Text:
    """Return the text without the names of bots mentioned in front or at its end.

    A mention of everybody, of a site, or of what reads as a colleague's name stays: it changes the meaning.
    """
    for _ in range(_MOST_MENTIONS):
        stripped = text.folded.lstrip()
        lead = len(text.folded) - len(stripped)
        if not stripped.startswith("@"):
            break
        length = _mention_length(stripped[1:], sites)
        if length is None:
            break
        text = Text(text.shown[lead + 1 + length :], text.folded[lead + 1 + length :])
    return _without_trailing(text)


def _mention_length(after: str, sites: Sequence[Site]) -> int | None:
    """Return how many characters a bot's name at the start of `after` takes, or None if it is no bot's."""
    mentions = table("people")["mentions"]
    for ending in mentions["bots"]:
        end = after.find(ending, 0, 24)
        if end >= 0 and not any(space in after[:end] for space in " \n@"):
            rest = len(ending) if not ending.isascii() else _word_end(after, end) - end
            return end + rest
    name = after.split(maxsplit=1)[0] if after[:1].strip() else ""
    if not name or len(name) == len(after.rstrip()):
        return None
    person = is_chinese_name(name, strict=True) or name in mentions["everybody"]
    return None if person or any(site.answers_to(name) for site in sites) else len(name)


def _word_end(text: str, start: int) -> int:
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return end


def _without_trailing(text: Text) -> Text:
    head, at, name = text.folded.rpartition("@")
    if at and head.strip() and any(ending in name for ending in table("people")["mentions"]["bots"]):
        return Text(text.shown[: len(head)], head)
    return text
