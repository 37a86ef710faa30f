"""The process is killed at each step: no punch is lost or doubled, and every reply is true."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.storage.audit import audit_ledger
from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.trial import Trial, a_trial, side_by_side
from tests.storage.postgres_server import PostgresServer

BOTH = ["signed", "record_upload"]
ASIDE = ("before", "after")
COMMITTED = ("before", "before commit", "after commit", "after")
AT_COMMIT = ("before commit", "after commit")
CALLED = ("before", "during", "after")
POSTPONED_S = 61.0  # after this time a failed answer goes again


def points(
    step: str, moments: tuple[str, ...], *nths: int, program: str = "run"
) -> list[KillPoint]:
    return [KillPoint(step, moment, nth, program) for nth in nths or (1,) for moment in moments]


@dataclass(frozen=True, slots=True)
class Plan:
    """The kill points of the first lives. The APIs in `broken` answer HTTP 500 meanwhile."""

    points: tuple[KillPoint, ...]
    broken: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.points[-1])


# leaves messages, deliveries and receipts open
IN_THE_MIDDLE = KillPoint("signed.send", "after", 2)
WHEN_MOST_IS_SETTLED = KillPoint("receipts.note_sent", "after", 3)
SPEAKING = ("webhook", "batchSend")
FIRST_LIFE = {
    "store.open": points("store.open", ("before commit", "after commit", "after")),
    "people.store": points("people.store", AT_COMMIT),
    "inbox.accept": [*points("inbox.accept", COMMITTED), *points("inbox.accept", ASIDE, 3)],
    "ack": points("ack", ASIDE, 1, 4),
    "contacts.employee": points("contacts.employee", ASIDE),
    "wishes.change": points("wishes.change", AT_COMMIT),
    "attendance.plans": points("attendance.plans", ASIDE),
    "plans.store": points("plans.store", AT_COMMIT),
    "ledger.record": [*points("ledger.record", COMMITTED), *points("ledger.record", ASIDE, 2)],
    "signed.send": [*points("signed.send", CALLED), *points("signed.send", ASIDE, 3)],
    "record_upload.send": [
        *points("record_upload.send", CALLED),
        *points("record_upload.send", ASIDE, 2),
    ],
    "deliveries.settle": [
        *points("deliveries.settle", COMMITTED),
        *points("deliveries.settle", ASIDE, 2),
    ],
    "robot.answer": [*points("robot.answer", CALLED), *points("robot.answer", ASIDE, 3)],
    "receipts.note_sent": points("receipts.note_sent", COMMITTED),
    "inbox.finish": points("inbox.finish", COMMITTED),
    "buttons.store": points("buttons.store", AT_COMMIT),
    "database.beat": points("database.beat", COMMITTED, 2),
    "store.close": points("store.close", COMMITTED),
}
NOBODY_HEARS = {
    "inbox.release": points("inbox.release", COMMITTED),
    "receipts.postpone": points("receipts.postpone", COMMITTED),
}
LATER_LIFE = {
    "inbox.take_over": points("inbox.take_over", AT_COMMIT),
    "deliveries.take_due": points("deliveries.take_due", AT_COMMIT),
    "attendance.records": points("attendance.records", CALLED),
    "deliveries.settle": points("deliveries.settle", AT_COMMIT),
    "receipts.take_due": points("receipts.take_due", AT_COMMIT),
    "robot.send": points("robot.send", CALLED),
    "receipts.note_sent": points("receipts.note_sent", AT_COMMIT),
    "chain.seal": points("chain.seal", COMMITTED),
}
COMPARING = {
    "attendance.records": points("attendance.records", CALLED, program="reconcile"),
    "deliveries.settle": [
        *points("deliveries.settle", COMMITTED, program="reconcile"),
        *points("deliveries.settle", AT_COMMIT, 4, program="reconcile"),
    ],
}
PLANS = {
    **{step: [Plan((point,)) for point in found] for step, found in FIRST_LIFE.items()},
    **{
        step: [Plan((point,), broken=SPEAKING) for point in found]
        for step, found in NOBODY_HEARS.items()
    },
    **{
        f"{step}, again": [Plan((IN_THE_MIDDLE, point)) for point in found]
        for step, found in LATER_LIFE.items()
    },
    **{
        f"{step} of reconcile": [Plan((WHEN_MOST_IS_SETTLED, point)) for point in found]
        for step, found in COMPARING.items()
    },
}
ONE_OF_EACH = [
    next((plan for plan in plans if plan.points[-1].moment in ("after commit", "during")), plans[0])
    for plans in PLANS.values()
]
_STATES = "SELECT state, count(*) FROM outbox WHERE kind = 'punch' GROUP BY state"
GROUPS = 3


def test_more_than_forty_kill_points_exist() -> None:
    named = {(step, str(plan)) for step, plans in PLANS.items() for plan in plans}
    assert len(named) == sum(map(len, PLANS.values())) > 40


@pytest.mark.parametrize("step", PLANS)
async def test_a_kill_loses_or_doubles_nothing(step: str, tmp_path: Path) -> None:
    await side_by_side(kill_and_judge(plan, tmp_path / str(plan), "") for plan in PLANS[step])


@pytest.mark.parametrize("group", range(GROUPS))
async def test_a_kill_on_postgresql_loses_or_doubles_nothing(
    group: int, tmp_path: Path, server: PostgresServer
) -> None:
    await on_postgresql(ONE_OF_EACH[group::GROUPS], tmp_path, server)


@pytest.mark.slow
@pytest.mark.parametrize("step", PLANS)
async def test_any_kill_on_postgresql_loses_or_doubles_nothing(
    step: str, tmp_path: Path, server: PostgresServer
) -> None:
    await on_postgresql(PLANS[step], tmp_path, server)


async def on_postgresql(plans: Sequence[Plan], folder: Path, server: PostgresServer) -> None:
    urls = [server.url(server.new_database()) for _ in plans]
    numbered = enumerate(zip(plans, urls, strict=True))
    await side_by_side(
        kill_and_judge(plan, folder / f"{n} {plan}", url) for n, (plan, url) in numbered
    )


async def kill_and_judge(plan: Plan, folder: Path, url: str) -> None:
    """Kill the bot as planned, start it again, and check the result."""
    async with a_trial(folder, url, at=morning(), clock_in={"targets": BOTH}) as trial:
        if plan.broken:
            await trial.sandbox.fault("http_500", {"apis": list(plan.broken)})
        talk = asyncio.create_task(speak(trial))
        for point in plan.points:
            await trial.live_until(point)
            trial.bury()
        if plan.broken:
            await trial.sandbox.fault("http_500", None)
            trial.advance(POSTPONED_S)
        last = trial.start()
        await talk
        await trial.settle()
        await last.up()
        await trial.stop(last)
        verdict = trial.witness.verdict(trial.books.punches(), trial.targets)
        assert verdict.wrong == [], f"killed {plan}"
        assert (verdict.messages, verdict.acked, verdict.punches) == (6, 6, 4)
        await see_the_chain(trial, verdict.punches)
        if plan.points[-1].program == "reconcile":
            await see_all_confirmed(trial)


async def see_the_chain(trial: Trial, punches: int) -> None:
    """Assert that each punch is sealed or waits for the sealer, once."""
    audit = await asyncio.to_thread(audit_ledger, trial.url)
    assert audit.broken is None
    assert audit.sealed + audit.unsealed == punches


async def see_all_confirmed(trial: Trial) -> None:
    """Compare once more. Assert that each target has confirmed each punch."""
    assert await trial.start(program="reconcile").ended() == 0
    assert trial.books.rows(_STATES) == [("confirmed", 8)]


async def speak(trial: Trial) -> None:
    say = trial.witness.say
    await asyncio.gather(
        say("user001", "clock in"),
        say("user002", "clock in"),
        say("user008", "clock out"),  # ends a night shift
        say("user004", "clock in"),
        say("user005", "help", punch=False),
        say("user006", "clock in", kind="voice", punch=False),
    )
