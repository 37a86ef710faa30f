"""A process pauses for longer than its claims last, and then goes on."""

import os
import signal
import time
from pathlib import Path

import pytest

from bot.services.outbox.lease import VALID_FOR_S
from tests.company import morning
from tests.crash.trial import DEAD_AFTER_S, a_trial
from tests.replicas.test_two_processes import BY_CONFIG, everybody_says, people
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

PEOPLE = 24
SLOW = {"each_api": 1, "all": 0, "signed": 0, "replies": 0}  # most punches wait for their turn


@pytest.mark.slow  # claims last for 30 real seconds
async def test_a_delivery_taken_over_during_a_pause_goes_once(
    tmp_path: Path, server: PostgresServer
) -> None:
    url = server.url(server.new_database())
    upload = {"targets": ["record_upload"]}
    async with a_trial(
        *(tmp_path, url),
        **{
            "at": morning(),
            "employees": PEOPLE,
            "limits": SLOW,
            "clock_in": upload,
            "schedule": BY_CONFIG,
        },
    ) as trial:
        paused = trial.start()
        await paused.up()
        log = trial.log(1)
        await until(lambda: "the directory has" in log.read_text(), what="knowing everybody")
        await everybody_says(trial, "clock in")
        await until(lambda: len(trial.books.punches()) == PEOPLE, what="everybody's punch")
        await trial.pause(paused)
        assert len(list(trial.sandbox.records)) < PEOPLE, "no punch waits for its turn"
        began = time.monotonic()
        try:
            trial.advance(DEAD_AFTER_S)
            other = trial.start()
            await other.up()
            await until(lambda: not trial.books.owed(), what="owing nothing")
            await until(
                lambda: time.monotonic() > began + VALID_FOR_S + 1, what="the end of a real lease"
            )
        finally:
            os.kill(paused.pid, signal.SIGCONT)
        # the paused bot may lose its connection
        await trial.sandbox.fault("redeliver_unacked_s", 2)
        asked = len(trial.sandbox.requests)
        await trial.sandbox.say(people(trial)[0], "help")
        await until(lambda: len(trial.sandbox.requests) > asked, what="a next answer")
        assert paused.alive
        await trial.stop(paused)  # sends the messages that it still may send
        assert len(list(trial.sandbox.records)) == PEOPLE
        assert [record.user_id for record in trial.sandbox.records if record.calls > 1] == []
        assert trial.witness.verdict(trial.books.punches(), trial.targets).wrong == []
