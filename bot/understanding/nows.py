"""Words that say of a punch that it is one of this very moment: "clock out now", 刚到，打卡."""

import re
from functools import lru_cache

from bot.understanding.normalise import normalise

_ZH = r"现在|此刻|此时|这会儿|刚刚?|刚才|这就"
_DONE = r"got|arrived|reached|came|made|walked|entered|started|left|leaving|finished|wrapped|stepped|signed off"
_SAYS = re.compile(rf"{_ZH}|(?<!for )\bnow\b|\bjust (?:{_DONE})\b")


@lru_cache(maxsize=256)  # asked twice of each punch, and many say the same
def says_now(text: str, *named: str | None) -> bool:
    """Tell whether a message, which is a punch, says that it is of now; "just clock me in" does not.

    What it says in what is `named`, a place or a reason, counts for nothing: 上班打卡 @刚泰国际.
    """
    said = " ".join(normalise(text).folded.split())
    for name in named:
        if name:
            said = said.replace(" ".join(normalise(name).folded.split()), " | ")
    return _SAYS.search(said) is not None
