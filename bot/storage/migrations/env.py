"""What Alembic runs: on the connection that `upgrade` has locked, in its transaction."""

from typing import Any

from alembic import context

from bot.storage.tables import metadata


def _note(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    context.config.attributes["applied"].append(step.up_revision_id)


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, on_version_apply=_note)
context.run_migrations()
