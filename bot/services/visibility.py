"""Whose days somebody may see: the one place that decides it, and the only maker of what queries go by."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.domain.corrections import may_decide
from bot.domain.naming import departments_called, people_called, people_near
from bot.domain.people import Department, Employee
from bot.services.directory import Directory


class Sighted(StrEnum):
    """What became of a wish to see days."""

    SEEN = "seen"
    NO_LEAD = "no_lead"  # they lead nobody, whatever they asked for
    NOT_YOURS = "not_yours"  # nobody and nothing of that name is theirs, whether or not it exists elsewhere
    WHICH = "which"  # several of their people go by that name, or several were named
    WHO = "who"  # nothing of theirs is called like the words that nothing else accounts for
    NOBODY = "nobody"  # theirs, and empty
    NOT_READ = "not_read"  # who leads whom is not read yet, or may have changed since


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose days a question shows its asker. Queries take these ids and no others.

    `people` are those seen, by user id; with `which` whom it can be about; with `who` and `not_yours` those of the
    asker's own people whose name is near; else nobody. `department` is its name where one was asked for. `one`
    tells that a single person was named, and `asked` how, where the asker has to choose.
    """

    outcome: Sighted
    people: tuple[Employee, ...] = ()
    department: str | None = None
    one: bool = False
    asked: str | None = None

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Return the ids that may be queried; none unless something may be seen."""
        return tuple(one.user_id for one in self.people) if self.outcome is Sighted.SEEN else ()


@dataclass(frozen=True, slots=True)
class WhoSees:
    """Who sees somebody's days and whose days they see. `all` tells that they are an admin.

    A lead who is also an admin is among both.
    """

    leads: tuple[Employee, ...]
    admins: tuple[Employee, ...]
    departments: tuple[Department, ...]
    people: int
    all: bool


class WhoseDays(NamedTuple):
    """Whose days are asked for: all that was named, which of it reads as a department's, and the whole message."""

    names: tuple[str, ...]
    department: str | None
    unclear: bool  # some of the names may be none
    everybody: bool  # the one name may be that of the whole company
    said: str


