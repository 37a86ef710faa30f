"""The command `understand`."""

import json
import sys
from datetime import date

import click

from bot.cli.options import DONE, FAILED
from bot.clock import SystemClock
from bot.understanding import understand as read


@click.command()
@click.argument("text", required=False)
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read {"text": …} lines from standard input; add "intent" and "act".',
)
@click.option("--json", "as_json", is_flag=True, help="Print everything understood.")
def understand(text: str | None, jsonl: bool, as_json: bool) -> int:
    """Show how the bot understands the sentence TEXT; nothing is done.

    The intent goes to standard output, the act to standard error.
    """
    today = SystemClock().now().date()
    if jsonl:
        return _understand_lines(today, as_json=as_json)
    if text is None:
        raise click.UsageError("give a TEXT, or --jsonl and lines on standard input")
    found = read(text, today=today).as_json()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print(found["intent"])
        print(f"act: {found['act']}", file=sys.stderr)
    return DONE


def _understand_lines(today: date, *, as_json: bool) -> int:
    """Print each `{"text": …}` line with its intent and act added, or with everything understood."""
    code = DONE
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            found = read(str(entry["text"]), today=today).as_json()
        except (ValueError, TypeError, KeyError):
            print(f'line {number} is not an object with "text"', file=sys.stderr)
            code = FAILED
            continue
        if not as_json:
            del found["action"], found["language"]
        print(json.dumps(entry | found, ensure_ascii=False))
    return code
