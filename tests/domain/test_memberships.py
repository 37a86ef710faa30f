"""Who belonged where on which date."""

from datetime import UTC, date, datetime, timedelta

from bot.domain.memberships import Membership, Memberships, plans_by_membership
from bot.domain.people import Employee
from bot.domain.shifts import DayPlan
from bot.domain.slots import Days
from tests.builders import SHANGHAI, a_plan
from tests.tables import cases

FIRST = date(2026, 10, 1)
TODAY = date(2026, 10, 8)
SPAN = Days(FIRST, TODAY)
BEGINNING = datetime.fromtimestamp(0, UTC)


def at(day: int) -> datetime:
    return datetime(2026, 10, day, 15, tzinfo=SHANGHAI).astimezone(UTC)


CHANGED = (
    Membership("joiner", at(5), None, (1,), "one"),
    Membership("leaver", BEGINNING, at(3), (1,), "one"),
    Membership("mover", BEGINNING, at(4), (1,), "one"),
    Membership("mover", at(4), None, (2,), "two"),
    Membership("returner", BEGINNING, at(2), (1,), "one"),
    Membership("returner", at(6), None, (1,), "one"),
    Membership("today", BEGINNING, at(8), (1,), "one"),
    Membership("today", at(8), None, (2,), "two"),
)
PRESENT = {
    who: Employee(who, who, department_ids=(where,))
    for who, where in (("stayer", 1), ("joiner", 1), ("mover", 2), ("returner", 1), ("today", 2))
}
LEFT = {"leaver": Employee("leaver", "leaver", active=False)}
MEMBERSHIPS = Memberships(PRESENT, LEFT, CHANGED, {1: "one", 2: "two"}, SHANGHAI)


@cases
def test_a_person_belongs_to_a_department_on_its_dates(
    who: str, inside: set[int] | None, shown: str
) -> None:
    """Brackets: the date counts only with a punch."""
    dates = MEMBERSHIPS.dates(who, SPAN, TODAY, inside)
    if dates is None:
        dates = {FIRST + timedelta(days=number): True for number in range(8)}
    marks = [f"{day.day}" if whole else f"({day.day})" for day, whole in sorted(dates.items())]
    assert "".join(marks) == shown


def test_a_configured_plan_follows_the_departments_of_its_date() -> None:
    def plan_on(who: Employee, day: date) -> DayPlan:
        return a_plan(day=day) if who.department_ids == (1,) else DayPlan(day)

    def worked(who: str) -> list[int]:
        plans = plans_by_membership(plan_on, MEMBERSHIPS, who, SPAN)
        return [day.day for day, plan in plans.items() if plan.points]

    assert [worked(who) for who in ("joiner", "leaver", "mover", "stranger")] == [
        [5, 6, 7, 8],
        [1, 2, 3],
        [1, 2, 3],
        [],
    ]


def test_a_date_has_the_departments_of_its_end() -> None:
    def names(who: str) -> list[str]:
        return [MEMBERSHIPS.department_on(who, date(2026, 10, day)) for day in (3, 4, 8)]

    assert names("mover") == ["one", "two", "two"]
    assert names("leaver") == ["one", "one", "one"]
    assert names("stayer") == ["one", "one", "one"]
    assert MEMBERSHIPS.employee_on("leaver", TODAY) is None
