"""A note about a position reaches everybody it is owed to, however many they are."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

import pytest

from bot.clock import SystemClock
from bot.dingtalk.robot import RECIPIENTS_A_CALL, SendResult
from bot.domain.flags import Flag, FlagKind
from bot.errors import UpstreamError
from bot.i18n import Texts
from bot.services.locating.flag_notes import FlagNotes
from bot.services.upkeep.leases import FOR_EVER_S, Lease
from bot.storage.punch_flags import Flagged
from bot.views.reply import Reply
from tests.builders import SHANGHAI, a_punch, local

NOTE = Flagged(a_punch(local("08:58")), (Flag(FlagKind.OUTSIDE),), 0)
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

    def is_active(self, user_id: str) -> bool:
        return True

    async def is_role_known(self, user_id: str) -> bool:
        return True

    async def is_team_known(self, user_id: str) -> bool:
        return True


class Owed:
    """One note, owed until it is told."""

    def __init__(self) -> None:
        self.is_told = asyncio.Event()
        self.postponed = 0
        self._due = [NOTE]

    async def take_due(self, now: datetime, limit: int) -> Sequence[Flagged]:
        due, self._due = self._due, []
        return due

    async def told(self, punch_id: str) -> None:
        self.is_told.set()

    async def postpone(self, punch_id: str, until: datetime) -> None:
        self.postponed += 1
        self._due = [NOTE]


class Mouth:
    """Knows whom it spoke to. Fails with the calls of these numbers, and holds these people back at first."""

    def __init__(self, fails: Collection[int] = (), held_back: Collection[str] = ()) -> None:
        self.heard: list[str] = []
        self._calls = 0
        self._fails = fails
        self._held_back = set(held_back)

    async def send(self, user_ids: Sequence[str], reply: Reply) -> SendResult:
        assert len(user_ids) <= RECIPIENTS_A_CALL
        self._calls += 1
        if self._calls in self._fails:
            raise UpstreamError("robot", "no answer")
        held_back = self._held_back & set(user_ids)
        self._held_back -= held_back
        self.heard += sorted(set(user_ids) - held_back)
        return SendResult(flow_controlled=tuple(held_back))


def notes_of(owed: Owed, mouth: Mouth) -> FlagNotes:
    clock, organisation = SystemClock(), cast(Any, Organisation())
    lease = Lease(clock, lasts_s=FOR_EVER_S)
    lease.renewed(clock.monotonic())
    return FlagNotes(
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


async def test_each_of_many_leads_is_told_once() -> None:
    owed, mouth = Owed(), Mouth()
    running = asyncio.create_task(notes_of(owed, mouth).run())
    async with asyncio.timeout(5):
        await owed.is_told.wait()
    running.cancel()
    assert sorted(mouth.heard) == sorted(LEADS)


@pytest.mark.parametrize("mouth", [Mouth(fails={2}), Mouth(held_back={"lead03"}), Mouth(fails={2, 4})])
async def test_who_was_told_is_not_told_again_when_others_could_not_be(mouth: Mouth) -> None:
    owed = Owed()
    notes = notes_of(owed, mouth)
    while not owed.is_told.is_set():
        await notes.round()
    assert owed.postponed
    assert sorted(mouth.heard) == sorted(LEADS)
