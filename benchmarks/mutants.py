"""Test the tests: mutmut changes the code that holds the first two promises, one place at a time.

    python benchmarks/mutants.py [PATTERN ...]    such as 'bot.domain.day*'; default: what is new or
    lived

Prints the figures of each file, then each change that no test notices. Results stay in mutants/, so
that a stopped run goes on. `[tool.mutmut]` in pyproject.toml names the files; mutmut runs those of
their TESTS that reach a changed function, the quickest first, up to the first failure. It does not
change constants and properties.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

TESTS = {
    "bot.domain.absences": ("tests/domain/",),
    "bot.domain.day": ("tests/domain/",),
    "bot.domain.deciding": ("tests/domain/",),
    "bot.domain.reminders": ("tests/domain/", "tests/test_golden.py"),
    "bot.services.outbox.deliveries": ("tests/services/", "tests/handlers/"),
    "bot.services.organisation.visibility": (
        "tests/api/",
        "tests/services/",
        "tests/handlers/test_memberships.py",
        "tests/test_golden.py",
    ),
    "bot.web.api.door": ("tests/api/",),
    "bot.web.api.reads": ("tests/api/",),
    "bot.chat.reading": ("tests/chat/", "tests/handlers/", "tests/test_golden.py"),
}
ROOT = Path(__file__).parent.parent
COPY = ROOT / "mutants"
NOT_ALIVE = {"killed", "timeout", "segfault", "not checked"}


def pytest_configure(config: pytest.Config) -> None:
    """Leave out tests that do not concern the file of the mutant."""
    file = os.environ.get("MUTANT_UNDER_TEST", "").rpartition(".")[0]
    if file in TESTS:
        config.args[:] = [path for path in config.args if path.startswith(TESTS[file])]


def _results() -> Iterator[SourceFileMutationData]:
    for name in config().only_mutate:
        results = SourceFileMutationData(path=Path(name))
        results.load()
        yield results


def _alive(results: SourceFileMutationData) -> dict[str, str]:
    """Return the mutants that no test noticed, with their status."""
    statuses = {name: status_by_exit_code[code] for name, code in results.exit_code_by_key.items()}
    return {name: status for name, status in statuses.items() if status not in NOT_ALIVE}


def _run(*names: str) -> None:
    workers = str(os.cpu_count() or 1)
    command = ["mutmut", "run", "--max-children", workers, *names]
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=env, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _report() -> None:
    print(f"\n{'':48}mutants  killed  timeout  alive  seconds")
    for results in _results():
        count = Counter(status_by_exit_code[code] for code in results.exit_code_by_key.values())
        killed = count["killed"] + count["segfault"]
        alive = len(_alive(results))
        seconds = sum(results.durations_by_key.values())
        figures = f"{count.total():7} {killed:7} {count['timeout']:8} {alive:6} {seconds:8.0f}"
        print(f"{results.path!s:48}{figures}")
    for results in _results():
        for name, status in _alive(results).items():
            print(f"\n# {name}: {status}")
            diff = get_diff_for_mutant(name, path=results.path).splitlines()
            print(*(line for line in diff[3:] if line[0] in "-+"), sep="\n")


def _forget_files() -> None:
    """Remove what mutmut does not bring up to date itself."""
    shutil.rmtree(COPY / "tests", ignore_errors=True)
    reached = COPY / "mutmut-stats.json"  # which tests reach which function
    sources = (
        path for folder in ("bot", "handlers", "tests") for path in Path(folder).rglob("*.py")
    )
    if reached.exists() and max(map(os.path.getmtime, sources)) > reached.stat().st_mtime:
        reached.unlink()
    for path in (COPY / "bot").rglob("*"):
        if path.is_file() and path.suffix not in {".py", ".meta", ".spans"}:
            path.unlink()


def main() -> None:
    os.chdir(ROOT)
    patterns = sys.argv[1:]
    if not patterns:
        patterns = [name for results in _results() for name in _alive(results)]
        _forget_files()
        _run()
    if patterns:  # mutmut repeats a decided mutant only if it is named
        _forget_files()
        _run(*patterns)
    _report()


if __name__ == "__main__":
    main()
