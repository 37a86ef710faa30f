"""One PostgreSQL server for the whole suite; each test takes a database of its own on it."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.storage.postgres_server import PostgresServer

settings.register_profile("untimed", deadline=None)  # speed is for benchmarks/
settings.load_profile("untimed")


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
