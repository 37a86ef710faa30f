"""The command `understand`."""

import json
import sys
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import BaseModel, ValidationError

from bot.cli.options import DONE, FAILED
from bot.clock import SystemClock, local_date
from bot.understanding.understand import understand as read
from bot.understanding.vocabulary import NameIndex

CHINA = ZoneInfo("Asia/Shanghai")


class _Line(BaseModel):
    """A sentence to understand, and what its organisation knows."""

    text: str
    today: date | None = None
    people: list[str] = []
    departments: list[str] = []
    sites: list[str] = []


@click.command()
@click.argument("text", required=False)
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read {"text": …} lines from standard input; add "intent" and "act".',
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the language and the first action too."
)
def understand(text: str | None, jsonl: bool, as_json: bool) -> int:
    """Show how the bot understands the sentence TEXT; nothing is done.

    Without --json or --jsonl the intent goes to standard output, the act to standard error. Today
    is the date in China.
    """
    if (text is None) != jsonl:
        raise click.UsageError("give a TEXT, or --jsonl and lines on standard input")
    if text is None:
        return _understand_lines(as_json=as_json)
    meaning = _meaning(_Line(text=text))
    if as_json:
        print(json.dumps(meaning, ensure_ascii=False, indent=1))
    else:
        print(meaning["intent"])
        print(f"act: {meaning['act']}", file=sys.stderr)
    return DONE


def _understand_lines(*, as_json: bool) -> int:
    """Print each `{"text": …}` line with its intent and act added, or with everything understood."""
    code = DONE
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            meaning = _meaning(_Line.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors()[0]
            print(
                f"line {number}: {'.'.join(map(str, problem['loc']))} {problem['msg']}",
                file=sys.stderr,
            )
            code = FAILED
            continue
        if not as_json:
            del meaning["action"], meaning["language"]
        print(json.dumps(json.loads(line) | meaning, ensure_ascii=False))
    return code


def _meaning(line: _Line) -> dict[str, Any]:
    """Return what the command prints. `choices` are the intents of several actions."""
    names = NameIndex({name: [name] for name in line.people}, dict(enumerate(line.departments)))
    today = line.today or local_date(SystemClock(), CHINA)
    understood = read(line.text, today=today, sites=line.sites, names=names)
    first = understood.actions[0] if understood.actions else None
    intents = [action.intent for action in understood.actions]
    return {
        "intent": first.intent if first else "none",
        "act": str(understood.act),
        **({"choices": intents} if len(intents) > 1 else {}),
        "language": understood.language,
        "action": first.model_dump(mode="json", exclude_defaults=True) if first else None,
    }
