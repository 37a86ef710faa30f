"""The database by topic: open it, share it with other processes, close it."""

import asyncio
import logging
from contextlib import suppress
from random import Random
from typing import get_type_hints

from bot.clock import Clock
from bot.domain.messages import NOTES, Kind
from bot.errors import BotError, StoreRefused
from bot.storage.chain import Chain
from bot.storage.corrections import Corrections
from bot.storage.database import Database, Jobs
from bot.storage.days import Absences, DayRows, Excuses, NativePunches, Plans
from bot.storage.engine import Engine
from bot.storage.export import Feed
from bot.storage.figures import Figures
from bot.storage.inbox import ButtonRows, CardRows, Inbox
from bot.storage.ledger import Ledger
from bot.storage.months import MonthSteps
from bot.storage.outbox import NOTE_WAITS, RECEIPT_WAITS, Deliveries, Outbox
from bot.storage.people import People
from bot.storage.privacy import Privacy
from bot.storage.reminders import ReminderRows, WishBook
from bot.storage.stand_ins import StandIns
from bot.storage.tokens import Tokens
from bot.storage.urls import engine_of, upgrade

logger = logging.getLogger(__name__)

CLOSES_WITHIN_S = 8.0  # a healthy disk's last checkpoint takes part of a second


class Store:
    """The database, by topic."""

    inbox: Inbox
    ledger: Ledger
    deliveries: Deliveries
    buttons: ButtonRows
    cards: CardRows
    people: People
    plans: Plans
    reminders: ReminderRows
    wishes: WishBook
    absences: Absences
    native_punches: NativePunches
    privacy: Privacy
    days: DayRows
    chain: Chain
    jobs: Jobs
    corrections: Corrections
    excuses: Excuses
    stand_ins: StandIns
    months: MonthSteps
    figures: Figures
    feed: Feed
    tokens: Tokens

    def __init__(self, engine: Engine, *, clock: Clock, owner: str, random: Random) -> None:
        self._engine = engine
        self.database = Database(engine, clock=clock, owner=owner, random=random)
        for topic, rows in get_type_hints(Store).items():
            setattr(self, topic, rows(self.database))
        self.receipts = Outbox(self.database, Kind.RECEIPT, waits=RECEIPT_WAITS)
        self.notes = Outbox(self.database, *NOTES, waits=NOTE_WAITS)
        self.month_notes = Outbox(self.database, Kind.MONTH, Kind.OBJECTED, Kind.ADJUSTED)
        self.flags = Outbox(self.database, Kind.FLAG)
        self.alerts = Outbox(self.database, Kind.ALERT)

    async def open(self) -> None:
        """Lock the database, bring its schema up to date, send the first heartbeat.

        Raises OperatorError.
        """
        await asyncio.to_thread(self._engine.take)
        try:
            if await asyncio.to_thread(upgrade, self._engine):
                logger.warning("the schema of %s was brought up to date", self._engine.name)
            await self.database.start()
        except BotError:
            await self._shut()
            raise

    async def close(self, *, keep_claims: bool = False) -> None:
        """Run the queued works, give up all claims, close. A silent database stays open until the
        process ends.

        With `keep_claims` the claims end 10 s after the last heartbeat.
        """
        try:
            async with asyncio.timeout(CLOSES_WITHIN_S):
                with suppress(StoreRefused):  # then the claims end without a heartbeat
                    if not keep_claims:
                        await self.database.leave()
                await self._shut()
        except TimeoutError:
            logger.warning("the database cannot be closed; the claims end in 10 s")

    async def _shut(self) -> None:
        await self.database.stop()
        self._engine.give_back()


def open_store(url: str, *, clock: Clock, owner: str, random: Random | None = None) -> Store:
    """Return the closed database of `store.url`. Raises OperatorError.

    `owner` names this process and is new at each start. `random` makes ids, which
    are no secrets.
    """
    return Store(engine_of(url), clock=clock, owner=owner, random=random or Random())  # noqa: S311 - no secrets
