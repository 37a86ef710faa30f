"""Whose days somebody may see: the one place that decides it, and the only maker of what queries go by."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from bot.actions import Whom
from bot.domain.corrections import may_decide
from bot.domain.people import Department, Employee, departments_called, people_called
from bot.services.organisation.directory import Directory

log = logging.getLogger(__name__)
_OWN_TEAM = Whom()


class Sighted(StrEnum):
    """What became of a wish to see days."""

    SEEN = "seen"
    NO_LEAD = "no_lead"  # they lead nobody, whatever they asked for
    NO_TEAM = "no_team"  # an admin who leads no department, and did not ask for the company
    NOT_YOURS = "not_yours"  # nobody and nothing of that name is theirs, whether or not it exists elsewhere
    WHICH = "which"  # several of their people go by that name
    NOBODY = "nobody"  # theirs, and empty
    NOT_READ = "not_read"  # who leads whom is not read yet, or may have changed since


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose days a question shows its asker. Queries take these ids and no others.

    `people` are those seen, by user id; with `which` whom it can be about; else nobody. `department` is its name
    where one was asked for. `one` tells that a single person was named. `left_out` is how many of those asked for
    are not shown because an event says that they changed, and DingTalk was not asked since.
    """

    outcome: Sighted
    people: tuple[Employee, ...] = ()
    department: str | None = None
    one: bool = False
    left_out: int = 0
    viewer: str = field(default="", compare=False)
    whom: Whom = field(default=Whom(), compare=False)

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Return the ids that may be queried; none unless something may be seen."""
        return tuple(one.user_id for one in self.people) if self.outcome is Sighted.SEEN else ()


@dataclass(frozen=True, slots=True)
class WhoSees:
    """The people who see somebody's days, and the people they see. `all` means an admin.

    A lead who is also an admin is among both.
    """

    leads: tuple[Employee, ...]
    admins: tuple[Employee, ...]
    departments: tuple[Department, ...]
    people: int
    all: bool


class Told(NamedTuple):
    """The people a lead may be told about, and how many are left out because an event about them is unread."""

    user_ids: frozenset[str]
    left_out: int = 0


class Visibility:
    """Decides which days a viewer may see, by `domain.teams` and `roles.admins`.

    A viewer sees themselves, and without a name their team: the people of the departments they lead and of those
    below, without themselves. An admin sees everybody, and asks for the whole company by name. Somebody outside of
    that is refused in the same words whether or not they exist. Whoever asks as a lead is read at DingTalk first;
    a lead who cannot be read sees only themselves. People who changed are shown to no lead until they are read.
    """

    def __init__(self, directory: Directory, admins: Collection[str]) -> None:
        self._directory = directory
        self._admins = frozenset(admins)

    def of(self, viewer: str, whom: Whom = _OWN_TEAM) -> Sight:
        """Return the people that `viewer` may see, as read last."""
        return self._sight(viewer, whom, settled=self._is_settled(viewer))

    async def seen_by(self, viewer: str, whom: Whom = _OWN_TEAM) -> Sight:
        """Return the people that `viewer` may see, after re-reading their role. Raises StoreRefused."""
        return self._sight(viewer, whom, settled=await self.is_role_known(viewer))

    async def now(self, sight: Sight) -> Sight:
        """Return `sight` if the asker may still see all of it, else the refusal.

        To be asked right before what was made of a sight is given: making it takes seconds, in which a role may be
        lost and people may move. Raises StoreRefused.
        """
        await self._directory.follow()
        now = self.of(sight.viewer, sight.whom)
        if now.outcome is Sighted.SEEN and set(sight.user_ids) <= set(now.user_ids):
            return sight
        log.warning("an answer is not given: who asked may not see all the people of it any more")
        return replace(now, outcome=Sighted.NOT_READ, people=()) if now.outcome is Sighted.SEEN else now

    async def is_role_known(self, user_id: str) -> bool:
        """Tell whether somebody's role is known, after reading it at DingTalk. Raises StoreRefused.

        To be asked before a role lets somebody see or decide.
        """
        await self._directory.follow()
        if not self._directory.is_read or user_id in self._admins:
            return self._is_settled(user_id)
        if self.leads(user_id) or self._directory.may_have_moved(user_id):
            return await self._directory.read_role(user_id)
        return True

    async def is_role_settled(self, user_id: str) -> bool:
        """Tell whether no event said that somebody's role may have changed since it was read. Raises StoreRefused.

        To be asked before a lead is told something unasked.
        """
        await self._directory.follow()
        return self._is_settled(user_id)

    async def is_team_known(self, user_id: str, *, to: str | None = None) -> bool:
        """Tell whether somebody is of the departments of which they were last read, as far as anybody heard.

        To be asked before a lead hears of them or decides for them; always so where that is `to` an admin.
        Raises StoreRefused.
        """
        if to is not None and self._is_admin(to):
            return True
        await self._directory.follow()
        return self._directory.is_read and not self._directory.may_have_moved(user_id)

    async def led_by(self, lead: str, named: str) -> tuple[Employee, ...] | None:
        """Return those of a lead's people, an admin's being all others, who go by `named` and can be spoken to.

        None while it is not known whether they are the lead's. Raises StoreRefused.
        """
        if not await self.is_role_known(lead):
            return None
        team = [one for one in self.team_of(lead) if one.active]
        found = people_called(named, team)
        return found if len(self._shown(lead, found)) == len(found) else None

    async def is_led_by(self, user_id: str, lead: str) -> bool | None:
        """Tell whether somebody is of a lead's people, an admin's being all others; None while that is in doubt.

        Raises StoreRefused.
        """
        if not await self.is_role_settled(lead) or not await self.is_team_known(user_id, to=lead):
            return None
        return any(one.user_id == user_id for one in self.team_of(lead))

    async def to_be_told(self, lead: str, user_ids: Iterable[str]) -> Told | None:
        """Return those of `user_ids` that a lead may be told about, None while the lead's role is in doubt.

        Raises StoreRefused.
        """
        if not await self.is_role_settled(lead):
            return None
        teams, moved = self._directory.teams(), self._directory.may_have_moved
        theirs = [one for one in user_ids if lead in teams.leads_of(one)]
        settled = frozenset(one for one in theirs if not moved(one))
        return Told(settled, left_out=len(theirs) - len(settled))

    async def decided_by(self, lead: str, askers: Collection[str]) -> frozenset[str] | None:
        """Return those of `askers` whose requests a lead or admin may decide now; None while that is in doubt.

        Who may have moved is left out for a lead. Raises StoreRefused.
        """
        if not await self.is_role_known(lead):
            return None
        moved = () if self._is_admin(lead) else filter(self._directory.may_have_moved, askers)
        return frozenset(filter(lambda one: self.may_decide(lead, one), askers)).difference(moved)

    def may_decide(self, by: str, asker: str) -> bool:
        """Tell whether somebody may decide what `asker` requests, as the directory was last read."""
        leads = self._directory.teams().leads_of(asker)
        return may_decide(by, asker, leads, [one for one in self._admins if self._is_admin(one)])

    def who_sees(self, user_id: str) -> WhoSees:
        """Return the people who see somebody's days, and the people that person sees."""
        teams = self._directory.teams()
        led = teams.departments_led(user_id)
        return WhoSees(
            leads=self._named(teams.seen_by(user_id)),
            admins=self._named(admin for admin in self._admins if admin != user_id),
            departments=tuple(one for one in self._directory.departments() if one.department_id in led),
            people=len(self.team_of(user_id)),
            all=self._is_admin(user_id),
        )

    def team_of(self, viewer: str) -> tuple[Employee, ...]:
        """Return a viewer's people as last read, by user id: to reckon with; whom to show is told by `of`."""
        if not self._is_admin(viewer):
            return self._directory.teams().members(viewer)
        return tuple(one for one in self._directory.known() if one.user_id != viewer)

    def _is_settled(self, viewer: str) -> bool:
        """Tell whether the viewer's role is known and no unread event is about it."""
        if not self._directory.is_read:
            return False
        if viewer in self._admins:
            return self._is_admin(viewer)
        return not self._directory.may_have_lost_a_role(viewer)

    def _is_admin(self, user_id: str) -> bool:
        """Tell whether somebody is an admin of the organisation: not who left or was never read."""
        return user_id in self._admins and self._directory.employee(user_id) is not None

    def _shown(self, viewer: str, people: Iterable[Employee]) -> list[Employee]:
        """Return whom of a viewer's `people` they are shown: a lead nobody who may be of another team by now."""
        if self._is_admin(viewer):
            return list(people)
        moved = self._directory.may_have_moved
        return [one for one in people if one.user_id == viewer or not moved(one.user_id)]

    def leads(self, viewer: str) -> bool:
        """Tell whether somebody leads a department or is an admin, as the directory was last read."""
        return self._is_admin(viewer) or bool(self._directory.teams().departments_led(viewer))

    def _sight(self, viewer: str, whom: Whom, *, settled: bool) -> Sight:
        found = self._found(viewer, whom, settled=settled)
        return replace(found, viewer=viewer, whom=whom)

    def _found(self, viewer: str, whom: Whom, *, settled: bool) -> Sight:
        named = whom.people or (() if whom.person is None else (whom.person,))
        if named:
            return self._people(viewer, named, settled=settled)
        if not settled:
            return Sight(Sighted.NOT_READ)
        if not self.leads(viewer):
            return Sight(Sighted.NO_LEAD)
        if whom.company:
            return self._of(viewer, self.team_of(viewer)) if self._is_admin(viewer) else Sight(Sighted.NOT_YOURS)
        if whom.department is not None:
            return self._department(viewer, whom.department)
        if not self._directory.teams().departments_led(viewer):
            return Sight(Sighted.NO_TEAM)
        return self._of(viewer, self._directory.teams().members(viewer))

    def _people(self, viewer: str, names: Sequence[str], *, settled: bool) -> Sight:
        """Return the people with these names. While the viewer's role is in doubt, they see only themselves."""
        own = self._directory.employee(viewer)
        team = self.team_of(viewer) if settled else ()
        among = (*team, *((own,) if own is not None else ()))
        people = tuple(one for name in names for one in people_called(name, among))
        if not people:
            if not settled:
                return Sight(Sighted.NOT_READ)
            return Sight(Sighted.NOT_YOURS if self.leads(viewer) else Sighted.NO_LEAD)
        if len(self._shown(viewer, people)) < len(people):
            return Sight(Sighted.NOT_READ)
        return Sight(Sighted.SEEN if len(people) == 1 else Sighted.WHICH, people, one=True)

    def _department(self, viewer: str, named: str) -> Sight:
        departments = departments_called(named, self._departments_of(viewer))
        if not departments:
            return Sight(Sighted.NOT_YOURS)
        inside = self._directory.teams().with_below(one.department_id for one in departments)
        those = [one for one in self.team_of(viewer) if not inside.isdisjoint(one.department_ids)]
        return self._of(viewer, those, departments[0].name)

    def _departments_of(self, viewer: str) -> tuple[Department, ...]:
        every = self._directory.departments()
        if self._is_admin(viewer):
            return every
        led = self._directory.teams().departments_led(viewer)
        return tuple(one for one in every if one.department_id in led)

    def _named(self, user_ids: Iterable[str]) -> tuple[Employee, ...]:
        found = (self._directory.employee(user_id) for user_id in sorted(user_ids))
        return tuple(one for one in found if one is not None)

    def _of(self, viewer: str, people: Sequence[Employee], department: str | None = None) -> Sight:
        """Return the part of a team or department that the viewer may see."""
        shown = tuple(self._shown(viewer, people))
        left_out = len(people) - len(shown)
        outcome = Sighted.SEEN if shown else Sighted.NOT_READ if left_out else Sighted.NOBODY
        return Sight(outcome, shown, department, left_out=left_out if shown else 0)
