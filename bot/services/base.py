"""What nearly every service needs, in one object; and reads that are joined."""

import random
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.platform import DingTalk
from bot.services.outbox.worker import Lease
from bot.services.speaking import Operators, Speaker
from bot.settings import Settings
from bot.storage.store import Store
from bot.views.i18n import Texts, language_or
from bot.views.reply import Language

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds."""

    call_s: float = 10.0  # for a target's answer
    ack_s: float = 1.4  # for the answer to a press, which DingTalk awaits for 2 s
    receipt_s: float = 3.0  # for targets before a receipt is given
    lookup_s: tuple[float, ...] = (2.0, 8.0, 20.0)  # between looks for a punch of unknown outcome
    round_s: float = 1.0  # between looks for what is due in the outbox
    inbox_s: float = 1.0  # between looks for messages that nobody works on
    probe_s: float = 5.0  # between two tries of a target that rests
    seal_s: float = 20.0  # between looks for punches to seal
    progress_s: float = 3.0  # before somebody hears that an answer takes longer
    facts_s: float = 2.0  # for a name, plans or places that a punch wants to know from DingTalk
    team_s: float = 5.0  # for all of a team's day
    body_s: float = 10.0  # for the body of a call of the page
    reminds: bool = True  # whether people to be reminded are looked for every minute


@dataclass(frozen=True, slots=True)
class Base:
    """What nearly every service needs. The composition root builds it."""

    settings: Settings
    clock: Clock
    rng: random.Random
    patience: Patience
    store: Store
    dingtalk: DingTalk
    operators: Operators
    lease: Lease
    speaker: Speaker

    @property
    def zone(self) -> ZoneInfo:
        """Return the organisation's time zone."""
        return self.settings.zone

    @property
    def language(self) -> Language:
        """Return the language for people who have not written anything."""
        return self.settings.language

    def is_quiet(self, now: datetime) -> bool:
        """Tell whether nobody is to be reminded at this time of day."""
        return self.settings.reminders.is_quiet(now.astimezone(self.zone))

    def texts(self, language: Language) -> Texts:
        """Return the sentences of a language."""
        return Texts(language, self.zone)

    async def texts_for(self, user_id: str) -> Texts:
        """Return the sentences in the language that somebody wrote last, to any process. Raises StoreRefused."""
        return self.texts(language_or((await self.store.wishes.get(user_id)).language, self.language))
