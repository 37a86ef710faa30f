"""The command line, as its users run it: real processes, real exit codes."""

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def bot(*arguments: str, stdin: str = "", folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env=ENVIRONMENT,
        check=False,
    )


def post(url: str, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=20) as answer:
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

    def wait_for(self, who: str, holds: Callable[[list[str]], bool]) -> list[str]:
        """Read the transcript until `holds`; each read is a round trip, and pytest's time limit ends it."""
        while not holds(replies := self.replies(who)):
            assert self.process.poll() is None, "the demo died"
        return replies


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
            line = process.stdout.readline()
            yield Demo(process, line.split()[1])
        finally:
            process.kill()
            process.wait()


def test_the_demo_answers_and_nothing_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    with a_demo(tmp_path / "demo") as demo:
        demo.say("user001", "clock in")
        demo.wait_for("user001", lambda replies: any("Clock-in 08:5" in reply for reply in replies))
        demo.process.send_signal(signal.SIGKILL)
    with a_demo(tmp_path / "demo") as demo:
        demo.say("user001", "clock in")
        replies = demo.wait_for("user001", lambda replies: any("already clocked in" in reply for reply in replies))
        assert sum("Clock-in 08:5" in reply for reply in replies) == 1
    exported = bot(
        "export", "--config", str(tmp_path / "demo/config.yaml"), "--from", "2026-01-01", "--to", "2030-01-01"
    )
    assert exported.returncode == 0, exported.stderr
    (row,) = csv.DictReader(io.StringIO(exported.stdout.removeprefix("\ufeff")))
    assert (row["user_id"], row["name"], row["check_type"]) == ("user001", "王小明", "OnDuty")
    assert row["status"] == "sent"


def test_an_export_works_beside_a_running_bot_and_a_second_bot_is_refused(tmp_path: Path) -> None:
    with a_demo(tmp_path) as demo:
        demo.say("user001", "clock in")
        demo.wait_for("user001", bool)
        config = str(tmp_path / "config.yaml")
        jsonl = bot(
            "export", "--config", config, "--from", "2026-01-01", "--to", "2030-01-01", "--format", "jsonl"
        )
        assert json.loads(jsonl.stdout)["user_id"] == "user001"
        out = tmp_path / "all.xlsx"
        xlsx = bot(
            *("export", "--config", config, "--from", "2026-01-01", "--to", "2030-01-01"),
            *("--format", "xlsx", "--out", str(out)),
        )
        assert xlsx.returncode == 0, xlsx.stderr
        assert out.read_bytes()[:2] == b"PK"
        second = bot("run", "--config", config)
        assert second.returncode == 1
        assert str(demo.process.pid) in second.stderr


def test_the_demo_ends_in_order_on_sigterm(tmp_path: Path) -> None:
    with a_demo(tmp_path) as demo:
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(10) == 0


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = bot("demo", "--port", port, "--data", str(tmp_path))
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dance",),
        ("run",),
        ("understand",),
        ("export", "--config", "x.yaml", "--from", "yesterday", "--to", "2026-01-01"),
        ("export", "--config", "x.yaml", "--from", "2026-01-02", "--to", "2026-01-01"),
        ("demo", "--employees", "1"),
        ("demo", "--port", "99999"),
        ("run", "--config", "missing.yaml"),
        ("check", "--config", "missing.yaml"),
        ("migrate", "--config", "missing.yaml"),
        ("audit", "--config", "missing.yaml"),
        ("reconcile", "--config", "missing.yaml"),
    ],
)
def test_bad_usage_and_bad_configuration_exit_2_with_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = bot(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreadable_database_is_refused_with_its_path(tmp_path: Path) -> None:
    database = tmp_path / "clock-in.db"
    database.write_bytes(b"this is no database, but it is long enough to look like one" * 100)
    config = tmp_path / "config.yaml"
    config.write_text(
        "dingtalk: {client_id: a, client_secret: bbbbbbb}\nweb: {port: 0}\n"
        + f"store: {{url: 'sqlite:///{database}'}}"
    )
    for command in ("run", "migrate"):
        done = bot(command, "--config", str(config))
        assert done.returncode == 1
        assert "clock-in.db" in done.stderr
        assert "Traceback" not in done.stderr


def test_export_without_a_database_says_so(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"dingtalk: {{client_id: a, client_secret: bbbbbbb}}\nstore: {{url: 'sqlite:///{tmp_path}/none.db'}}"
    )
    done = bot("export", "--config", str(config), "--from", "2026-01-01", "--to", "2026-01-02")
    assert done.returncode == 1
    assert "none.db" in done.stderr
    assert not (tmp_path / "none.db").exists()


def test_migrate_brings_a_new_database_up_to_date_and_again_changes_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"dingtalk: {{client_id: a, client_secret: bbbbbbb}}\nstore: {{url: 'sqlite:///{tmp_path}/new.db'}}"
    )
    first, second = bot("migrate", "--config", str(config)), bot("migrate", "--config", str(config))
    assert (first.returncode, second.returncode) == (0, 0)
    assert "done:" in first.stdout
    assert "done:" not in second.stdout


def test_understand_prints_the_intent_and_with_json_the_reasons() -> None:
    assert bot("understand", "clock in").stdout == "clock_in\n"
    assert bot("understand", "你打卡了吗").stdout == "none\n"
    explained = json.loads(bot("understand", "下班啦，打个卡", "--json").stdout)
    assert explained["intent"] == "clock_out"
    assert explained["why"]


def test_understand_reads_lines_and_keeps_what_they_carried() -> None:
    lines = '{"text": "clock in", "id": 7}\n\n{"text": "网红打卡地"}\nnot json\n'
    done = bot("understand", "--jsonl", stdin=lines)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"text": "clock in", "id": 7, "intent": "clock_in"},
        {"text": "网红打卡地", "intent": "none"},
    ]
    assert done.returncode == 1
    assert "line 4" in done.stderr


def test_help_of_every_command_is_there() -> None:
    overview = bot("--help").stdout
    for command in ("demo", "run", "check", "sandbox", "understand", "export", "migrate", "audit", "reconcile"):
        assert command in overview
        assert bot(command, "--help").returncode == 0
