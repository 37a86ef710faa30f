"""Verify the ledger's hash chain, also beside a running bot; print the last link.

Exit code 1 means that the chain is broken, or does not pass through the link of --expect.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from bot.cli.options import DONE, FAILED, add_config, add_json, configured, show
from bot.domain.chain import Link, link_of
from bot.storage.chain import audit_ledger
from bot.views.operators import audit_json, audit_lines


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--expect", type=_link, metavar="LINK", help="a link printed earlier and kept elsewhere, which must hold"
    )
    add_json(parser)


def run(options: Namespace) -> int:
    """Verify and print."""
    found = audit_ledger(configured(options).store.url, options.expect)
    show(audit_json(found), audit_lines(found), as_json=options.json)
    return DONE if found.broken is None else FAILED


def _link(text: str) -> Link:
    try:
        return link_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
