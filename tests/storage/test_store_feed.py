"""The ledger as a feed on both databases: a program that keeps the last number misses nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import psycopg

from bot.domain.punches import Counts, DeliveryState, ExportRow
from bot.domain.shifts import CheckType
from bot.storage import Store
from bot.storage.audit import audit_ledger
from tests.chain.tampering import punch_id, sealed_ledger
from tests.storage.stage import PostgresqlStage, Stage, a_wish, always, delivery, record
from tests.storage.test_store_corrections import MONDAY, approve, asked, local, made

YES, REPLACED, REJECTED = Counts.YES, Counts.REPLACED, Counts.REJECTED


class Program:
    """A program that keeps rows by punch, and the last number."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rows: dict[str, ExportRow] = {}
        self.seq = 0

    async def read(self, limit: int = 1000) -> list[tuple[str, Counts]]:
        """Keep new rows and return them."""
        rows: Sequence[tuple[int, ExportRow]] = await self.store.feed.after(self.seq, limit)
        for self.seq, row in rows:
            self.rows[row.punch_id] = row
        return [(row.punch_id, row.counts) for _, row in rows]

    async def news(self) -> list[tuple[str, Counts]]:
        await self.store.chain.seal(256)
        return await self.read()

    async def has_the_ledger(self) -> bool:
        await self.news()
        everything = await self.store.feed.after(0, 10_000)
        return self.rows == {row.punch_id: row for _, row in everything}


async def test_a_punch_comes_again_when_it_begins_or_ceases_to_count(
    store: Store, stage: Stage
) -> None:
    program = Program(store)
    at = local("09:05", MONDAY)
    old = await record(store, a_wish("m1", at=at), replace(always(), work_date=MONDAY))
    assert old.punch is not None
    first = old.punch.punch_id
    assert await program.read() == []
    assert await program.news() == [(first, YES)]
    assert await program.news() == []
    correction = await asked(store, direction=CheckType.ON_DUTY)
    new = await made(store, (await approve(store, correction))[0])
    assert set(await program.news()) == {(first, REPLACED), (new.punch_id, YES)}
    await store.deliveries.settle(delivery(new), DeliveryState.REJECTED)
    assert set(await program.news()) == {(first, YES), (new.punch_id, REJECTED)}
    await store.deliveries.settle(delivery(old.punch), DeliveryState.SENT)
    assert await program.news() == [(first, YES)]
    assert program.rows[first].status is DeliveryState.SENT
    assert await program.has_the_ledger()
    audit = audit_ledger(stage.url)
    assert (audit.sealed, audit.unsealed, audit.broken, audit.head.seq) == (2, 0, None, 6)


async def test_a_delivery_that_a_dead_process_may_have_sent_comes_again(stage: Stage) -> None:
    one = await stage.open("one")
    recorded = await record(one, a_wish("m1"), always(None))
    assert recorded.punch is not None
    await Program(one).news()
    await stage.crash()
    two = await stage.open("two")
    program = Program(two)
    await program.read()
    (found,) = await two.deliveries.take_due(stage.clock.now(), 10)
    assert found.state is DeliveryState.UNKNOWN
    await program.news()
    assert program.rows[recorded.punch.punch_id].status is DeliveryState.UNKNOWN


async def test_a_program_that_reads_during_changes_ends_with_the_ledger(stage: Stage) -> None:
    one = await stage.open("one")
    other = await stage.open("two") if stage.shared else one
    program = Program(other)
    changing = True

    async def change(store: Store, number: int) -> None:
        name = f"{store.database.owner}{number}"
        recorded = await record(store, a_wish(name, name), always(None), targets=("a", "b"))
        assert recorded.punch is not None
        outcome = DeliveryState.REJECTED if number % 3 else DeliveryState.SENT
        for target in ("a", "b"):
            await store.deliveries.settle(delivery(recorded.punch, target), outcome)

    async def seal(store: Store) -> None:
        while changing:
            await store.chain.seal(7)

    async def consume() -> None:
        while changing:
            await program.read(5)
            await asyncio.sleep(0)

    others = [asyncio.create_task(work) for work in (seal(one), seal(other), consume())]
    await asyncio.gather(*(change(store, n) for n in range(60) for store in {one, other}))
    changing = False
    await asyncio.gather(*others)
    assert await program.has_the_ledger()
    assert set(program.rows) and audit_ledger(stage.url).broken is None


async def test_a_change_is_linked_after_its_commit_alone(postgresql_stage: PostgresqlStage) -> None:
    store, (first, *_) = await sealed_ledger(postgresql_stage, 2)
    with psycopg.connect(postgresql_stage.url) as late:
        late.execute("INSERT INTO ledger_unsealed VALUES (%s)", (first,))
        late.commit()
        late.execute(
            "INSERT INTO ledger_unsealed VALUES (%s) ON CONFLICT (punch_id)"
            " DO UPDATE SET punch_id = excluded.punch_id",
            (first,),
        )
        await punch_id(store, postgresql_stage, 5)
        assert [link.seq for link in await store.chain.seal(256)] == [3]
        late.commit()
    assert [link.seq for link in await store.chain.seal(256)] == [4]
    rows = await store.feed.after(3, 10)
    assert [(seq, row.punch_id) for seq, row in rows] == [(4, first)]
