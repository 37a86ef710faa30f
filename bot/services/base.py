"""The parts that nearly every service needs, in one object."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import Clock, local_date
from bot.dingtalk.robot import page_link
from bot.platform import DingTalk
from bot.services.clock_watch import ClockWatch
from bot.services.metrics import Metrics
from bot.services.outbox.lease import Lease
from bot.services.speaking import Operators, Speaker
from bot.settings import Settings
from bot.storage.store import Store
from bot.views.i18n import Language, Texts, language_or


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times in seconds, and one switch."""

    call_s: float = 10.0  # for a target's answer
    ack_s: float = 1.4  # for the answer to a press, which DingTalk awaits for 2 s
    receipt_s: float = 3.0  # for the targets, before a receipt
    # between read-backs of a punch with unknown outcome
    lookup_s: tuple[float, ...] = (
        2.0,
        8.0,
        20.0,
    )
    round_s: float = 1.0  # between looks for due rows of the outbox
    inbox_s: float = 1.0  # between looks for messages without a living process
    probe_s: float = 5.0  # between two tries of a failing target
    seal_s: float = 20.0  # between looks for punches to seal
    doubt_s: float = 30.0  # before people who are still doubted are read again
    person_s: float = 2.0  # for DingTalk's answer about one person: name, plans, departments
    team_s: float = 5.0  # for DingTalk's answers about a team's day
    body_s: float = 10.0  # for the body of a request from the page
    board_s: float = 1.0  # between two looks at an open board
    reminds: bool = True  # false: the jobs of the scheduler do not run


@dataclass(eq=False)
class Base:
    """The parts that nearly every service needs. `bot.app` builds it."""

    settings: Settings
    clock: Clock
    patience: Patience
    store: Store
    dingtalk: DingTalk
    operators: Operators
    clock_watch: ClockWatch
    lease: Lease
    speaker: Speaker
    metrics: Metrics

    def __post_init__(self) -> None:
        self.zone = self.settings.zone
        self.language = self.settings.language  # for people who have not written anything

    @property
    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """Return the date in the organisation's time zone."""
        return local_date(self.clock, self.zone)

    def is_quiet(self, now: datetime) -> bool:
        """Return whether this moment is in the quiet hours."""
        return self.settings.reminders.is_quiet(now.astimezone(self.zone))

    def texts(self, language: Language) -> Texts:
        return Texts(language, self.zone)

    def page_link(self, fragment: str = "") -> str | None:
        """Return the link that opens the page inside DingTalk's client, None without a page."""
        url = self.settings.web.page_url
        return None if url is None else page_link(f"{url}{fragment}")

    async def texts_for(self, user_id: str) -> Texts:
        """Return the sentences in the language of a person's last message. Raises StoreRefused."""
        return self.texts(
            language_or((await self.store.wishes.get(user_id)).language, self.language)
        )
