"""A person's own words for a punch."""

from dataclasses import dataclass

from bot.domain.shifts import CheckType


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that a person confirmed `times` times by a button, and the direction that they punched."""

    words: str
    direction: CheckType
    times: int