class Visibility:
    """Tells whose days a viewer may see, by `domain.teams` and `roles.admins`, as the directory is right now.

    A viewer sees themselves, and without a name their team: the people of the departments they lead and of those
    below, without themselves; an admin everybody. Somebody outside of that is refused in the same words whether or
    not they exist.
    """

    def __init__(self, directory: Directory, admins: Collection[str]) -> None:
        self._directory = directory
        self._admins = frozenset(admins)

    def of(
        self,
        viewer: str,
        *,
        person: str | None = None,
        department: str | None = None,
        unclear: Sequence[str] = (),
        loose: Collection[str] = (),
        everybody: bool = False,
        said: str = "",
    ) -> Sight:
        """Return whose days `viewer` sees who asks for a person (name or user id), a department, or their team.

        `unclear` are words of the message `said` that may be the name of either. What was named and is not theirs
        never becomes a question about others than those named; but the words of `unclear` that are `loose` name
        nobody unless somebody or something of theirs is called so, or nearly. With `everybody` the one name there
        is may be that of the whole company, which is an admin's.
        """
        settled = self._is_settled(viewer)
        if loose and settled:
            unclear = [one for one in unclear if one not in loose or self._may_mean(viewer, one, said)]
        names = tuple(one for one in (person, department, *unclear) if one)
        if names:
            return self._named_ones(
                viewer, WhoseDays(names, department, bool(unclear), everybody, said), settled=settled
            )
        if not settled:
            return Sight(Sighted.NOT_READ)
        team = self.team_of(viewer)
        if not team and not self._leads(viewer):
            return Sight(Sighted.NO_LEAD)
        return _of(team)

    async def seen_by(
        self,
        viewer: str,
        *,
        person: str | None = None,
        department: str | None = None,
        unclear: Sequence[str] = (),
        loose: Collection[str] = (),
        everybody: bool = False,
        said: str = "",
    ) -> Sight:
        """Return what `of` returns, by what any process has read of the viewer's role. Raises StoreRefused."""
        await self._directory.catch_up(viewer)
        return self.of(
            viewer,
            person=person,
            department=department,
            unclear=unclear,
            loose=loose,
            everybody=everybody,
            said=said,
        )

    async def is_role_known(self, user_id: str) -> bool:
        """Tell whether it is known whom somebody leads, and no event said since that it may have changed.

        What other processes have read counts too. To be asked before a role lets somebody act, and before it is
        said who sees their days. Raises StoreRefused.
        """
        await self._directory.catch_up(user_id)
        return self._is_settled(user_id)

    def led_by(self, lead: str, named: str) -> tuple[Employee, ...]:
        """Return those of a lead's people, an admin's being all others, who go by `named` and can be spoken to."""
        team = self.team_of(lead)
        return people_called(named, [one for one in team if self._directory.is_active(one.user_id)])

    def may_decide(self, by: str, asker: str) -> bool:
        """Tell whether somebody may decide now what `asker` requests."""
        return may_decide(by, asker, self._directory.teams().leads_of(asker), self._admins)

    def who_sees(self, user_id: str) -> WhoSees:
        """Return who sees somebody's days, and what they see."""
        teams = self._directory.teams()
        led = teams.departments_led(user_id)
        return WhoSees(
            leads=self._named(teams.seen_by(user_id)),
            admins=self._named(admin for admin in self._admins if admin != user_id),
            departments=tuple(one for one in self._directory.departments() if one.department_id in led),
            people=len(self.team_of(user_id)),
            all=user_id in self._admins,
        )

    def team_of(self, viewer: str) -> tuple[Employee, ...]:
        """Return a viewer's people as last read, by user id: to reckon with; whom to show is told by `of`."""
        if viewer not in self._admins:
            return self._directory.teams().members(viewer)
        return tuple(one for one in self._directory.known() if one.user_id != viewer)

    def _is_settled(self, viewer: str) -> bool:
        """Tell whether it is known whom the viewer leads, and no event said since that it may have changed."""
        if not self._directory.is_read:
            return False
        return viewer in self._admins or not self._directory.may_have_lost_a_role(viewer)

    def _may_mean(self, viewer: str, word: str, said: str) -> bool:
        """Tell whether somebody or a department that the viewer sees is called `word`, or nearly so."""
        own = self._directory.employee(viewer)
        theirs = (*self.team_of(viewer), *((own,) if own is not None else ()))
        if people_called(word, theirs, said) or people_near(word, theirs):
            return True
        return bool(departments_called(word, self._departments_of(viewer), said))

    def _leads(self, viewer: str) -> bool:
        return viewer in self._admins or bool(self._directory.teams().departments_led(viewer))

    def _named_ones(self, viewer: str, question: WhoseDays, *, settled: bool) -> Sight:
        """Find who or which department is asked for among those the viewer sees.

        While their role is not `settled` that is only themselves.
        """
        own = self._directory.employee(viewer)
        team = self.team_of(viewer) if settled else ()
        theirs = (*team, *((own,) if own is not None else ()))
        found = [self._called(viewer, one, question, theirs, settled=settled) for one in question.names]
        if found[0].outcome is not Sighted.NOT_YOURS and all(sight == found[0] for sight in found):
            return found[0]
        people = {one.user_id: one for sight in found if sight.one for one in sight.people}
        if people and settled:
            return Sight(Sighted.WHICH, tuple(people.values()), one=True)
        if not settled:
            return Sight(Sighted.NOT_READ)
        if not self._leads(viewer):
            return Sight(Sighted.NO_LEAD)
        asks_for_one = len(found) == 1 and question.department is None
        near = people_near(question.names[0], theirs) if asks_for_one else ()
        return Sight(
            Sighted.WHO if question.unclear else Sighted.NOT_YOURS, near, asked=question.names[0] if near else None
        )

    def _called(
        self, viewer: str, named: str, question: WhoseDays, theirs: Sequence[Employee], *, settled: bool
    ) -> Sight:
        """Return the one person of a name, else the one department; what reads as a department is that first."""
        departments = departments_called(named, self._departments_of(viewer), question.said) if settled else ()
        people = people_called(named, theirs, question.said)
        if people and not (departments and named == question.department):
            outcome = Sighted.SEEN if len(people) == 1 else Sighted.WHICH
            return Sight(outcome, people, one=True, asked=named if len(people) > 1 else None)
        others = [one for one in theirs if one.user_id != viewer]
        if viewer in self._admins and question.everybody:
            return _of(others)
        if not departments:
            return Sight(Sighted.NOT_YOURS)
        inside = self._directory.teams().with_below(one.department_id for one in departments)
        return _of((one for one in others if not inside.isdisjoint(one.department_ids)), departments[0].name)

    def _departments_of(self, viewer: str) -> tuple[Department, ...]:
        every = self._directory.departments()
        if viewer in self._admins:
            return every
        led = self._directory.teams().departments_led(viewer)
        return tuple(one for one in every if one.department_id in led)

    def _named(self, user_ids: Iterable[str]) -> tuple[Employee, ...]:
        found = (self._directory.employee(user_id) for user_id in sorted(user_ids))
        return tuple(one for one in found if one is not None)


def _of(people: Iterable[Employee], department: str | None = None) -> Sight:
    found = tuple(people)
    return Sight(Sighted.SEEN if found else Sighted.NOBODY, found, department)
