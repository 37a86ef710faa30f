"""Two bots on one PostgreSQL share the load. The death of one loses nothing."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from bot.clock import to_ms
from tests.company import morning
from tests.crash.books import PunchRow
from tests.crash.trial import DEAD_AFTER_S, Life, Trial, a_trial
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

PEOPLE = 60
OFFERED = "just got in, traffic was terrible"
PRESSED = "SELECT reply_id, pressed_by FROM buttons WHERE pressed_by IS NOT NULL"
ALIVE = "SELECT owner, alive_until_ms FROM replicas"
FAR_AWAY_MS = 2**52
BY_CONFIG = {
    "source": "config",
    "shifts": [
        {"name": "day", "sections": [["09:00", "18:00"]], "days": ["tue", "thu"], "people": "all"}
    ],
    "calendar": "none",
}
LIMITS = {"each_api": 0, "all": 0, "signed": 0, "replies": 0}


@asynccontextmanager
async def two_bots(
    folder: Path, url: str, **changes: Any
) -> AsyncIterator[tuple[Trial, Life, Life]]:
    changes = {"limits": LIMITS, "schedule": BY_CONFIG, **changes}  # everybody has the day shift
    async with a_trial(folder, url, at=morning(), employees=PEOPLE, **changes) as trial:
        lives = trial.start(), trial.start()
        await trial.sandbox.wait_until(lambda: trial.sandbox.connections == 2)
        yield trial, *lives


def people(trial: Trial) -> list[str]:
    return [person.user_id for person in trial.sandbox.world]


def pushed_to(trial: Trial) -> dict[str, set[str]]:
    """Return the connections of each message."""
    connections = defaultdict(set)
    for frame in trial.sandbox.frames:
        if frame.msg_id:
            connections[frame.msg_id].add(frame.connection)
    return connections


def offered_to(trial: Trial, who: str) -> list[str]:
    """Return what a person's offered buttons send."""
    shown = (button for entry in trial.sandbox.transcript(who) for button in entry.pressable)
    return [button.says for button in shown if "#" in button.says]


async def everybody_says(trial: Trial, text: str) -> None:
    await asyncio.gather(*(trial.witness.say(who, text) for who in people(trial)))


async def judged(trial: Trial) -> list[PunchRow]:
    """Wait until nothing is owed, assert that nothing is wrong, and return the ledger."""
    await trial.settle()
    punches = trial.books.punches()
    assert trial.witness.verdict(punches, trial.targets).wrong == []
    return punches


async def test_a_message_at_both_processes_is_punched_once(tmp_path: Path, database: str) -> None:
    async with two_bots(tmp_path, database) as (trial, _, _):
        await trial.sandbox.fault("deliver_twice")
        await everybody_says(trial, "clock in")
        punches = await judged(trial)
        assert len(punches) == PEOPLE
        assert sum(len(connections) == 2 for connections in pushed_to(trial).values()) > PEOPLE / 5
        heard = [trial.sandbox.replies(who) for who in people(trial)]  # interim messages included
        assert all(heard) and all(len(set(told)) == len(told) for told in heard)


async def test_a_double_press_at_both_processes_punches_once(tmp_path: Path, database: str) -> None:
    async with two_bots(tmp_path, database, language="en") as (trial, _, _):
        say = trial.witness.say
        some = people(trial)[:30]
        asked = [
            await say(who, OFFERED, punch=False, sent_at=to_ms(morning("08:45"))) for who in some
        ]
        await until(lambda: all(offered_to(trial, who) for who in some), what="the offers")
        await trial.sandbox.fault("deliver_twice")
        presses = await asyncio.gather(
            *(say(who, offered_to(trial, who)[0], punch=False) for who in some for _ in range(2))
        )
        punches = await judged(trial)
        assert sorted(punch.user_id for punch in punches) == sorted(some)
        assert {punch.punched_ms for punch in punches} == {to_ms(morning("08:45"))}
        assert {punch.message_id for punch in punches} <= set(presses)
        assert sorted(trial.books.rows(PRESSED)) == sorted(
            (asked[some.index(punch.user_id)], punch.message_id) for punch in punches
        )
        assert sum(len(pushed_to(trial)[message_id]) == 2 for message_id in presses) > len(some) / 5


