"""The two databases that the storage contract is checked on."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
async def sqlite_stage(tmp_path: Path) -> AsyncIterator[SqliteStage]:
    """A new file of SQLite."""
    stage = SqliteStage(tmp_path / "data")
    yield stage
    await stage.close()


@pytest.fixture
async def postgresql_stage(postgres: PostgresServer) -> AsyncIterator[PostgresqlStage]:
    """A new database on the server."""
    database = postgres.new_database()
    stage = PostgresqlStage(postgres.url(database))
    yield stage
    await stage.close()
    postgres.drop(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A new database of either kind."""
    found = request.getfixturevalue(f"{request.param}_stage")
    assert isinstance(found, Stage)
    return found
