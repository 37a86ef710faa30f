"""The process is killed at each step around a press: it counts once and uses up the button."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import to_ms
from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.test_kill_points import (
    ASIDE,
    AT_COMMIT,
    BOTH,
    CALLED,
    COMMITTED,
    points,
    see_the_chain,
)
from tests.crash.test_killed_while_correcting import knows_the_leads
from tests.crash.trial import Trial, a_trial, side_by_side
from tests.storage.postgres_server import PostgresServer
from tests.waiting import until

WHO = "user001"
TODAY = morning()
BEFORE = timedelta(minutes=5)  # from a message to its arrival
USED_UP = "That was pressed before"
PRESSED = "SELECT pressed_by FROM buttons WHERE pressed_by IS NOT NULL"
SECOND = 2  # the press; the first message asks


@dataclass(frozen=True, slots=True)
class Flow:
    """A message, the start of its button's label, and a query that finds the effect."""

    says: str
    label: str
    done: str
    at: datetime = TODAY


PUNCH = Flow("just got in, traffic was terrible", "Clock in", "SELECT punch_id FROM punches")
LEAVE = Flow("I'm on leave tomorrow", "Confirm", "SELECT user_id FROM wishes")
LOCK = Flow(
    "lock November",
    "Lock 2026-11",
    f"SELECT number FROM month_steps WHERE kind = 'locked' AND user_id = '{WHO}'",
    TODAY + timedelta(days=7),
)
OFFERED = {
    "inbox.accept, offering": points("inbox.accept", AT_COMMIT),
    "buttons.store": points("buttons.store", COMMITTED),
    "robot.answer, offering": points("robot.answer", CALLED),
    "inbox.finish, offering": points("inbox.finish", COMMITTED),
}
PRESSED_AT = {
    "inbox.accept": points("inbox.accept", COMMITTED, SECOND),
    "ack": points("ack", ASIDE, SECOND),
    "buttons.find": points("buttons.find", ASIDE),
    "robot.answer": points("robot.answer", ASIDE, SECOND),
}
PUNCHING = {
    **OFFERED,
    **PRESSED_AT,
    "ledger.record": points("ledger.record", COMMITTED),
    "signed.send": points("signed.send", CALLED),
    "deliveries.settle": points("deliveries.settle", AT_COMMIT),
    "receipts.note_sent": points("receipts.note_sent", COMMITTED),
    "inbox.finish": points("inbox.finish", AT_COMMIT, SECOND),  # of the second press
}
LEAVING = {
    "wishes.change": points("wishes.change", COMMITTED),
    "inbox.finish": points("inbox.finish", COMMITTED, SECOND),
}
LOCKING = {"months.add": points("months.add", COMMITTED)}
ON_A_SERVER = {
    "punch": (
        PUNCH,
        [*points("buttons.store", ("after commit",)), *points("ledger.record", COMMITTED)],
    ),
    "leave": (LEAVE, points("wishes.change", COMMITTED)),
    "lock": (LOCK, points("months.add", AT_COMMIT)),
}


class Person:
    """Somebody who says something and presses the offered button."""

    def __init__(self, trial: Trial, flow: Flow) -> None:
        self._trial = trial
        self._flow = flow
        self.presses: list[str] = []

    async def says_and_presses_twice(self) -> None:
        """Say it, wait for the button, and press it twice in a hurry."""
        if self._flow is LOCK:  # the bot must know who is HR
            await until(lambda: knows_the_leads(self._trial), what="a reading of the directory")
        await self._trial.witness.say(
            WHO, self._flow.says, punch=False, sent_at=to_ms(self._flow.at - BEFORE)
        )
        await until(lambda: bool(self._shown()), what="a button")
        await self.presses_once_more()
        await self.presses_once_more()

    async def presses_once_more(self) -> None:
        self.presses.append(await self._trial.witness.say(WHO, self._shown()[0], punch=False))

    def hears(self, words: str) -> int:
        return sum(words in text for text in self._trial.sandbox.replies(WHO))

    def _shown(self) -> list[str]:
        """Return what the buttons with a token send, oldest first."""
        entries = self._trial.sandbox.transcript(WHO)
        shown = (
            button
            for entry in entries
            for button in entry.pressable
            if button.label.startswith(self._flow.label)
        )
        return [button.says for button in shown if "#" in button.says]


@pytest.mark.parametrize("step", PUNCHING)
async def test_a_press_punches_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await side_by_side(
        press_and_judge(PUNCH, point, tmp_path / str(point), "") for point in PUNCHING[step]
    )


@pytest.mark.parametrize("step", LEAVING)
async def test_a_pressed_leave_is_noted_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await side_by_side(
        press_and_judge(LEAVE, point, tmp_path / str(point), "") for point in LEAVING[step]
    )


@pytest.mark.parametrize("step", LOCKING)
async def test_a_month_is_locked_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await side_by_side(
        press_and_judge(LOCK, point, tmp_path / str(point), "") for point in LOCKING[step]
    )


@pytest.mark.parametrize("what", ON_A_SERVER)
async def test_a_press_counts_once_across_a_kill_on_postgresql(
    what: str, tmp_path: Path, server: PostgresServer
) -> None:
    flow, killed_at = ON_A_SERVER[what]
    urls = [server.url(server.new_database()) for _ in killed_at]
    numbered = zip(killed_at, urls, strict=True)
    await side_by_side(
        press_and_judge(flow, point, tmp_path / str(point), url) for point, url in numbered
    )


async def press_and_judge(flow: Flow, point: KillPoint, folder: Path, url: str) -> None:
    """Press twice while the bot dies at `point`, and once more after its restart.

    Assert one effect.
    """
    months = {"months": {"enabled": True}, "roles": {"hr": [WHO]}}
    async with a_trial(
        folder, url, at=flow.at, clock_in={"targets": BOTH}, language="en", **months
    ) as trial:
        person = Person(trial, flow)
        pressing = asyncio.create_task(person.says_and_presses_twice())
        await trial.live_until(point)
        used, done = trial.books.rows_if_any(PRESSED), trial.books.rows_if_any(flow.done)
        assert len(used) == len(done), (
            f"the button is used up without its effect, or the other way: {point}"
        )
        trial.bury()
        last = trial.start()
        await pressing
        await trial.settle()
        await person.presses_once_more()
        await trial.settle()
        await last.up()
        await trial.stop(last)

        heard = trial.sandbox.replies(WHO)
        assert person.hears(USED_UP) >= 2, (
            f"each press after the first says so, killed {point}: {heard}"
        )
        ((pressed_by,),) = trial.books.rows(PRESSED)
        assert pressed_by in person.presses[:2]
        assert len(trial.books.rows(flow.done)) == 1
        punches = trial.books.punches()
        verdict = trial.witness.verdict(punches, trial.targets)
        assert verdict.wrong == [], f"killed {point}"
        assert (verdict.messages, verdict.acked) == (4, 4)
        if flow is PUNCH:
            (punch,) = punches
            assert (punch.message_id, punch.punched_ms) == (pressed_by, to_ms(flow.at - BEFORE))
            await see_the_chain(trial, 1)
