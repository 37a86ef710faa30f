"""The schema on both databases: in step with the tables, brought up to date once, safely interrupted."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from importlib import import_module
from pkgutil import iter_modules

import pytest
from sqlalchemy import create_engine, inspect

from bot import storage
from bot.errors import OperatorError
from bot.storage import check_database, migrate, read_export
from bot.storage.migrations import upgrade
from bot.storage.schema import STEPS, Step
from bot.storage.statements import Statement
from bot.storage.tables import metadata
from bot.storage.urls import engine_of
from tests.builders import TUESDAY
from tests.storage.conftest import a_postgresql_stage
from tests.storage.postgres_server import PostgresServer
from tests.storage.stage import PostgresqlStage, SqliteStage, Stage, a_message

NEXT = STEPS[-1].version + 1
BROKEN = Step(NEXT, "broken half-way", ("CREATE TABLE half (a TEXT)", "CREATE TABLE ("))
MENDED = Step(NEXT, "mended", ("CREATE TABLE half (a TEXT)", "CREATE TABLE other (id SERIAL_KEY)"))


@pytest.fixture
async def postgresql_stage(server: PostgresServer) -> AsyncIterator[PostgresqlStage]:
    """A new database on the server, without a schema."""
    async with a_postgresql_stage(server, server.new_database()) as stage:
        yield stage


def applied(stage: Stage, *steps: Step) -> list[str]:
    return upgrade(engine_of(stage.url), clock=stage.clock, steps=(*STEPS, *steps))


def columns_in(url: str) -> dict[str, set[str]]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    found = inspect(engine)
    columns = {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}
    engine.dispose()
    return columns


async def test_the_steps_make_the_tables_that_the_statements_know(stage: Stage) -> None:
    await stage.open()
    known = {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
    assert columns_in(stage.url) == known


async def test_a_step_is_applied_once(stage: Stage) -> None:
    await stage.open()
    assert applied(stage) == []
    assert applied(stage, MENDED) == ["mended"]
    assert applied(stage, MENDED) == []


async def test_a_step_that_breaks_half_way_leaves_nothing_and_can_be_run_again(stage: Stage) -> None:
    store = await stage.open()
    await store.inbox.accept(a_message("m1"))
    with pytest.raises(OperatorError, match="schema cannot be brought up to date"):
        applied(stage, BROKEN)
    assert "half" not in columns_in(stage.url)
    assert applied(stage, MENDED) == ["mended"]
    assert await store.inbox.holds("m1")


async def test_two_that_migrate_at_once_apply_each_step_once(postgresql_stage: Stage) -> None:
    first, second = await asyncio.gather(
        asyncio.to_thread(migrate, postgresql_stage.url), asyncio.to_thread(migrate, postgresql_stage.url)
    )
    assert sorted(first + second) == sorted(step.name for step in STEPS)


async def test_a_newer_database_is_refused_with_a_sentence_and_left_alone(stage: Stage) -> None:
    store = await stage.open()
    await store.inbox.accept(a_message("m1"))
    await store.close()
    applied(stage, MENDED)
    for refused in (
        stage.open,
        lambda: asyncio.to_thread(migrate, stage.url),
        lambda: asyncio.to_thread(check_database, stage.url),
        lambda: asyncio.to_thread(read_export, stage.url, TUESDAY, TUESDAY),
    ):
        with pytest.raises(
            OperatorError, match=f"has schema {NEXT}, this program knows {NEXT - 1}: install the newer program"
        ):
            await refused()
    assert applied(stage, MENDED) == []


async def test_an_older_database_is_not_exported_but_explained(sqlite_stage: SqliteStage) -> None:
    sqlite_stage.directory.mkdir()
    with closing(sqlite3.connect(sqlite_stage.file)) as connection:
        connection.execute("CREATE TABLE something (a)")
    with pytest.raises(OperatorError, match="run `migrate` first"):
        read_export(sqlite_stage.url, TUESDAY, TUESDAY)
    assert check_database(sqlite_stage.url).endswith(f"the next start adds {len(STEPS)} steps to its schema")


def all_statements() -> Iterator[tuple[str, Statement]]:
    for found in iter_modules(storage.__path__, "bot.storage."):
        module = import_module(found.name)
        yield from (
            (f"{found.name}.{name}", value) for name, value in vars(module).items() if isinstance(value, Statement)
        )


WALKS_ALL = {
    # everything is what it is asked for
    "bot.storage.people._ALL",
    "bot.storage.departments._ALL",
    "bot.storage.departments._CLEAR",
    "bot.storage.digests._ALL",
    "bot.storage.reconciling._COMPARED",
    "bot.storage.chain._ENTRIES",
    "bot.storage.chain._OUTSIDE",
    # once a night
    "bot.storage.retention._OLD",
    "bot.storage.retention._FRAMES",
    "bot.storage.summaries._FORGET",
    # once a clock was ahead
    "bot.storage.reminders._UNDROP",
    # a few rows an hour, deleted after it
    "bot.storage.corrections._FORGET_WRONG",
}
OPEN_ROWS = ("INDEX inbox_open", "INDEX deliveries_due", "INDEX receipts_due", "INDEX reminders_open")
FEW_ROWS = (
    *OPEN_ROWS,
    "reminders_held",
    "SCAN replicas",
    "SCAN ledger_head",
    "SCAN ledger_unsealed",
    "SCAN role_doubts",
    "SCAN CONSTANT",
    "SCAN anon_1",  # what a subquery found
    "VIRTUAL TABLE",
)


@pytest.mark.parametrize(("name", "statement"), list(all_statements()))
async def test_no_statement_walks_through_settled_rows(
    sqlite_stage: SqliteStage, name: str, statement: Statement
) -> None:
    await (await sqlite_stage.open()).close()
    text, constants = statement["sqlite"]
    with closing(sqlite3.connect(sqlite_stage.file)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {text}", AnyParameter(constants)).fetchall()
    walks = [step for *_, step in rows if step.startswith("SCAN") and not any(few in step for few in FEW_ROWS)]
    assert not walks or name in WALKS_ALL


class AnyParameter(dict[str, object]):
    """Gives 1 for each parameter that has no value."""

    def __missing__(self, name: str) -> object:
        return 1
