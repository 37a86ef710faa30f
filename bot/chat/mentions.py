"""A message that mentions colleagues: what it asks of the one it mentions. It is never a punch."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.domain.messages import Message
from bot.understanding.intents import EXCUSES, PUNCHES, QUESTIONS_OF_DAYS, Intent, IntentName

_ABOUT_SOMEBODY = EXCUSES | QUESTIONS_OF_DAYS | {IntentName.NUDGE, IntentName.WHY, IntentName.SOMEBODY}
# Stands for the mentioned person while the text is understood: a real user id may look like a time or a number.
_SOMEBODY = "user000"
# DingTalk removes a linked name from the text. The blanks before and behind it stay.
_GAP = re.compile(r"[\s\u200b]{2,}")
_MOST_GAPS = 3


def about_mentioned(
    message: Message, intent: Intent, understand: Callable[[str], Intent | None]
) -> tuple[Message, Intent] | None:
    """Return a nudge, an excuse or a question of the mentioned colleague, whose user id is its `person`.

    `intent` is what the message means without the mention. The text returned has the user id in place of the name.
    None if it is nothing of that kind, if several are mentioned, or one who has no user id.
    """
    mentioned = message.mentioned_user_ids
    user_id = mentioned[0] if len(mentioned) == 1 else None
    if user_id is None or intent.name in PUNCHES or intent.name is IntentName.CONFIRM:
        return None
    for before, behind in _places_of_name(message.text):
        found = understand(f"{before} {_SOMEBODY} {behind}".strip())
        if found and found.name in _ABOUT_SOMEBODY and found.person == _SOMEBODY and found.beside is None:
            said = f"{before} {user_id} {behind}".strip()
            return replace(message, text=said), found._replace(person=user_id)
    return None


def _places_of_name(text: str) -> Iterator[tuple[str, str]]:
    """Cut the text where the removed name may have stood: in a gap, at the end, at the start."""
    for _, gap in zip(range(_MOST_GAPS), _GAP.finditer(text), strict=False):
        yield text[: gap.start()], text[gap.end() :]
    yield text, ""
    yield "", text
