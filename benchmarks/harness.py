"""What benchmarks share: processes of their own, and speaking to them."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def start(command: list[str], *, cpu: int) -> subprocess.Popen[bytes]:
    """Start a process on its own core, if there are as many."""
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(process.pid, {cpu})
    return process


def wait_for(what: Any, deadline_s: float = 60) -> Any:
    """Return what `what` returns once that is true. Raises TimeoutError."""
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends:
        try:
            found = what()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError("the benchmark waited in vain")


def get(url: str) -> Any:
    """Return the JSON at `url`."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def post(url: str, body: dict[str, Any]) -> Any:
    """Post JSON and return the JSON answered."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
