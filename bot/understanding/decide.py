"""From the router's likelihoods to intents: taken, or offered as buttons."""

import re
from collections.abc import Mapping

PUNCHES = ("clock_in", "clock_out")
UNANSWERED = frozenset({"none", "unanswerable"})  # answered by the short help, or by saying that nobody knows
# Chosen by sentences that the router had not learned: 97 in 100 punches reached, and fewer needless buttons.
_OFFER_PUNCH = 0.3  # likelihood of both punches together
_SURE = 0.3  # below, the likely intents are buttons
_LIKELY = 0.12  # below, there is no button
PERSON = "\0"  # stands for a name in a text
_PLAIN_NUDGE = re.compile(
    rf"(?:请|麻烦|帮我|帮忙|please )?(?:催|提醒|nudge|remind)(?:一下|下)? ?@?{PERSON}?"
    "(?: ?(?:一下|打卡|签到|签退|[上下]班打卡|打[上下]班卡)| to (?:clock|punch|check|sign) (?:in|out))?"
    "(?: please)?[。.!]?"
)


def decide(chances: Mapping[str, float]) -> tuple[str, ...]:
    """Return the intents of a message that the gate did not pass, by their likelihoods, the likeliest first.

    Several are buttons to choose from. A punch is always a button.
    """
    ranked = sorted(chances, key=lambda intent: -chances[intent])
    best = ranked[0]
    if best in PUNCHES or sum(chances.get(intent, 0) for intent in PUNCHES) >= _OFFER_PUNCH:
        likely = [intent for intent in ranked if chances[intent] >= _LIKELY and intent not in UNANSWERED]
        punches = [intent for intent in ranked if intent in PUNCHES]
        return tuple(likely[:3]) if set(likely[:3]) & {*PUNCHES} else (*likely[:2], punches[0])
    if best in UNANSWERED or chances[best] >= _SURE:
        return (best,)
    likely = [intent for intent in ranked[:3] if chances[intent] >= _LIKELY and intent not in UNANSWERED]
    return tuple(likely) if len(likely) > 1 else (best,)


def is_plain_nudge(said: str) -> bool:
    """Tell whether a folded text, with PERSON for a name, only asks to remind one named or mentioned person."""
    return _PLAIN_NUDGE.fullmatch(said) is not None
