"""Run the pretend DingTalk alone, with its chat page and control API, until it is interrupted."""

import asyncio
from argparse import ArgumentParser, Namespace
from contextlib import suppress

from bot.cli.options import DONE, port
from bot.errors import OperatorError
from bot.sandbox.server import PortUnavailable, run_sandbox


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=port, default=8080, help="its port (default 8080)")


def run(options: Namespace) -> int:
    """Serve until interrupted."""
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(run_sandbox(options.port))
    except PortUnavailable as error:
        raise OperatorError(str(error)) from None
    return DONE
