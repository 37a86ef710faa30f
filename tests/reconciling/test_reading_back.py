"""Comparing a ledger with DingTalk in both databases, on request and each night."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from bot.domain.facts import AttendanceRecord
from bot.domain.punches import DeliveryState, Punch
from bot.domain.slots import Days
from bot.errors import NotSent, ServiceStopped
from bot.services.reconciling import SUBJECT, ComparisonReport, Reconciler, compare_tonight
from bot.storage import Store
from bot.storage.outbox import receipt_of
from tests.bases import a_base
from tests.builders import ON_TUESDAY, SHANGHAI
from tests.mailbox import Mailbox
from tests.storage.stage import NOON, Stage, delivery, punched

UNKNOWN, SENT = DeliveryState.UNKNOWN, DeliveryState.SENT
CONFIRMED, REJECTED = DeliveryState.CONFIRMED, DeliveryState.REJECTED

DAY_S = 86_400


class Shown:
    """An attendance with these records. A call raises the exception that `fails` returns."""

    def __init__(
        self,
        *records: AttendanceRecord,
        fails: Callable[[Sequence[str]], Exception | None] = lambda _: None,
    ) -> None:
        self._records = records
        self._fails = fails
        self.asked: list[tuple[tuple[str, ...], datetime, datetime]] = []

    async def records(
        self, user_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[AttendanceRecord]:
        assert 0 < len(user_ids) <= 50
        assert last - first < timedelta(days=7)
        self.asked.append((tuple(user_ids), first, last))
        error = self._fails(user_ids)
        if error is not None:
            raise error
        end = last + timedelta(seconds=1)  # like the real adapter
        return [
            record
            for record in self._records
            if record.user_id in user_ids and first <= record.checked_at <= end
        ]


def reconciler(store: Store, stage: Stage, shown: Shown, told: list[Punch]) -> Reconciler:
    return Reconciler(
        store,
        shown,  # type: ignore[arg-type]
        stage.clock,
        SHANGHAI,
        targets=["signed", "record_upload"],
        on_settled=told.append,
    )


async def compared(
    store: Store, stage: Stage, shown: Shown, days: Days = ON_TUESDAY
) -> ComparisonReport:
    return await reconciler(store, stage, shown, []).run(days)


def at_noon(reason: str | None = None, person: str = "u1") -> AttendanceRecord:
    return AttendanceRecord(person, NOON, reason, "USER")


async def test_an_invalid_record_rejects_and_owes_a_receipt(store: Store, stage: Stage) -> None:
    punch = await punched(store, "m1", "u1", "record_upload")
    punch = await store.deliveries.settle(delivery(punch, "record_upload"), SENT)
    await store.receipts.note_sent(receipt_of(punch, "zh"))
    told: list[Punch] = []
    report = await reconciler(store, stage, Shown(at_noon("closed account")), told).run(ON_TUESDAY)
    assert report.settled == {REJECTED: 1}
    assert [(punch.status, punch.reasons) for punch in told] == [
        (REJECTED, {"record_upload": "closed account"})
    ]
    (receipt,) = await store.receipts.take_due(stage.clock.now(), 9)
    assert receipt.punch is not None
    assert (receipt.state, receipt.punch.status) == (SENT, REJECTED)


async def test_a_make_up_punch_that_dingtalk_shows_as_invalid_goes_the_usual_way(
    store: Store, stage: Stage
) -> None:
    punch = await punched(store, "m1", "u1", "approve_check")
    punch = await store.deliveries.settle(delivery(punch, "approve_check"), SENT)
    await store.receipts.note_sent(receipt_of(punch, "zh"))
    await compared(store, stage, Shown(at_noon("closed account")))
    due = await store.deliveries.take_due(stage.clock.now(), 9)
    assert sorted(found.target for found in due) == ["record_upload", "signed"]
    assert await store.receipts.take_due(stage.clock.now(), 9) == []
    for found in due:
        await store.deliveries.settle(found, SENT)
    (receipt,) = await store.receipts.take_due(stage.clock.now(), 9)
    assert receipt.punch is not None
    assert receipt.punch.states == {"signed": SENT, "record_upload": SENT}


async def test_a_failed_call_leaves_out_only_its_people(store: Store, stage: Stage) -> None:
    for number in range(60):
        punch = await punched(store, f"m{number}", f"u{number:02}")
        await store.deliveries.settle(delivery(punch), SENT)
    records = [at_noon(person=f"u{number:02}") for number in range(60)]
    shown = Shown(
        *records, fails=lambda ids: NotSent("listRecord", "HTTP 503") if "u00" in ids else None
    )
    report = await compared(store, stage, shown)
    assert report.failures == [([f"u{number:02}" for number in range(50)], "listRecord: HTTP 503")]
    assert report.settled == {CONFIRMED: 10}
    stopped = ServiceStopped("listRecord", "no permission", "Grant qyapi_get_attendance_data.")
    shown = Shown(fails=lambda ids: stopped)
    report = await compared(store, stage, shown)
    assert len(shown.asked) == 1, "a missing permission stops the comparison"
    ((user_ids, reason),) = report.failures
    assert len(user_ids) == 60
    assert "Grant qyapi_get_attendance_data" in reason


async def test_a_comparison_wins_over_a_later_delivery_result(stage: Stage) -> None:
    """A delivery that ends later neither fails nor changes the confirmed state."""
    store = await stage.open()
    punch = await punched(store, "m1")
    await store.deliveries.settle(delivery(punch), UNKNOWN, next_at=NOON)
    (in_hand,) = await store.deliveries.take_due(stage.clock.now(), 9)
    await compared(store, stage, Shown(at_noon()))
    settled = await store.deliveries.settle(in_hand, DeliveryState.ACCEPTED, next_at=NOON)
    assert settled.states == {"signed": CONFIRMED}


# --- every night ---


class Night:
    """The nightly comparison of one process, and its alerts."""

    def __init__(self, store: Store, stage: Stage, shown: Shown) -> None:
        self.mailbox = Mailbox()
        self.base = a_base(store, clock=stage.clock, robot=self.mailbox)
        self.operators = self.base.operators
        self._reconciler = reconciler(store, stage, shown, [])

    async def comes(self) -> None:
        await compare_tonight(self.base, self._reconciler)


async def a_taken_punch(store: Store, stage: Stage, target: str = "record_upload") -> None:
    """Record a settled punch at noon, and let a day pass."""
    punch = await punched(store, "m1", "u1", target)
    await store.deliveries.settle(delivery(punch, target), DeliveryState.SENT)
    stage.clock.move(DAY_S)


async def test_one_process_compares_each_night_once(store: Store, stage: Stage) -> None:
    await a_taken_punch(store, stage)
    shown = Shown(AttendanceRecord("u1", NOON))
    night = Night(store, stage, shown)
    await night.comes()
    await night.comes()
    if stage.shared:
        await Night(await stage.open("two"), stage, shown).comes()
    assert len(shown.asked) == 1
    stage.clock.move(DAY_S)
    await store.database.beat()
    await night.comes()
    assert len(shown.asked) == 2
    assert night.mailbox.texts == []


async def test_a_failed_night_is_tried_again_and_told_once(store: Store, stage: Stage) -> None:
    await a_taken_punch(store, stage)
    answers: list[Exception | None] = [
        NotSent("listRecord", "HTTP 503"),
        NotSent("listRecord", "HTTP 503"),
        None,
    ]
    shown = Shown(AttendanceRecord("u1", NOON), fails=lambda _: answers.pop(0))
    night = Night(store, stage, shown)
    for _ in range(4):
        await night.comes()
    assert len(shown.asked) == 3
    (text,) = night.mailbox.texts
    assert "listRecord: HTTP 503" in text
    assert SUBJECT not in night.operators.troubles


@pytest.mark.parametrize(("target", "told"), [("record_upload", 1), ("signed", 0)])
async def test_administrators_hear_of_punches_that_dingtalk_lost(
    store: Store, stage: Stage, target: str, told: int
) -> None:
    await a_taken_punch(store, stage, target)
    night = Night(store, stage, Shown())
    await night.comes()
    assert len(night.mailbox.texts) == told
    assert all("1 punch of" in text for text in night.mailbox.texts)
