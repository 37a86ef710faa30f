"""The two databases that the storage contract is checked on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from bot.storage import Store
from tests.faults.disks import StubbornDisk
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage

Stubborn = tuple[Store, StubbornDisk]


@pytest.fixture
async def sqlite_stage(tmp_path: Path) -> AsyncIterator[SqliteStage]:
    """A new file of SQLite."""
    stage = SqliteStage(tmp_path / "data")
    yield stage
    await stage.close()


@pytest.fixture
async def stubborn(sqlite_stage: SqliteStage) -> Stubborn:
    """A store on a `StubbornDisk`."""
    disk = StubbornDisk(sqlite_stage.file)
    store = Store(disk, clock=sqlite_stage.clock, owner="one", random=Random(1))
    sqlite_stage.adopt(store)
    await store.open()
    return store, disk


@pytest.fixture
async def postgresql_stage(server: PostgresServer) -> AsyncIterator[PostgresqlStage]:
    """A new database on the server, which has the schema."""
    async with a_postgresql_stage(server, server.new_ledger()) as stage:
        yield stage


@asynccontextmanager
async def a_postgresql_stage(server: PostgresServer, database: str) -> AsyncIterator[PostgresqlStage]:
    """Give the stage of a database of the server, which is removed in the end."""
    stage = PostgresqlStage(server.url(database))
    yield stage
    await stage.close()
    server.drop(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A new database of either kind."""
    found = request.getfixturevalue(f"{request.param}_stage")
    assert isinstance(found, Stage)
    return found
