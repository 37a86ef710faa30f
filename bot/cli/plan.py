"""The command `plan`."""

import click

from bot.cli.options import DONE, FAILED
from bot.domain.quota import LIMITS, Edition, Quota
from bot.services.forecast import CHECKS, WORKDAYS, Door, Forecast

WORDS = {Quota.CALLS: "API calls", Quota.MESSAGES: "Stream messages and webhooks"}


@click.command()
@click.option(
    "--employees", type=click.IntRange(1, 10_000_000), required=True, help="People who clock in."
)
@click.option(
    "--edition", type=click.Choice(list(LIMITS)), required=True, help="DingTalk's edition."
)
@click.option(
    "--by", type=click.Choice(["chat", "card", "page"]), default="chat", show_default=True
)
@click.option(
    "--target", type=click.Choice(["signed", "record_upload"]), default="signed", show_default=True
)
@click.option("--ding", is_flag=True, help="The reminder is the last one, so a DING.")
def plan(employees: int, edition: Edition, by: Door, target: str, *, ding: bool) -> int:
    """Show what a month uses of DingTalk's quotas, which edition carries it, and how long a crowd
    waits.

    Everybody is reminded before each check, and punches then. Exit code 1: the edition does not
    carry it.
    """
    month = Forecast(employees, by, uploads=target == "record_upload", dings=ding)
    print(
        f"{employees:,} people, {CHECKS} punches by {by} on {WORKDAYS} days, to {target}; "
        f"more for questions."
    )
    for quota, limit in LIMITS[edition].items():
        used = month.total(quota)
        verdict = "" if used <= limit else ": TOO MANY"
        print(
            f"{WORDS[quota]} a month: {used:,} of {limit:,} ({edition}), "
            f"{used / employees:.1f} a person{verdict}"
        )
        for kind, count in month.usage.items():
            if count and kind.startswith(quota):
                print(f"  {kind.removeprefix(f'{quota} '):20} {count:>12,}")
    carriers = [
        name for name, limits in LIMITS.items() if all(month.total(q) <= limits[q] for q in limits)
    ]
    print(f"Editions that carry it: {', '.join(carriers) or 'none; split the organisation'}")
    print(f"Everybody is reminded within {month.seconds_to_remind(edition):,} s.")
    print(f"If all punch at nine o'clock, up to {employees:,} punches wait.", end=" ")
    print(f"The last is passed on within {month.seconds_to_pass_on(edition):,} s.")
    return DONE if edition in carriers else FAILED
