"""The command line, as its users run it: real processes, real exit codes."""

import csv
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.commands import BAD_USAGE, DONE, FAILED
from bot.storage import migrate

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def bot(
    *arguments: str, stdin: str = "", folder: Path | None = None, changes: Mapping[str, str] = {}
) -> "subprocess.CompletedProcess[str]":
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
        for words in ("already clocked in", "Taken by the clock-in service"):
            demo.wait_for("user001", lambda replies, words=words: any(words in reply for reply in replies))
    exported = bot(
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
        assert demo.process.wait(60) == 0


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = bot("demo", "--port", port, "--data", str(tmp_path))
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_that_may_not_write_its_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        done = bot("demo", "--port", "0", "--data", str(data))
        assert done.returncode == FAILED
        assert f"{data} cannot be written" in done.stderr
        assert "name another folder with --data" in done.stderr
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
        ("reminders", "--config", "x.yaml", "--from", "2026-01-02", "--to", "2026-01-01"),
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
    config = configuration(tmp_path)
    for command in ("run", "migrate"):
        done = bot(command, "--config", config)
        assert done.returncode == FAILED
        assert "clock-in.db" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_database_that_is_a_folder_or_a_server_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "clock-in.db").mkdir()
    config = configuration(tmp_path)
    for command in ("run", "migrate", "check"):
        done = bot(command, "--config", config)
        assert done.returncode == FAILED
        assert "clock-in.db cannot be opened" in done.stderr + done.stdout
        assert "it is a folder. Mend store.url" in done.stderr + done.stdout
    away = {"CLOCK_IN_BOT__STORE__URL": "postgresql://bob:hunter2@127.0.0.1:1/db"}
    done = bot("migrate", "--config", config, changes=away)
    assert done.returncode == FAILED
    assert "See that the server runs" in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_start_that_fails_is_a_line_of_json_besides_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "clock-in.db").write_bytes(b"no database" * 100)
    done = bot("run", "--config", configuration(tmp_path))
    assert done.returncode == FAILED
    ((level, message),) = logged(done.stderr)
    sentence = done.stderr.splitlines()[-1]
    assert level == "CRITICAL"
    assert message == f"the bot ends: {sentence}"
    missing = bot("run", "--config", str(tmp_path / "missing.yaml"))
    assert missing.returncode == BAD_USAGE
    assert [level for level, _ in logged(missing.stderr)] == ["CRITICAL"]