async def test_one_persons_messages_stay_in_order(tmp_path: Path, database: str) -> None:
    async with two_bots(tmp_path, database) as (trial, _, _):
        await trial.sandbox.fault("api_slow_ms", {"apis": ["listbyuser", "signed"], "value": 50})
        said = {
            who: [await say_next(trial, who, number) for number in range(3)]
            for who in people(trial)[:20]
        }
        await judged(trial)
        first = {punch.user_id: punch.message_id for punch in trial.books.punches()}
        assert first == {who: messages[0] for who, messages in said.items()}
        assert sum(len(over(trial, messages)) == 2 for messages in said.values()) > 5


async def say_next(trial: Trial, who: str, number: int) -> str:
    """Say it again after the last ACK and before the answer. Only the first message punches."""
    message_id = await trial.witness.say(who, "clock in", punch=number == 0)
    await trial.sandbox.wait_until(lambda: trial.witness.all_acked)
    return message_id


def over(trial: Trial, messages: list[str]) -> set[str]:
    connections = pushed_to(trial)
    return {connection for message_id in messages for connection in connections[message_id]}


async def the_dead_one(trial: Trial) -> str:
    """Return the name of the process without heartbeats."""
    first = dict(trial.books.rows(ALIVE))

    def beating():
        return {name for name, until_ms in trial.books.rows(ALIVE) if until_ms != first[name]}

    await until(lambda: bool(beating()), what="a heartbeat of the living one")
    (dead,) = first.keys() - beating()
    return str(dead)


def set_end_of_claims(url: str, name: str, moment_ms: int) -> None:
    """Set when the claims of a process end."""
    with psycopg.connect(url) as server:
        server.execute(
            "UPDATE replicas SET alive_until_ms = %s WHERE owner = %s", (moment_ms, name)
        )


async def test_a_kill_in_a_burst_loses_nothing(tmp_path: Path, database: str) -> None:
    async with two_bots(tmp_path, database) as (trial, one, _):
        burst = asyncio.create_task(everybody_says(trial, "clock in"))
        await trial.sandbox.wait_until(lambda: trial.witness.acked >= PEOPLE / 4)
        await trial.kill(one)
        await burst
        await trial.sandbox.wait_until(lambda: trial.witness.all_acked)
        trial.sandbox.world.grow_to(PEOPLE + 1)
        newcomer = people(trial)[-1]  # no message of theirs belongs to the dead process
        dead = await the_dead_one(trial)
        set_end_of_claims(database, dead, FAR_AWAY_MS)
        assert await trial.sandbox.ask(newcomer, "help")
        set_end_of_claims(database, dead, 0)
        trial.advance(DEAD_AFTER_S)
        assert len(await judged(trial)) == PEOPLE


async def test_a_restart_of_postgresql_loses_nothing(
    tmp_path: Path, database: str, server: PostgresServer
) -> None:
    async with two_bots(tmp_path, database) as (trial, one, other):
        burst = asyncio.create_task(everybody_says(trial, "clock in"))
        await trial.sandbox.wait_until(lambda: trial.witness.acked >= PEOPLE / 4)
        await asyncio.to_thread(server.restart)
        await burst
        assert len(await judged(trial)) == PEOPLE
        assert one.alive
        assert other.alive


async def test_a_stopped_process_leaves_its_work_to_the_other(
    tmp_path: Path, database: str
) -> None:
    async with two_bots(tmp_path, database) as (trial, one, _):
        burst = asyncio.create_task(everybody_says(trial, "clock in"))
        await trial.sandbox.wait_until(lambda: trial.witness.acked >= PEOPLE / 4)
        await trial.stop(one)
        await burst
        assert len(await judged(trial)) == PEOPLE
