"""The schema on both databases: created once, safe when interrupted."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from importlib import import_module
from pkgutil import iter_modules

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from bot import storage
from bot.errors import OperatorError
from bot.storage import check_database, migrate, migrations, read_export
from bot.storage.statements import in_dialect
from bot.storage.urls import REVISIONS
from tests.builders import ON_TUESDAY, SHANGHAI
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage, a_message, a_postgresql_stage


@pytest.fixture
async def postgresql_stage(server: PostgresServer) -> AsyncIterator[PostgresqlStage]:
    """A new database on the server, without a schema."""
    async with a_postgresql_stage(server, server.new_database()) as stage:
        yield stage


def run(stage: Stage, *statements: str) -> None:
    """Change the database without the bot."""
    if isinstance(stage, SqliteStage):
        stage.directory.mkdir(exist_ok=True)
    engine = create_engine(stage.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_the_newest_revision_is_known_without_a_query() -> None:
    assert ScriptDirectory(migrations.__path__[0]).get_current_head() == REVISIONS[-1]


async def test_a_broken_revision_leaves_nothing_and_can_run_again(stage: Stage) -> None:
    run(stage, "CREATE TABLE wishes (a TEXT)")
    with pytest.raises(OperatorError, match="schema cannot be brought up to date"):
        await asyncio.to_thread(migrate, stage.url)
    run(stage, "DROP TABLE wishes")
    store = await stage.open()
    await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1") is not None


async def test_an_older_program_works_on_a_newer_schema(stage: Stage) -> None:
    await (await stage.open()).close()
    run(
        stage,
        "UPDATE alembic_version SET version_num = 'newer'",
        "ALTER TABLE inbox ADD COLUMN new TEXT DEFAULT ''",
    )
    assert await asyncio.to_thread(migrate, stage.url) is False
    assert check_database(stage.url).endswith("is sound")
    store = await stage.open()
    await store.inbox.accept(a_message("m1"))
    assert await store.inbox.holds("m1") is not None
    assert await asyncio.to_thread(list, read_export(stage.url, ON_TUESDAY, SHANGHAI)) == []


async def test_an_export_without_schema_is_explained(sqlite_stage: SqliteStage) -> None:
    run(sqlite_stage, "CREATE TABLE something (a TEXT)")
    with pytest.raises(OperatorError, match="run `migrate`"):
        list(read_export(sqlite_stage.url, ON_TUESDAY, SHANGHAI))
    assert check_database(sqlite_stage.url).endswith("the next start makes or upgrades it")


IS_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE) ")


def all_statements() -> Iterator[tuple[str, str]]:
    for found in iter_modules(storage.__path__, "bot.storage."):
        texts = {
            f"{found.name}.{name}": value
            for name, value in vars(import_module(found.name)).items()
            if isinstance(value, str) and IS_STATEMENT.match(value)
        }
        for name, value in texts.items():
            if not any(value != other and value in other for other in texts.values()):
                yield name, value  # no part of another statement


WALKS_ALL = {
    # the query needs all rows
    "bot.storage.people._ALL",
    "bot.storage.privacy._LEAVE_CARDS",
    "bot.storage.people._TREE",
    "bot.storage.people._ANY_MEMBERSHIP",
    "bot.storage.people._CHANGED",
    "bot.storage.people._LEFT",
    "bot.storage.people._CUT_TREE",
    "bot.storage.people._REMOVE_UNREAD",
    "bot.storage.people._TRUST_ALL",
    "bot.storage.ledger._COMPARED",
    "bot.storage.audit._ENTRIES",
    "bot.storage.audit._COUNTS",
    "bot.storage.months._LINKED",
    # few rows
    "bot.storage.people._END_TOKENS",
    "bot.storage.tokens._ALL",
    # a lead's decisions: few rows
    "bot.storage.privacy.HELD",
}
OPEN_ROWS = ("INDEX inbox_open", "INDEX outbox_due")
FEW_ROWS = (
    *OPEN_ROWS,
    "outbox_held",
    "SCAN replicas",
    "SCAN doubts",
    "SCAN alembic_version",
    "SCAN chain_heads",
    "SCAN ledger_unsealed",
    "SCAN CONSTANT",
    "SCAN some_open",  # rows of a subquery
    "VIRTUAL TABLE",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An empty ledger for query plans."""
    file = tmp_path_factory.mktemp("made") / "clock-in.db"
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        yield connection


@pytest.mark.parametrize(("name", "statement"), list(all_statements()))
def test_no_statement_scans_settled_rows(
    made: sqlite3.Connection, name: str, statement: str
) -> None:
    rows = made.execute(
        f"EXPLAIN QUERY PLAN {in_dialect(statement, 'sqlite')}", AnyParameter()
    ).fetchall()
    walks = [
        step
        for *_, step in rows
        if step.startswith("SCAN") and not any(few in step for few in FEW_ROWS)
    ]
    assert not walks or name in WALKS_ALL


class AnyParameter(dict[str, object]):
    """Gives 1 for each parameter without a value."""

    def __missing__(self, name: str) -> object:
        return 1
