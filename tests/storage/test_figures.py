"""Figures for operators: usage of all processes by month, and waiting rows."""

import asyncio

from bot.storage import Store
from tests.storage.stage import Stage, punched


async def test_counts_of_all_processes_add_up_by_month(stage: Stage) -> None:
    one = await stage.open()
    two = await stage.open("two") if stage.shared else one
    counts = {"calls user": 2, "messages robot": 5}
    await asyncio.gather(
        *(store.figures.use("2026-11", counts) for store in (one, two) for _ in range(5))
    )
    assert await two.figures.use("2026-12", {"calls user": 1}) == {"calls user": 1}
    assert await one.figures.use("2026-11", {}) == {"calls user": 20, "messages robot": 50}


async def test_open_rows_are_counted_with_the_oldest_age(store: Store, stage: Stage) -> None:
    written_at = stage.clock.now()
    await punched(store, "m1", "u1", "signed", "record_upload")
    stage.clock.move(60)
    await punched(store, "m2", "u2", "signed")
    waiting = {
        (one.kind, one.target): (one.rows, one.since) for one in await store.figures.waiting()
    }
    assert waiting["punch", "signed"] == (2, written_at)
    assert waiting["punch", "record_upload"] == (1, written_at)
