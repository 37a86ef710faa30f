"""The command line, as somebody at a shell uses it."""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


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
