"""The command `reconcile`."""

import asyncio
import random
from datetime import date

import click

from bot.cli.options import DONE, FAILED, configured, day, open_ledger
from bot.clock import Clock, SystemClock, local_date
from bot.errors import OperatorError
from bot.platform import DingTalk
from bot.services.reconciling import Days, Reconciler, Report, comparison_lines, days_to_compare
from bot.settings import Settings

NOBODY = "Nothing was compared: the ledger knows nobody. Start the bot once, so that it reads the directory."


@click.command()
@configured
@click.option("--from", "first", type=day, metavar="DATE", help="Default: six days before --to.")
@click.option("--to", "last", type=day, metavar="DATE", help="Default: yesterday.")
def reconcile(settings: Settings, first: date | None, last: date | None) -> int:
    """Compare the ledger with DingTalk's records, settle deliveries by them, and list the differences.

    On SQLite stop the bot first. Exit code 1 means that some people could not be compared.
    """
    clock = SystemClock()
    try:
        days = days_to_compare(local_date(clock, settings.zone), first, last)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    report = asyncio.run(_compare(settings, clock, days))
    print("\n".join(comparison_lines(report, settings.zone)))
    return FAILED if report.failures else DONE


async def _compare(settings: Settings, clock: Clock, days: Days) -> Report:
    dingtalk = DingTalk(settings, clock, random.SystemRandom())
    try:
        async with open_ledger(settings) as store:
            report = await Reconciler(store, dingtalk.attendance, clock, settings.zone).run(days)
    finally:
        await dingtalk.http.close()
    if not report.people:
        raise OperatorError(NOBODY)
    return report
