"""Every table as `tables.py` has it today.

Only a new database runs this revision, and then no other.
"""

from alembic import op

from bot.domain.chain import START
from bot.storage.tables import SCHEMA

revision = "baseline"
down_revision = None


def upgrade() -> None:
    """Create the tables, and the head of each chain before its first link."""
    connection = op.get_bind()
    schema = SCHEMA.replace("SERIAL", "INTEGER")
    if connection.dialect.name == "postgresql":  # it compares text by its bytes, as SQLite does
        schema = SCHEMA.replace("SERIAL", "BIGINT GENERATED ALWAYS AS IDENTITY")
        schema = schema.replace(" TEXT", ' TEXT COLLATE "C"')
    for statement in schema.strip().split(";\n"):
        connection.exec_driver_sql(statement)
    for chain in ("ledger", "steps"):
        head = f"INSERT INTO chain_heads (chain, seq, hash) VALUES ('{chain}', 0, '{START.hash}')"
        connection.exec_driver_sql(head)
