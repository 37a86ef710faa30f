"""The commands on the ledger alone: `audit`, `backup`, `migrate`, `purge`."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import click

from bot.cli.options import DONE, FAILED, FILE, configured, open_ledger
from bot.clock import SystemClock
from bot.domain.chain import Link, link_of
from bot.services.backup import back_up
from bot.settings import Settings
from bot.storage import migrate as bring_up_to_date
from bot.storage.chain import audit_ledger
from bot.storage.urls import HEAD, engine_of
from bot.views.operators import audit_lines, counted


def _link(text: str) -> Link:
    try:
        return link_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@configured
@click.option("--expect", type=_link, metavar="LINK", help="An earlier link, which the chain must contain.")
def audit(settings: Settings, expect: Link | None) -> int:
    """Verify the ledger's hash chain, also beside a running bot; print the last link.

    Exit code 1 means that the chain is broken, or does not pass through the link of --expect.
    """
    found = audit_ledger(settings.store.url, expect)
    print("\n".join(audit_lines(found)))
    return DONE if found.broken is None else FAILED


@click.command()
@configured
@click.option("--out", type=FILE, metavar="FILE", required=True, help="A file that does not exist yet.")
def backup(settings: Settings, out: Path) -> int:
    """Write a consistent copy of the database beside a running bot, and print the last link of its hash chain.

    The copy is a file of SQLite or, for PostgreSQL, SQL of pg_dump. Keep the link elsewhere: after a restore
    `audit --expect LINK` proves that no punch up to it is missing.
    """
    found = back_up(settings.store.url, out)
    print("\n".join(audit_lines(found)))
    return DONE if found.broken is None else FAILED


@click.command()
@configured
def migrate(settings: Settings) -> int:
    """Bring the database schema up to date, and do nothing else. `run` does this by itself."""
    url = settings.store.url
    was_made, name = bring_up_to_date(url), engine_of(url).name
    if was_made:
        print(f"done: {HEAD}\nA new, empty ledger was made: {name}")
    print(f"The schema of {name} is up to date.")
    return DONE


@click.command()
@configured
@click.option("--user", metavar="ID", help="Remove all positions of this person instead.")
def purge(settings: Settings, user: str | None) -> int:
    """Remove what retention no longer keeps, as a running bot does every night.

    On SQLite stop the bot first. --user keeps the positions of punches that still wait for a target.
    """
    return asyncio.run(_purge(settings, user))


async def _purge(settings: Settings, user_id: str | None) -> int:
    async with open_ledger(settings) as store:
        if user_id is None:
            days = settings.retention.coordinates_days
            gone = await store.privacy.purge(SystemClock().now(), timedelta(days=days))
            print(f"Removed {counted(gone['punch_locations'], 'position')} older than {days:g} days.")
            return DONE
        if not await store.privacy.knows(user_id):
            print(f"Nobody by the user id {user_id} is known. Nothing was removed.", file=sys.stderr)
            return FAILED
        removed = counted(await store.privacy.forget_positions_of(user_id), "position")
        print(f"Removed {removed} of {user_id}; those of punches still to be sent on are kept.")
        return DONE
