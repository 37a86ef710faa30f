"""The steps of months on both databases: added once, chained, and with their notes."""

import asyncio
from datetime import date

from bot.domain.absences import Absence, Excuse
from bot.domain.closing import MonthStep, StepKind, adjustments, figures_of_lock, to_json
from bot.domain.messages import Kind, Owed
from bot.domain.months import FIGURES, Month, MonthFigures
from bot.storage import Store
from bot.storage.audit import audit_ledger
from tests.builders import away
from tests.chain.tampering import sealed_ledger, tamper
from tests.storage.stage import NOON, PostgresqlStage, Stage

NOVEMBER = Month(2026, 11)
DAY = date(2026, 11, 24)


def figures(worked: int = 480, user_id: str = "u1") -> MonthFigures:
    return MonthFigures(user_id, NOVEMBER, {**dict.fromkeys(FIGURES, 0), "worked": worked})


def a_step(kind: StepKind, actor: str = "u1", seen: MonthFigures | None = None) -> MonthStep:
    shown = seen or figures()
    kept = to_json(shown) if kind is StepKind.LOCKED else ""
    of = NOVEMBER.first, kind, actor, NOON, shown.digest()
    return MonthStep(shown.user_id, *of, figures=kept)


SHOWN, CONFIRMED = a_step(StepKind.SHOWN), a_step(StepKind.CONFIRMED)
LOCKED = a_step(StepKind.LOCKED, "hr")


async def test_steps_are_kept_once_and_survive_a_crash(stage: Stage) -> None:
    store, _ = await sealed_ledger(stage)
    for wanted in (SHOWN, CONFIRMED, LOCKED):
        assert [step.kind for step in await store.months.add([wanted])] == [wanted.kind]
        await stage.crash()
        store = await stage.open("after the crash")
        assert await store.months.add([wanted]) == []  # the message is carried out again
    state = (await store.months.states(NOVEMBER, ["u1"]))["u1"]
    assert state.locked is not None and state.confirmed is not None
    assert (state.locked.number, state.locked.link.split(":")[0]) == (3, "5")
    assert adjustments(figures(540), figures_of_lock(state.locked)) == {"worked": 60}
    assert (await asyncio.to_thread(audit_ledger, stage.url)).broken is None
    tamper(stage, "UPDATE month_steps SET figures = '{}' WHERE kind = 'locked'")
    broken = (await asyncio.to_thread(audit_ledger, stage.url)).broken
    assert broken is not None and (broken.seq, broken.fault[:19]) == (3, "the steps of months")


async def test_two_processes_add_each_step_once(postgresql_stage: PostgresqlStage) -> None:
    one, other = await postgresql_stage.open("one"), await postgresql_stage.open("other")
    seen = [figures(user_id=f"u{number}") for number in range(20)]
    locks = [a_step(StepKind.LOCKED, "hr", each) for each in seen]
    added = await asyncio.gather(
        *(store.months.add(locks[at:]) for at in range(10) for store in (one, other))
    )
    assert sum(map(len, added)) == 20
    assert (await asyncio.to_thread(audit_ledger, postgresql_stage.url)).broken is None


async def test_nobody_is_asked_twice(store: Store) -> None:
    for _ in range(2):
        await store.months.ask(NOVEMBER, ["u2", "u1"])
    asked = await store.month_notes.take_due(NOON, 10)
    assert asked == [Owed(Kind.MONTH, "2026-11", user_id) for user_id in ("u1", "u2")]


async def test_a_late_change_of_a_locked_month_is_owed_to_be_told(
    store: Store, stage: Stage
) -> None:
    leave = away("09:00", "12:00")
    span = leave.starts_at, leave.ends_at

    async def owed() -> int:
        """Return the number of new notes."""
        notes = await store.month_notes.take_due(stage.clock.now(), 10)
        for note in notes:
            assert (note.kind, note.payload) == (Kind.ADJUSTED, ["u1", "2026-11"])
            await store.month_notes.note_sent(note)
        stage.clock.move(1)
        return len(notes)

    await store.absences.store(["u1"], span, [leave], leave.source)
    assert await owed() == 0
    await store.months.add([LOCKED])
    await store.excuses.store(Excuse("u1", DAY, "lead", "doctor", NOON, excused=True))
    assert await owed() == 1
    for found, notes in (([leave], 0), (list[Absence](), 1)):  # the same read, a withdrawal
        await store.absences.store(["u1"], span, found, leave.source)
        assert await owed() == notes
    await store.months.add([a_step(StepKind.REOPENED, "hr")])
    await store.absences.store(["u1"], span, [leave], leave.source)
    assert await owed() == 0
