"""Write a consistent copy of the database beside a running bot, and print the last link of its hash chain.

The copy is a file of SQLite or, for PostgreSQL, SQL of pg_dump. Keep the link elsewhere: after a restore
`audit --expect LINK` proves that no punch up to it is missing.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.cli.options import DONE, FAILED, add_config, completed_as_file, configured, print_lines
from bot.storage.backup import back_up
from bot.views.operators import audit_lines


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    out = parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="must not exist yet")
    completed_as_file(out)


def run(options: Namespace) -> int:
    """Copy and print."""
    found = back_up(configured(options).store.url, options.out)
    print_lines(audit_lines(found))
    return DONE if found.broken is None else FAILED
