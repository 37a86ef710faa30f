"""Whose a tap on the page was, said with the code of the question: 是我 4821, "not me 4821"."""

import re

from bot.understanding.intents import Intent, IntentName
from bot.understanding.normalise import Text, has_han

_MINE = r"yes,? that was me|yes,? it was me|that was me|it was me|yes|是我本人|是本人|是我|是的|是"
_NOT_MINE = r"no,? that was not me|that was not me|not me|no|不是我本人|不是本人|不是我|不是|不"
_ANSWER = re.compile(rf"\s*(?:(?P<mine>{_MINE})|(?:{_NOT_MINE}))[\s,:，：]*(?P<code>[0-9]{{4}})[\s.!。]*", re.A)


def answered_tap(text: Text) -> Intent | None:
    """Return the answer that a message gives about a tap, None unless it is that and nothing else."""
    found = _ANSWER.fullmatch(text.folded)
    if found is None:
        return None
    name = IntentName.TAP_MINE if found["mine"] else IntentName.TAP_NOT_MINE
    return Intent(name, "zh" if has_han(text.folded) else "en", reference=found["code"])
