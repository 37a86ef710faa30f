"""A PostgreSQL server for processes that share a database."""

from collections.abc import Iterator

import pytest

from tests.storage.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """Run one server for all tests of this folder."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(server: PostgresServer) -> str:
    """Return the address of a new database."""
    return server.url(server.new_database())
