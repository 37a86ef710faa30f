"""The command line: exit codes and output."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bot.cli import COMMANDS
from bot.cli.options import BAD_USAGE, CONFIG_VARIABLE, DONE, FAILED
from bot.storage import migrate
from tests.command_line import ENVIRONMENT, Outcome, configuration, logged, outcome_of
from tests.tables import cases
from tests.waiting import LONGEST_S

SPAN = ("--from", "2026-01-01", "--to", "2026-01-31")


@cases
def test_bad_usage_and_bad_configuration_exit_2_with_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = outcome_of(*arguments, folder=tmp_path)
    assert done.returncode == BAD_USAGE
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_an_export_with_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    done = outcome_of("export", "--config", configuration(tmp_path), *SPAN, "--out", "a.pdf")
    assert (done.returncode, "xlsx" in done.stderr) == (BAD_USAGE, True)


def test_an_unusable_database_is_named_with_a_remedy(tmp_path: Path) -> None:
    file, config = tmp_path / "clock-in.db", configuration(tmp_path)
    file.write_bytes(b"this is no database, but long enough to look like one" * 100)
    done = outcome_of("run", "--config", config)
    assert (done.returncode, "clock-in.db" in done.stderr) == (FAILED, True)
    assert logged(done.stderr) == [("CRITICAL", f"the bot ends: {done.stderr.splitlines()[-1]}")]
    file.unlink()
    file.mkdir()
    for command in (["run"], ["migrate"], ["export", *SPAN], ["audit"], ["purge"]):
        done = outcome_of(*command, "--config", config)
        assert (done.returncode, "clock-in.db" in done.stderr) == (FAILED, True)
        assert "correct store.url" in done.stderr.lower()
    away = {"CLOCK_IN_BOT__STORE__URL": "postgresql://bob:hunter2@127.0.0.1:1/db"}
    done = outcome_of("migrate", "--config", config, changes=away)
    assert done.returncode == FAILED
    assert "that the server runs" in done.stderr and "PGPASSWORD" in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_reconcile_neither_makes_nor_migrates_a_ledger(tmp_path: Path) -> None:
    config, file = configuration(tmp_path), tmp_path / "clock-in.db"
    for words in ("There is no database", "run `migrate`"):
        done = outcome_of("reconcile", "--config", config)
        assert (done.returncode, done.stdout, words in done.stderr) == (FAILED, "", True)
        if not file.exists():
            migrate(f"sqlite:///{file}")
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("DELETE FROM alembic_version")
            assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (0,)


def test_a_second_migrate_changes_nothing(tmp_path: Path) -> None:
    named = {CONFIG_VARIABLE: configuration(tmp_path, "new.db")}  # once for all commands
    first, second = outcome_of("migrate", changes=named), outcome_of("migrate", changes=named)
    assert (first.returncode, second.returncode) == (DONE, DONE)
    assert "done:" in first.stdout
    assert f"A new, empty ledger was made: {tmp_path}/new.db" in first.stdout
    assert second.stdout == f"The schema of {tmp_path}/new.db is up to date.\n"


# --- understand


def test_understand_prints_intent_and_act() -> None:
    done = outcome_of("understand", "clock in")
    assert (done.stdout, done.stderr) == ("clock_in\n", "act: do\n")
    found = json.loads(outcome_of("understand", "昨天忘打下班卡了，18:40走的", "--json").stdout)
    assert (found["intent"], found["act"], found["language"]) == ("correction", "offer", "zh")
    assert found["action"]["times"] == ["18:40:00"]


def test_understand_keeps_the_other_fields_of_a_line() -> None:
    lines = '{"text": "clock in", "id": 7}\n\n{"text": "网红打卡地"}\nnot json\n'
    lines += '{"text": "帮我打卡，我8点50就到了"}\n'
    done = outcome_of("understand", "--jsonl", stdin=lines)
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first == {"text": "clock in", "id": 7, "intent": "clock_in", "act": "do"}
    assert (second["intent"], second["act"]) == ("none", "none")
    assert (third["act"], third["choices"][0]) == ("choose", third["intent"])
    assert {"clock_in", "correction"} <= set(third["choices"])
    assert done.returncode == FAILED
    assert "line 4" in done.stderr


def test_understand_reads_a_sentence_with_the_date_and_the_names_of_its_line() -> None:
    line = {"text": "张三昨天的考勤", "today": "2026-03-01", "people": ["张三"], "sites": ["HQ"]}
    done = outcome_of("understand", "--jsonl", "--json", stdin=json.dumps(line))
    action = json.loads(done.stdout)["action"]
    assert action["days"] == {"first": "2026-02-28", "last": "2026-02-28"}
    assert action["whom"] == {"person": "张三"}


# --- export


def exported(folder: Path, *more: str) -> Outcome:
    return outcome_of("export", "--config", configuration(folder), *SPAN, *more)


def test_a_failed_export_keeps_the_earlier_file(tmp_path: Path) -> None:
    file, out = tmp_path / "clock-in.db", tmp_path / "january.csv"
    assert "clock-in.db" in exported(tmp_path).stderr
    assert not file.exists()
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
            "INSERT INTO punches SELECT printf('p%05d', i), 'user001', '2026-01-01', "
            "'OnDuty', NULL, i, i, "
            "'Normal', 0, 'Normal', NULL, NULL, '', 'chat', 'm' || i, '', NULL FROM n"
        )
    half = file.stat().st_size // 8192 * 4096
    with file.open("r+b") as pages:  # damage the second half
        pages.seek(half)
        pages.write(b"\xff" * (file.stat().st_size - half))
    out.write_text("the export of yesterday")
    done = exported(tmp_path, "--out", str(out))
    assert done.returncode == FAILED
    assert "cannot be read to its end" in done.stderr
    assert out.read_text() == "the export of yesterday"
    assert not list(tmp_path.glob("*.part"))


def test_an_export_is_private_and_its_name_chooses_the_format(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    for name, begins in (("january.csv", b"\xef\xbb\xbfpunch_id"), ("new.xlsx", b"PK")):
        out = tmp_path / name
        assert exported(tmp_path, "--out", str(out)).returncode == DONE
        assert out.read_bytes().startswith(begins)
        assert out.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.part"))
    nowhere = exported(tmp_path, "--out", str(tmp_path / "no-directory" / "january.csv"))
    assert nowhere.returncode == FAILED
    assert "january.csv" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr


def test_an_export_into_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    reader, writer = os.pipe()
    os.close(reader)
    command = ["export", "--config", configuration(tmp_path), *SPAN, "--format", "xlsx"]
    with os.fdopen(writer, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            timeout=LONGEST_S,
            check=False,
        )
    assert (done.returncode, done.stderr) == (FAILED, "")


# --- help, completion, Ctrl-C


def test_every_command_has_help() -> None:
    overview = outcome_of("--help").stdout
    for command in COMMANDS:
        assert command in overview
        done = outcome_of(command, "--help")
        assert (done.returncode, f"Usage: clock-in-bot {command}" in done.stdout) == (DONE, True)


# Background processes and their children ignore Ctrl-C by default.
LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from bot.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_ends_the_sandbox_with_success() -> None:
    command = [sys.executable, "-u", "-c", LISTENING, "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == DONE
        finally:
            process.kill()
