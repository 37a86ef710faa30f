"""The process is killed at each step of a make-up punch: it is made once, and everybody is told."""

import asyncio
from pathlib import Path

import pytest

from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.test_kill_points import points
from tests.crash.trial import Trial, a_trial, side_by_side
from tests.waiting import until

ASKER, LEAD = "user002", "lead01"
ASKS = "昨天忘打下班卡了，18:40走的，原因：手机没电"
POINTS = {
    "corrections.ask": points("corrections.ask", ("before commit", "after commit", "after")),
    "corrections.approve": points(
        "corrections.approve", ("before commit", "after commit", "after")
    ),
    "notes.take_due": points("notes.take_due", ("after commit", "after"), 2),
    "notes.note_sent": points("notes.note_sent", ("before", "after commit")),
    "robot.send": points("robot.send", ("after",)),
}
CHANGING = {
    "corrections.close": points("corrections.close", ("before commit", "after commit", "after")),
}
PRESSED = (
    "SELECT count(DISTINCT reply_id), count(DISTINCT pressed_by) FROM buttons WHERE pressed_by "
    "IS NOT NULL"
)
DECIDED = "SELECT state, number FROM corrections"
OPEN = "SELECT count(*) FROM outbox WHERE due_ms IS NOT NULL"


async def approve_and_judge(point: KillPoint, folder: Path) -> None:
    """Ask and approve while the bot dies at `point`. Assert one request and one punch."""
    async with a_trial(folder, at=morning("10:00")) as trial:
        doomed = trial.start(point)
        talk = asyncio.create_task(ask_and_approve(trial))
        assert await doomed.ended() == -9, f"the step was never reached: {point}"
        trial.bury()
        trial.start()
        await talk
        await until(lambda: trial.books.rows(OPEN) == [(0,)], what="owing nothing")
        (punch,) = trial.books.punches()
        assert (punch.user_id, punch.check_type) == (ASKER, "OffDuty")
        assert trial.books.rows("SELECT count(*) FROM corrections") == [(1,)]
        assert trial.books.rows(PRESSED) == [(2, 2)]  # one press by the asker, one by the lead
        (record,) = (taken for taken in trial.sandbox.records if taken.user_id == ASKER)
        assert record.time_ms == punch.punched_ms
        reference = punch.message_id.removeprefix("correction:")
        assert any(
            f"批准%20{reference}" in text or reference in text
            for text in trial.sandbox.replies(LEAD)
        )
        assert any("补卡：下班卡" in text for text in trial.sandbox.replies(ASKER))
        assert any("打卡服务已接收" in text for text in trial.sandbox.replies(LEAD))


async def change_and_judge(point: KillPoint, folder: Path) -> None:
    """Change an approval to a refusal while the bot dies at `point`. Assert that it changed once."""
    async with a_trial(folder, at=morning("10:00")) as trial:
        doomed = trial.start(point)
        talk = asyncio.create_task(approve_and_refuse(trial))
        assert await doomed.ended() == -9, f"the step was never reached: {point}"
        trial.bury()
        trial.start()
        await talk
        await until(lambda: trial.books.rows(DECIDED) == [("refused", 2)], what="the refusal")
        await until(lambda: trial.books.rows(OPEN) == [(0,)], what="owing nothing")
        assert trial.books.rows("SELECT state FROM replaced_decisions") == [("approved",)]
        (punch,) = trial.books.punches()
        (record,) = (taken for taken in trial.sandbox.records if taken.user_id == ASKER)
        assert record.time_ms == punch.punched_ms
        assert any("不再计入" in text for text in trial.sandbox.replies(ASKER))
        assert any("我无法撤回" in text for text in trial.sandbox.replies(LEAD))


async def approve_and_refuse(trial: Trial) -> None:
    await ask_and_approve(trial)
    await until(lambda: trial.books.rows(OPEN) == [(0,)], what="the answers of the targets")
    ((reference,),) = trial.books.rows("SELECT reference FROM corrections")
    await trial.sandbox.say(LEAD, f"拒绝 {reference}")
    # a used button of the approval has the same label
    await until(
        lambda: any("还没有更改" in text for text in trial.sandbox.replies(LEAD)),
        what="the request with its decision",
    )
    await press_twice(trial, LEAD, f"确认拒绝 {reference}")


async def ask_and_approve(trial: Trial) -> None:
    await until(lambda: knows_the_leads(trial), what="a reading of the directory")
    await trial.sandbox.say(ASKER, ASKS)
    await press_twice(trial, ASKER, "提交给主管")
    await until(
        lambda: bool(trial.books.rows("SELECT reference FROM corrections")), what="a request"
    )
    await until(lambda: len(trial.sandbox.replies(LEAD)) > 0, what="a note to the lead")
    ((reference,),) = trial.books.rows("SELECT reference FROM corrections")
    await trial.sandbox.say(LEAD, f"批准 {reference}")
    await press_twice(trial, LEAD, f"确认批准 {reference}")
    await until(lambda: len(trial.books.punches()) > 0, what="the approved punch")


async def press_twice(trial: Trial, who: str, label: str) -> None:
    """Wait for a button and press it twice in a hurry."""

    def is_shown() -> bool:
        entries = trial.sandbox.transcript(who)
        return any(button.label == label for entry in entries for button in entry.pressable)

    await until(is_shown, what=label)
    for _ in range(2):
        await trial.sandbox.press(who, label)


def knows_the_leads(trial: Trial) -> bool:
    return trial.books.people() > 0 and bool(
        trial.books.rows("SELECT name FROM moments WHERE name LIKE 'dep%'")
    )


@pytest.mark.parametrize("step", POINTS)
async def test_a_make_up_punch_is_made_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await side_by_side(approve_and_judge(point, tmp_path / str(point)) for point in POINTS[step])


@pytest.mark.parametrize("step", CHANGING)
async def test_a_decision_is_changed_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await side_by_side(change_and_judge(point, tmp_path / str(point)) for point in CHANGING[step])
