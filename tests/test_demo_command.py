"""`demo` as somebody runs it who wants to see the bot: real processes, one of them killed."""

import csv
import io
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.cli.options import FAILED
from tests.command_line import ENVIRONMENT, outcome_of


def post(url: str, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


class Demo:
    """A demo in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url

    def say(self, who: str, text: str) -> None:
        post(f"{self.url}_sandbox/messages", {"user_id": who, "text": text})

    def replies(self, who: str) -> list[str]:
        entries = get(f"{self.url}_sandbox/transcript?user_id={who}")
        return [entry["text"] for entry in entries if entry["from"] == "bot"]

    def wait_for(self, who: str, holds: Callable[[list[str]], bool]) -> None:
        """Read the transcript until `holds`."""
        self.wait_until(lambda: holds(self.replies(who)))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Ask the demo until `holds`; each time is a round trip, and pytest's time limit ends it."""
        while not holds():
            assert self.process.poll() is None, "the demo died"


@contextmanager
def a_demo(data: Path) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            demo = Demo(process, process.stdout.readline().split()[1])
            demo.wait_until(lambda: get(f"{demo.url}_sandbox/state")["connections"] > 0)
            yield demo
        finally:
            process.kill()
            process.wait()


def test_the_demo_answers_and_nothing_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    with a_demo(tmp_path / "demo") as demo:
        assert demo.process.stdout is not None
        assert re.search(r" 08:5\d there, for the bot too", demo.process.stdout.readline())
        demo.say("user001", "clock in")
        demo.wait_for("user001", lambda replies: any("Clock-in 08:5" in reply for reply in replies))
        demo.process.send_signal(signal.SIGKILL)
    with a_demo(tmp_path / "demo") as demo:
        demo.say("user001", "clock in")
        for words in ("already clocked in", "Taken by the clock-in service"):
            demo.wait_for("user001", lambda replies, words=words: any(words in reply for reply in replies))
    exported = outcome_of(
        "export", "--config", str(tmp_path / "demo/config.yaml"), "--from", "2026-01-01", "--to", "2030-01-01"
    )
    assert exported.returncode == 0, exported.stderr
    # A receipt may come twice after a kill, the punch never does.
    (row,) = csv.DictReader(io.StringIO(exported.stdout.removeprefix("\ufeff")))
    assert (row["user_id"], row["name"], row["check_type"]) == ("user001", "王小明", "OnDuty")
    assert row["status"] == "sent"


def test_an_export_works_beside_a_running_bot_and_a_second_bot_is_refused(tmp_path: Path) -> None:
    with a_demo(tmp_path) as demo:
        demo.say("user001", "clock in")
        demo.wait_for("user001", bool)
        config = str(tmp_path / "config.yaml")
        jsonl = outcome_of(
            "export", "--config", config, "--from", "2026-01-01", "--to", "2030-01-01", "--format", "jsonl"
        )
        assert json.loads(jsonl.stdout)["user_id"] == "user001"
        out = tmp_path / "all.xlsx"
        xlsx = outcome_of(
            *("export", "--config", config, "--from", "2026-01-01", "--to", "2030-01-01"),
            *("--format", "xlsx", "--out", str(out)),
        )
        assert xlsx.returncode == 0, xlsx.stderr
        assert out.read_bytes()[:2] == b"PK"
        second = outcome_of("run", "--config", config)
        assert second.returncode == 1
        assert str(demo.process.pid) in second.stderr


def test_a_second_demo_on_the_same_folder_is_refused_and_changes_no_file(tmp_path: Path) -> None:
    with a_demo(tmp_path) as demo:
        written = (tmp_path / "config.yaml").read_bytes()
        second = outcome_of("demo", "--port", "0", "--data", str(tmp_path))
        assert second.returncode == FAILED
        assert f"in use by process {demo.process.pid}" in second.stderr
        assert (tmp_path / "config.yaml").read_bytes() == written
    with a_demo(tmp_path):
        assert (tmp_path / "config.yaml").read_bytes() != written


def test_the_demo_ends_in_order_on_sigterm(tmp_path: Path) -> None:
    with a_demo(tmp_path) as demo:
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(60) == 0


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        (tmp_path / "config.yaml").write_text("as it was")
        done = outcome_of("demo", "--port", port, "--data", str(tmp_path))
    assert done.returncode == 1
    assert (tmp_path / "config.yaml").read_text() == "as it was"
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_that_may_not_write_its_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        done = outcome_of("demo", "--port", "0", "--data", str(data))
        assert done.returncode == FAILED
        assert f"{data} cannot be written" in done.stderr
        assert "name another folder with --data" in done.stderr
        assert "Traceback" not in done.stderr
