"""What an installed `clock-in-bot` needs is inside the package."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_file_that_is_no_code_is_packaged() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
    ]
    assert data
    assert not [path.name for path in data if not any(fnmatch(path.name, pattern) for pattern in patterns)]


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
