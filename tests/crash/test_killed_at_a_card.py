"""The process is killed at each step around a press on a card: it makes one punch, and the person
hears of it.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.dingtalk.cards import CardResult
from bot.domain.reminders import ReminderKind
from bot.platform import DingTalk
from bot.sandbox.cards import TEMPLATE_ID, NotAnswered, press
from bot.sandbox.gateway import NoBotConnected
from bot.settings import load
from bot.storage import open_store
from bot.storage.inbox import Card
from bot.views.sentences import Button, Reply, card_values
from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.test_kill_points import ASIDE, AT_COMMIT, CALLED, COMMITTED, points, see_the_chain
from tests.crash.trial import Trial, a_trial, side_by_side
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

WHO = "user001"
CARD = Card(
    "card-1",
    ReminderKind.BEFORE,
    "2026-11-24 OnDuty/0 0100",
    (WHO,),
    (WHO,),
    ("clock in",),
    morning(),
)
REMINDER = Reply(
    "Clock-in reminder, 09:00", "Your shift starts at 09:00.", (Button("Clock in", "clock in"),)
)
POINTS = {
    "cards.find": points("cards.find", ASIDE),
    "inbox.accept": points("inbox.accept", COMMITTED),
    "ledger.record": points("ledger.record", COMMITTED),
    "signed.send": points("signed.send", CALLED),
    "deliveries.settle": points("deliveries.settle", AT_COMMIT),
    "ack": points("ack", ASIDE),
    "receipts.note_sent": points("receipts.note_sent", COMMITTED),
}
ON_A_SERVER = [
    point for some in POINTS.values() for point in some if point.moment in ("after", "after commit")
]


@pytest.mark.parametrize("step", POINTS)
async def test_a_press_on_a_card_punches_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await all_judged(dict.fromkeys(POINTS[step], ""), tmp_path)


async def test_a_card_punches_once_across_a_kill_on_postgresql(
    tmp_path: Path, server: PostgresServer
) -> None:
    await all_judged({point: server.url(server.new_database()) for point in ON_A_SERVER}, tmp_path)


async def all_judged(urls: Mapping[KillPoint, str], folder: Path) -> None:
    one_by_one = asyncio.Lock()
    await side_by_side(
        press_and_judge(point, folder / str(point), url, one_by_one) for point, url in urls.items()
    )


async def press_and_judge(
    point: KillPoint, folder: Path, url: str, one_by_one: asyncio.Lock
) -> None:
    """Press until the card answers, while the bot dies at `point`. Assert one punch."""
    with_cards = {"card_template_id": TEMPLATE_ID}
    async with a_trial(folder, url, at=morning(), dingtalk=with_cards, language="en") as trial:
        async with one_by_one:  # Alembic makes one schema at a time in a process
            await remind(trial)
        pressing = asyncio.create_task(presses(trial))
        await trial.live_until(point)
        trial.bury()
        last = trial.start()
        await pressing
        await until(lambda: not trial.books.owed(), what="owing nothing")
        await last.up()
        await trial.stop(last)
        (punch,) = trial.books.punches()
        assert punch.message_id.startswith(f"{CARD.out_track_id}/{WHO}/b1/")
        assert [(record.user_id, record.target) for record in trial.sandbox.records] == [
            (WHO, "signed")
        ]
        card, *messages = [entry.words for entry in trial.sandbox.transcript(WHO)]
        assert "✓ Clock-in 08:5" in card or any("Clock-in 08:5" in text for text in messages), (
            f"killed {point}"
        )
        await see_the_chain(trial, 1)


async def remind(trial: Trial) -> None:
    """Send one card in the name of an earlier bot."""
    settings = load(trial.config)
    store = open_store(trial.url, clock=trial.sandbox.clock, owner="the first")
    await store.open()
    await store.cards.store(CARD)
    await store.close()
    dingtalk = DingTalk(settings, trial.sandbox.clock)
    values = card_values(REMINDER)
    assert values is not None
    delivered = await dingtalk.cards.deliver(CARD.out_track_id, CARD.user_ids, values)
    assert delivered == CardResult()
    await dingtalk.http.close()


async def presses(trial: Trial) -> None:
    """Press until there is an answer, like a person who reads "try again"."""
    while True:
        try:
            await press(trial.sandbox, WHO, CARD.out_track_id, "b1")
        except (NotAnswered, NoBotConnected):
            continue
        return
