"""The command `understand`."""

import json
import sys
from typing import Any

import click

from bot.cli.options import DONE, FAILED
from bot.clock import SystemClock
from bot.understanding import understand as understood


@click.command()
@click.argument("text", required=False)
@click.option("--jsonl", is_flag=True, help='Read {"text": …} lines from standard input; add "intent" and "act".')
@click.option("--json", "as_json", is_flag=True, help="Print everything understood.")
def understand(text: str | None, jsonl: bool, as_json: bool) -> int:
    """Show what the bot would make of the sentence TEXT; nothing is done.

    The intent goes to standard output, the act to standard error.
    """
    if jsonl:
        return _understand_lines(as_json=as_json)
    if text is None:
        raise click.UsageError("give a TEXT, or --jsonl and lines on standard input")
    found = _found(text)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print(found["intent"])
        print(f"act: {found['act']}", file=sys.stderr)
    return DONE


def _understand_lines(*, as_json: bool) -> int:
    """Print each `{"text": …}` line with its intent and act added, or with everything understood."""
    code = DONE
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            found = _found(str(entry["text"]))
        except (ValueError, TypeError, KeyError):
            print(f'line {number} is not an object with "text"', file=sys.stderr)
            code = FAILED
            continue
        if not as_json:
            del found["action"], found["language"]
        print(json.dumps(entry | found, ensure_ascii=False))
    return code


def _found(text: str) -> dict[str, Any]:
    """Return `intent`, `act` and `choices`, the language, and the likeliest action."""
    found = understood(text, today=SystemClock().now().date())
    first = found.actions[0] if found.actions else None
    said: dict[str, Any] = {"intent": first.intent if first else "none", "act": str(found.act)}
    if len(found.actions) > 1:
        said["choices"] = [one.intent for one in found.actions]
    action = first.model_dump(mode="json", exclude_defaults=True) if first else None
    return {**said, "language": found.language, "action": action}
