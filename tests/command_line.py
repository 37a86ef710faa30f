"""The command line, as somebody at a shell uses it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


async def bot(*arguments: str) -> tuple[int, str, str]:
    """Run a command in a process of its own; return its exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


def outcome_of(
    *arguments: str, stdin: str = "", folder: Path | None = None, changes: Mapping[str, str] = {}
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, in `folder` and with `changes` of the environment. Blocks."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=180,
        cwd=folder,
        env={**ENVIRONMENT, **changes},
        check=False,
    )


def configuration(folder: Path, database: str = "clock-in.db") -> str:
    """Write a configuration whose DingTalk answers nothing, and return its path."""
    nobody = "http://127.0.0.1:1"
    path = folder / "config.yaml"
    path.write_text(
        f"dingtalk: {{client_id: a, client_secret: bbbbbbb, api_url: '{nobody}', oapi_url: '{nobody}'}}\n"
        f"clock_in: {{signed_url: '{nobody}/'}}\nweb: {{port: 0}}\n"
        f"store: {{url: 'sqlite:///{folder / database}'}}"
    )
    return str(path)


def logged(errors: str) -> list[tuple[str, str]]:
    """Return level and message of each line of standard error that is a log's."""
    lines = [line for line in errors.splitlines() if line.startswith("{")]
    return [(entry["level"], entry["message"]) for entry in map(json.loads, lines)]
