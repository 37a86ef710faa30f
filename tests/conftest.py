"""Shared fixtures and settings: temporary files, Hypothesis, a PostgreSQL server a process, ports.

Each test has its own database on the server.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings

from bot.storage import Store
from tests.company import Company, a_company
from tests.faults.disks import StubbornDisk
from tests.ports import a_reserved_port
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage, Stubborn, a_postgresql_stage

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # free bytes needed there


def write_to_memory() -> None:
    """Put temporary files into memory if it has room and `TMPDIR` is not set.

    The tests kill processes, not the machine, so that written data survives. Thousands of new
    databases are faster in memory.
    """
    if (
        "TMPDIR" not in os.environ
        and os.access(MEMORY, os.W_OK)
        and shutil.disk_usage(MEMORY).free >= ROOM
    ):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # reads TMPDIR again


write_to_memory()

# The same examples on every machine, so that a failure repeats. benchmarks/ measures speed.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--record`, which writes golden dialogues again."""
    parser.addoption(
        "--record", action="store_true", help="write down what the bot says in tests/golden/*.txt"
    )


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    """Give the URL of a new database."""
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def port() -> Iterator[int]:
    """Reserve a free loopback port."""
    with a_reserved_port() as port:
        yield port


@pytest.fixture
async def sqlite_stage(tmp_path: Path) -> AsyncIterator[SqliteStage]:
    """A new SQLite file."""
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
    """A new database with the schema on the server."""
    async with a_postgresql_stage(server, server.new_ledger()) as stage:
        yield stage


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A new database of each kind."""
    found = request.getfixturevalue(f"{request.param}_stage")
    assert isinstance(found, Stage)
    return found


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """Twelve people and their bot, at 08:50."""
    async with a_company(tmp_path) as running:
        yield running


@pytest.fixture
async def store(stage: Stage) -> Store:
    """An open store on a new database of each kind."""
    return await stage.open()
