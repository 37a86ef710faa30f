"""List who was reminded on these work dates, or would have been, and who was not and why."""

import sys
from argparse import ArgumentParser, Namespace

from bot.cli.options import DONE, add_config, add_days, configured, days_of
from bot.storage.reminders import read_reminders
from bot.views.exports import reminder_csv_lines, reminder_json_lines


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    add_days(parser)
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of CSV")


def run(options: Namespace) -> int:
    """Print the list."""
    first, last = days_of(options)
    settings = configured(options)
    lines = reminder_json_lines if options.json else reminder_csv_lines
    sys.stdout.writelines(lines(read_reminders(settings.store.url, first, last), settings.zone))
    return DONE
