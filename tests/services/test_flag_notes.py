"""Who is told of a position that wants a look: whoever leads the person, once that is known."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any, cast

from bot.domain.deliveries import DeliveryState
from bot.domain.outbox import Kind, Owed
from bot.domain.positions import Flag, FlagKind
from bot.i18n import Texts
from bot.services.organisation.visibility import Visibility
from bot.services.outbox.flags import FlagWording
from bot.services.outbox.messages import MessageSender
from bot.views.leading import flag_note
from tests.builders import SHANGHAI, a_punch, local
from tests.services.directory_stage import ANN, BOB, CAT, Stage, a_stage
from tests.services.outbox_stage import Robot, Rows, one_round, sender_of

LEAD = replace(ANN, leads=(1,))
FLAGS = (Flag(FlagKind.OUTSIDE),)
PUNCH = replace(a_punch(local("08:58")), user_id="bob")
OWED = Owed(Kind.FLAG, PUNCH.punch_id, payload=[list(astuple(one)) for one in FLAGS], punch=PUNCH)


def test_a_note_of_a_punch_that_was_not_taken_says_so() -> None:
    texts = Texts("en", SHANGHAI)
    punch = replace(PUNCH, states={"signed": DeliveryState.REJECTED})
    assert "did not take this punch" in flag_note(punch, FLAGS, "Bob", texts).text
    assert "recorded as usual" in flag_note(PUNCH, FLAGS, "Bob", texts).text


def notes_of(stage: Stage, rows: Rows, robot: Robot, admins: Sequence[str]) -> MessageSender:
    wording = FlagWording(
        cast(Any, rows),
        stage.directory,
        lambda language: Texts("en", SHANGHAI),
        visibility=Visibility(stage.directory, admins),
        admins=admins,
        language_of=lambda user_id: "en",
    )
    return sender_of(rows, wording, robot, stage.clock)


async def test_before_it_is_known_who_leads_the_person_nobody_is_told_in_the_leads_place(
    tmp_path: Path,
) -> None:
    rows, robot = Rows(OWED), Robot()
    async with a_stage(tmp_path, LEAD, BOB, replace(CAT, leads=(1,))) as stage:
        notes = notes_of(stage, rows, robot, ["admin"])
        await one_round(notes)
        assert (robot.heard, rows.told_of, rows.postponed) == ([], [], [OWED])
        await stage.directory.crawl()
        for _ in range(2):  # the leads, then each of them
            await one_round(notes)
    assert robot.heard == ["ann", "cat"]


async def test_a_note_to_somebody_who_no_longer_leads_the_person_is_not_said(tmp_path: Path) -> None:
    rows, robot = Rows(replace(OWED, recipient="cat")), Robot()
    async with a_stage(tmp_path, LEAD, BOB) as stage:
        await stage.directory.crawl()
        await one_round(notes_of(stage, rows, robot, []))
    assert (robot.heard, [one.recipient for one in rows.told_of]) == ([], ["cat"])


async def test_an_administrator_who_left_is_told_of_nobody(tmp_path: Path) -> None:
    rows, robot = Rows(OWED), Robot()
    async with a_stage(tmp_path, BOB, CAT) as stage:
        await stage.directory.crawl()
        notes = notes_of(stage, rows, robot, ["cat", "gone"])
        for _ in range(2):
            await one_round(notes)
    assert robot.heard == ["cat"]
