"""The answers of the API, from stored facts alone: no call to DingTalk, each in small steps.

Each answer has what its person may see, checked before and after the reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.closing import MonthAnswer, PersonMonth, adjustments
from bot.domain.day import PersonDay, Standing
from bot.domain.months import Month, figures_of, values_of
from bot.domain.payroll import is_unsure_day, without_guesses
from bot.domain.people import Employee
from bot.domain.punches import ExportRow
from bot.domain.slots import Days, Whom
from bot.domain.summaries import totals_of
from bot.services.organisation.sights import Sight, ViewResult
from bot.services.services import Services
from bot.web.api.models import (
    PUNCH_COLUMNS,
    ApiDay,
    ApiDepartment,
    ApiMonth,
    ApiPage,
    ApiPerson,
    ApiPunch,
    DaysQuery,
    MissingQuery,
    MonthQuery,
    OwnDaysQuery,
    PageQuery,
    Problem,
    PunchesQuery,
    Reason,
    StateOfMonth,
)

MOST_DAYS = 92
PEOPLE_AT_ONCE = 200
MONTHS_AT_ONCE = 30
DAYS_AT_ONCE = 1000  # of people together, so that nothing waits long for a page
_MISSING = (Standing.MISSING, Standing.UNKNOWN)
_OF_DAY = ("work_date", "standing", "due_at", "ends_at", "arrived_at", "left_at", "checks")
_SOON = "The directory has changed and is being read again."


class ApiReads:
    """Reads for the person `viewer`. Each call raises Problem, StoreRefused."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._visibility = services.visibility
        self._zone = services.zone

    async def people(self, viewer: str, query: PageQuery) -> ApiPage[ApiPerson]:
        """Return the people whom the viewer sees."""
        sight = await self._sight(viewer, Whom(all_seen=True))
        people, cursor = _part_of(sight, query.cursor, PEOPLE_AT_ONCE)
        view = self._services.directory.view
        items = [
            ApiPerson(
                **_named(who),
                departments=[
                    ApiDepartment(id=key, name=view.department_names[key])
                    for key in who.department_ids
                    if key in view.department_names
                ],
                leads=sorted(view.teams.leads_of(who.user_id)),
            )
            for who in people
        ]
        return ApiPage(items=items, cursor=cursor, left_out=sight.left_out)

    async def days(self, viewer: str, query: DaysQuery) -> ApiPage[ApiDay]:
        """Return the days of everybody whom the viewer sees, of a person, or of a department."""
        span = Days(query.first, query.last)
        if not 1 <= span.count <= MOST_DAYS:
            raise Problem(400, f"`from` to `to` must be 1 to {MOST_DAYS} days.", field="to")
        if query.user_id is not None and query.department is not None:
            raise Problem(400, "Name a person or a department.", field="department")
        whom = Whom(person=query.user_id, department=query.department)
        sight = await self._sight(viewer, whom if whom.is_named else Whom(all_seen=True), span)
        people, cursor = _part_of(sight, query.cursor, DAYS_AT_ONCE // span.count)
        days = await self._services.summaries.of([who.user_id for who in people], span, stored=True)
        await self._recheck(sight)
        items = [
            self._day(who, day) for who in people for day in days[who.user_id] if sight.shows(day)
        ]
        return ApiPage(items=items, cursor=cursor, left_out=sight.left_out)

    async def own_days(self, viewer: str, query: OwnDaysQuery) -> ApiPage[ApiDay]:
        """Return the viewer's own days."""
        own = query.model_dump(by_alias=True) | {"user_id": viewer}
        return await self.days(viewer, DaysQuery.model_validate(own))

    async def missing(self, viewer: str, query: MissingQuery) -> ApiPage[ApiDay]:
        """Return today's days of the people who are missing, or of whom nobody knows it.

        They are of everybody whom the viewer sees, or of a department. A page may be empty.
        """
        today = self._services.today
        asked = {"from": today, "to": today, **query.model_dump()}
        page = await self.days(viewer, DaysQuery.model_validate(asked))
        items = [day for day in page.items if day.standing in _MISSING]
        return page.model_copy(update={"items": items})

    async def months(self, viewer: str, query: MonthQuery) -> ApiPage[ApiMonth]:
        """Return one person's month, or the months that the viewer sees from first to last day."""
        today = self._services.today
        month = query.month
        if month > Month.of(today):
            raise Problem(400, "The month has not begun.", field="month")
        span = month.days
        whom = Whom(person=query.user_id, all_seen=query.user_id is None)
        sight = await self._sight(viewer, whom, span)
        belong = self._services.directory.view.memberships.dates
        whole = tuple(
            who
            for who in sight.people
            if who.user_id == viewer
            or sight.dates.get(who.user_id) == belong(who.user_id, span, today)
        )
        people, cursor = _part_of(sight._replace(people=whole), query.cursor, MONTHS_AT_ONCE)
        ids = [who.user_id for who in people]
        days = await self._services.summaries.of(ids, span, stored=True)
        states = await self._services.store.months.states(month, ids)
        await self._recheck(sight)
        items = []
        for who in people:
            live = figures_of(who.user_id, month, days[who.user_id])
            items.append(
                self._month(who, PersonMonth(live, states[who.user_id]), days[who.user_id])
            )
        left_out = sight.left_out + len(sight.people) - len(whole)
        return ApiPage(items=items, cursor=cursor, left_out=left_out)

    async def punches(self, viewer: str, query: PunchesQuery) -> ApiPage[Any]:
        """Return the changes of the ledger, for HR and admins."""
        rows = await self._services.store.feed.after(query.after, query.limit)
        await self._services.directory.catch_up()
        if not self._visibility.sees_all(viewer):
            raise Problem(403, "The ledger is for HR and admins.")
        cursor = str(rows[-1][0]) if len(rows) == query.limit else None
        return ApiPage(items=[self._punch(seq, row) for seq, row in rows], cursor=cursor)

    async def _sight(self, viewer: str, whom: Whom, days: Days | None = None) -> Sight:
        """Return the people that a call may read. Raises Problem if there are none."""
        await self._services.directory.catch_up()
        sight = self._visibility.of(viewer, whom, days)
        if whom.person is not None and sight.user_ids not in ((), (whom.person,)):
            raise Problem(404, _UNSEEN)  # a name, not an id
        return _require(sight)

    async def _recheck(self, sight: Sight) -> None:
        """Raise Problem if the viewer may no longer see these people: the reads took their time."""
        if sight.user_ids:
            _require(await self._visibility.recheck(sight))

    def _day(self, who: Employee, day: PersonDay) -> ApiDay:
        figures, unknown = known_figures(values_of(totals_of([day])), [day])
        if not day.read:
            missing = {"arrived_at": day.arrived_at, "left_at": day.left_at}
            unknown |= {name: Reason.NOT_READ for name, at in missing.items() if at is None}
        memberships = self._services.directory.view.memberships
        values = {
            **{name: getattr(day, name) for name in _OF_DAY},
            **_named(who),
            "department": memberships.department_on(who.user_id, day.work_date),
            "figures": figures,
            "unknown": unknown,
        }
        return ApiDay.model_validate(values, context=self._zone)

    def _month(self, who: Employee, month: PersonMonth, days: Sequence[PersonDay]) -> ApiMonth:
        live, why = known_figures(month.figures.values, days)
        locked = month.locked
        lock = month.state.locked
        figures = live
        unknown = why
        changes: dict[str, int | None] = {}
        if locked is not None:
            figures, unknown = known_figures(locked.values, ())
            changes = {**adjustments(month.figures, locked), **dict.fromkeys(why)}
            unknown |= {f"adjustments.{name}": reason for name, reason in why.items()}
        values = {
            **_named(who),
            "month": str(month.figures.month),
            "state": _state_of(month),
            "approved": month.is_approved,
            "locked_at": lock and lock.taken_at,
            "figures": figures,
            "adjustments": changes,
            "unknown": unknown,
        }
        return ApiMonth.model_validate(values, context=self._zone)

    def _punch(self, seq: int, row: ExportRow) -> ApiPunch:
        memberships = self._services.directory.view.memberships
        department = memberships.department_on(row.user_id, row.work_date)
        values = {name: getattr(row, name) for name in PUNCH_COLUMNS}
        values |= {"seq": seq, "department": department}
        return ApiPunch.model_validate(values, context=self._zone)


def _named(who: Employee) -> dict[str, Any]:
    return {"user_id": who.user_id, "job_number": who.job_number or None, "name": who.name}


def _state_of(month: PersonMonth) -> StateOfMonth:
    if month.state.locked is not None:
        return StateOfMonth.LOCKED
    if month.answer is MonthAnswer.OPEN and month.figures.digest() in month.state.shown:
        return StateOfMonth.SHOWN
    return StateOfMonth(month.answer)


_UNSEEN = "There is nobody of that id whom this token may see."


def _require(sight: Sight) -> Sight:
    """Return a sight of an answer. Raises Problem."""
    if sight.outcome is ViewResult.NOT_READ:
        raise Problem(503, _SOON)
    if sight.outcome not in (ViewResult.SEEN, ViewResult.NOBODY):
        raise Problem(404, _UNSEEN)
    return sight


def _part_of(sight: Sight, after: str, most: int) -> tuple[Sequence[Employee], str | None]:
    """Return at most `most` people after a cursor, and the cursor of the next page."""
    people = sorted(
        (who for who in sight.people if who.user_id > after), key=lambda who: who.user_id
    )
    return people[:most], people[most - 1].user_id if people[most:] else None


def known_figures(
    values: Mapping[str, int], days: Iterable[PersonDay]
) -> tuple[dict[str, int | None], dict[str, Reason]]:
    """Return figures with null for each one that nobody knows, and why it is null."""
    is_unsure = any(map(is_unsure_day, days))
    known = dict(without_guesses(values, is_unsure))
    reasons = {
        name: Reason.INCOMPLETE if values.get(f"{name}_unknown") else Reason.NOT_READ
        for name, value in known.items()
        if value is None
    }
    return known, reasons
