"""Understands once what many say alike: at nine o'clock nearly everybody says one of a few things."""

from collections.abc import Sequence
from datetime import date

from bot.domain.sites import Site
from bot.understanding.intents import Intent
from bot.understanding.understand import understand

LONGEST = 40  # characters of what is kept; longer texts are hardly ever said twice
MOST = 1000  # texts kept, about 2 MB


class Familiar:
    """`understand`, remembering the short texts of the day. What is remembered is what would be found again."""

    def __init__(self) -> None:
        self._known: dict[str, Intent] = {}
        self._today: date | None = None
        self._sites: Sequence[Site] = ()

    def understand(self, text: str, *, today: date, sites: Sequence[Site] = ()) -> Intent:
        """Return what a message means, as `understand` does."""
        if len(text) > LONGEST:
            return understand(text, today=today, sites=sites)
        if today != self._today or sites != self._sites or len(self._known) >= MOST:
            self._known, self._today, self._sites = {}, today, sites
        intent = self._known.get(text)
        if intent is None:
            intent = self._known[text] = understand(text, today=today, sites=sites)
        return intent
