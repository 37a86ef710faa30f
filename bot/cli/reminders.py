"""List who was reminded on these work dates, or would have been, and who was not and why."""

import sys
from argparse import ArgumentParser, Namespace

from bot.cli.options import DONE, add_config, add_days, configured, days_of
from bot.domain.reminders import Reminder
from bot.storage.reminders import read_reminders
from bot.views.exports import csv_lines, json_lines


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    add_days(parser)
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of CSV")


def run(options: Namespace) -> int:
    """Print the list."""
    first, last = days_of(options)
    settings = configured(options)
    lines = json_lines if options.json else csv_lines
    reminders = read_reminders(settings.store.url, first, last)
    sys.stdout.writelines(lines(Reminder, reminders, settings.zone))
    return DONE
