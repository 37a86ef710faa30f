"""Whose days somebody may see: the one place that decides it, and the only maker of what queries go by."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.people import Department, Employee
from bot.services.directory import Directory


class Sighted(StrEnum):
    """What became of a wish to see days."""

    SEEN = "seen"
    NO_LEAD = "no_lead"  # they lead nobody, whatever they asked for
    NOT_YOURS = "not_yours"  # nobody and nothing of that name is theirs, whether or not it exists elsewhere
    WHICH = "which"  # several of their people go by that name
    NOBODY = "nobody"  # theirs, and empty
    NOT_READ = "not_read"  # who leads whom is not read yet, or may have changed since


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose days a question shows its asker. Queries take these ids and no others.

    `people` are empty unless `outcome` is `seen` (then by user id) or `which` (whom it can be about). `department`
    is its name where one was asked for; `one` tells that a single person was named.
    """

    outcome: Sighted
    people: tuple[Employee, ...] = ()
    department: str | None = None
    one: bool = False

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Return the ids that may be queried; none unless something may be seen."""
        return tuple(one.user_id for one in self.people) if self.outcome is Sighted.SEEN else ()


@dataclass(frozen=True, slots=True)
class WhoSees:
    """Who sees somebody's days and whose days they see. `all` tells that they are an admin."""

    leads: tuple[Employee, ...]
    admins: tuple[Employee, ...]
    departments: tuple[Department, ...]
    people: int
    all: bool


async def is_role_known(directory: Directory, user_id: str, admins: Collection[str]) -> bool:
    """Tell whether it is known whom somebody leads, and no event said since that it may have changed.

    What other processes have read counts too. To be asked before a role lets somebody act. Raises StoreRefused.
    """
    if user_id in admins:
        return True
    await directory.catch_up(user_id)
    return not directory.may_have_lost_a_role(user_id)


class Visibility:
    """Tells whose days a viewer may see, by `domain.teams` and `roles.admins`, as the directory is right now.

    A viewer sees themselves, and without a name their team: the people of the departments they lead and of those
    below, without themselves; an admin everybody. Somebody outside of that is refused in the same words whether or
    not they exist.
    """

    def __init__(self, directory: Directory, admins: Collection[str]) -> None:
        self._directory = directory
        self._admins = frozenset(admins)

    def of(self, viewer: str, *, person: str | None = None, department: str | None = None) -> Sight:
        """Return whose days `viewer` sees who asks for a person (name or user id), a department, or their team."""
        settled = self._is_settled(viewer)
        if person is not None:
            return self._person(viewer, person, settled=settled)
        if not settled:
            return Sight(Sighted.NOT_READ)
        team = self.team_of(viewer)
        if not team and not self._leads(viewer):
            return Sight(Sighted.NO_LEAD)
        if department is None:
            return _of(team)
        return self._department(viewer, team, department)

    async def seen_by(self, viewer: str, *, person: str | None = None, department: str | None = None) -> Sight:
        """Return what `of` returns, by what any process has read of the viewer's role. Raises StoreRefused."""
        await self._directory.catch_up(viewer)
        return self.of(viewer, person=person, department=department)

    def who_sees(self, user_id: str) -> WhoSees:
        """Return who sees somebody's days, and what they see."""
        teams = self._directory.teams()
        led = teams.departments_led(user_id)
        return WhoSees(
            leads=self._named(lead for lead in teams.seen_by(user_id) if lead not in self._admins),
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
        if not self._directory.departments():
            return False
        return viewer in self._admins or not self._directory.may_have_lost_a_role(viewer)

    def _leads(self, viewer: str) -> bool:
        return viewer in self._admins or bool(self._directory.teams().departments_led(viewer))

    def _person(self, viewer: str, named: str, *, settled: bool) -> Sight:
        """Find a person among those the viewer sees, who is only themselves while their role is not `settled`.

        A user id goes first, a whole name before a part of one.
        """
        wanted = folded(named)
        own = self._directory.employee(viewer)
        seen = (*(self.team_of(viewer) if settled else ()), *((own,) if own is not None else ()))
        by_id = [one for one in seen if one.user_id == named]
        by_name = [one for one in seen if folded(one.name) == wanted]
        by_word = [one for one in seen if wanted in folded(one.name).split() or wanted == folded(one.user_id)]
        found = tuple(by_id or by_name or by_word)
        if len(found) > 1:
            return Sight(Sighted.WHICH, found, one=True)
        if found:
            return Sight(Sighted.SEEN, found, one=True)
        if not settled:
            return Sight(Sighted.NOT_READ)
        return Sight(Sighted.NOT_YOURS if self._leads(viewer) else Sighted.NO_LEAD)

    def _department(self, viewer: str, team: tuple[Employee, ...], named: str) -> Sight:
        """Find a department among those the viewer leads, all of that name together, with those below."""
        wanted = folded(named)
        if viewer in self._admins and wanted in _EVERYBODY:
            return _of(team)
        teams, is_admin = self._directory.teams(), viewer in self._admins
        led = teams.departments_led(viewer)
        seen = [one for one in self._directory.departments() if is_admin or one.department_id in led]
        by_name = [one for one in seen if folded(one.name) == wanted]
        theirs = by_name or [one for one in seen if wanted in folded(one.name).split()]
        if not theirs:
            return Sight(Sighted.NOT_YOURS)
        inside = teams.with_below(one.department_id for one in theirs)
        people = tuple(one for one in team if not inside.isdisjoint(one.department_ids))
        return _of(people, theirs[0].name)

    def _named(self, user_ids: Iterable[str]) -> tuple[Employee, ...]:
        found = (self._directory.employee(user_id) for user_id in sorted(user_ids))
        return tuple(one for one in found if one is not None)


def _of(people: tuple[Employee, ...], department: str | None = None) -> Sight:
    return Sight(Sighted.SEEN if people else Sighted.NOBODY, people, department)


_EVERYBODY = frozenset({"公司", "全公司", "全体", "全员", "company", "everybody", "everyone", "all"})


def folded(name: str) -> str:
    """Return a name as it is compared: case, width and spacing do not count, look-alike letters do."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
