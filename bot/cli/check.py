"""The command `check`."""

import asyncio
import json

import click

from bot.cli.options import DONE, FAILED, configured
from bot.clock import SystemClock
from bot.services.checks import check_all
from bot.settings import Settings


@click.command()
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def check(settings: Settings, as_json: bool) -> int:
    """Prove, one line each, that configuration, database, clock, DingTalk, permissions and targets work.

    Each line that fails says what to do. Exit code 1 means that at least one fails.
    """
    findings = asyncio.run(check_all(settings, SystemClock()))
    if as_json:
        print(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        print("\n".join(finding.line() for finding in findings))
    return DONE if all(finding.ok for finding in findings) else FAILED
