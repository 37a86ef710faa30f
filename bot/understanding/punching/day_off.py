"""The statement that one does not work today, such as 今天休息. By itself it is no leave and no wish."""

from bot.understanding.words.cues import words_of
from bot.understanding.words.normalise import normalise

_NO_WORK = words_of("no_work_today")


def says_day_off(text: str) -> bool:
    """Tell whether a message says this and nothing else."""
    return " ".join(normalise(text).folded.split()).rstrip(" .!。~") in _NO_WORK
