"""DingTalk's monthly quotas: alerts once a month, and what the bot saves meanwhile."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.domain.quota import Economy, Quota, budget
from bot.services.quota import QuotaWatch
from bot.storage.store import Store
from tests.bases import a_base
from tests.builders import SHANGHAI, local
from tests.mailbox import Mailbox
from tests.reminders.stage import AFTER, BEFORE, ON, a_reminding_company, noted, who_was_told
from tests.storage.stage import HandClock, SqliteStage, Stage

# the clock begins on the 24th, at 78 % of the month
CALLS, MESSAGES = (
    "calls batch_send",
    "messages robot",
)
STANDARD = {"dingtalk": {"client_id": "ding1", "client_secret": "secret", "edition": "standard"}}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = SqliteStage(tmp_path)
    yield made
    await made.close()


class Process:
    """One process of a bot on the standard edition: 5,000 calls and 3,000 messages a month."""

    def __init__(self, store: Store, clock: HandClock, **settings: object) -> None:
        self.usage, self.mailbox = Counter[str](), Mailbox()
        base = a_base(
            store, clock=clock, robot=self.mailbox, settings=settings or STANDARD, usage=self.usage
        )
        self.quota, self.operators = QuotaWatch(base), base.operators

    async def use(self, count: int, kind: str = CALLS) -> list[str]:
        """Use this many calls or messages, look as in each minute, and return the alerts."""
        before = len(self.mailbox.texts)
        self.usage[kind] += count
        await self.quota.tick()
        return self.mailbox.texts[before:]


async def test_administrators_hear_once_of_each_threshold_and_step(
    store: Store, stage: Stage
) -> None:
    one, two = Process(store, stage.clock), Process(store, stage.clock)
    assert await one.use(3_400) == []
    (used,) = await two.use(100)
    assert (
        "70 % of this month's API calls" in used
        and "3,500 of 5,000" in used
        and "they last" in used
    )
    assert await one.use(0) == await one.use(400) == []
    used, saving = await one.use(700)
    assert "92 %" in used and "run out on 2026-11-26" in used
    assert "no reminders before a check" in saving
    gone, saving = await two.use(400)
    assert (
        "those for `record_upload` wait" in gone
        and "five days of grace" in gone
        and "trial" in gone
    )
    assert "no reminders, no notes about missing people and no summaries" in saving
    assert await one.use(0) == await two.use(500) == []
    assert one.quota.step is two.quota.step is Economy.PUNCHES_ONLY
    stage.clock.move(7 * 24 * 3600)
    assert await one.use(0) == await two.use(0) == []
    assert one.quota.step is two.quota.step is Economy.FULL
    assert len(await one.use(3_600)) == 2, "the next month begins anew"


async def test_used_messages_alert_without_an_economy_step(stage: Stage) -> None:
    process = Process(await stage.open(), stage.clock)
    (gone,) = await process.use(3_000, MESSAGES)
    assert "cannot clock in by chat" in gone and "five days of grace" in gone
    assert process.quota.step is Economy.FULL


async def test_an_economy_step_lasts_for_the_month(stage: Stage) -> None:
    process = Process(await stage.open(), stage.clock)
    await process.use(4_000)
    assert process.quota.step is Economy.NO_DIGESTS
    stage.clock.move(6 * 24 * 3600)
    await process.use(0)
    assert process.quota.budgets[Quota.CALLS].runs_out_at is None
    assert process.quota.step is Economy.NO_DIGESTS
    assert "quota: saving, step 1 of 5000 calls" in process.operators.troubles


@pytest.mark.parametrize("edition", ["professional", None])
async def test_a_step_of_saving_ends_with_a_change_to_a_larger_edition(
    store: Store, stage: Stage, edition: str | None
) -> None:
    process = Process(store, stage.clock)
    await process.use(5_000)
    assert process.quota.step is Economy.PUNCHES_ONLY
    larger = Process(store, stage.clock, dingtalk={**STANDARD["dingtalk"], "edition": edition})
    await larger.use(0)
    assert larger.quota.step is Economy.FULL
    told = await larger.use(150_000)
    assert [("155,000 of 200,000" in text) for text in told[:1]] == [True] * (edition is not None)


async def test_the_present_troubles_outlast_a_restart_and_end_with_a_worse_one(
    store: Store,
    stage: Stage,
) -> None:
    before, after = Process(store, stage.clock), Process(store, stage.clock)
    await before.use(3_500)
    assert await after.use(0) == []
    assert (
        list(after.operators.troubles)
        == list(before.operators.troubles)
        == ["quota: 70 % of 5000 calls"]
    )
    await after.use(1_000, CALLS)
    assert "quota: 90 % of 5000 calls" in after.operators.troubles
    assert "quota: 70 % of 5000 calls" not in after.operators.troubles


async def test_the_organisations_own_quota_goes_before_the_editions(stage: Stage) -> None:
    own = {**STANDARD["dingtalk"], "quota": {"api": 800_000}}
    process = Process(await stage.open(), stage.clock, language="en", dingtalk=own)
    assert await process.use(200_000) == []
    (used,) = await process.use(400_000)
    assert "600,000 of 800,000" in used
    (used,) = await process.use(3_000, MESSAGES)
    assert "3,000 Stream messages" in used


@pytest.mark.parametrize(
    ("used", "day", "runs_out"),
    [(1_000, 5, 23), (1_000, 7, None), (4_999, 30, 30), (6_000, 10, 10)],
)
def test_a_quota_runs_out_by_its_pace_so_far(used: int, day: int, runs_out: int | None) -> None:
    at = local("12:00", date(2026, 11, day)).astimezone(SHANGHAI)
    found = budget(Quota.CALLS, {CALLS: used, MESSAGES: 99}, 5_000, at).runs_out_at
    assert (found and found.day) == runs_out


def test_a_quota_that_lasts_beyond_any_date_lasts_for_the_month() -> None:
    assert budget(Quota.CALLS, {CALLS: 1}, 5_000_000, local("12:00")).runs_out_at is None


@pytest.mark.parametrize(
    ("used", "tones"),
    [(4_000, {BEFORE, AFTER}), (4_600, {AFTER}), (5_000, set[str]())],
    ids=["70 %", "90 %", "100 %"],
)
async def test_reminders_before_the_moment_stop_first_then_all(
    tmp_path: Path, used: int, tones: set[str]
) -> None:
    async with a_reminding_company(tmp_path, dingtalk={"edition": "standard"}) as company:
        await company.app.store.figures.use("2026-11", {CALLS: used})
        await company.app.quota.tick()
        await company.go_on("08:50", "09:05", "09:30")
        assert {
            tone for tone in (BEFORE, AFTER) if who_was_told(company, ON, "09:00", tone)
        } == tones
        assert bool(noted(company.sandbox, "lead01")) == (BEFORE in tones)
        said = [
            await company.ask("lead01", "催 王小明"),
            await company.ask("user001", "过10分钟再提醒我"),
        ]
        assert ["用完" in reply for reply in said] == [not tones, not tones]
        assert ("节省" in await company.change("user003", "提前10分钟提醒我")) == (
            BEFORE not in tones
        )
        assert "不再发" in await company.change("lead01", "订阅日报"), "daily summaries stop first"
        assert "上班卡 09:30" in await company.ask("user002", "打卡"), "punches are never dropped"


async def test_administrators_alone_see_the_quotas_in_chat(tmp_path: Path) -> None:
    async with a_reminding_company(tmp_path, dingtalk={"edition": "standard"}) as company:
        await company.app.store.figures.use("2026-11", {CALLS: 1_000, MESSAGES: 2_900})
        told = await company.ask(company.sandbox.world.admin.user_id, "配额")
        assert "2026-11" in told and "/5,000 次" in told and "/3,000 条（96%）" in told
        assert "用完" in told and "够用到月底" in told
        assert await company.ask("user001", "quota") == "Only administrators see DingTalk's quotas."
