"""A note about a position reaches everybody it is owed to, however many they are."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from bot.clock import SystemClock
from bot.domain.flags import Flag, FlagKind
from bot.i18n import Texts
from bot.services.flag_notes import FlagNotes
from bot.services.leases import FOR_EVER_S, Lease
from bot.services.ports import Flagged, SendResult
from bot.services.ports.dingtalk import RECIPIENTS_A_CALL
from bot.views.reply import Reply
from tests.builders import SHANGHAI, a_punch, local

LEADS = {f"lead{number:02}" for number in range(2 * RECIPIENTS_A_CALL + 1)}


class Organisation:
    """u1 with many leads, whose roles are known."""

    is_read = True

    def teams(self) -> "Organisation":
        return self

    def leads_of(self, user_id: str) -> frozenset[str]:
        return frozenset(LEADS)

    def name_of(self, user_id: str) -> str:
        return "Ann"

    async def is_role_known(self, user_id: str) -> bool:
        return True


class Owed:
    """One note, owed until it is told."""

    def __init__(self) -> None:
        self.is_told = asyncio.Event()
        self._due = [Flagged(a_punch(local("08:58")), (Flag(FlagKind.OUTSIDE),), 0)]

    async def take_due(self, now: datetime, limit: int) -> Sequence[Flagged]:
        due, self._due = self._due, []
        return due

    async def told(self, punch_id: str) -> None:
        self.is_told.set()


class Mouth:
    """Knows whom it spoke to."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def send(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        assert len(user_ids) <= RECIPIENTS_A_CALL
        self.heard += user_ids
        return SendResult()


async def test_each_of_many_leads_is_told_once() -> None:
    clock, organisation, owed, mouth = SystemClock(), cast(Any, Organisation()), Owed(), Mouth()
    lease = Lease(clock, lasts_s=FOR_EVER_S)
    lease.renewed(clock.monotonic())
    notes = FlagNotes(
        cast(Any, owed),
        cast(Any, mouth),
        organisation,
        clock,
        lambda language: Texts(language, SHANGHAI),
        visibility=organisation,
        admins=(),
        language_of=lambda user_id: "en" if user_id < "lead30" else "zh",
        lease=lease,
    )
    running = asyncio.create_task(notes.run())
    async with asyncio.timeout(5):
        await owed.is_told.wait()
    running.cancel()
    assert sorted(mouth.heard) == sorted(LEADS)
