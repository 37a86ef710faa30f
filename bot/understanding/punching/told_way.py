"""Whether a message that may be a punch says in plain words if one comes or goes. Pure."""

from bot.domain.shifts import CheckType
from bot.understanding.words.normalise import normalise
from bot.understanding.words.tokens import kinds_of, tokenise

_SAYS = {CheckType.ON_DUTY: {"cmd_on", "say_on"}, CheckType.OFF_DUTY: {"cmd_off", "say_off"}}
_MAY_SAY = {CheckType.ON_DUTY: {"arrive", "word_on"}, CheckType.OFF_DUTY: {"leave", "word_off"}}


def told_way(text: str) -> CheckType | None:
    """Return the direction of a command or statement in `text`, None where another word may say the other one."""
    kinds = kinds_of(tokenise(normalise(text).folded))
    said = [way for way, words in _SAYS.items() if not kinds.isdisjoint(words)]
    may = [way for way, words in _MAY_SAY.items() if not kinds.isdisjoint(words)]
    return said[0] if len(said) == 1 and set(may) <= set(said) else None
