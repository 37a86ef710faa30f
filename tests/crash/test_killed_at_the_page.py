"""The process is killed at each step around a tap: it makes one punch, and the page shows it."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.storage.audit import audit_ledger
from tests.company import morning
from tests.crash.doomed_bot import KillPoint
from tests.crash.test_kill_points import AT_COMMIT, CALLED, COMMITTED, points
from tests.crash.trial import Trial, a_trial, side_by_side
from tests.ports import a_reserved_port
from tests.waiting import until
from tests.web.visiting import Visitor, a_fix, a_key, login_code

WHO, LEAD = "user001", "lead01"
POINTS = {
    "wishes.change": points("wishes.change", AT_COMMIT),
    "ledger.record": points("ledger.record", COMMITTED),
    "signed.send": points("signed.send", ("during",)),
    "receipts.note_sent": points("receipts.note_sent", AT_COMMIT),
    "flags.address": points("flags.address", AT_COMMIT),
    "flags.note_sent": points("flags.note_sent", ("before", *AT_COMMIT)),
    "robot.send": points("robot.send", CALLED),
}
UNTOLD = "SELECT count(*) FROM outbox WHERE due_ms IS NOT NULL"


class Person:
    """Somebody with the page open, who repeats one tap until the page answers."""

    def __init__(self, trial: Trial, session: aiohttp.ClientSession, url: str) -> None:
        self._trial = trial
        self._visitor = Visitor(session, url)
        self._key = a_key()
        self.answer: dict[str, Any] = {}

    async def clock_in(self) -> None:
        """Open the page, look, and repeat the tap until the page answers."""
        await until(self._gets_on, what="an answer of the page")

    async def day(self) -> dict[str, Any]:
        """Log in again and return what the page shows."""
        code = await login_code(self._visitor.session, self._trial.sandbox.url, WHO)
        assert (await self._visitor.enter(code))[0] == 200
        return (await self._visitor.call("day", headers={"Accept-Language": "en"}))[1]

    async def _gets_on(self) -> bool:
        tap = {"key": self._key, "fix": a_fix(north_m=3000), "reason": "a client"}
        try:
            if not self._visitor.user_id:
                await self.day()
                await self._visitor.call("look", fix=tap["fix"])
            status, self.answer = await self._visitor.call(
                "punch", **tap, headers={"Accept-Language": "en"}
            )
        except (aiohttp.ClientError, OSError):
            return False  # the server died on the way
        return status == 200


async def tap_and_judge(point: KillPoint, folder: Path) -> None:
    """Tap outside the fence while the bot dies at `point`. Assert one punch and one note."""
    async with AsyncExitStack() as stack:
        port = stack.enter_context(a_reserved_port())
        page = f"http://127.0.0.1:{port}"
        trial = await stack.enter_async_context(
            a_trial(folder, at=morning(), web={"port": port, "public_url": page})
        )
        session = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        )
        person = Person(trial, session, page)
        tapping = asyncio.create_task(person.clock_in())
        await trial.live_until(point)
        trial.bury()
        last = trial.start()
        await tapping
        await last.up()
        await until(
            lambda: trial.books.rows(UNTOLD) == [(0,)],
            what="sending the punch and telling the lead",
        )
        (punch,) = trial.books.punches()
        assert punch.user_id == WHO
        assert person.answer["state"] == "recorded"
        assert "· Clock-in · " in (await person.day())["today"]
        assert trial.sandbox.replies(WHO) == []
        assert any("a client" in text for text in trial.sandbox.replies(LEAD))
        await trial.stop(last)
        verdict = trial.witness.verdict([punch], trial.targets)
        assert (verdict.lost, verdict.doubled) == ([], []), f"killed {point}"
        audit = await asyncio.to_thread(audit_ledger, trial.url)
        assert (audit.broken, audit.sealed + audit.unsealed) == (None, 1)


@pytest.mark.parametrize("step", POINTS)
async def test_a_tap_punches_once_across_a_kill(step: str, tmp_path: Path) -> None:
    await side_by_side(tap_and_judge(point, tmp_path / str(point)) for point in POINTS[step])
