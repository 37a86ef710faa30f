"""Shared by benchmarks: processes and HTTP calls to them."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def start(command: list[str], *, cpu: int | None) -> subprocess.Popen[bytes]:
    """Start a process on the core `cpu`, if there are several cores; None: on any core."""
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    if cpu is not None and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(process.pid, {cpu})
    return process


def wait_for(what: Any, deadline_s: float = 60) -> Any:
    """Wait until `what` returns a true value and return it. Raises TimeoutError."""
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
    """Post JSON and return the JSON answer."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
