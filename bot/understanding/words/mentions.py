"""The @mention in front of a message, which names the bot and says nothing."""

from bot.understanding.words.normalise import Text
from bot.understanding.words.vocabulary import table

_MOST_MENTIONS = 3


def without_mention(text: Text) -> Text:
    """Return the text without the names of bots mentioned in front or at its end.

    Every other mention stays, for it may be somebody else who is spoken to.
    """
    if "@" not in text.folded:
        return text
    for _ in range(_MOST_MENTIONS):
        stripped = text.folded.lstrip()
        lead = len(text.folded) - len(stripped)
        if not stripped.startswith("@"):
            break
        length = _bot_length(stripped[1:])
        if length is None:
            break
        text = Text(text.shown[lead + 1 + length :], text.folded[lead + 1 + length :])
    return _without_trailing(text)


def _bot_length(after: str) -> int | None:
    """Return how many characters a name at the start of `after` takes that reads as a bot's, or None."""
    for ending in table("people")["mentions"]["bots"]:
        end = after.find(ending, 0, 24)
        if end >= 0 and not any(space in after[:end] for space in " \n@"):
            return _word_end(after, end) if ending.isascii() else end + len(ending)
    return None


def _word_end(text: str, start: int) -> int:
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return end


def _without_trailing(text: Text) -> Text:
    """Return the text without the last bot mentioned behind other words; what follows the mention stays."""
    head, at, after = text.folded.rpartition("@")
    length = _bot_length(after) if at and head.strip() else None
    if length is None:
        return text
    start, end = len(head), len(head) + 1 + length
    return Text(f"{text.shown[:start]} {text.shown[end:]}", f"{head} {text.folded[end:]}")
