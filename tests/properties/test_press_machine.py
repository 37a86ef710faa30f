"""Offers, presses, double presses and typed yes in any order: one punch each, at the time of the
press.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from bot.chat.reading import ANSWER_WITHIN, PUNCH_WITHIN
from bot.clock import from_ms, to_ms
from bot.domain.deciding import AGAIN_WITHIN
from tests.builders import SHANGHAI, local
from tests.company import Company, a_company
from tests.crash.books import Books

T = TypeVar("T")
# the gate rejects them, so they are offered
WORDS = st.sampled_from(["今天的活干完了，撤了", "搞定，可以回家了"])
YES = st.sampled_from(["是", "好", "ok"])
LABEL, USED, OVER, ALREADY = "下班打卡", "已经点过了", "已经过期", "没有任何改动"
EVERY_DAY = {
    "source": "config",
    "calendar": "none",
    "shifts": [{"name": "day", "sections": [["09:00", "18:00"]], "people": "all",
                "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}],
}  # fmt: skip


class StillClock:
    """A clock that stands still. Its monotonic time runs."""

    def __init__(self) -> None:
        self.moment = local("17:30")

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Stage:
    """One company for all examples. Each example has its own person and day."""

    runner: asyncio.Runner
    company: Company
    books: Books
    clock: StillClock
    examples: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)


STAGES: list[Stage] = []


@pytest.fixture(scope="module", autouse=True)
def the_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder: Path = tmp_path_factory.mktemp("presses")
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        clock = StillClock()
        opened = a_company(folder, schedule=EVERY_DAY, bots_clock=lambda _: clock)
        company = runner.run(stack.enter_async_context(opened))
        STAGES.append(Stage(runner, company, Books(company.settings().store.url), clock))
        yield
        STAGES.clear()
        runner.run(stack.aclose())


@dataclass
class Offer:
    """An offered punch: the time of its message, and what its button sends."""

    at: datetime
    says: str
    used: bool = False


class PressMachine(RuleBasedStateMachine):
    """One person's evening."""

    offers = Bundle("offers")

    def __init__(self) -> None:
        super().__init__()
        self.stage = STAGES[0]
        self.company, self.sandbox = self.stage.company, self.stage.company.sandbox
        self.stage.examples += 1
        number = 20 + self.stage.examples
        self.sandbox.world.grow_to(number)
        self.who = list(self.sandbox.world)[-1].user_id
        self.now = local("17:30") + timedelta(days=self.stage.examples)
        self.made: list[Offer] = []
        self.punches: list[int] = []  # expected times in ms

    @rule(target=offers, words=WORDS)
    def they_say_something_uncertain(self, words: str) -> Offer:
        at = self._later(1)
        reply = self._ask(words)
        assert "还没有记录" in reply
        self.made.append(Offer(at, self._button()))
        return self.made[-1]

    @rule(offer=offers, twice=st.booleans())
    def they_press(self, offer: Offer, twice: bool) -> None:
        self._later(1)
        if twice:
            self.stage.run(self.sandbox.fault("deliver_twice", {"count": 1}))
        self._expect_press(offer, self._ask(offer.says))

    @rule(offer=offers)
    def they_press_in_a_hurry(self, offer: Offer) -> None:
        self._later(1)
        first, second = self.stage.run(self._at_once(offer.says))
        self._expect_press(offer, first)
        self._expect_press(offer, second)

    @rule(words=YES)
    def they_type_yes(self, words: str) -> None:
        at = self._later(1)
        reply = self._ask(words)
        newest = self.made[-1] if self.made else None
        if newest is not None and not newest.used and at - newest.at < ANSWER_WITHIN:
            self._expect_press(newest, reply)

    @rule()
    def they_ask_something_else(self) -> None:
        self._later(1)
        assert "我能做什么" in self._ask("帮助")

    @rule(seconds=st.integers(1, 700))
    def time_passes(self, seconds: int) -> None:
        self._later(seconds)

    @rule()
    def the_bot_starts_again(self) -> None:
        self.stage.run(self.company.stop_bot())
        self.stage.run(self.company.start_bot())

    @invariant()
    def each_press_is_one_punch_at_its_time(self) -> None:
        mine = [row for row in self.stage.books.punches() if row.user_id == self.who]
        assert [row.punched_ms for row in mine] == self.punches
        assert len({row.message_id for row in mine}) == len(mine)

    def teardown(self) -> None:
        held = [record.time_ms for record in self.company.punches_at_dingtalk(self.who)]
        assert sorted(held) == sorted(self.punches)

    def _expect_press(self, offer: Offer, reply: str) -> None:
        if not offer.says:  # nothing was offered
            return
        if offer.used:
            assert USED in reply
        elif self.now - offer.at >= PUNCH_WITHIN:
            assert OVER in reply
        elif self._has_just_gone():
            assert ALREADY in reply  # the button is not used up
        else:
            offer.used = True
            self.punches.append(to_ms(self.now))
            assert f"下班卡 {self.now.astimezone(SHANGHAI):%H:%M}" in reply

    def _has_just_gone(self) -> bool:
        """Return whether an equal clock-out is less than a minute old: the whole minutes early."""
        if not self.punches:
            return False
        due = local("18:00") + timedelta(days=self.stage.examples)
        last = from_ms(self.punches[-1])
        early = [max(0.0, (due - at).total_seconds()) for at in (last, self.now)]
        is_equal = len({(seconds > 0, seconds // 60) for seconds in early}) == 1
        return is_equal and self.now - last < AGAIN_WITHIN

    def _later(self, seconds: int) -> datetime:
        self.now += timedelta(seconds=seconds)
        self.sandbox.clock.move_to(self.now)
        self.stage.clock.moment = self.now
        return self.now

    def _ask(self, text: str) -> str:
        if not text:
            return ""
        return self.stage.run(self.company.ask(self.who, text, sent_at=to_ms(self.now)))

    async def _at_once(self, text: str) -> list[str]:
        """Send two messages at once and return both answers."""
        if not text:
            return ["", ""]
        before = len(self.sandbox.replies(self.who))
        for _ in range(2):
            await self.sandbox.say(self.who, text, sent_at=to_ms(self.now))
        return [
            await self.sandbox.wait_for_reply(self.who, after=before + number)
            for number in range(2)
        ]

    def _button(self) -> str:
        """Return what the last reply's button with a token sends, or an empty text."""
        last = self.sandbox.transcript(self.who)[-1]
        return next(
            (
                button.says
                for button in last.pressable
                if button.label == LABEL and "#" in button.says
            ),
            "",
        )


PressMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestPresses = PressMachine.TestCase
