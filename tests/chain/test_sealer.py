"""The sealer runs in one process at a time, also after failures."""

import asyncio
from dataclasses import replace

from bot.services.base import Base, Patience
from bot.services.upkeep import LEDGER, LINKS_AT_ONCE, keep_sealing, seal, tidy
from bot.storage import Store
from bot.storage.audit import audit_ledger
from tests.bases import a_base
from tests.chain.tampering import punch_id, sealed_ledger, tamper
from tests.mailbox import Mailbox
from tests.storage.stage import PostgresqlStage, Stage
from tests.waiting import LONGEST_S, until


def process(store: Store, mailbox: Mailbox | None = None, every_s: float = 3600) -> Base:
    return a_base(store, robot=mailbox, patience=replace(Patience(), seal_s=every_s))


async def test_a_backlog_is_sealed_at_once(store: Store, stage: Stage) -> None:
    for number in range(LINKS_AT_ONCE + 1):
        await punch_id(store, stage, number)
    assert await seal(process(store)) == LINKS_AT_ONCE + 1
    assert await seal(process(store)) == 0


async def test_administrators_hear_once_of_a_damaged_chain(
    stage: Stage,
) -> None:
    store, mailbox = await stage.open(), Mailbox()
    await punch_id(store, stage, 1)
    tamper(stage, "DELETE FROM chain_heads WHERE chain = 'ledger'")
    running = asyncio.create_task(keep_sealing(process(store, mailbox, every_s=0.001)))
    async with asyncio.timeout(LONGEST_S):
        await mailbox.came.wait()
    tamper(stage, f"INSERT INTO chain_heads (chain, seq, hash) VALUES ('ledger', 0, '{'0' * 64}')")
    await until(lambda: audit_ledger(stage.url).sealed == 1, what="the punch to be sealed")
    running.cancel()
    (text,) = mailbox.texts
    assert "can no longer be sealed" in text


async def test_an_altered_punch_is_a_trouble_from_the_next_night_until_it_is_restored(
    stage: Stage,
) -> None:
    (store, ids), mailbox = await sealed_ledger(stage), Mailbox()

    def started() -> Base:
        return a_base(
            store, robot=mailbox, clock=stage.clock, settings={"store": {"url": stage.url}}
        )

    await tidy(started())
    assert not mailbox.texts
    tamper(stage, f"UPDATE punches SET note = note || '!' WHERE punch_id = '{ids[1]}'")
    stage.clock.move(86_400)
    await tidy(started())
    assert "changed the ledger" in mailbox.texts[0]
    base = started()
    await tidy(base)
    assert list(base.operators.troubles) == [LEDGER], "a restart does not hide it"
    tamper(
        stage,
        f"UPDATE punches SET note = substr(note, 1, length(note) - 1) WHERE punch_id = '{ids[1]}'",
    )
    await tidy(base)
    assert not base.operators.troubles


async def test_one_process_seals_until_its_death(postgresql_stage: PostgresqlStage) -> None:
    stage = postgresql_stage
    one, two = await stage.open("one"), await stage.open("two")
    await punch_id(one, stage, 1)
    assert await seal(process(one)) == 1
    await punch_id(one, stage, 2)
    assert await seal(process(two)) == 0
    assert audit_ledger(stage.url).unsealed == 1
    stage.clock.move(11)
    await two.database.beat()
    assert await seal(process(two)) == 1
    await one.database.beat()
    await punch_id(one, stage, 3)
    assert await seal(process(one)) == 0
    await two.close()
    assert await seal(process(one)) == 1
    assert audit_ledger(stage.url).broken is None


async def test_a_daily_job_is_done_once_and_survives_a_crash(stage: Stage) -> None:
    one = await stage.open("one")
    assert await one.jobs.take("reconcile", "2026-11-24")
    await one.jobs.finish("reconcile", "2026-11-24")
    assert not await one.jobs.take("reconcile", "2026-11-24")
    assert await one.jobs.take("reconcile", "2026-11-25")
    await stage.crash()
    two = await stage.open("two")
    assert await two.jobs.take("reconcile", "2026-11-25")
    assert not await two.jobs.take("reconcile", "2026-11-24")
