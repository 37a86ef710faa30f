"""What completed a make-up request is answered alike when it comes once more, since its answer got lost."""

from typing import Self

import pytest

from bot.domain.corrections import Correction, PastUs
from bot.domain.messages import Message
from bot.domain.people import Employee
from tests.corrections.stage import a_request
from tests.handlers.a_desk import Desk


class Made:
    """Requests of which the message at hand led to one; its question is over."""

    async def asked_for_more(self, who: Employee, message: Message) -> None:
        return None

    async def made_by(self, who: Employee, message: Message) -> Correction:
        return a_request(who.user_id)

    @property
    def past_us(self) -> Self:
        return self

    @property
    def deciders(self) -> Self:
        return self

    async def known(self, correction: Correction) -> PastUs:
        return PastUs()

    def asked_of(self, user_id: str) -> frozenset[str]:
        return frozenset({"lead"})


@pytest.mark.parametrize("said", ["left around seven", "18:40", "六点四十", "about 7"])
async def test_a_time_that_completed_a_request_is_answered_with_it(said: str) -> None:
    desk = Desk()
    desk.serve(corrections=Made())
    assert "C-7F3K2M" in (await desk.say(said)).replace("\\", "")
