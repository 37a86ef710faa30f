"""The command `plan`."""

import click

from bot.cli.options import DONE, FAILED
from bot.domain.quota import LIMITS, Edition, Quota
from bot.services.forecast import CHECKS, WORKDAYS, Door, Forecast


@click.command()
@click.option("--employees", type=click.IntRange(1, 10_000_000), required=True, help="People who clock in.")
@click.option("--edition", type=click.Choice(list(LIMITS)), required=True, help="DingTalk's edition.")
@click.option("--by", type=click.Choice(["chat", "card", "page"]), default="chat", show_default=True)
@click.option("--target", type=click.Choice(["signed", "record_upload"]), default="signed", show_default=True)
def plan(employees: int, edition: Edition, by: Door, target: str) -> int:
    """Show what a month uses of DingTalk's quotas, which edition carries it, and how long a crowd waits.

    Everybody is reminded before each check, and punches then. Exit code 1: the edition does not carry it.
    """
    month = Forecast(employees, by, uploads=target == "record_upload")
    click.echo(
        f"{employees:,} people, {CHECKS} punches a day by {by} on {WORKDAYS} workdays, passed on to {target}"
    )
    for quota, what in ((Quota.CALLS, "API calls"), (Quota.MESSAGES, "Stream messages and webhooks")):
        used, limit = month.total(quota), LIMITS[edition][quota]
        verdict = "" if used <= limit else ": TOO MANY"
        click.echo(f"{what} a month: {used:,} of {limit:,} ({edition}), {used / employees:.1f} a person{verdict}")
        for kind, count in month.usage.items():
            if kind.startswith(f"{quota} ") and count:
                click.echo(f"  {kind.removeprefix(f'{quota} '):20} {count:>12,}")
    carriers = [name for name in LIMITS if month.is_carried_by(name)]
    click.echo(f"Editions that carry it: {', '.join(carriers) or 'none; split the organisation'}")
    click.echo(f"Everybody is reminded within {month.reminded_within_s(edition):,} s.")
    click.echo(
        f"If all punch at nine o'clock, up to {employees:,} punches wait; "
        f"the last is passed on within {month.passed_on_within_s(edition):,} s."
    )
    return DONE if edition in carriers else FAILED
