"""What the whole suite shares: how Hypothesis searches, a PostgreSQL server a process of the tests, ports.

Each test takes a database of its own on the server.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.ports import a_reserved_port
from tests.storage.postgres_server import PostgresServer

# The same examples on every machine, however slow: speed is for benchmarks/, and a run that failed fails again.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """Run the server."""
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
    """Give a loopback port at which nobody listens and which nobody else is given."""
    with a_reserved_port() as port:
        yield port
