"""Deliveries on both databases: claimed once, unknown after a crash, with valid transitions."""

from datetime import timedelta

import pytest

from bot.domain.punches import DeliveryState, Punch
from bot.storage import Store, read_export
from bot.storage.outbox import Delivery
from tests.builders import ON_TUESDAY, SHANGHAI
from tests.storage.stage import NOON, Stage, delivery, punched, punches_known

ACCEPTED, UNKNOWN = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN
SENT, CONFIRMED, REJECTED = DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.REJECTED


async def due(store: Store, stage: Stage, limit: int = 100) -> list[Delivery]:
    return list(await store.deliveries.take_due(stage.clock.now(), limit))


async def test_an_unsent_delivery_is_due_again_at_its_time(store: Store, stage: Stage) -> None:
    punch = await punched(store, "m1")
    await store.deliveries.settle(delivery(punch), ACCEPTED, next_at=NOON + timedelta(seconds=5))
    assert await due(store, stage) == []
    stage.clock.move(5)
    assert await due(store, stage) == [delivery(punch)._replace(tries=1)]
    assert await due(store, stage) == [], "it is claimed now"
    await store.deliveries.settle(delivery(punch), ACCEPTED, next_at=NOON)
    await stage.crash()
    assert await due(await stage.open("two"), stage) == [delivery(punch)._replace(tries=2)]


async def test_a_delivery_under_way_is_unknown_after_a_crash(store: Store, stage: Stage) -> None:
    punch = await punched(store, "m1", "u1", "signed", "record_upload")
    await store.deliveries.settle(delivery(punch, "record_upload"), SENT)
    await stage.crash()
    again = await stage.open("two")
    [found] = await due(again, stage)
    assert (found.target, found.state) == ("signed", UNKNOWN)
    assert found.punch.states == {"signed": UNKNOWN, "record_upload": SENT}


async def test_a_refused_delivery_is_replaced_once_unless_it_was_taken(
    store: Store, stage: Stage
) -> None:
    refused, taken = [
        await punched(store, message, user_id, "approve_check")
        for message, user_id in (("m1", "u1"), ("m2", "u2"))
    ]
    settle = store.deliveries.settle
    stale = delivery(refused, "approve_check")
    for _ in range(2):  # the second time by a process that was slow
        replaced = await settle(stale, REJECTED, reason="no", usual=["signed"])
        assert replaced.states == {"signed": ACCEPTED}
    assert (await settle(stale, UNKNOWN)).states == {"signed": ACCEPTED}
    assert [(found.punch.punch_id, found.target) for found in await due(store, stage)] == [
        (refused.punch_id, "signed")
    ]
    await settle(delivery(taken, "approve_check"), SENT)
    late = await settle(delivery(taken, "approve_check"), REJECTED, usual=["signed"])
    assert late.states == {"approve_check": SENT}


@pytest.mark.parametrize("is_begun", [False, True])
async def test_a_late_success_withdraws_the_deliveries_that_replaced_it(
    store: Store, stage: Stage, is_begun: bool
) -> None:
    punch = await punched(store, "m1", "u1", "approve_check")
    slow = delivery(punch, "approve_check")
    await store.deliveries.settle(slow, REJECTED, reason="no", usual=["signed"])
    if is_begun:
        assert len(await due(store, stage)) == 1
    settled = await store.deliveries.settle(slow, SENT)
    both = {"approve_check": SENT, "signed": ACCEPTED}
    assert settled.states == (both if is_begun else {"approve_check": SENT})


PATHS = {
    ACCEPTED: (),
    UNKNOWN: (UNKNOWN,),
    SENT: (SENT,),
    CONFIRMED: (SENT, CONFIRMED),
    REJECTED: (REJECTED,),
}
MISSING = [
    (ACCEPTED, CONFIRMED),
    (UNKNOWN, REJECTED),
    (SENT, UNKNOWN),
    (CONFIRMED, SENT),
    (REJECTED, ACCEPTED),
]


async def brought_to(
    store: Store, punch: Punch, state: DeliveryState, target: str = "signed"
) -> Delivery:
    here = delivery(punch, target)
    for following in PATHS[state]:
        await store.deliveries.settle(here, following)
        here = Delivery(punch, target, following)
    return here


@pytest.mark.parametrize(("state", "following"), MISSING)
async def test_an_invalid_transition_is_refused(
    store: Store, state: DeliveryState, following: DeliveryState
) -> None:
    punch = await punched(store, "m1")
    here = await brought_to(store, punch, state)
    with pytest.raises(ValueError, match=f"{state} cannot become {following}"):
        await store.deliveries.settle(here, following)
    stored = await store.ledger.of_message(punch.message_id)
    assert stored is not None
    assert stored.states == {"signed": state}


@pytest.mark.parametrize(("state", "stored"), [(UNKNOWN, REJECTED), (SENT, SENT)])
async def test_an_unseen_punch_is_rejected_in_one_write_unless_it_was_taken(
    store: Store, stage: Stage, state: DeliveryState, stored: DeliveryState
) -> None:
    punch = await punched(store, "m1")
    await brought_to(store, punch, state)
    unseen = Delivery(punch, "signed", UNKNOWN)
    settled = await store.deliveries.settle(unseen, ACCEPTED, REJECTED, reason="no")
    assert settled.states == {"signed": stored}
    assert await due(store, stage) == []


async def test_a_process_without_claims_can_still_settle_a_punch(
    store: Store, stage: Stage
) -> None:
    punch = await punched(store, "m1")
    other = await punched(store, "m2")
    await stage.crash()
    again = await stage.open("two")
    await due(again, stage)
    reviving = again if not stage.shared else store
    if stage.shared:
        late = await reviving.deliveries.settle(delivery(punch), ACCEPTED, next_at=NOON)
        assert late.states == {"signed": UNKNOWN}, "the other process has it now"
        assert await due(store, stage) == []
    assert (await reviving.deliveries.settle(delivery(other), SENT)).states == {"signed": SENT}


# States at the targets, then the punch's state, whether it counts, and whether it still waits.
STANDING = [
    ({"signed": ACCEPTED}, ACCEPTED, True, True),
    ({"signed": SENT}, SENT, True, False),
    ({"signed": REJECTED}, REJECTED, False, False),
    ({"signed": REJECTED, "record_upload": SENT}, REJECTED, True, False),
    ({"signed": REJECTED, "record_upload": ACCEPTED}, REJECTED, True, True),
    ({"signed": REJECTED, "record_upload": REJECTED}, REJECTED, False, False),
    ({"signed": UNKNOWN, "record_upload": CONFIRMED}, UNKNOWN, True, False),
]


@pytest.mark.parametrize(("states", "status", "stands", "pending"), STANDING)
async def test_rules_and_queries_agree_whether_a_punch_counts(
    store: Store,
    stage: Stage,
    states: dict[str, DeliveryState],
    status: DeliveryState,
    stands: bool,
    pending: bool,
) -> None:
    recorded = await punched(store, "m1", "u1", *states)
    for target, state in states.items():
        await brought_to(store, recorded, state, target)
    punch = await store.ledger.of_message("m1")
    assert punch is not None
    assert (punch.states, punch.status, punch.stands) == (states, status, stands)
    [exported] = read_export(stage.url, ON_TUESDAY, SHANGHAI)
    assert exported.status is status
    seen = (await punches_known(store, ["u1"])).get("u1", ())
    assert [one.pending for one in seen] == ([pending] if stands else [])
