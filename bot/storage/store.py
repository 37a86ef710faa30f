"""The database, by topic: opened, shared with other processes, closed."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from random import Random

from bot.clock import Clock
from bot.errors import BotError, StoreRefused
from bot.storage.absences import SqlAbsences
from bot.storage.buttons import SqlButtons
from bot.storage.chain import SqlChain
from bot.storage.confirmations import RecentConfirmations
from bot.storage.corrections import SqlCorrections
from bot.storage.database import Database
from bot.storage.deliveries import SqlDeliveries
from bot.storage.departments import SqlDepartments
from bot.storage.digests import SqlDigestBook
from bot.storage.engine import Engine
from bot.storage.excuses import SqlExcuses
from bot.storage.inbox import SqlInbox
from bot.storage.jobs import SqlJobs
from bot.storage.lanes import ANSWERS_WITHIN_S
from bot.storage.ledger import SqlLedger
from bot.storage.links import SqlLinks
from bot.storage.migrations import upgrade
from bot.storage.native_punches import SqlNativePunches
from bot.storage.notes import SqlNotes
from bot.storage.nudges import SqlNudgeTrace
from bot.storage.people import SqlPeople
from bot.storage.phones import SqlPhones
from bot.storage.plans import SqlPlans
from bot.storage.privacy import SqlPrivacy
from bot.storage.punch_flags import SqlFlagBook
from bot.storage.receipts import SqlReceipts
from bot.storage.reconciling import SqlComparisons
from bot.storage.reminders import SqlReminders
from bot.storage.replicas import Replicas
from bot.storage.retention import SqlRetention
from bot.storage.schema import STEPS
from bot.storage.summaries import SqlSummaries
from bot.storage.tap_questions import SqlTapQuestions
from bot.storage.wishes import SqlWishBook

logger = logging.getLogger(__name__)

CLOSES_WITHIN_S = 8.0  # a healthy disk's last checkpoint takes part of a second


class SqlStore:
    """`services.ports.Store` on SQLite or PostgreSQL."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        owner: str,
        random: Random,
        patience_s: float = ANSWERS_WITHIN_S,
    ) -> None:
        """A call raises StoreRefused when the database has been silent for about `patience_s` seconds."""
        self._engine = engine
        self._clock = clock
        self._database = Database(engine, clock=clock, owner=owner, random=random, patience_s=patience_s)
        self._replicas = Replicas(self._database, alone=engine.writers == 1)
        self._taken = False
        self.inbox = SqlInbox(self._database)
        self.confirmations = RecentConfirmations(self._database)
        self.ledger = SqlLedger(self._database, self.confirmations)
        self.deliveries = SqlDeliveries(self._database)
        self.receipts = SqlReceipts(self._database)
        self.buttons = SqlButtons(self._database)
        self.people = SqlPeople(self._database)
        self.departments = SqlDepartments(self._database)
        self.plans = SqlPlans(self._database)
        self.reminders = SqlReminders(self._database)
        self.wishes = SqlWishBook(self._database)
        self.digests = SqlDigestBook(self._database)
        self.absences = SqlAbsences(self._database)
        self.native_punches = SqlNativePunches(self._database)
        self.retention = SqlRetention(self._database)
        self.days = SqlSummaries(self._database)
        self.chain = SqlChain(self._database)
        self.jobs = SqlJobs(self._database)
        self.comparisons = SqlComparisons(self._database)
        self.corrections = SqlCorrections(self._database, self.confirmations)
        self.excuses = SqlExcuses(self._database)
        self.notes = SqlNotes(self._database)
        self.nudge_trace = SqlNudgeTrace(self._database)
        self.stored_rows = SqlPrivacy(self._database)
        self.links = SqlLinks(self._database)
        self.phones = SqlPhones(self._database)
        self.tap_questions = SqlTapQuestions(self._database)
        self.flags = SqlFlagBook(self._database)

    @property
    def owner(self) -> str:
        """Return the name under which this process claims; a new one after a claim of unknown outcome."""
        return self._database.owner

    async def open(self) -> None:
        """Take the writer's place, bring the schema up to date, come alive.

        Raises OperatorError when another process writes the file, or the database cannot be used.
        """
        await asyncio.to_thread(self._engine.take)
        self._taken = True
        try:
            self._tell_of(await asyncio.to_thread(upgrade, self._engine, clock=self._clock))
            self._database.start()
            await self._replicas.join()
        except BotError:
            await self._shut()
            raise

    async def close(self) -> None:
        """Write what is queued, give up all claims, close. Harmless when it is not open.

        A silent database is left alone after some seconds; the end of the process closes it.
        """
        try:
            async with asyncio.timeout(CLOSES_WITHIN_S):
                with suppress(StoreRefused):  # then the claims end when this process is no longer alive
                    await self._replicas.leave()
                await self._shut()
        except TimeoutError:
            logger.warning("the database does not let itself be closed; the claims end by themselves")

    @property
    def trouble(self) -> str | None:
        """Return why the database refuses, in words for an operator; None while it takes what comes."""
        return self._database.health.trouble

    async def beat(self) -> None:
        """Keep this process's claims for another 10 s; to be called every 2 s. Raises StoreRefused."""
        await self._replicas.beat()

    async def ping(self) -> None:
        """Write and read something. Raises StoreRefused when the database does not take it or does not answer."""
        await self._replicas.ping()

    def _tell_of(self, steps: Sequence[str]) -> None:
        """Log what was done to the schema. That everything was missing is news to whoever expected a ledger."""
        if len(steps) == len(STEPS):
            logger.warning("a new, empty ledger was made: %s", self._engine.name)
            return
        for name in steps:
            logger.info("the database's schema has a new step: %s", name)

    async def _shut(self) -> None:
        await self._database.stop()
        if self._taken:
            self._taken = False
            self._engine.give_back()
