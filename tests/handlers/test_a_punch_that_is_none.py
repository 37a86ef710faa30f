"""What no message in chat can lead to is an error to be seen, not a question that would hide it."""

from typing import Any

import pytest

from bot.domain.punches import Accepted, AskPhone, Decision
from bot.domain.results import TimeResult
from bot.domain.shifts import CheckType
from bot.domain.sites import NOWHERE
from bot.services.ports import Recorded
from tests.builders import TUESDAY, local
from tests.handlers.a_desk import Desk, Punched

ACCEPTED = Accepted(TUESDAY, CheckType.ON_DUTY, None, TimeResult.NORMAL, 0, "")


class Impossible(Punched):
    """Decides what cannot be."""

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self._decision = decision

    async def punch(self, *asked: Any) -> Recorded:
        return Recorded(self._decision, None)


@pytest.mark.parametrize("decision", [ACCEPTED, AskPhone(CheckType.ON_DUTY, local("08:50"), NOWHERE)])
async def test_an_accepted_punch_that_is_not_there_asks_nothing(decision: Decision) -> None:
    desk = Desk("08:50")
    desk.serve(punches=Impossible(decision))
    with pytest.raises(AssertionError, match=type(decision).__name__):
        await desk.say("clock in")
