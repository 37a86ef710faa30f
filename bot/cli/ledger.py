"""The commands on the ledger: `audit`, `backup`, `export`, `migrate`, `purge`, `reconcile`."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import click

from bot.cli.options import DONE, FAILED, FILE, configured, in_progress, open_output
from bot.cli.payroll import export_payroll
from bot.clock import SystemClock, local_date
from bot.domain.chain import Audit, Link, link_of
from bot.domain.months import Month
from bot.domain.slots import Days
from bot.errors import OperatorError
from bot.platform import DingTalk
from bot.services.backup import back_up
from bot.services.organisation.rosters import schedule_of
from bot.services.reconciling import ComparisonReport, Reconciler, days_to_compare
from bot.settings import Settings
from bot.storage import Store, open_store, read_export
from bot.storage import migrate as bring_up_to_date
from bot.storage.audit import audit_ledger
from bot.storage.urls import REVISIONS, engine_of, reading
from bot.views.exports import FORMATS, LEDGER, Sheet, cells_of_ledger, write_rows

NOBODY = (
    "Nothing was compared: the ledger knows nobody. Start the bot once, so that it reads the "
    "directory."
)
_WHAT_TO_DO = (
    "Repair nothing in place. Copy the database, this line and the logs. Then compare the "
    "export of that day "
    "with a backup whose audit holds (docs/reliability.md)."
)
DAY = date.fromisoformat
_link = partial(click.option, type=link_of, metavar="LINK")


@click.command()
@configured
@_link("--expect", help="An earlier link, which the chain must contain.")
@_link("--expect-step", help="An earlier link of the steps of months.")
def audit(settings: Settings, expect: Link | None, expect_step: Link | None) -> int:
    """Verify the hash chains of the ledger and of the steps of months, also beside a running bot;
    print their last links.

    Exit code 1 means that a chain is broken, or does not contain its expected link.
    """
    progress = partial(in_progress, "Audit")
    result = audit_ledger(settings.store.url, expect, expect_step, progress)
    return _show(result)


@click.command()
@configured
@click.option(
    "--out", type=FILE, metavar="FILE", required=True, help="A file that does not exist yet."
)
def backup(settings: Settings, out: Path) -> int:
    """Write a consistent copy of the database beside a running bot, and print the last links of its
    hash chains.

    The copy is a file of SQLite or, for PostgreSQL, SQL of pg_dump. Keep the links elsewhere:
    after a restore `audit --expect LINK --expect-step LINK` proves that nothing up to them is
    missing.
    """
    result = back_up(settings.store.url, out, partial(in_progress, "Audit before the copy"))
    print(f"{out} is written.")
    return _show(result)


@click.command()
@configured
@click.option("--from", "first", type=DAY, metavar="YYYY-MM-DD", help="First work date.")
@click.option("--to", "last", type=DAY, metavar="YYYY-MM-DD", help="Last work date.")
@click.option(
    "--format", "chosen", type=click.Choice(FORMATS), help="Default: the ending of FILE, else csv."
)
@click.option("--profile", metavar="NAME", help="A payroll export of the configuration.")
@click.option("--month", type=Month.parse, metavar="YYYY-MM", help="The month of the profile.")
@click.option(
    "--out",
    type=FILE,
    metavar="FILE",
    help="Replaced once all is written. Default: standard output.",
)
def export(
    settings: Settings,
    *,
    first: date | None,
    last: date | None,
    chosen: str | None,
    profile: str | None,
    month: Month | None,
    out: Path | None,
) -> int:
    """Write the punches made through the bot, by work date, both dates included; also beside a
    running bot.

    With --profile and --month write a month for payroll instead.
    """
    if profile is not None and month is not None and not (first or last or chosen):
        return export_payroll(settings, profile, month, out)
    if profile is not None or month is not None or first is None or last is None:
        raise click.UsageError("needs --from and --to, or --profile and --month")
    if last < first:
        raise click.UsageError("--to is before --from")
    file_format = chosen or (out.suffix.lower().removeprefix(".") if out else "") or "csv"
    if file_format not in FORMATS:
        raise click.UsageError(
            f"--out ends with .{file_format}; choose --format {', '.join(FORMATS)}"
        )
    plan_on = schedule_of(settings).plan_on if settings.schedule.source == "config" else None
    rows = read_export(settings.store.url, Days(first, last), settings.zone, plan_on)
    with open_output(out) as target:
        shown = in_progress("Export", rows) if out else rows
        cells = (cells_of_ledger(row, settings.zone) for row in shown)
        write_rows(Sheet("punches", LEDGER, cells), file_format, target)
    return DONE


@click.command()
@configured
def migrate(settings: Settings) -> int:
    """Bring the database schema up to date, and do nothing else. `run` does this by itself."""
    url = settings.store.url
    was_made = bring_up_to_date(url)
    name = engine_of(url).name
    if was_made:
        print(f"done: {REVISIONS[-1]}\nA new, empty ledger was made: {name}")
    print(f"The schema of {name} is up to date.")
    return DONE


@click.command()
@configured
@click.option("--user", metavar="ID", help="Remove all positions of this person instead.")
def purge(settings: Settings, user: str | None) -> int:
    """Remove what retention no longer keeps, as a running bot does every night.

    On SQLite stop the bot first. --user keeps the positions of punches that still wait for a
    target.
    """
    asyncio.run(_purge(settings, user))
    return DONE


async def _purge(settings: Settings, user_id: str | None) -> None:
    async with open_ledger(settings) as store:
        if user_id is None:
            days = settings.retention.coordinates_days
            readings = timedelta(days=settings.retention.days)
            gone = await store.privacy.purge(SystemClock().now(), timedelta(days=days), readings)
            print(f"Removed positions older than {days} days: {gone['punch_locations']}.")
            return
        if not await store.privacy.knows(user_id):
            raise OperatorError(f"Nobody has the user id {user_id}. Nothing was removed.")
        removed = await store.privacy.forget_positions_of(user_id)
        print(
            f"Removed positions of {user_id}: {removed}. Positions of punches that still wait for a "
            f"target are kept."
        )


@click.command()
@configured
@click.option(
    "--from", "first", type=DAY, metavar="YYYY-MM-DD", help="Default: six days before --to."
)
@click.option("--to", "last", type=DAY, metavar="YYYY-MM-DD", help="Default: yesterday.")
def reconcile(settings: Settings, first: date | None, last: date | None) -> int:
    """Compare the ledger with DingTalk's records, settle deliveries by them, and list the
    differences.

    On SQLite stop the bot first. Exit code 1 means that some people could not be compared.
    """
    try:
        days = days_to_compare(local_date(SystemClock(), settings.zone), first, last)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    report = asyncio.run(_compare(settings, days))
    print(
        f"{days.first} to {days.last} (by the date of punching, not the work date): "
        f"people {report.people}, punches here {report.punches}, records at DingTalk "
        f"{report.records}"
    )
    settled = ", ".join(f"{count} {state}" for state, count in report.settled.items())
    print(f"settled: {settled or 'nothing'}")
    for difference in report.differences:
        at = f"{difference.at.astimezone(settings.zone):%Y-%m-%d %H:%M:%S}"
        punch = f"{difference.kind}: {difference.user_id} {at}"
        print(": ".join(filter(None, (punch, difference.target, difference.reason))))
    for user_ids, reason in report.failures:
        print(f"NOT COMPARED: {', '.join(user_ids)}: {reason}")
    return FAILED if report.failures else DONE


async def _compare(settings: Settings, days: Days) -> ComparisonReport:
    clock = SystemClock()
    dingtalk = DingTalk(settings, clock)
    try:
        async with open_ledger(settings) as store:
            targets = [target.name for target in dingtalk.targets]
            reconciler = Reconciler(
                store, dingtalk.attendance, clock, settings.zone, targets=targets
            )
            report = await reconciler.run(days, partial(in_progress, "Compare"))
            await store.figures.use(f"{local_date(clock, settings.zone):%Y-%m}", dingtalk.usage)
    finally:
        await dingtalk.http.close()
    if not report.people:
        raise OperatorError(NOBODY)
    return report


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[Store]:
    """Open the ledger for the block.

    Raises OperatorError when it is missing, outdated or in use; StoreRefused.
    """
    with reading(settings.store.url):
        pass  # it is there and current: to open it for writing would make or migrate it
    store = open_store(settings.store.url, clock=SystemClock(), owner=secrets.token_hex(8))
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def _show(result: Audit) -> int:
    """Print the last links of both chains, for the operator to keep, and return the exit code."""
    print(
        f"punches sealed: {result.sealed}, not yet: {result.unsealed}; "
        f"hold up to link {result.head}"
    )
    print(f"steps of months: hold up to link {result.steps}")
    broken = result.broken
    if broken is None:
        print("The chains hold.")
        return DONE
    place = {"link": broken.seq, "punch": broken.punch_id}
    named = ", ".join(f"{name} {value}" for name, value in place.items() if value)
    print(f"BROKEN {named}: {broken.fault}" if named else f"BROKEN {broken.fault}")
    print(_WHAT_TO_DO)
    return FAILED
