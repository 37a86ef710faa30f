"""Understands once what many say alike: at nine o'clock nearly everybody says one of a few things."""

from collections.abc import Sequence
from datetime import date

from bot.domain.sites import Site
from bot.understanding.intents import Intent
from bot.understanding.understand import understand

LONGEST = 40  # characters of what is kept; longer texts are hardly ever said twice
MOST = 1000  # texts kept, about 2 MB
_Texts = dict[str, Intent]


class Familiar:
    """`understand`, remembering the short texts of the day. What is remembered is what would be found again."""

    def __init__(self) -> None:
        self._known: dict[tuple[Site, ...], _Texts] = {}
        self._same: dict[int, tuple[Sequence[Site], _Texts]] = {}  # by identity: to compare many sites takes long
        self._kept = 0
        self._today: date | None = None

    def understand(self, text: str, *, today: date, sites: Sequence[Site] = ()) -> Intent:
        """Return what a message means, as `understand` does: with other sites it may be another thing.

        The same `sites` are best given as the same, unchanging object.
        """
        if len(text) > LONGEST:
            return understand(text, today=today, sites=sites)
        if today != self._today or self._kept >= MOST:
            self._known, self._same, self._kept, self._today = {}, {}, 0, today
        texts = self._with(sites)
        intent = texts.get(text)
        if intent is None:
            intent = texts[text] = understand(text, today=today, sites=sites)
            self._kept += 1
        return intent

    def _with(self, sites: Sequence[Site]) -> _Texts:
        """Return what is remembered of texts where these sites are known."""
        same = self._same.get(id(sites))
        if same is not None:
            return same[1]
        if len(self._same) >= MOST:
            self._same = {}
        texts = self._known.setdefault(tuple(sites), {})
        self._same[id(sites)] = sites, texts  # kept, so that no other object gets its identity
        return texts
