"""Whether a punch counts, by its states at its targets: domain and queries say the same, on both databases."""

from collections.abc import Mapping

import pytest

from bot.domain.punches import DeliveryState, Punch
from bot.storage import Store, read_export
from bot.storage.outbox import Delivery
from tests.builders import TUESDAY
from tests.storage.stage import Stage, a_wish, always, punches_known, record

ACCEPTED, UNKNOWN, REJECTED = DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.REJECTED
SENT, CONFIRMED = DeliveryState.SENT, DeliveryState.CONFIRMED
_WAY_TO: Mapping[DeliveryState, tuple[DeliveryState, ...]] = {
    ACCEPTED: (),
    CONFIRMED: (SENT, CONFIRMED),
    **{state: (state,) for state in (UNKNOWN, REJECTED, SENT)},
}

# The states at the targets, then: the one that speaks for all, whether the punch counts, whether it still waits.
TABLE = [
    ({"signed": ACCEPTED}, ACCEPTED, True, True),
    ({"signed": SENT}, SENT, True, False),
    ({"signed": REJECTED}, REJECTED, False, False),
    ({"signed": REJECTED, "record_upload": SENT}, REJECTED, True, False),
    ({"signed": REJECTED, "record_upload": ACCEPTED}, REJECTED, True, True),
    ({"signed": REJECTED, "record_upload": REJECTED}, REJECTED, False, False),
    ({"signed": UNKNOWN, "record_upload": CONFIRMED}, UNKNOWN, True, False),
]


async def a_punch_with(store: Store, states: Mapping[str, DeliveryState]) -> Punch:
    recorded = await record(store, a_wish("m1"), always("OnDuty/0"), targets=tuple(states))
    punch = recorded.punch
    assert punch is not None
    for target, wanted in states.items():
        for state in _WAY_TO[wanted]:
            punch = await store.deliveries.settle(Delivery(punch, target, punch.states[target]), state)
    assert punch.states == states
    return punch


@pytest.mark.parametrize(("states", "status", "stands", "pending"), TABLE)
async def test_a_punch_counts_by_its_targets(
    stage: Stage,
    states: Mapping[str, DeliveryState],
    status: DeliveryState,
    stands: bool,
    pending: bool,
) -> None:
    store = await stage.open()
    punch = await a_punch_with(store, states)
    assert (punch.status, punch.stands) == (status, stands)
    [exported] = read_export(stage.url, TUESDAY, TUESDAY)
    assert exported.status is status
    seen = (await punches_known(store, ["u1"])).get("u1", ())
    assert [one.pending for one in seen] == ([pending] if stands else [])
