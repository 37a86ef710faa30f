"""Of which part of the day something is told beside a punch: 早上打卡机断电，上班打卡 is said of the morning."""

from collections.abc import Sequence

from bot.understanding.intents import PartOfDay
from bot.understanding.words.cues import cue
from bot.understanding.words.tokens import EVERY_COMMAND, Token, kinds_of

_PARTS: tuple[tuple[PartOfDay, str], ...] = (
    ("am", "morning_told"), ("pm", "midday_told"), ("evening", "evening_told"),
)  # fmt: skip
_NAMING = frozenset({"feeling", "trouble", "delay", "context", "ended", "came_late", "day_part"})
_NOT_TOLD = frozenset({"greeting", "polite", "shift_name"})


def part_told_aside(clauses: Sequence[Sequence[Token]]) -> PartOfDay | None:
    """Return the part of the day that the first clause beside a command names that names any."""
    for clause in clauses:
        if kinds_of(clause).isdisjoint(EVERY_COMMAND):
            for token in clause:
                part = _part_of(token) if token.of(_NAMING) and not token.of(_NOT_TOLD) else None
                if part is not None:
                    return part
    return None


def _part_of(token: Token) -> PartOfDay | None:
    return next((part for part, name in _PARTS if cue(name).within(token.words)), None)
