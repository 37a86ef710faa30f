"""What the whole suite shares: where it writes, how Hypothesis searches, a PostgreSQL server a process, ports.

Each test takes a database of its own on the server.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.ports import a_reserved_port
from tests.storage.postgres_server import PostgresServer

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes free there; with less it is the disk


def write_to_memory() -> None:
    """Let the tests write to memory where there is room for it, unless `TMPDIR` says where.

    They kill processes and not the machine: what one has written is there after its death in either case, and it
    syncs what it syncs. This only leaves out the time that a disk takes for thousands of new databases.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # which is found anew


write_to_memory()

# The same examples on every machine, however slow: speed is for benchmarks/, and a run that failed fails again.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden dialogues be recorded anew, by one process alone."""
    parser.addoption("--record", action="store_true", help="write down what the bot says in tests/golden/*.txt")


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
    """Give the address of a new database."""
    name = server.new_database()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def port() -> Iterator[int]:
    """Reserve a free loopback port."""
    with a_reserved_port() as port:
        yield port
