"""The command line in tests."""

import asyncio
import gc
import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from bot.cli import main

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


class Outcome(NamedTuple):
    """The exit code and the two outputs of a command."""

    returncode: int
    stdout: str
    stderr: str


def outcome_of(
    *arguments: str, stdin: str = "", folder: Path | None = None, changes: Mapping[str, str] = {}
) -> Outcome:
    """Run a command in this process, in `folder` and with `changes` of the environment. Blocks."""
    output = TextIOWrapper(BytesIO(), encoding="utf-8", newline="")
    errors, root = StringIO(), logging.getLogger()
    handlers, level, threshold = root.handlers[:], root.level, gc.get_threshold()
    try:
        with (
            mock.patch.dict(os.environ, changes),
            mock.patch.object(sys, "stdin", StringIO(stdin)),
            chdir(folder or Path.cwd()),
            redirect_stdout(output),
            redirect_stderr(errors),
        ):
            code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        gc.set_threshold(*threshold)
    output.flush()
    assert isinstance(output.buffer, BytesIO)
    return Outcome(code, output.buffer.getvalue().decode(), errors.getvalue())


async def bot(*arguments: str) -> Outcome:
    """Run a command in a thread, beside the event loop."""
    return await asyncio.to_thread(outcome_of, *arguments)


def configuration(folder: Path, database: str = "clock-in.db") -> str:
    """Write a configuration with a DingTalk that never answers. Return its path."""
    nobody = "http://127.0.0.1:1"
    path = folder / "config.yaml"
    path.write_text(
        f"dingtalk: {{client_id: a, client_secret: bbbbbbb, api_url: '{nobody}', oapi_url: "
        f"'{nobody}'}}\n"
        f"clock_in: {{signed_url: '{nobody}/'}}\nweb: {{port: 0}}\n"
        f"store: {{url: 'sqlite:///{folder / database}'}}"
    )
    return str(path)


def logged(errors: str) -> list[tuple[str, str]]:
    """Return level and message of each log line in standard error."""
    lines = [line for line in errors.splitlines() if line.startswith("{")]
    return [(entry["level"], entry["message"]) for entry in map(json.loads, lines)]
