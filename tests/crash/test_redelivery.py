"""What nobody acknowledged comes again, also after a time in which no bot was there."""

from pathlib import Path

from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.trial import a_trial


async def test_a_message_that_a_killed_bot_committed_still_mentions_a_colleague(tmp_path: Path) -> None:
    async with a_trial(tmp_path, at=morning()) as trial:
        killed = trial.start(KillPoint("inbox.accept", "after"))
        await trial.witness.say("user001", "@李娜 打卡", punch=False, conversation="2", mentions=["user003"])
        await killed.ended()
        await trial.sandbox.wait_until(lambda: not trial.sandbox.connections)
        trial.start()
        await trial.settle()
        assert "只能由本人来打" in await trial.sandbox.wait_for_reply("user001")
        assert not trial.books.punches()
