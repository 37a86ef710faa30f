"""The package contains everything that an installed `clock-in-bot` needs."""

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from bot.cli.options import BAD_USAGE
from bot.sandbox.world import World
from bot.settings import parse

ROOT = Path(__file__).parent.parent
FROM_THIS_FOLDER = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in str(finder)]
from bot.cli import main
sys.exit(main(sys.argv[1:]))
"""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_all_data_files_are_packaged() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
    ]
    assert data
    assert not [
        path.name for path in data if not any(fnmatch(path.name, pattern) for pattern in patterns)
    ]


def test_the_image_works_without_the_pretend_dingtalk(tmp_path: Path) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored.index("!bot") < ignored.index("bot/sandbox"), "the image gets the bot without it"
    for package in ("bot", "handlers"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("sandbox", "__pycache__"),
        )

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", FROM_THIS_FOLDER, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert not {"demo", "sandbox"} & set(run("--help").stdout.split())
    assert (run("demo").returncode, "No such command 'demo'" in run("demo").stderr) == (
        BAD_USAGE,
        True,
    )
    assert "there is no such file" in run("run", "--config", "missing.yaml").stderr
    assert run("understand", "clock in").stdout == "clock_in\n"


def test_vendored_code_names_its_version_and_licence() -> None:
    folder = ROOT / "bot/web/vendor"
    (version,) = re.findall(
        r"^JSAPI := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    script = (folder / "dingtalk-jsapi.js").read_text(encoding="utf-8")
    licence = (folder / "dingtalk-jsapi.LICENSE.txt").read_text(encoding="utf-8")
    assert script.startswith(f"/*! dingtalk-jsapi {version},")
    assert f"dingtalk-jsapi {version}\n" in licence
    assert "Permission is hereby granted" in licence


def test_locked_requirements_have_hashes_and_no_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert locks
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        entries = [block for block in text.split("\n") if "==" in block]
        assert entries
        assert all(entry.endswith("\\") for entry in entries), "each is followed by its hashes"


def test_every_dependency_is_locked() -> None:
    locked = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8").lower()
    for dependency in PROJECT["project"]["dependencies"]:
        name = dependency.split(">")[0].split("[")[0]
        assert f"\n{name.lower()}==" in f"\n{locked}"


def test_the_configuration_in_the_sandbox_docs_works() -> None:
    text = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"<<'END'\n(.*?)END\n", text, re.DOTALL)
    settings = parse(written, "docs/sandbox.md")
    assert settings.dingtalk.client_id == "sandbox"
    people = {person.user_id for person in World(12)}
    assert {settings.dingtalk.operator_user_id, *settings.roles.admins} <= people
