"""Make-up requests and excuses on both databases: decided once, with all notes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.absences import Excuse
from bot.domain.closing import MonthStep, StepKind
from bot.domain.corrections import Correction, CorrectionState, MeantPunch, punch_of
from bot.domain.facts import Known, SeenPunch
from bot.domain.messages import Kind, Owed
from bot.domain.punches import Counts, DeliveryState, Punch
from bot.domain.shifts import CheckType, TimeResult
from bot.domain.slots import Days
from bot.storage import Store, read_export
from bot.storage.corrections import Decided
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.storage.stage import NOON, PostgresqlStage, Stage, a_wish, always, delivery, record

MONDAY = TUESDAY - timedelta(days=1)
HOUR = timedelta(hours=1)
AN_EXCUSE = Excuse("u1", MONDAY, "lead", "doctor", NOON)


def a_request(
    reference: str,
    *,
    message_id: str = "m-ask",
    direction: CheckType = CheckType.OFF_DUTY,
    user_id: str = "u1",
) -> Correction:
    return Correction(
        reference=reference,
        user_id=user_id,
        message_id=message_id,
        work_date=MONDAY,
        check_type=direction,
        check_point=f"{direction}/0",
        punched_at=local("18:40" if direction is CheckType.OFF_DUTY else "08:50", MONDAY),
        time_result=TimeResult.NORMAL,
        late_minutes=0,
        reason="phone dead",
        asked_at=NOON,
        expires_at=NOON + timedelta(days=7),
    )


async def asked(
    store: Store,
    message_id: str = "m-ask",
    user_id: str = "u1",
    direction: CheckType = CheckType.OFF_DUTY,
) -> Correction:
    (point,) = (point for point in a_plan(day=MONDAY).points if point.check_type is direction)

    def decide(earlier: Sequence[Correction]) -> MeantPunch:
        return MeantPunch(point, a_request("", direction=direction).punched_at)

    found = await store.corrections.ask(
        user_id,
        message_id,
        decide,
        reason="phone dead",
        now=NOON,
        deciders=["lead", "other"],
    )
    assert isinstance(found, Correction)
    return found


async def approve(store: Store, correction: Correction, by: str = "lead") -> Decided:
    def make(punch_id: str, punches: Sequence[Punch]) -> Punch | None:
        return punch_of(correction, punch_id, punches, approved_at=NOON, by=[by])

    return await store.corrections.approve(correction, by, make, targets=["signed"], language="zh")


async def notes(store: Store, stage: Stage) -> list[tuple[Kind, str]]:
    return [
        (note.kind, note.recipient) for note in await store.notes.take_due(stage.clock.now(), 10)
    ]


async def made(store: Store, correction: Correction) -> Punch:
    punch = await store.ledger.of_message(correction.punch_message_id)
    assert punch is not None
    return punch


async def test_two_leads_at_once_decide_once(postgresql_stage: PostgresqlStage) -> None:
    one, other = await postgresql_stage.open("one"), await postgresql_stage.open("other")
    for number in range(10):
        correction = await asked(one, f"m-{number}", f"u{number}")
        refusing = number % 2
        answers = await asyncio.gather(
            approve(one, correction, "lead"),
            other.corrections.close(correction, CorrectionState.REFUSED, "other")
            if refusing
            else approve(other, correction, "other"),
        )
        assert sorted(is_first for _, is_first in answers) == [False, True]
        found = await one.corrections.get(correction.reference)
        assert found is not None
        punch = await one.ledger.of_message(correction.punch_message_id)
        assert (punch is not None) == (found.state is CorrectionState.APPROVED)


async def refuse(store: Store, correction: Correction, by: str = "other") -> Decided:
    return await store.corrections.close(correction, CorrectionState.REFUSED, by, "no")


async def test_two_leads_at_once_change_a_decision_once(postgresql_stage: PostgresqlStage) -> None:
    one, other = await postgresql_stage.open("one"), await postgresql_stage.open("other")
    approved, _ = await approve(one, await asked(one))
    answers = await asyncio.gather(refuse(one, approved, "lead"), refuse(other, approved))
    assert sorted(is_first for _, is_first in answers) == [False, True]
    assert (await refuse(one, approved))[1] is False  # a repeated press of an old button
    assert len(await one.corrections.earlier([approved.reference])) == 1


async def test_a_changed_decision_is_kept_and_told(store: Store, stage: Stage) -> None:
    approved, _ = await approve(store, await asked(store))
    await store.deliveries.settle(delivery(await made(store, approved)), DeliveryState.SENT)
    for note in await store.notes.take_due(NOON, 10):
        await store.notes.note_sent(note)
    refused, _ = await refuse(store, approved)
    assert (refused.state, refused.decided_by, refused.number) == ("refused", "other", 2)
    assert sorted(await notes(store, stage)) == [
        (Kind.CLOSED, "lead"),
        (Kind.CLOSED, "u1"),
        (Kind.OUTCOME, "other"),
    ]
    again, _ = await approve(store, refused)
    earlier = await store.corrections.earlier([approved.reference])
    assert [(decision.decided_by, decision.state) for decision in earlier] == [
        ("lead", "approved"),
        ("other", "refused"),
    ]
    punch = await made(store, again)  # the same punch, which goes nowhere twice
    assert punch.stands and punch.states == {"signed": DeliveryState.SENT}
    assert not await store.deliveries.take_due(NOON, 10)


async def test_a_refused_punch_counts_for_nothing_and_its_native_copy_neither(
    store: Store, stage: Stage
) -> None:
    at = local("09:05", MONDAY)
    await record(store, a_wish("m1", at=at), replace(always(), work_date=MONDAY))
    approved, _ = await approve(store, await asked(store, direction=CheckType.ON_DUTY))
    await store.native_punches.note([("u1", approved.punched_at), ("u1", at + HOUR)])
    await refuse(store, approved)
    assert not (await made(store, approved)).stands
    exported = read_export(stage.url, Days(MONDAY, MONDAY), SHANGHAI)
    assert [row.counts for row in exported] == [Counts.REFUSED, Counts.YES]  # 08:50, 09:05
    known = await store.days.load(["u1"], Days(MONDAY, MONDAY), approved.punched_at, at + HOUR)
    assert [seen.at for seen in known["u1"].seen] == [at, at + HOUR]


async def test_a_refused_punch_is_sent_only_after_another_approval(store: Store) -> None:
    approved, _ = await approve(store, await asked(store))
    (begun,) = await store.deliveries.take_due(NOON, 10)
    refused, _ = await refuse(store, approved)
    await store.deliveries.settle(begun, DeliveryState.ACCEPTED)  # the target was away
    assert not await store.deliveries.take_due(NOON + HOUR, 10)
    await approve(store, refused)
    assert len(await store.deliveries.take_due(NOON, 10)) == 1


async def test_a_locked_month_keeps_its_decisions(store: Store) -> None:
    approved, _ = await approve(store, await asked(store))
    lock = MonthStep("u1", MONDAY.replace(day=1), StepKind.LOCKED, "hr", NOON, "seen", figures="{}")
    await store.months.add([lock])
    assert await refuse(store, approved) == (approved, False)
    assert await store.corrections.earlier([approved.reference]) == []


async def test_an_approved_clock_in_counts_unless_all_targets_reject_it(
    store: Store,
) -> None:
    at = local("09:05", MONDAY)
    old = await record(store, a_wish("m1", at=at), replace(always(), work_date=MONDAY))
    await store.native_punches.note(
        [("u1", at + timedelta(milliseconds=400)), ("u1", at + HOUR), ("u2", at)]
    )
    punch = await made(
        store, (await approve(store, await asked(store, direction=CheckType.ON_DUTY)))[0]
    )
    assert old.punch is not None and punch.corrects == old.punch.punch_id
    known = await store.days.load(["u1", "u2"], Days(MONDAY, MONDAY), at, at + HOUR)
    assert [seen.at for seen in known["u1"].seen] == [local("08:50", MONDAY), at + HOUR]
    assert known["u2"].seen == [SeenPunch(at)]
    await store.deliveries.settle(delivery(punch), DeliveryState.REJECTED, reason="no")
    known = await store.days.load(["u1"], Days(MONDAY, MONDAY), at, at + HOUR)
    first, *native = known["u1"].seen
    assert (first.at, len(native)) == (at, 2)


async def test_an_outcome_is_told_after_all_targets_answered(store: Store) -> None:
    correction, _ = await approve(store, await asked(store))
    for note in await store.notes.take_due(NOON, 10):
        await store.notes.note_sent(note)
    assert not await store.notes.take_due(NOON, 10)
    (delivery,) = await store.deliveries.take_due(NOON, 10)
    await store.deliveries.settle(delivery, DeliveryState.SENT)
    assert await store.notes.take_due(NOON, 10) == [
        Owed(Kind.OUTCOME, correction.reference, "lead")
    ]


async def test_an_excuse_holds_until_it_is_taken_back(store: Store) -> None:
    back = replace(AN_EXCUSE, excused=False, decided_by="other", reason="wrong person")
    second, third = replace(back, number=2), replace(AN_EXCUSE, number=3)
    assert await store.excuses.store(back) == (None, False)
    assert await store.excuses.store(AN_EXCUSE) == (AN_EXCUSE, True)
    assert await store.excuses.store(replace(AN_EXCUSE, decided_by="other")) == (AN_EXCUSE, False)
    known = await store.days.load(["u1", "u2"], Days(MONDAY, TUESDAY), NOON, NOON)
    assert known == {"u1": Known(excused={MONDAY})}
    assert await store.excuses.store(back) == (second, True)
    assert await store.excuses.store(back) == (second, False)
    decisions = await store.excuses.of_person("u1", Days(MONDAY, MONDAY))
    assert decisions == [AN_EXCUSE, second]
    assert await store.days.load(["u1"], Days(MONDAY, MONDAY), NOON, NOON) == {}
    assert await store.excuses.store(AN_EXCUSE) == (third, True)
    owed = await store.notes.take_due(NOON, 10)
    assert owed == [Owed(Kind.EXCUSED, f"{MONDAY}/{number}", "u1") for number in (1, 2, 3)]
