"""What a viewer asked to see, and what the viewer may see of it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from bot.domain.day import PersonDay
from bot.domain.people import Employee
from bot.domain.slots import Days, Whom
from bot.views.i18n import Texts

OWN_TEAM = Whom()
Dates = Mapping[str, Mapping[date, bool]]  # by user id
_ALL_DATES: Dates = {}  # of everybody


class ViewResult(StrEnum):
    """The outcome of a request to see days. All but the first are the keys of their sentences."""

    SEEN = "seen"
    NO_LEAD = "team.no_lead"  # the viewer leads nobody
    # HR or an admin without a department, who did not ask for the company
    NO_TEAM = "team.no_team"
    NOT_YOURS = (
        "team.not_yours"  # the viewer has no such person or department; it may exist elsewhere
    )
    NOT_COMPANY = "team.not_company"  # only HR and admins see the whole company
    WHICH = "team.which"  # several people of the viewer may be meant
    WHICH_DEPARTMENT = "team.which_department"  # several departments of the viewer may be meant
    NOBODY = "team.nobody"  # the viewer's department is empty
    NOT_READ = "team.not_read"  # the role or the people may have changed since they were read


class Scope(StrEnum):
    """Whose days a viewer asks for."""

    TEAM = "team"  # the viewer's people, without the viewer
    COMPANY = "company"  # everybody, with the viewer
    DEPARTMENT = "department"  # everybody in it and below, with the viewer
    PERSON = "person"


class Sight(NamedTuple):
    """The people that a viewer may see. Only `user_ids` go into queries.

    `name` belongs to the department or the person, "" for a team of several departments. With the
    outcomes `which…` the viewer chooses one of `choices`, by their labels. `left_out` counts people
    who are not shown because they are doubted. `shows_kinds`: the viewer also sees the kinds of
    leave.

    For `days` of the past `people` include people who left. `dates` has the visible dates of people
    who joined, moved or left; False marks a date that counts only with a punch.
    """

    outcome: ViewResult
    people: tuple[Employee, ...] = ()
    scope: Scope = Scope.TEAM
    name: str = ""
    choices: tuple[tuple[str, Whom], ...] = ()
    left_out: int = 0
    days: Days | None = None
    dates: Dates = _ALL_DATES
    viewer: str = ""
    whom: Whom = OWN_TEAM
    shows_kinds: bool = False

    @property
    def is_person(self) -> bool:
        """Return whether the viewer named a person."""
        return self.scope is Scope.PERSON

    def title(self, texts: Texts, *, lead: str | None = None) -> str:
        """Return the name of these people, as plain text: "your team" for their lead.

        Other readers get the department's name, or the name of the `lead`.
        """
        if self.scope is Scope.COMPANY:
            return texts("team.company")
        if self.scope is not Scope.TEAM:
            return self.name
        return texts("team.yours") if lead is None else self.name or texts("team.of", name=lead)

    def shows(self, day: PersonDay, work_date: date | None = None) -> bool:
        """Return whether a day of these people is visible, as the day of `work_date` if given."""
        at = work_date or day.work_date
        user_id = day.user_id
        return self.shows_date(user_id, at) or (day.present and at in self.dates[user_id])

    def shows_date(self, user_id: str, day: date) -> bool:
        """Return whether a date of these people is visible, also without a punch."""
        dates = self.dates.get(user_id)
        return dates is None or dates.get(day, False)

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Return the ids of the visible people."""
        return (
            tuple(person.user_id for person in self.people)
            if self.outcome is ViewResult.SEEN
            else ()
        )


class WhoSees(NamedTuple):
    """The leads, HR and admins who see a person's days, and the departments and people that the
    person sees. `departments` has names by id.
    """

    leads: tuple[Employee, ...]
    hr: tuple[Employee, ...]
    admins: tuple[Employee, ...]
    departments: Mapping[int, str]
    people: int  # a number
    all: bool  # the person is HR or an admin
    # leads by the user id of their stand-in
    stood_in_for: Mapping[str, tuple[Employee, ...]] = {}
