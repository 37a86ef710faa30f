"""The answers of the API, from stored facts alone: no call to DingTalk, each in small steps.

Each answer has what its person may see, checked before and after the reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.day import PersonDay
from bot.domain.months import values_of
from bot.domain.payroll import is_unsure_day, without_guesses
from bot.domain.people import Employee
from bot.domain.slots import Days, Whom
from bot.domain.summaries import totals_of
from bot.services.organisation.sights import Sight, ViewResult
from bot.services.services import Services
from bot.web.api.models import (
    ApiCheck,
    ApiDay,
    ApiDepartment,
    ApiPage,
    ApiPerson,
    DaysQuery,
    PageQuery,
    Reason,
)
from bot.web.api.problems import Problem

MOST_DAYS = 92
PEOPLE_AT_ONCE = 200
DAYS_AT_ONCE = 1000  # of people together, so that nothing waits long for a page
_SOON = "The directory has changed and is being read again."


class ApiReads:
    """Reads for the person `viewer`. Each call raises Problem, StoreRefused."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._visibility = services.visibility
        self._zone = services.base.zone

    async def people(self, viewer: str, query: PageQuery) -> ApiPage[ApiPerson]:
        """Return the people whom the viewer sees."""
        sight = await self._sight(viewer, Whom(all_seen=True))
        people, cursor = _part_of(sight, query.cursor, PEOPLE_AT_ONCE)
        view = self._services.directory.view
        items = [
            ApiPerson(
                user_id=who.user_id,
                job_number=who.job_number or None,
                name=who.name,
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
        count = (span.last - span.first) // timedelta(days=1) + 1
        if not 1 <= count <= MOST_DAYS:
            raise Problem(400, f"`from` to `to` must be 1 to {MOST_DAYS} days.", field="to")
        if query.user_id is not None and query.department is not None:
            raise Problem(400, "Name a person or a department.", field="department")
        whom = Whom(person=query.user_id, department=query.department)
        sight = await self._sight(viewer, whom if whom.is_named else Whom(all_seen=True), span)
        people, cursor = _part_of(sight, query.cursor, max(1, DAYS_AT_ONCE // count))
        part = replace(sight, people=tuple(people))
        days = await self._services.summaries.of(
            [who.user_id for who in people], span.first, span.last, stored=True
        )
        _require(await self._visibility.recheck(part))
        items = [
            self._day(who, day) for who in people for day in days[who.user_id] if part.shows(day)
        ]
        return ApiPage(items=items, cursor=cursor, left_out=sight.left_out)

    async def _sight(self, viewer: str, whom: Whom, days: Days | None = None) -> Sight:
        """Return the people that a call may read. Raises Problem if there are none."""
        sight = await self._visibility.see_from_store(viewer, whom, days)
        if whom.person is not None and sight.user_ids not in ((), (whom.person,)):
            raise Problem(404, _UNSEEN)  # a name, not an id
        return _require(sight)

    def _day(self, who: Employee, day: PersonDay) -> ApiDay:
        figures, unknown = known_figures(values_of(totals_of([day])), [day])
        if not day.read:
            missing = {"arrived_at": day.arrived_at, "left_at": day.left_at}
            unknown |= {name: Reason.NOT_READ for name, at in missing.items() if at is None}
        memberships = self._services.directory.view.memberships
        return ApiDay(
            user_id=who.user_id,
            job_number=who.job_number or None,
            name=who.name,
            department=memberships.department_on(who.user_id, day.work_date),
            work_date=day.work_date,
            standing=day.standing,
            due_at=self._local(day.due_at),
            ends_at=self._local(day.ends_at),
            arrived_at=self._local(day.arrived_at),
            left_at=self._local(day.left_at),
            checks=[
                ApiCheck(
                    check_type=check.check_type,
                    due_at=check.due_at.astimezone(self._zone),
                    state=check.state,
                    punched_at=self._local(check.punched_at),
                    site=check.where.site,
                    location_result=check.where.result,
                )
                for check in day.checks
            ],
            figures=figures,
            unknown=unknown,
        )

    def _local(self, at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(self._zone)


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
    return people[:most], people[most - 1].user_id if len(people) > most else None


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
