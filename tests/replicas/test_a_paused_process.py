"""A process that stands still for longer than its claims last, and then goes on as if nothing had been."""

import os
import signal
import time
from pathlib import Path

import pytest

from bot.clock import to_ms
from bot.services.outbox.worker import LASTS_S
from tests.company import morning
from tests.crash.trial import DEAD_AFTER_S, Trial, a_trial
from tests.replicas.test_two_processes import BY_CONFIG, everybody_says, people
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

PEOPLE = 24
SLOW = {"each_api": 1, "all": 0, "signed": 0, "replies": 0}  # so that most punches wait for their turn
TAKES_BACK = "unexcuse Alice Johnson on 2026-11-24: wrong person"
EXCUSED = "SELECT excused FROM excuse_decisions ORDER BY number"
MUTED = "SELECT user_id FROM wishes WHERE body LIKE '%OnDuty%'"
ONE_REMINDER = {"before_minutes": [10], "after_minutes": [], "escalate_minutes": None}
ONE_IN_FOUR_SECONDS = {"each_api": 0.25, "all": 0, "signed": 0, "replies": 0}


@pytest.mark.slow  # what is claimed is held for a real 30 s
async def test_what_another_took_over_during_a_pause_does_not_leave_twice(
    tmp_path: Path, server: PostgresServer
) -> None:
    url = server.url(server.new_database())
    upload = {"targets": ["record_upload"]}
    async with a_trial(
        *(tmp_path, url),
        **{"at": morning(), "employees": PEOPLE, "limits": SLOW, "clock_in": upload, "schedule": BY_CONFIG},
    ) as trial:
        paused = trial.start()
        await paused.up()
        log = trial.log(1)
        await until(lambda: "the directory has" in log.read_text(), what="knowing everybody")
        await everybody_says(trial, "clock in")
        await until(lambda: len(trial.books.punches()) == PEOPLE, what="everybody's punch")
        await trial.pause(paused)
        assert len(list(trial.sandbox.records)) < PEOPLE / 2, "too few punches wait for their turn"
        began = time.monotonic()
        try:
            trial.advance(DEAD_AFTER_S)
            other = trial.start()
            await other.up()
            await until(lambda: not trial.books.owed(), within_s=300, what="owing nothing")
            await until(lambda: time.monotonic() > began + LASTS_S + 1, what="the end of a real lease")
        finally:
            os.kill(paused.pid, signal.SIGCONT)
        await trial.sandbox.fault("redeliver_unacked_s", 2)  # it may drop the connection on which it is spoken to
        asked = len(trial.sandbox.requests)
        await trial.sandbox.say(people(trial)[0], "help")
        await until(lambda: len(trial.sandbox.requests) > asked, what="a next answer")
        assert paused.alive
        await trial.stop(paused)  # which lets out what it still means to send
        assert len(list(trial.sandbox.records)) == PEOPLE
        assert [record.user_id for record in trial.sandbox.records if record.calls > 1] == []
        assert trial.witness.verdict(trial.books.punches(), trial.targets).wrong == []


@pytest.mark.slow
async def test_what_was_asked_before_a_pause_is_not_done_after_what_was_said_since(
    tmp_path: Path, database: str
) -> None:
    async with a_trial(tmp_path, database, at=morning("08:30"), schedule=BY_CONFIG) as trial:
        paused = trial.start()
        await paused.up()
        await until(lambda: "the directory has" in trial.log(1).read_text(), what="knowing everybody")
        shown_at = to_ms(trial.sandbox.clock.now())
        excuse = await shown(trial, "lead01", "excuse Alice Johnson today: doctor")
        mute = await shown(trial, "user001", "no reminders")
        trial.advance(2 * 86_400)
        await trial.sandbox.fault("api_slow_ms", {"value": 2500, "apis": ["user_get"]})
        asked = len(trial.sandbox.requests)
        await trial.sandbox.push_event("user_modify_org", {"userId": ["lead01", "user001"]})
        reading = lambda: [call for call in list(trial.sandbox.requests)[asked:] if call.api == "user_get"]  # noqa: E731
        await until(lambda: len(reading()) >= 2, what="its doubting them, so that they are read when they write")
        await trial.sandbox.say("lead01", excuse, sent_at=shown_at)  # pressed before the two days
        await trial.sandbox.say("user001", mute, sent_at=shown_at)
        await until(lambda: len(reading()) >= 4, what="its looking up who they are")
        os.kill(paused.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            await trial.sandbox.fault("api_slow_ms", None)
            trial.books.bury()
            await trial.start().up()
            await answered(trial, "lead01", "Excused")
            await answered(trial, "user001", "no more reminders")
            await trial.sandbox.say("lead01", await shown(trial, "lead01", TAKES_BACK))
            await trial.sandbox.say("user001", await shown(trial, "user001", "resume reminders"))
            await answered(trial, "lead01", "Taken back")
            await answered(trial, "user001", "reminders are back on")
            heard = {who: trial.sandbox.replies(who) for who in ("lead01", "user001")}
            await until(lambda: time.monotonic() > began + LASTS_S + 1, what="the end of a real lease")
        finally:
            os.kill(paused.pid, signal.SIGCONT)
        await trial.stop(paused)  # which ends what it has in hand
        assert trial.books.rows(EXCUSED) == [(1,), (0,)]
        assert trial.books.rows(MUTED) == []
        assert {who: trial.sandbox.replies(who) for who in heard} == heard


async def shown(trial: Trial, who: str, text: str) -> str:
    """Say something and return what the button sends that somebody is shown for it."""
    before = len(trial.sandbox.transcript(who))

    def buttons() -> list[str]:
        entries = trial.sandbox.transcript(who)[before:]
        return [button.says for entry in entries for button in entry.pressable if "#" in button.says]

    await trial.sandbox.say(who, text)
    await until(lambda: bool(buttons()), within_s=100, what=text)
    return buttons()[0]


async def answered(trial: Trial, who: str, words: str) -> None:
    """Wait until somebody has read `words`."""
    await until(lambda: any(words in text for text in trial.sandbox.replies(who)), within_s=100, what=words)
