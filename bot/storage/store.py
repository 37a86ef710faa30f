"""The database, by topic: opened, shared with other processes, closed."""

import asyncio
import logging
from contextlib import suppress
from random import Random

from bot.clock import Clock
from bot.errors import BotError, StoreRefused
from bot.storage.chain import SqlChain
from bot.storage.database import Database
from bot.storage.deliveries import SqlDeliveries
from bot.storage.engine import Engine
from bot.storage.inbox import SqlInbox
from bot.storage.jobs import SqlJobs
from bot.storage.ledger import SqlLedger
from bot.storage.migrations import upgrade
from bot.storage.people import SqlPeople
from bot.storage.plans import SqlPlans
from bot.storage.questions import SqlQuestions
from bot.storage.receipts import SqlReceipts
from bot.storage.reconciling import SqlComparisons
from bot.storage.replicas import Replicas

logger = logging.getLogger(__name__)


class SqlStore:
    """`services.ports.Store` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, *, clock: Clock, owner: str, random: Random) -> None:
        self._engine = engine
        self._clock = clock
        self._database = Database(engine, clock=clock, owner=owner, random=random)
        self._replicas = Replicas(self._database, alone=engine.writers == 1)
        self._taken = False
        self.inbox = SqlInbox(self._database)
        self.ledger = SqlLedger(self._database)
        self.deliveries = SqlDeliveries(self._database)
        self.receipts = SqlReceipts(self._database)
        self.questions = SqlQuestions(self._database)
        self.people = SqlPeople(self._database)
        self.plans = SqlPlans(self._database)
        self.chain = SqlChain(self._database)
        self.jobs = SqlJobs(self._database)
        self.comparisons = SqlComparisons(self._database)

    async def open(self) -> None:
        """Take the writer's place, bring the schema up to date, come alive.

        Raises OperatorError when another process writes the file, or the database cannot be used.
        """
        await asyncio.to_thread(self._engine.take)
        self._taken = True
        try:
            for name in await asyncio.to_thread(upgrade, self._engine, clock=self._clock):
                logger.info("the database's schema has a new step: %s", name)
            self._database.start()
            await self._replicas.join()
        except BotError:
            await self._shut()
            raise

    async def close(self) -> None:
        """Write what is queued, give up all claims, close. Harmless when it is not open."""
        with suppress(StoreRefused):  # then the claims end when this process is no longer alive
            await self._replicas.leave()
        await self._shut()

    async def beat(self) -> None:
        """Keep this process's claims for another 10 s; to be called every 2 s. Raises StoreRefused."""
        await self._replicas.beat()

    async def ping(self) -> None:
        """Write and read something. Raises StoreRefused when the database does not take it or does not answer."""
        await self._replicas.ping()

    async def _shut(self) -> None:
        await self._database.stop()
        if self._taken:
            self._taken = False
            self._engine.give_back()
