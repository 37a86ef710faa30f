"""Brings the schema up to date: each step in one transaction with its version, safe to interrupt and run again."""

from collections.abc import Sequence

from sqlalchemy import func, insert, select

from bot.clock import Clock, to_ms
from bot.errors import OperatorError
from bot.storage import tables
from bot.storage.engine import Connection, Engine, Tx
from bot.storage.schema import STEPS, Step
from bot.storage.statements import Dialect, Statement, values

_LOCK = "schema"  # taken like a person's lock: one process migrates, others wait
_VERSIONS = """CREATE TABLE IF NOT EXISTS schema_versions (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_ms BIGINT NOT NULL)"""
_VERSION = Statement(select(func.coalesce(func.max(tables.schema_versions.c.version), 0)))
_APPLIED = Statement(
    insert(tables.schema_versions).values(values(tables.schema_versions, "version", "name", "applied_ms")).inline()
)
_PATIENCE: dict[Dialect, tuple[str, ...]] = {
    "sqlite": (),
    "postgresql": ("SET statement_timeout = 0", "SET lock_timeout = '60s'"),
}
_IN_DIALECT: dict[Dialect, dict[str, str]] = {
    "sqlite": {"SERIAL_KEY": "INTEGER PRIMARY KEY"},
    # Text is compared by its bytes, as SQLite does.
    "postgresql": {
        "SERIAL_KEY": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        " TEXT": ' TEXT COLLATE "C"',
    },
}


def upgrade(engine: Engine, *, clock: Clock, steps: Sequence[Step] = STEPS) -> list[str]:
    """Apply the steps that are missing and return their names. Blocks.

    Raises OperatorError when the database is newer than the program, or refuses.
    """
    try:
        connection = engine.connect(read_only=False)
        try:
            for setting in _PATIENCE[connection.tx.dialect]:
                connection.command(setting)
            applied = []
            while step := _next_step(connection, steps, to_ms(clock.now())):
                applied.append(step.name)
            return applied
        finally:
            connection.close()
    except engine.errors as error:
        raise OperatorError(f"The schema cannot be brought up to date: {error}".strip()) from error


def steps_missing(engine: Engine, connection: Connection) -> int:
    """Return how many steps the database lacks. Raises OperatorError when it is newer than the program."""
    try:
        version = _version_of(connection.tx)
    except engine.errors:  # it has no table of versions
        version = 0
    _refuse_newer(version, STEPS)
    return sum(step.version > version for step in STEPS)


def _next_step(connection: Connection, steps: Sequence[Step], now_ms: int) -> Step | None:
    """Apply the first step that is missing; None when the schema is up to date."""
    connection.begin([_LOCK], together=False)
    connection.tx.ddl(_VERSIONS)
    version = _version_of(connection.tx)
    _refuse_newer(version, steps)
    step = next((step for step in steps if step.version > version), None)
    if step is not None:
        _apply(connection.tx, step, now_ms)
    connection.command("COMMIT")
    return step


def _apply(tx: Tx, step: Step, now_ms: int) -> None:
    for sql in step.statements:
        for word, meaning in _IN_DIALECT[tx.dialect].items():
            sql = sql.replace(word, meaning)  # noqa: PLW2901
        tx.ddl(sql)
    tx.run(_APPLIED, {"version": step.version, "name": step.name, "applied_ms": now_ms})


def _version_of(tx: Tx) -> int:
    row = tx.one(_VERSION)
    return int(row[0]) if row else 0


def _refuse_newer(version: int, steps: Sequence[Step]) -> None:
    if version > steps[-1].version:
        raise OperatorError(
            f"The database has schema {version}, this program knows {steps[-1].version}: install the newer "
            "program, or restore the backup that was made before the upgrade."
        )
