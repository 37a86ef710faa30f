"""Prove, one line each, that configuration, database, clock, DingTalk, permissions and targets work.

Each line that fails says what to do. Exit code 1 means that at least one fails.
"""

import asyncio
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from bot.cli.checks import Finding, check_all
from bot.cli.options import DONE, FAILED, add_config, configured, print_json, print_lines
from bot.clock import SystemClock
from bot.settings import overridden_keys


def add_arguments(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of lines")


def run(options: Namespace) -> int:
    """Check and print."""
    settings = configured(options)
    findings = asyncio.run(check_all(settings, SystemClock()))
    if keys := ", ".join(overridden_keys()):
        findings.insert(0, Finding("environment", True, f"sets {keys}, whatever the configuration says"))
    if options.json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_lines(finding.line() for finding in findings)
    return DONE if all(finding.ok for finding in findings) else FAILED
