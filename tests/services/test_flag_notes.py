"""Who is told of a position that wants a look: whoever leads the person, once that is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.dingtalk.robot import SendResult
from bot.domain.deliveries import DeliveryState
from bot.domain.flags import Flag, FlagKind
from bot.i18n import Texts
from bot.services.locating.flag_notes import FlagNotes
from bot.services.organisation.visibility import Visibility
from bot.services.upkeep.leases import Lease
from bot.storage.punch_flags import Flagged
from bot.views.flag_notes import flag_note
from bot.views.reply import Reply
from tests.builders import SHANGHAI, a_punch, local
from tests.services.directory_stage import ANN, BOB, CAT, Stage

LEAD = replace(ANN, leads=(1,))
OWED = Flagged(replace(a_punch(local("08:58")), user_id="bob"), (Flag(FlagKind.OUTSIDE),))


@dataclass
class Book:
    """One note that is owed."""

    told_of: list[str] = field(default_factory=list)
    postponed: list[str] = field(default_factory=list)

    async def take_due(self, now: datetime, limit: int) -> Sequence[Flagged]:
        return [OWED]

    async def told(self, punch_id: str) -> None:
        self.told_of.append(punch_id)

    async def postpone(self, punch_id: str, until: datetime) -> None:
        self.postponed.append(punch_id)


def test_a_note_of_a_punch_that_was_not_taken_says_so() -> None:
    texts = Texts("en", SHANGHAI)
    punch = replace(OWED.punch, states={"signed": DeliveryState.REJECTED})
    assert "did not take this punch" in flag_note(punch, OWED.flags, "Bob", texts).text
    assert "recorded as usual" in flag_note(OWED.punch, OWED.flags, "Bob", texts).text


@dataclass
class Robot:
    """Hears who is told."""

    told: list[str] = field(default_factory=list)

    async def send(self, user_ids: Sequence[str], reply: Reply, *, urgent: bool = True) -> SendResult:
        self.told += user_ids
        return SendResult()


def notes_of(stage: Stage, book: Book, robot: Robot, admins: Sequence[str]) -> FlagNotes:
    lease = Lease(stage.clock)
    lease.renewed(stage.clock.monotonic())
    return FlagNotes(
        book,
        robot,
        stage.directory,
        stage.clock,
        lambda language: Texts("en", SHANGHAI),
        visibility=Visibility(stage.directory, admins),
        admins=admins,
        language_of=lambda user_id: "en",
        lease=lease,
    )


async def test_before_it_is_known_who_leads_the_person_nobody_is_told_in_the_leads_place() -> None:
    stage, book, robot = Stage(LEAD, BOB, replace(CAT, department_ids=(7,))), Book(), Robot()
    notes = notes_of(stage, book, robot, ["cat"])
    await notes.round()
    assert (robot.told, book.told_of, book.postponed) == ([], [], [OWED.punch.punch_id])
    await stage.directory.crawl()
    await notes.round()
    assert (robot.told, book.told_of) == (["ann", "cat"], [OWED.punch.punch_id])


async def test_an_administrator_who_left_is_told_of_nobody() -> None:
    stage, book, robot = Stage(replace(BOB, department_ids=(7,)), CAT), Book(), Robot()
    await stage.directory.crawl()
    await notes_of(stage, book, robot, ["cat", "gone"]).round()
    assert (robot.told, book.told_of) == (["cat"], [OWED.punch.punch_id])
