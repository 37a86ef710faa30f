"""The command `check`."""

import asyncio
import json
from argparse import ArgumentParser, Namespace

from bot.cli.options import DONE, FAILED, add_config, configured
from bot.clock import SystemClock
from bot.services.checks import check_all


def add_check(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")


def check(options: Namespace) -> int:
    """Prove, one line each, that configuration, database, clock, DingTalk, permissions and targets work.

    Each line that fails says what to do. Exit code 1 means that at least one fails.
    """
    findings = asyncio.run(check_all(configured(options), SystemClock()))
    if options.json:
        print(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        print("\n".join(finding.line() for finding in findings))
    return DONE if all(finding.ok for finding in findings) else FAILED