def test_a_bot_that_stops_says_so_as_its_last_word(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "run", "--config", configuration(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stderr is not None
        try:
            assert any("a new, empty ledger was made" in line for line in process.stderr)
            process.terminate()
            rest = process.stderr.read()
        finally:
            process.kill()
    assert process.returncode == DONE
    assert logged(rest)[-1] == ("INFO", "the bot has stopped; what it still owes goes on at the next start")


def test_what_the_environment_overrides_is_named_by_run_and_check_without_its_value(tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'no-directory' / 'secretive.db'}"
    (tmp_path / "no-directory").write_text("in the way")
    config = configuration(tmp_path)
    changes = {"CLOCK_IN_BOT__STORE__URL": other, "CLOCK_IN_BOT__WEB__PORT": "0"}
    run = bot("run", "--config", config, changes=changes)
    level, message = logged(run.stderr)[0]
    assert (level, message) == ("INFO", f"taken from the environment, not from {config}: store.url, web.port")
    found = json.loads(bot("check", "--config", config, "--json", changes=changes).stdout)
    assert found[0]["part"] == "environment"
    assert found[0]["text"].startswith("sets store.url, web.port, ")
    assert "secretive" not in str(found[0])
    assert json.loads(bot("check", "--config", config, "--json").stdout)[0]["part"] != "environment"


def test_export_without_a_database_says_so(tmp_path: Path) -> None:
    config = configuration(tmp_path, "none.db")
    done = bot("export", "--config", config, "--from", "2026-01-01", "--to", "2026-01-02")
    assert done.returncode == FAILED
    assert "none.db" in done.stderr
    assert not (tmp_path / "none.db").exists()


def a_damaged_ledger(file: Path) -> None:
    """Make a ledger of 3,000 punches whose second half is not to be read."""
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
            "INSERT INTO punches SELECT printf('p%05d', i), 'user001', '2026-01-01', 'OnDuty', NULL, i, i, "
            "'Normal', 0, 'Normal', NULL, NULL, '', 'chat', 'm' || i, '', NULL FROM n"
        )
    half = file.stat().st_size // 8192 * 4096
    with file.open("r+b") as pages:
        pages.seek(half)
        pages.write(b"\xff" * (file.stat().st_size - half))


def test_an_export_that_breaks_off_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    a_damaged_ledger(tmp_path / "clock-in.db")
    out = tmp_path / "january.csv"
    out.write_text("the export of yesterday")
    span = ("--from", "2026-01-01", "--to", "2026-01-31")
    done = bot("export", "--config", configuration(tmp_path), *span, "--out", str(out))
    assert done.returncode == FAILED
    assert "cannot be read to its end" in done.stderr
    assert out.read_text() == "the export of yesterday"
    assert not list(tmp_path.glob("*.part"))


def test_a_whole_export_takes_the_place_and_the_rights_of_the_earlier_one(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    out, link = tmp_path / "january.csv", tmp_path / "latest.csv"
    out.write_text("the export of yesterday")
    out.chmod(0o640)
    link.symlink_to(out)
    done = bot("export", "--config", config, "--from", "2026-01-01", "--to", "2026-01-31", "--out", str(link))
    assert done.returncode == DONE, done.stderr
    assert "punch_id" in out.read_text(encoding="utf-8")
    assert out.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert not list(tmp_path.glob("*.part"))
    pipe = bot("export", "--config", config, "--from", "2026-01-01", "--to", "2026-01-31", "--out", "/dev/stdout")
    assert "punch_id" in pipe.stdout


def test_an_export_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    out = tmp_path / "no-directory" / "january.csv"
    span = ("--from", "2026-01-01", "--to", "2026-01-31")
    done = bot("export", "--config", configuration(tmp_path), *span, "--out", str(out))
    assert done.returncode == FAILED
    assert f"{out} cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_reconcile_makes_no_ledger_migrates_none_and_wants_to_know_somebody(tmp_path: Path) -> None:
    config, file = configuration(tmp_path), tmp_path / "clock-in.db"
    without = bot("reconcile", "--config", config)
    assert (without.returncode, without.stdout) == (FAILED, "")
    assert "There is no database" in without.stderr
    assert not file.exists()

    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        (newest,) = connection.execute("SELECT max(version) FROM schema_versions").fetchone()
        connection.execute("DELETE FROM schema_versions WHERE version = ?", (newest,))
    older = bot("reconcile", "--config", config)
    assert (older.returncode, older.stdout) == (FAILED, "")
    assert "run `migrate` first" in older.stderr
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute("SELECT max(version) FROM schema_versions").fetchone() == (newest - 1,)
        connection.execute("INSERT INTO schema_versions VALUES (?, 'again', 0)", (newest,))

    nobody = bot("reconcile", "--config", config)
    assert (nobody.returncode, nobody.stdout) == (FAILED, "")
    assert "the ledger knows nobody" in nobody.stderr


def test_migrate_brings_a_new_database_up_to_date_and_again_changes_nothing(tmp_path: Path) -> None:
    config = configuration(tmp_path, "new.db")
    first, second = bot("migrate", "--config", config), bot("migrate", "--config", config)
    assert (first.returncode, second.returncode) == (DONE, DONE)
    assert "done:" in first.stdout
    assert f"A new, empty ledger was made: {tmp_path}/new.db" in first.stdout
    assert second.stdout == f"The schema of {tmp_path}/new.db is up to date.\n"


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
    for command in (
        "demo",
        "run",
        "check",
        "sandbox",
        "understand",
        "export",
        "migrate",
        "audit",
        "reconcile",
        "reminders",
        "purge",
    ):
        assert command in overview
        assert bot(command, "--help").returncode == 0
