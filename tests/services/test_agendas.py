"""The agenda follows plans, wishes and absences."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pytest

from bot.domain.absences import Absence
from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import Quiet, Reminder, ReminderKind, Wishes
from bot.domain.shifts import DayPlan
from bot.errors import StoreRefused
from bot.services.reminding.agendas import MANY, AgendaKeeper
from tests.builders import SHANGHAI, TUESDAY, a_plan, local

DAY = a_plan()


class StoppedClock:
    def now(self) -> datetime:
        return local("08:00")

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Book:
    """Everybody works `DAY`; it says that it changed once."""

    changed: bool = True
    plans: dict[DayPlan, Sequence[str]] = field(default_factory=lambda: {DAY: ["ann", "bob"]})

    def plan_of(self, user_id: str, day: date) -> DayPlan | None:
        return next((plan for plan, some in self.plans.items() if user_id in some and plan.work_date == day), None)

    async def follow(self) -> bool:
        changed, self.changed = self.changed, False
        return changed


@dataclass
class Said:
    """What people wished, one change number each."""

    wishes: list[Wishes] = field(default_factory=list)

    async def changed(self, since_change: int) -> tuple[Sequence[Wishes], int]:
        return self.wishes[since_change:], len(self.wishes)


@dataclass
class Away:
    absences: list[Absence] = field(default_factory=list)
    refuses: bool = False

    async def touching(self, first: datetime, last: datetime) -> Sequence[Absence]:
        if self.refuses:
            raise StoreRefused("no")
        return [one for one in self.absences if one.starts_at <= last and one.ends_at >= first]


class Stage:
    def __init__(self) -> None:
        self.book, self.said, self.away = Book(), Said(), Away()
        self.keeper = AgendaKeeper(
            book=self.book,  # type: ignore[arg-type]
            wishes=self.said,  # type: ignore[arg-type]
            absences=self.away,  # type: ignore[arg-type]
            policy=ReminderPolicy(),
            clock=StoppedClock(),
            zone=SHANGHAI,
        )

    def due(self, clock: str) -> list[str]:
        """Return who is reminded at a local time."""
        agenda = self.keeper.agenda
        entries = [entry for entry in agenda.entries if entry.moment == local(clock)]
        return sorted(user_id for entry in entries for user_id in entry.user_ids)


def test_nobody_is_due_before_anything_was_read() -> None:
    assert Stage().due("08:50") == []


async def test_plans_that_were_read_become_the_agenda() -> None:
    stage = Stage()
    await stage.keeper.follow()
    assert stage.due("08:50") == ["ann", "bob"]


async def test_a_wish_moves_its_own_persons_reminder_at_the_next_look() -> None:
    stage = Stage()
    await stage.keeper.follow()
    stage.said.wishes.append(Wishes("ann", before_minutes=(15,)))
    await stage.keeper.follow()
    assert (stage.due("08:45"), stage.due("08:50")) == (["ann"], ["bob"])


async def test_a_wish_heard_between_two_looks_counts_at_the_second() -> None:
    stage = Stage()
    await stage.keeper.follow()
    stage.said.wishes.append(Wishes("ann", is_muted=True))
    await stage.keeper.follow_wishes()
    assert stage.due("08:50") == ["ann", "bob"]
    await stage.keeper.follow()
    assert stage.due("08:50") == ["bob"]


async def test_leave_adds_a_moment_at_its_end_for_as_long_as_it_is_known() -> None:
    stage = Stage()
    stage.away.absences = [Absence("ann", local("09:00"), local("13:00"), "a")]
    await stage.keeper.follow()
    assert stage.due("12:50") == ["ann"]
    stage.away.absences = []
    await stage.keeper.follow()
    assert stage.due("12:50") == []
    assert stage.due("08:50") == ["ann", "bob"]


async def test_without_a_change_the_agenda_stays_the_same_object() -> None:
    stage = Stage()
    await stage.keeper.follow()
    agenda = stage.keeper.agenda
    await stage.keeper.follow()
    assert stage.keeper.agenda is agenda


async def test_a_change_is_not_forgotten_when_the_database_refuses_in_between() -> None:
    stage = Stage()
    stage.away.refuses = True
    with pytest.raises(StoreRefused):
        await stage.keeper.follow()
    stage.away.refuses = False
    await stage.keeper.follow()
    assert stage.due("08:50") == ["ann", "bob"]


async def test_a_big_organisations_day_is_out_of_the_garbage_collectors_sight() -> None:
    for people, frozen in ((MANY - 1, False), (MANY, True)):
        stage = Stage()
        stage.book.plans = {DAY: [f"u{number}" for number in range(people)]}
        before = gc.get_freeze_count()
        try:
            await stage.keeper.follow()
            assert (gc.get_freeze_count() > before) is frozen
        finally:
            gc.unfreeze()


async def test_the_last_wish_tells_language_and_silence() -> None:
    stage = Stage()
    stage.said.wishes += [
        Wishes("ann", language="en"),
        Wishes("ann", language="zh", quiet=(Quiet(TUESDAY, TUESDAY),)),
    ]
    await stage.keeper.follow()
    assert (stage.keeper.language_of("ann"), stage.keeper.language_of("bob")) == ("zh", None)
    assert [stage.keeper.is_silenced(asked(who)) for who in ("ann", "bob")] == [True, False]


def asked(user_id: str) -> Reminder:
    return Reminder(user_id, TUESDAY, "OnDuty/0", "before:10", ReminderKind.BEFORE, local("08:50"), local("09:00"))
