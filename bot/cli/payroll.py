"""The command `export --profile`: a month for payroll, from stored facts."""

import asyncio
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from bot.cli.options import DONE, FAILED, in_progress, open_output
from bot.clock import SystemClock, local_date
from bot.domain.closing import NOTHING_YET
from bot.domain.months import Month
from bot.domain.payroll import PayrollRows, nearest, rows_of
from bot.domain.slots import A_DAY, Days
from bot.platform import DingTalk
from bot.services.organisation.rosters import schedule_of
from bot.services.reporting.payroll import ReportReader
from bot.settings import Settings
from bot.storage import read_days
from bot.storage.months import states_in
from bot.storage.people import directory_in
from bot.storage.urls import reading
from bot.views.i18n import Texts
from bot.views.payroll import write_payroll
from bot.views.sentences import one_line

PEOPLE_AT_ONCE = 200


def export_payroll(settings: Settings, name: str, month: Month, out: Path | None) -> int:
    """Write a month by a profile. Exit code 1: people lack a number, or have unknown days.

    Raises click.UsageError, OperatorError.
    """
    profile = settings.exports.get(name)
    if profile is None:
        raise click.UsageError(
            f"--profile: unknown profile {name!r}{nearest(name, settings.exports)}"
        )
    clock = SystemClock()
    last = min(month.last, local_date(clock, settings.zone) - A_DAY)
    if last < month.first:
        raise click.UsageError(f"--month: no day of {month} is over yet")
    plan_on = schedule_of(settings).plan_on if settings.schedule.source == "config" else None
    span = Days(month.first, last)
    days = read_days(settings.store.url, span, settings.zone, clock.now(), plan_on)
    dingtalk = DingTalk(settings, clock)
    reader = ReportReader(dingtalk.report, profile.reported)
    with asyncio.Runner() as runner, reading(settings.store.url) as connection:
        department_on = directory_in(connection.tx).memberships(settings.zone).department_on

        def rows_by_person() -> Iterator[PayrollRows]:
            while some := list(islice(days, PEOPLE_AT_ONCE)):
                ids = [who.user_id for who, _ in some]
                reported = runner.run(reader.read(ids, span))
                states = states_in(connection.tx, month.first, ids)
                for who, person_days in some:
                    columns = reported.get(who.user_id, {})
                    locked = states.get(who.user_id, NOTHING_YET).locked_figures
                    yield rows_of(
                        profile, who, department_on, person_days, reported=columns, locked=locked
                    )

        try:
            with open_output(out) as target:
                shown = in_progress("Export", rows_by_person()) if out else rows_by_person()
                remarks = write_payroll(profile, shown, target)
        finally:
            runner.run(dingtalk.http.close())
    if last < month.last:
        print(f"{month} runs until {month.last}: this has its days up to {last}.", file=sys.stderr)
    texts = Texts("en", settings.zone)
    for remark, people in remarks.items():
        line = texts(remark, count=len(people), names=", ".join(people))
        reader.troubles.append(one_line(line))
    print("".join(f"{line}\n" for line in reader.troubles), end="", file=sys.stderr)
    return FAILED if remarks else DONE
