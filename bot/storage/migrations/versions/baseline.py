"""Every table as `tables.py` has it today.

Only a new database runs this revision, and then no other.
"""

from alembic import op
from sqlalchemy import insert
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.storage.schema import metadata

revision = "baseline"
down_revision = None


def upgrade() -> None:
    """Create the tables, and the head of each chain before its first link."""
    connection = op.get_bind()
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name), reverse=True):
            # of two equally good indexes SQLite uses the newer
            connection.execute(CreateIndex(index))
    for chain in ("ledger", "steps"):
        head = insert(metadata.tables["chain_heads"]).values(chain=chain, seq=0, hash="0" * 64)
        connection.execute(head)
