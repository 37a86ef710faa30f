"""The command `demo` in real processes. The test kills one of them."""

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

from bot.cli.options import DONE, FAILED
from tests.command_line import ENVIRONMENT, logged, outcome_of
from tests.waiting import LONGEST_S


def call(url: str, body: dict[str, str] | None = None) -> Any:
    """Post `body`. Without a body read the URL."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
        return json.load(answer)


class Demo:
    """A demo in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url

    def say(self, who: str, text: str) -> None:
        call(f"{self.url}_sandbox/messages", {"user_id": who, "text": text})

    def wait_for(self, who: str, words: str) -> None:
        """Read the transcript until the bot said `words`."""
        url = f"{self.url}_sandbox/transcript?user_id={who}"
        self.wait_until(
            lambda: any(words in said["text"] for said in call(url) if said["from"] == "bot")
        )

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Ask the demo until `holds`.

        Each time is a round trip, and pytest's time limit ends it.
        """
        while not holds():
            assert self.process.poll() is None, "the demo died"


@contextmanager
def a_demo(data: Path) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    with process:
        assert process.stdout is not None
        try:
            demo = Demo(process, process.stdout.readline().split()[1])
            demo.wait_until(lambda: call(f"{demo.url}_sandbox/state")["connections"] > 0)
            yield demo
        finally:
            process.kill()


def test_the_demo_survives_a_kill_and_refuses_a_second_bot(tmp_path: Path) -> None:
    with a_demo(tmp_path) as demo:
        assert demo.process.stdout is not None
        assert re.search(r" 08:5\d there, for the bot too", demo.process.stdout.readline())
        demo.say("user001", "clock in")
        demo.wait_for("user001", "Clock-in 08:5")
        demo.process.send_signal(signal.SIGKILL)
    with a_demo(tmp_path) as demo:
        demo.say("user001", "clock in")
        for words in ("already clocked in", "Taken by the clock-in service"):
            demo.wait_for("user001", words)
        config = tmp_path / "config.yaml"
        exported = outcome_of(
            "export",
            "--config",
            str(config),
            "--from",
            "2026-01-01",
            "--to",
            "2030-01-01",
            "--format",
            "jsonl",
        )
        # A receipt may come twice after a kill, the punch never does.
        row = json.loads(exported.stdout)
        assert (row["user_id"], row["name"], row["check_type"]) == ("user001", "王小明", "OnDuty")
        assert row["status"] == "sent"
        for command in (
            ("run", "--config", str(config)),
            ("demo", "--port", "0", "--data", str(tmp_path)),
        ):
            second = outcome_of(*command)
            assert second.returncode == FAILED
            assert str(demo.process.pid) in second.stderr
        demo.process.send_signal(signal.SIGINT)
        _, errors = demo.process.communicate(timeout=LONGEST_S)
        assert demo.process.returncode == DONE
        assert not [line for line in logged(errors) if line[0] in ("ERROR", "CRITICAL")]


def test_the_demo_names_a_taken_port_and_an_unwritable_folder(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = outcome_of("demo", "--port", port, "--data", str(tmp_path))
    assert (done.returncode, port in done.stderr) == (FAILED, True)
    (tmp_path / "file").write_text("in the way")
    below = tmp_path / "file" / "below"
    nowhere = outcome_of("demo", "--port", "0", "--data", str(below))
    assert (nowhere.returncode, str(below) in nowhere.stderr) == (FAILED, True)
