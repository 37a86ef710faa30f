"""The command `understand`."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from bot.cli.options import DONE, FAILED, BadUsage
from bot.clock import SystemClock
from bot.understanding import understand as understood


def add_understand(parser: ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", help="the sentence")
    said = 'read {"text": …} lines from standard input, add "intent" and "act" to each'
    parser.add_argument("--jsonl", action="store_true", help=said)
    parser.add_argument("--json", action="store_true", help="print everything understood")


def understand(options: Namespace) -> int:
    """Show what the bot would make of a sentence; nothing is done.

    The intent goes to standard output, what would happen to standard error.
    """
    if options.jsonl:
        return _understand_lines(as_json=options.json)
    if options.text is None:
        raise BadUsage("give a TEXT, or --jsonl and lines on standard input")
    found = _found(options.text)
    if options.json:
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
