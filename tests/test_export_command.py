"""`export`: a file is whole or as it was before."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.options import BAD_USAGE, DONE, FAILED
from bot.storage import migrate
from tests.command_line import ENVIRONMENT, configuration, outcome_of


def test_export_without_a_database_says_so(tmp_path: Path) -> None:
    config = configuration(tmp_path, "none.db")
    done = outcome_of("export", "--config", config, "--from", "2026-01-01", "--to", "2026-01-02")
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
    done = outcome_of("export", "--config", configuration(tmp_path), *span, "--out", str(out))
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
    done = outcome_of(
        "export", "--config", config, "--from", "2026-01-01", "--to", "2026-01-31", "--out", str(link)
    )
    assert done.returncode == DONE, done.stderr
    assert "punch_id" in out.read_text(encoding="utf-8")
    assert out.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert not list(tmp_path.glob("*.part"))
    pipe = outcome_of(
        "export", "--config", config, "--from", "2026-01-01", "--to", "2026-01-31", "--out", "/dev/stdout"
    )
    assert "punch_id" in pipe.stdout


def test_a_new_export_is_for_its_owner_alone(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    out = tmp_path / "january.csv"
    span = ("--from", "2026-01-01", "--to", "2026-01-31")
    done = outcome_of("export", "--config", configuration(tmp_path), *span, "--out", str(out))
    assert done.returncode == DONE, done.stderr
    assert out.stat().st_mode & 0o777 == 0o600


def test_an_export_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    out = tmp_path / "no-directory" / "january.csv"
    span = ("--from", "2026-01-01", "--to", "2026-01-31")
    done = outcome_of("export", "--config", configuration(tmp_path), *span, "--out", str(out))
    assert done.returncode == FAILED
    assert f"{out} cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "xlsx"])
def test_an_export_whose_reader_went_away_ends_quietly(tmp_path: Path, file_format: str) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    with closing(sqlite3.connect(tmp_path / "clock-in.db")) as connection, connection:
        connection.execute(
            "INSERT INTO punches VALUES ('p1', 'user001', '2026-01-01', 'OnDuty', NULL, 1, 1, "
            "'Normal', 0, 'Normal', NULL, NULL, '', 'chat', 'm1', '', NULL)"
        )
    reader, writer = os.pipe()
    os.close(reader)
    span = ("--from", "2026-01-01", "--to", "2026-01-31", "--format", file_format)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "export", "--config", configuration(tmp_path), *span],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            timeout=180,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (FAILED, "")


def test_the_ending_of_the_file_is_the_format(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'clock-in.db'}")
    span = ("--from", "2026-01-01", "--to", "2026-01-31")
    for name, begins in (
        ("a.xlsx", b"PK"),
        ("a.XLSX", b"PK"),
        ("a.csv", b"\xef\xbb\xbf"),
        ("plain", b"\xef\xbb\xbf"),
    ):
        out = tmp_path / name
        done = outcome_of("export", "--config", configuration(tmp_path), *span, "--out", str(out))
        assert done.returncode == DONE, done.stderr
        assert out.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("name", "wanted", "says"),
    [
        ("a.xlsx", ("--format", "csv"), "must end in"),
        ("a.csv", ("--format", "xlsx"), "must end in"),
        ("a.xls", (), "must end in"),
        ("a.txt", ("--format", "csv"), "must end in"),
    ],
)
def test_an_ending_of_another_format_is_bad_usage(
    tmp_path: Path, name: str, wanted: tuple[str, ...], says: str
) -> None:
    span = ("--from", "2026-01-01", "--to", "2026-01-31", *wanted)
    done = outcome_of("export", "--config", configuration(tmp_path), *span, "--out", str(tmp_path / name))
    assert done.returncode == BAD_USAGE
    assert says in done.stderr
    assert not (tmp_path / name).exists()
