"""A yes whose COMMIT was refused and happened all the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

from bot.domain.fences import LocationPolicy
from bot.domain.messages import MessageKind
from bot.domain.people import Employee
from bot.domain.punches import Accepted, AskConfirm, Punch, PunchPolicy, PunchWish
from bot.domain.shifts import CheckType, DayPlan
from bot.services.locating.places import ConfiguredPlaces
from bot.services.locating.positions import Positions
from bot.services.organisation.rosters import Rosters
from bot.services.ports import ReceiptAddress
from bot.services.punching.own_punches import OwnPunches
from bot.services.punching.punches import PunchService
from bot.services.punching.questions import PunchQuestions
from bot.services.punching.recording import Recorder
from bot.services.punching.sightings import Sightings
from bot.storage import SqlStore
from tests.builders import SHANGHAI, TUESDAY, a_plan, local
from tests.faults.a_store import StillClock, a_message, an_open_store

WHO = Employee("u1", "Ann")
ADDRESS = ReceiptAddress("u1", is_group=False, language="en")


class OneShift:
    """Everybody works from nine to six."""

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan]:
        return [a_plan()]


class Started:
    """A courier and a desk that only note what they are given."""

    targets = ("signed",)
    term = 1

    def __init__(self) -> None:
        self.punches: list[Punch] = []

    def start(self, punch: Punch, term: int) -> None:
        self.punches.append(punch)

    def expect(self, punch: Punch, term: int) -> None:
        pass


def a_service(store: SqlStore, clock: StillClock, started: Started) -> PunchService:
    rosters, policy = cast("Rosters", OneShift()), PunchPolicy()
    return PunchService(
        recorder=Recorder(
            ledger=store.ledger,
            rosters=rosters,
            sightings=Sightings(store.ledger, store.native_punches, SHANGHAI),
            courier=started,  # type: ignore[arg-type]
            desk=started,  # type: ignore[arg-type]
            policy=policy,
        ),
        questions=PunchQuestions(store.questions, policy, SHANGHAI, clock),
        own=OwnPunches(store.ledger, rosters, policy, SHANGHAI),
        positions=Positions(ConfiguredPlaces([]), LocationPolicy()),
        policy=policy,
        zone=SHANGHAI,
    )


async def test_a_yes_that_is_decided_again_finds_its_own_punch(tmp_path: Path) -> None:
    clock, started = StillClock(), Started()
    clock.moment = local("12:00")
    asked = replace(a_message("m1", at=local("12:00")), kind=MessageKind.VOICE)
    yes = a_message("m2", at=local("12:00:20"))
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        service = a_service(store, clock, started)
        question = await service.punch(WHO, asked, PunchWish(CheckType.OFF_DUTY), ADDRESS)
        assert isinstance(question.decision, AskConfirm)
        first = await service.confirm(WHO, yes, ADDRESS)
        again = await service.confirm(WHO, yes, ADDRESS)  # the commit was refused, and is there
        assert first is not None
        assert again is not None
        assert isinstance(again.decision, Accepted)
        assert (again.punch, again.fresh) == (first.punch, False)
        assert started.punches == [first.punch]
        assert len(await store.ledger.punches("u1", TUESDAY, TUESDAY)) == 1


async def test_a_yes_to_nothing_punches_nothing(tmp_path: Path) -> None:
    clock, started = StillClock(), Started()
    async with an_open_store(tmp_path / "bot.db", clock) as store:
        assert await a_service(store, clock, started).confirm(WHO, a_message("m1"), ADDRESS) is None
        assert started.punches == []
