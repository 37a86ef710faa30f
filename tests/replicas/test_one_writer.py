"""On SQLite one process writes. Other writers are refused, and readers work beside it."""

from pathlib import Path

from tests import command_line
from tests.command_line import Outcome
from tests.company import morning
from tests.crash.trial import Trial, a_trial

DATES = ("--from", "2026-01-01", "--to", "2030-01-01")


async def bot(trial: Trial, command: str, *arguments: str) -> Outcome:
    return await command_line.bot(command, "--config", str(trial.config), *arguments)


async def test_a_running_bot_refuses_writers_and_allows_readers(tmp_path: Path) -> None:
    async with a_trial(tmp_path, at=morning()) as trial:
        running = trial.start()
        await running.up()
        await trial.witness.say("user001", "clock in")
        await trial.settle()
        for command in ("migrate", "reconcile", "purge"):
            refused = await bot(trial, command)
            assert refused.returncode == 1, command
            assert str(running.pid) in refused.stderr, command
            assert "Traceback" not in refused.stderr
        exported = await bot(trial, "export", *DATES)
        assert exported.returncode == 0, exported.stderr
        assert "user001" in exported.stdout
        audited = await bot(trial, "audit")
        assert audited.returncode == 0, audited.stderr
        assert "Clock" in await trial.sandbox.ask("user002", "clock in @HQ")
        await trial.settle()
        running.terminate()
        assert await running.ended() == 0
        removed = await bot(trial, "purge", "--user", "user002")
        assert removed.stdout.startswith("Removed positions of user002: 1."), removed.stderr
        again = await bot(trial, "purge", "--user", "user002")
        assert again.stdout.startswith("Removed positions of user002: 0."), again.stderr
        nobody = await bot(trial, "purge", "--user", "user0002")
        assert (nobody.returncode, nobody.stdout) == (1, "")
        assert nobody.stderr == "Nobody has the user id user0002. Nothing was removed.\n"


async def test_a_killed_bot_refuses_no_writer(tmp_path: Path) -> None:
    async with a_trial(tmp_path) as trial:
        killed = trial.start()
        await killed.up()
        killed.kill()
        await killed.ended()
        assert (await bot(trial, "migrate")).returncode == 0
        purged = await bot(trial, "purge")
        assert (purged.returncode, purged.stdout[-5:]) == (0, ": 0.\n"), purged.stderr
