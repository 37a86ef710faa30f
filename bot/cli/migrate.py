"""Bring the database schema up to date, and do nothing else. `run` does this by itself."""

from argparse import Namespace

from bot.cli.options import DONE, configured
from bot.cli.options import add_config as add_arguments
from bot.storage import migrate
from bot.storage.migrations import BASELINE
from bot.storage.urls import engine_of

__all__ = ["add_arguments", "run"]


def run(options: Namespace) -> int:
    """Migrate and print the applied revisions."""
    url = configured(options).store.url
    revisions, name = migrate(url), engine_of(url).name
    for revision in revisions:
        print(f"done: {revision}")
    if BASELINE in revisions:
        print(f"A new, empty ledger was made: {name}")
    print(f"The schema of {name} is up to date.")
    return DONE
