"""The command line: `clock-in-bot`, the same as `python -m bot`."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import click

from bot import __version__
from bot.cli.options import BAD_USAGE, FAILED
from bot.errors import ConfigError, OperatorError, StoreRefused

COMMANDS = {  # name: module and help text
    "demo": ("demo", "try the whole bot against a pretend DingTalk; no credentials needed"),
    "init": ("check", "ask for what a bot needs, write a commented configuration, and check it"),
    "check": ("check", "prove that configuration, database, DingTalk and targets work"),
    "run": ("run", "run the bot against DingTalk"),
    "migrate": ("ledger", "bring the database schema up to date, and nothing else"),
    "plan": (
        "plan",
        "show what a month will use of DingTalk's quotas, and which edition carries it",
    ),
    "export": ("ledger", "write the ledger of punches made through the bot"),
    "audit": ("ledger", "verify the ledger's hash chain, also beside a running bot"),
    "backup": ("ledger", "write a consistent copy of the database beside a running bot"),
    "reconcile": ("ledger", "compare the ledger with DingTalk's records, and settle it"),
    "purge": ("ledger", "remove positions that retention no longer keeps"),
    "token": ("token", "add, list and revoke tokens of the API"),
    "diagnostics": ("check", "write one file without secrets for somebody who helps you"),
    "understand": ("understand", "show how the bot understands a sentence"),
    "sandbox": ("demo", "the pretend DingTalk alone, for a bot of your own"),
}
if find_spec("bot.sandbox") is None:  # as in the production image
    del COMMANDS["demo"], COMMANDS["sandbox"]


class _Commands(click.Group):
    """Imports a command's module only to run it, so that each start is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"bot.cli.{COMMANDS[cmd_name][0]}"), cmd_name
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="%(version)s")
def commands() -> None:
    """Attendance assistant for DingTalk: people clock in by chat."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Return the exit code: 0 success, 1 failure, 2 bad usage or configuration."""
    try:
        code: int = commands.main(arguments, prog_name="clock-in-bot", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (OperatorError, StoreRefused) as error:
        refused = "The database refuses: " if isinstance(error, StoreRefused) else ""
        print(f"{refused}{error}", file=sys.stderr)
        return BAD_USAGE if isinstance(error, ConfigError) else FAILED
    except (
        click.Abort
    ):  # Ctrl-C, or no answer to a question; `demo`, `run` and `sandbox` end well by Ctrl-C
        print("Interrupted.", file=sys.stderr)
        return FAILED
    except OSError as error:
        if error.errno and not error.filename:  # else Python flushes again and exits with 120
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # the reader, such as `head`, has left
            print(error, file=sys.stderr)
        return FAILED
    return code
