"""The nightly comparison: once a night among all processes, done again where DingTalk did not answer."""

import pytest

from bot.domain.deliveries import DeliveryState
from bot.domain.reconciling import AttendanceRecord
from bot.errors import NotSent
from bot.i18n import Texts
from bot.services.reconciling import SUBJECT, NightlyComparison
from bot.services.speaking import Operators
from bot.storage import Store
from tests.builders import SHANGHAI
from tests.mailbox import Mailbox
from tests.reconciling.test_reading_back import Shown, reconciler
from tests.storage.stage import NOON, PostgresqlStage, Stage, delivery, punched

DAY_S = 86_400


class Night:
    """One process's nightly comparison with what it sees and says."""

    def __init__(self, store: Store, stage: Stage, shown: Shown) -> None:
        self.mailbox = Mailbox()
        self.operators = Operators(self.mailbox, ["admin"], Texts("en", SHANGHAI))
        comparing = reconciler(store, stage, shown)
        self._comparison = NightlyComparison(comparing, store.jobs, self.operators, stage.clock, SHANGHAI)

    async def comes(self) -> None:
        await self._comparison.run()


async def a_taken_punch(store: Store, stage: Stage, target: str = "record_upload") -> None:
    """Record a punch of noon that `target` took, and let a day pass."""
    punch = await punched(store, "m1", "u1", target)
    await store.deliveries.settle(delivery(punch, target), DeliveryState.SENT)
    stage.clock.move(DAY_S)


async def test_a_night_is_compared_once(stage: Stage) -> None:
    store = await stage.open()
    await a_taken_punch(store, stage)
    shown = Shown(AttendanceRecord("u1", NOON))
    night = Night(store, stage, shown)
    await night.comes()
    await night.comes()
    assert len(shown.asked) == 1
    stage.clock.move(DAY_S)
    await night.comes()
    assert len(shown.asked) == 2
    assert night.mailbox.texts == []


async def test_two_processes_compare_a_night_once(postgresql_stage: PostgresqlStage) -> None:
    stores = [await postgresql_stage.open(owner) for owner in ("one", "two")]
    await a_taken_punch(stores[0], postgresql_stage)
    for store in stores:
        await store.beat()
    shown = Shown(AttendanceRecord("u1", NOON))
    for store in stores:
        await Night(store, postgresql_stage, shown).comes()
    assert len(shown.asked) == 1


async def test_a_night_without_an_answer_is_tried_again_and_told_once(stage: Stage) -> None:
    store = await stage.open()
    await a_taken_punch(store, stage)
    answers: list[Exception | None] = [NotSent("listRecord", "HTTP 503"), NotSent("listRecord", "HTTP 503"), None]
    shown = Shown(AttendanceRecord("u1", NOON), fails=lambda _: answers.pop(0))
    night = Night(store, stage, shown)
    for _ in range(4):
        await night.comes()
    assert len(shown.asked) == 3
    (text,) = night.mailbox.texts
    assert "listRecord: HTTP 503" in text
    assert SUBJECT not in night.operators.troubles


@pytest.mark.parametrize(("target", "told"), [("record_upload", 1), ("signed", 0)])
async def test_administrators_hear_of_what_dingtalk_itself_took_and_lost(
    stage: Stage, target: str, told: int
) -> None:
    store = await stage.open()
    await a_taken_punch(store, stage, target)
    night = Night(store, stage, Shown())
    await night.comes()
    assert len(night.mailbox.texts) == told
    assert all("1 punch of" in text for text in night.mailbox.texts)
