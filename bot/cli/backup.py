"""Write a consistent copy of the database beside a running bot, and print the last link of its hash chain.

The copy is a file of SQLite or, for PostgreSQL, SQL of pg_dump. Keep the link elsewhere: after a restore
`audit --expect LINK` proves that no punch up to it is missing.
"""

from argparse import ArgumentParser, Namespace

from bot.cli.options import DONE, FAILED, add_config, add_file, configured
from bot.storage.chain import back_up
from bot.views.operators import audit_lines


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    add_file(parser, "--out", required=True, help="must not exist yet")


def run(options: Namespace) -> int:
    """Copy and print."""
    found = back_up(configured(options).store.url, options.out)
    print("\n".join(audit_lines(found)))
    return DONE if found.broken is None else FAILED
