"""The command line, as its users run it: real processes, real exit codes."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.cli.options import BAD_USAGE, CONFIG_VARIABLE, DONE, FAILED
from bot.storage import migrate
from bot.storage.migrations import HEAD
from tests.command_line import ENVIRONMENT, configuration, logged, outcome_of


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
    done = outcome_of(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_standard_error_that_takes_nothing_changes_no_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "run", "--config", str(tmp_path / "missing.yaml")]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stderr=full, env=ENVIRONMENT, timeout=180, check=False)
    assert done.returncode == BAD_USAGE


def test_a_mistake_in_the_configuration_exits_2_with_its_key_and_mend(tmp_path: Path) -> None:
    config = Path(configuration(tmp_path))
    config.write_text(config.read_text() + "\nreminders: {most: -1}\nsumaries: {}\n")
    for command in ("run", "check", "migrate", "audit"):
        done = outcome_of(command, "--config", str(config))
        assert done.returncode == BAD_USAGE
        assert "reminders.most" in done.stderr
        assert "sumaries" in done.stderr and "summaries" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unreadable_database_is_refused_with_its_path(tmp_path: Path) -> None:
    database = tmp_path / "clock-in.db"
    database.write_bytes(b"this is no database, but it is long enough to look like one" * 100)
    config = configuration(tmp_path)
    for command in ("run", "migrate"):
        done = outcome_of(command, "--config", config)
        assert done.returncode == FAILED
        assert "clock-in.db" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_database_that_is_a_folder_or_a_server_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "clock-in.db").mkdir()
    config = configuration(tmp_path)
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    for command in (["run"], ["migrate"], ["check"], ["export", *days], ["audit"], ["purge"], ["reconcile"]):
        done = outcome_of(*command, "--config", config)
        assert done.returncode == FAILED
        assert "clock-in.db cannot be opened" in done.stderr + done.stdout
        assert "it is a folder. Mend store.url" in done.stderr + done.stdout
    away = {"CLOCK_IN_BOT__STORE__URL": "postgresql://bob:hunter2@127.0.0.1:1/db"}
    done = outcome_of("migrate", "--config", config, changes=away)
    assert done.returncode == FAILED
    assert "See that the server runs" in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_start_that_fails_is_a_line_of_json_besides_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "clock-in.db").write_bytes(b"no database" * 100)
    done = outcome_of("run", "--config", configuration(tmp_path))
    assert done.returncode == FAILED
    ((level, message),) = logged(done.stderr)
    sentence = done.stderr.splitlines()[-1]
    assert level == "CRITICAL"
    assert message == f"the bot ends: {sentence}"
    missing = outcome_of("run", "--config", str(tmp_path / "missing.yaml"))
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
    run = outcome_of("run", "--config", config, changes=changes)
    level, message = logged(run.stderr)[0]
    assert (level, message) == ("INFO", f"taken from the environment, not from {config}: store.url, web.port")
    found = json.loads(outcome_of("check", "--config", config, "--json", changes=changes).stdout)
    assert found[0]["part"] == "environment"
    assert found[0]["text"].startswith("sets store.url, web.port, ")
    assert "secretive" not in str(found[0])
    assert json.loads(outcome_of("check", "--config", config, "--json").stdout)[0]["part"] != "environment"


def test_reconcile_makes_no_ledger_migrates_none_and_wants_to_know_somebody(tmp_path: Path) -> None:
    config, file = configuration(tmp_path), tmp_path / "clock-in.db"
    without = outcome_of("reconcile", "--config", config)
    assert (without.returncode, without.stdout) == (FAILED, "")
    assert "There is no database" in without.stderr
    assert not file.exists()

    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM alembic_version")
    older = outcome_of("reconcile", "--config", config)
    assert (older.returncode, older.stdout) == (FAILED, "")
    assert "run `migrate` first" in older.stderr
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (0,)
        connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))

    nobody = outcome_of("reconcile", "--config", config)
    assert (nobody.returncode, nobody.stdout) == (FAILED, "")
    assert "the ledger knows nobody" in nobody.stderr


def test_migrate_brings_a_new_database_up_to_date_and_again_changes_nothing(tmp_path: Path) -> None:
    config = configuration(tmp_path, "new.db")
    first, second = outcome_of("migrate", "--config", config), outcome_of("migrate", "--config", config)
    assert (first.returncode, second.returncode) == (DONE, DONE)
    assert "done:" in first.stdout
    assert f"A new, empty ledger was made: {tmp_path}/new.db" in first.stdout
    assert second.stdout == f"The schema of {tmp_path}/new.db is up to date.\n"


def test_understand_prints_the_intent_and_says_what_happens_beside_it() -> None:
    done = outcome_of("understand", "clock in")
    assert (done.stdout, done.stderr) == ("clock_in\n", "act: do\n")
    assert outcome_of("understand", "网红打卡地").stdout == "none\n"


def test_understand_prints_everything_as_json() -> None:
    found = json.loads(outcome_of("understand", "昨天忘打下班卡了，18:40走的", "--json").stdout)
    assert (found["intent"], found["act"], found["language"]) == ("correction", "offer", "zh")
    assert found["action"]["at"] == "18:40:00"


def test_understand_reads_lines_and_keeps_what_they_carried() -> None:
    lines = '{"text": "clock in", "id": 7}\n\n{"text": "网红打卡地"}\nnot json\n'
    done = outcome_of("understand", "--jsonl", stdin=lines)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"text": "clock in", "id": 7, "intent": "clock_in", "act": "do"},
        {"text": "网红打卡地", "intent": "none", "act": "none"},
    ]
    assert done.returncode == 1
    assert "line 4" in done.stderr


def test_understand_lists_the_choices_of_a_sentence_that_may_mean_several_things() -> None:
    (line,) = outcome_of(
        "understand", "--jsonl", stdin='{"text": "帮我打卡，我8点50就到了"}\n'
    ).stdout.splitlines()
    found = json.loads(line)
    assert found["act"] == "choose"
    assert found["choices"][0] == found["intent"] == "clock_in"


def test_understand_reads_the_file_that_is_named_and_says_where_it_cannot(tmp_path: Path) -> None:
    file = tmp_path / "sentences.jsonl"
    file.write_text('{"text": "上班打卡\u2028"}\n{"text": "下班打卡"}\n', encoding="utf-8")
    done = outcome_of("understand", "--jsonl", str(file), stdin="")
    assert [json.loads(line)["intent"] for line in done.stdout.split("\n")[:-1]] == ["clock_in", "clock_out"]
    assert done.returncode == DONE
    missing = outcome_of("understand", "--jsonl", str(tmp_path / "none.jsonl"), stdin="")
    assert missing.returncode == 2
    assert "none.jsonl cannot be read" in missing.stderr


def test_help_of_every_command_is_there() -> None:
    overview = outcome_of("--help").stdout
    for command, summary in COMMANDS.items():
        assert command in overview
        assert summary.split()[0] in overview
        assert (files("bot.cli") / f"{command}.py").is_file()
        done = outcome_of(command, "--help")
        description = done.stdout.split("\n\n")[1]
        assert done.returncode == DONE
        assert description[0].isupper() and description.endswith("."), description


def test_the_configuration_may_be_named_once_for_all_commands(tmp_path: Path) -> None:
    named = {CONFIG_VARIABLE: configuration(tmp_path, "named.db")}
    done = outcome_of("migrate", changes=named)
    assert done.returncode == DONE, done.stderr
    assert (tmp_path / "named.db").exists()
    other = tmp_path / "other"
    other.mkdir()
    outcome_of("migrate", "--config", configuration(other, "said.db"), changes=named)
    assert (other / "said.db").exists()
    without = outcome_of("migrate", changes={CONFIG_VARIABLE: ""})
    assert without.returncode == BAD_USAGE
    assert "--config" in without.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_completion_script_of_a_shell_knows_every_command_and_its_options(shell: str) -> None:
    done = outcome_of("--print-completion", shell)
    assert (done.returncode, done.stderr) == (DONE, "")
    for word in (*COMMANDS, "--config", "--expect", "--jsonl", "--employees"):
        assert word in done.stdout
