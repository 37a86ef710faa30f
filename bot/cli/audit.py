"""Verify the ledger's hash chain, also beside a running bot; print the last link.

Exit code 1 means that the chain is broken, or does not pass through the link of --expect.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from bot.cli.options import DONE, FAILED, add_config, configured, print_json, print_lines
from bot.domain.chain import Link, link_of
from bot.storage.chain import audit_ledger
from bot.views.operators import audit_json, audit_lines


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--expect", type=_link, metavar="LINK", help="a link printed earlier and kept elsewhere, which must hold"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")


def run(options: Namespace) -> int:
    """Verify and print."""
    settings = configured(options)
    found = audit_ledger(settings.store.url, options.expect)
    if options.json:
        print_json(audit_json(found))
    else:
        print_lines(audit_lines(found))
    return DONE if found.broken is None else FAILED


def _link(text: str) -> Link:
    try:
        return link_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
