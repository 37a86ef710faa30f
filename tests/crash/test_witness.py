"""What the witness of the kill trials notices: it has to be able to find the bot guilty."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.talk import Entry
from tests.company import morning
from tests.crash.books import Owing, PunchRow
from tests.crash.witness import Verdict, Witness

OPEN = "### Clock-in 08:50\n\nRecorded here (08:50), to be passed on."
TAKEN = "### Clock-in 08:50\n\nTaken by the clock-in service."
AT_MS = round(morning().timestamp() * 1000)
PUNCH = PunchRow("p1", "user001", "OnDuty", AT_MS, "m1")
TARGETS = ("signed",)


@dataclass
class Scene:
    """One punch that the target holds; what the person hears is up to the test."""

    sandbox: Sandbox
    witness: Witness
    targets: Sequence[str] = TARGETS
    punches: list[PunchRow] = field(default_factory=lambda: [PUNCH])

    def hear(self, *texts: str) -> None:
        """Let the person hear something."""
        for text in texts:
            self.witness._hear("said", Entry("bot", "user001", "", "", "", text))

    def take(self, target: str) -> None:
        """Let a target take the punch."""
        self.sandbox.records.take(target, "user001", AT_MS, morning())

    def verdict(self) -> Verdict:
        """Return what the witness makes of it."""
        return self.witness.verdict(self.punches, self.targets)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with Sandbox() as sandbox:
        scene = Scene(sandbox, Witness(sandbox))
        scene.take("signed")
        yield scene


@pytest.mark.parametrize("heard", [(TAKEN, TAKEN), (OPEN, OPEN, TAKEN), (OPEN, TAKEN, TAKEN)])
async def test_a_receipt_said_once_more_is_wrong_without_a_death(scene: Scene, heard: Sequence[str]) -> None:
    scene.hear(*heard)
    assert len(scene.verdict().repeated) == 1


async def test_a_death_between_saying_and_writing_down_excuses_one_repeat_and_no_more(scene: Scene) -> None:
    scene.hear(TAKEN)
    scene.witness.died(Owing(receipts={"p1": False}))
    scene.hear(TAKEN)
    assert scene.verdict().wrong == []
    assert (scene.verdict().repeats, scene.verdict().excused) == (1, 1)
    scene.hear(TAKEN)
    assert len(scene.verdict().repeated) == 1


async def test_what_was_settled_is_not_open_again(scene: Scene) -> None:
    scene.hear(TAKEN, OPEN)
    scene.witness.died(Owing(receipts={"p1": False}))
    scene.hear(TAKEN)
    assert any("settled, and then" in one for one in scene.verdict().wrong)


async def test_a_second_call_to_a_target_that_knows_no_repeats_is_a_punch_twice(scene: Scene) -> None:
    scene.targets = ("signed", "record_upload")
    scene.take("record_upload")
    scene.hear(f"{TAKEN}\n\nTaken by DingTalk.")
    assert scene.verdict().wrong == []
    scene.take("record_upload")
    assert len(scene.verdict().doubled) == 1


async def test_a_punch_that_a_target_lacks_is_lost(scene: Scene) -> None:
    scene.hear(TAKEN)
    scene.targets = ("signed", "record_upload")
    assert len(scene.verdict().lost) == 1
