"""SIGTERM in the morning's rush. tests/test_stopping.py tests the time limit."""

import asyncio
from pathlib import Path

from tests.company import morning
from tests.crash.trial import a_trial

PEOPLE = 120
BY_CONFIG = {
    "source": "config",
    "shifts": [{"name": "day", "sections": [["09:00", "18:00"]], "days": ["tue"], "people": "all"}],
    "calendar": "none",
}
LIMITS = {"each_api": 0, "all": 0, "signed": 0, "replies": 0}


async def test_a_stop_in_the_morning_rush_loses_nothing(tmp_path: Path) -> None:
    async with a_trial(
        tmp_path, at=morning(), employees=PEOPLE, limits=LIMITS, schedule=BY_CONFIG
    ) as trial:
        await trial.sandbox.fault("api_slow_ms", {"apis": ["signed", "webhook"], "value": 800})
        stopped = trial.start()
        await stopped.up()
        say = trial.witness.say
        burst = asyncio.gather(*(say(person.user_id, "clock in") for person in trial.sandbox.world))
        await trial.sandbox.wait_until(lambda: trial.witness.acked >= PEOPLE / 2)
        await trial.stop(stopped)
        await trial.sandbox.fault("api_slow_ms", None)
        trial.start()
        await burst
        await trial.settle()
        verdict = trial.witness.verdict(trial.books.punches(), trial.targets)
        assert verdict.wrong == []
        assert verdict.punches == PEOPLE


async def test_a_stop_while_a_target_hangs_loses_nothing(tmp_path: Path) -> None:
    async with a_trial(tmp_path, at=morning()) as trial:
        await trial.sandbox.fault("accept_then_hang", {"apis": ["signed"]})
        stopped = trial.start()
        await stopped.up()
        await trial.witness.say("user001", "clock in")
        await trial.sandbox.wait_until(lambda: bool(len(trial.sandbox.records)))
        await trial.stop(stopped)
        await trial.sandbox.fault("accept_then_hang", None)
        trial.start()
        await trial.settle()
        assert trial.witness.verdict(trial.books.punches(), trial.targets).wrong == []
