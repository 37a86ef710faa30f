"""Words that say of a punch that it is one of this very moment: "clock out now", 刚到，打卡."""

from functools import lru_cache

from bot.understanding.words.cues import phrases_of
from bot.understanding.words.normalise import normalise
from bot.understanding.words.tokens import tokenise_as


@lru_cache(maxsize=256)  # asked twice of each punch, and many say the same
def says_now(text: str, *named: str | None) -> bool:
    """Tell whether a message, which is a punch, says that it is of now; "just clock me in" does not.

    What it says in what is `named`, a place or a reason, counts for nothing: 上班打卡 @刚泰国际.
    """
    said = " ".join(normalise(text).folded.split())
    for name in named:
        if name:
            said = said.replace(" ".join(normalise(name).folded.split()), " | ")
    tokens = tokenise_as(said, phrases_of("this_moment", "for_a_while"))
    return any(token.has("this_moment") for token in tokens)
