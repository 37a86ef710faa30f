"""Cards on both databases: addressees, people who still see the buttons, retention."""

from dataclasses import replace
from datetime import timedelta

from bot.storage import Store
from bot.storage.inbox import Card
from tests.storage.stage import NOON

PEOPLE = ("u1", "u2", "u%")
CARD = Card(
    "card-1",
    "before",
    "2026-11-24 OnDuty/0 0100",
    PEOPLE,
    PEOPLE,
    ("clock in", "snooze 10 min"),
    NOON,
)
A_WEEK = timedelta(days=7)


async def test_cards_are_removed_after_a_week_or_at_an_erasure(store: Store) -> None:
    await store.cards.store(CARD)
    assert (await store.privacy.count_rows("u1"))["cards"] == 1
    assert await store.privacy.count_rows("u") == await store.privacy.count_rows("%") == {}
    await store.cards.store(
        replace(CARD, out_track_id="card-2", user_ids=("lead",), says=("nudge u1", "nudge u12"))
    )
    await store.privacy.forget_positions_of("u1")
    note = await store.cards.find("card-2")
    assert note is not None and note.says == ("nudge", "nudge u12")
    assert await store.privacy.count_rows("u1") == {}
    assert (await store.privacy.purge(NOON + A_WEEK, A_WEEK, timedelta(days=800)))["cards"] == 0
    assert (await store.privacy.purge(NOON + 2 * A_WEEK, A_WEEK, timedelta(days=800)))["cards"] == 2
    assert await store.cards.find("card-1") is None
