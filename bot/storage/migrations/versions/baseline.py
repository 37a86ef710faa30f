"""Every table as of the first release."""

from alembic import op
from sqlalchemy import insert

from bot.storage.tables import ledger_head, metadata

revision = "baseline"
down_revision = None


def upgrade() -> None:
    """Create the tables, and the chain's head before its first link."""
    connection = op.get_bind()
    metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(ledger_head).values(id=1, seq=0, hash="0" * 64))
