"""Who may import whom, from the bottom up. Siblings do not import each other."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import handlers  # noqa: F401
from bot.chat.context import ROUTES
from bot.domain.slots import ACTIONS
from bot.storage.tables import TABLES

ROOT = Path(__file__).parent.parent

# For each layer: the allowed parts of `bot` below it, and third parties.
_ANYWHERE = {"errors", "clock", "views.i18n"}
_BASE = {"domain", "actions"}
_SERVICES = {
    "services",
    "storage",
    "dingtalk",
    "platform",
    "settings",
    "understanding",
    "views",
    *_BASE,
}
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), set()),
    "clock": (set(), set()),
    "views.i18n": ({"domain", "views.keys"}, {"yaml"}),
    "domain": ({"domain"}, {"pydantic", "geographiclib"}),
    "actions": ({"domain"}, {"pydantic"}),
    "understanding": ({"understanding", *_BASE}, {"opencc"}),
    "views": ({"views", *_BASE}, {"xlsxwriter", "PIL", "yaml"}),
    "storage": (
        {"storage", *_BASE},
        {"alembic", "pydantic", "sqlalchemy", "psycopg"},
    ),
    "dingtalk": (
        {"dingtalk", "views.sentences", *_BASE},
        {"aiohttp", "dingtalk_stream", "pydantic", "yaml", "yarl"},
    ),
    "services": (_SERVICES, {"chinese_calendar", "prometheus_client"}),
    "chat": ({"chat", *_SERVICES}, set()),
    "web": ({"web", *_SERVICES}, {"aiohttp", "prometheus_client", "pydantic", "yarl"}),
    "handlers": ({"chat", *_SERVICES}, set()),
    "sandbox": ({"sandbox"}, {"aiohttp", "pydantic"}),
    "scheduler": (set(), {"apscheduler"}),
}


def _files(part: str) -> list[Path]:
    if part == "handlers":
        return sorted((ROOT / "handlers").rglob("*.py"))
    single = ROOT / "bot" / f"{part.replace('.', '/')}.py"
    return [single] if single.exists() else sorted((ROOT / "bot" / part).rglob("*.py"))


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _imports(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                (f"bot.{alias.name}" for alias in node.names)
                if node.module == "bot"
                else (node.module,)
            )


def _may(name: str, own: set[str], third: set[str]) -> bool:
    head, _, rest = name.partition(".")
    if head == "bot":
        return any(rest == part or rest.startswith(f"{part}.") for part in own | _ANYWHERE)
    return head in third or head in sys.stdlib_module_names


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    own, third = ALLOWED[part]
    files = _files(part)
    assert files, f"{part} has no files: the rule would hold for nothing"
    offences = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in _imports(path)
        if not _may(name, own, third) and not (path.name == "__init__.py" and name == "handlers")
    ]
    assert not offences


@pytest.mark.parametrize("page", ["architecture", "storage"])
def test_docs_name_only_existing_files(page: str) -> None:
    text = _page(page)
    named = {
        name.rstrip("/")
        for name in re.findall(r"`([a-z0-9_]+(?:/[a-z0-9_]+)+(?:\.py)?/?|[a-z0-9_]+\.py)", text)
    }
    folders = ("bot/**/*", "handlers/*", "training/*", "tests/**/*")
    there = {path.relative_to(ROOT).as_posix() for folder in folders for path in ROOT.glob(folder)}
    known = {name.removeprefix("bot/") for name in there} | {
        name.rsplit(".", 1)[0] for name in there
    }
    known |= {name.removeprefix("bot/").rsplit(".", 1)[0] for name in there} | there
    assert named, "the page names no file"
    assert not named - known


def test_docs_name_every_part_and_table() -> None:
    parts = {
        f"`bot/{path.name}/`"
        for path in (ROOT / "bot").iterdir()
        if path.is_dir() and path.name[0] != "_"
    }
    assert not {part for part in parts if part not in _page("architecture")}
    assert not {name for name in TABLES if f"`{name}`" not in _page("storage")}


def _page(name: str) -> str:
    return (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")


def test_only_the_command_line_reaches_the_sandbox() -> None:
    reach = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*.py")
        if "sandbox" not in path.relative_to(ROOT).parts
        and any(name.startswith("bot.sandbox") for name in _imports(path))
    ]
    assert sorted(reach) == ["bot/cli/demo.py"]


def test_no_file_is_too_long_for_one_purpose() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("bot", "handlers", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_the_clock_is_read_in_one_place() -> None:
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic"}
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]
        if path.name != "clock.py"
        for node in _nodes(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in clocks
    ]
    assert not readers


def test_secrets_are_compared_in_constant_time() -> None:
    secret = re.compile(r"(^|_|\.)(token|secret|signature|digest|device|ticket|sign|mac)(_hash)?$")
    offences = []
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]:
        for node in _nodes(path):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            sides = {ast.unparse(side) for side in (node.left, *node.comparators)}
            # `.c.`: a column, in SQL
            if any(secret.search(side) and ".c." not in side for side in sides):
                offences.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert not offences


_TITLE = re.compile(r"^(\w+):", re.MULTILINE)
_BY_TABLE = re.compile(r"^@cases\n(?:async )?def (\w+)", re.MULTILINE)


def test_each_table_of_cases_has_one_test() -> None:
    for table in (ROOT / "tests").rglob("test_*.yaml"):
        tests = _BY_TABLE.findall(table.with_suffix(".py").read_text(encoding="utf-8"))
        assert sorted(_TITLE.findall(table.read_text(encoding="utf-8"))) == sorted(tests), table


def test_every_action_has_a_handler() -> None:
    assert set(ROUTES) == set(ACTIONS.values())
