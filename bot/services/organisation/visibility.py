"""Visibility: the one place that decides which people's days somebody may see."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.actions import Whom
from bot.domain.people import Department, Employee, people_called
from bot.services.organisation.directory import Directory

log = logging.getLogger(__name__)
_OWN_TEAM = Whom()


class ViewResult(StrEnum):
    """The outcome of a wish to see days, by the key of its sentence."""

    SEEN = "seen"
    NO_LEAD = "no_lead"  # the viewer leads nobody
    NO_TEAM = "no_team"  # an admin who leads no department, and did not ask for the company
    NOT_YOURS = "not_yours"  # no such person or department among the viewer's, whether or not it exists elsewhere
    WHICH = "which"  # several of the viewer's people have that name
    NOBODY = "nobody"  # the department is the viewer's, and empty
    NOT_READ = "not_read"  # the role, or the people, may have changed and are not read yet


@dataclass(frozen=True, slots=True)
class Sight:
    """The people that a viewer may see. Queries take these ids and no others.

    With `which`, `people` are those to choose from. `department` is a name. `one` tells that a single person was
    named. `left_out` counts people who are not shown because they are doubted.
    """

    outcome: ViewResult
    people: tuple[Employee, ...] = ()
    department: str | None = None
    one: bool = False
    left_out: int = 0
    viewer: str = field(default="", compare=False)
    whom: Whom = field(default=_OWN_TEAM, compare=False)

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Return the ids that may be queried."""
        return tuple(one.user_id for one in self.people) if self.outcome is ViewResult.SEEN else ()


@dataclass(frozen=True, slots=True)
class WhoSees:
    """Leads and admins who see a person's days; departments and number of people that the person sees."""

    leads: tuple[Employee, ...]
    admins: tuple[Employee, ...]
    departments: tuple[Department, ...]
    people: int
    all: bool


class Visibility:
    """Decides by `domain.teams` and `roles.admins`.

    - Everybody sees themselves. A lead sees the people of their departments and of all departments below.
    - An admin sees everybody, and asks for the whole company by name.
    - Anybody else is refused in the same words, whether or not they exist.
    - A lead's role is read at DingTalk when they ask; without an answer they see only themselves.
    - Doubted people are shown to no lead, only to admins.

    Each asynchronous call first takes over what other processes stored. It raises StoreRefused.
    """

    def __init__(self, directory: Directory, admins: Collection[str]) -> None:
        self._directory = directory
        self._admins = frozenset(admins)

    # --- what somebody may see

    async def seen_by(self, viewer: str, whom: Whom = _OWN_TEAM) -> Sight:
        """Return the people that `viewer` may see, after reading their role."""
        return self._sight(viewer, whom, is_certain=await self.is_role_known(viewer))

    async def now(self, sight: Sight) -> Sight:
        """Return `sight` if all of it may still be seen, else the refusal; to be called right before an answer."""
        await self._directory.follow()
        now = self.of(sight.viewer, sight.whom)
        if now.outcome is ViewResult.SEEN and set(sight.user_ids) <= set(now.user_ids):
            return sight
        log.warning("an answer is not given: its people may not be seen any more")
        return replace(now, outcome=ViewResult.NOT_READ, people=()) if now.outcome is ViewResult.SEEN else now

    def of(self, viewer: str, whom: Whom = _OWN_TEAM) -> Sight:
        """Return the people that `viewer` may see, without reading anything."""
        return self._sight(viewer, whom, is_certain=self._is_role_certain(viewer))

    def who_sees(self, user_id: str) -> WhoSees:
        teams = self._directory.view.teams
        led = teams.departments_led(user_id)
        return WhoSees(
            leads=self._employees(teams.seen_by(user_id)),
            admins=self._employees(self._admins - {user_id}),
            departments=tuple(one for one in self._directory.view.departments if one.department_id in led),
            people=len(self.team_of(user_id)),
            all=self._is_admin(user_id),
        )

    def leads(self, viewer: str) -> bool:
        """Tell whether somebody leads a department or is an admin."""
        return self._is_admin(viewer) or bool(self._directory.view.teams.departments_led(viewer))

    def team_of(self, viewer: str) -> tuple[Employee, ...]:
        """Return a lead's people, and all others for an admin: to count, not to show."""
        if not self._is_admin(viewer):
            return self._directory.view.teams.members(viewer)
        return tuple(one for one in self._directory.view.people.values() if one.user_id != viewer)

    # --- what is certain

    async def is_role_known(self, user_id: str) -> bool:
        """Read a role; tell whether it is certain now."""
        await self._directory.follow()
        if not self._directory.is_read or user_id in self._admins:
            return self._is_role_certain(user_id)
        if self.leads(user_id) or self._directory.is_doubted(user_id):
            return await self._directory.read_role(user_id)
        return True

    async def is_role_settled(self, user_id: str) -> bool:
        """Tell whether a role is not doubted, without reading it."""
        await self._directory.follow()
        return self._is_role_certain(user_id)

    async def is_team_known(self, user_id: str) -> bool:
        """Tell whether a person's departments are certain."""
        await self._directory.follow()
        return self._directory.is_read and not self._directory.is_doubted(user_id)

    # --- acting for people, and being told about them

    async def led_by(self, lead: str, named: str) -> tuple[Employee, ...] | None:
        """Return the lead's active people with that name or user id; None while anything is doubted."""
        if not await self.is_role_known(lead):
            return None
        found = people_called(named, [one for one in self.team_of(lead) if one.active])
        return found if all(self._is_shown(lead, one.user_id) for one in found) else None

    async def is_led_by(self, user_id: str, lead: str) -> bool | None:
        """Tell whether a person is one of the lead's people; None while that is doubted."""
        if not await self.is_role_settled(lead) or not self._is_shown(lead, user_id):
            return None
        return any(one.user_id == user_id for one in self.team_of(lead))

    async def to_be_told(self, lead: str, user_ids: Iterable[str]) -> tuple[frozenset[str], int] | None:
        """Return the `user_ids` that a note to the lead may name, and the number of doubted ones.

        None while the role is doubted.
        """
        if not await self.is_role_settled(lead):
            return None
        teams = self._directory.view.teams
        theirs = [one for one in user_ids if lead in teams.leads_of(one)]
        certain = frozenset(one for one in theirs if self._is_shown(lead, one))
        return certain, len(theirs) - len(certain)

    async def decided_by(self, lead: str, askers: Collection[str]) -> frozenset[str] | None:
        """Return the `askers` whose requests a lead or admin may decide; None while the role is doubted."""
        if not await self.is_role_known(lead):
            return None
        return frozenset(one for one in askers if self._is_shown(lead, one) and self._may_decide(lead, one))

    async def may_decide(self, by: str, asker: str) -> bool | None:
        """Tell whether somebody may decide what `asker` requests; None while a role or a team is doubted."""
        if not await self.is_role_known(by):
            return None
        if not self._may_decide(by, asker):
            return False
        return True if self._is_shown(by, asker) else None

    def deciders(self, asker: str) -> frozenset[str]:
        """Return the people who decide requests of `asker`: their leads, else the administrators."""
        admins = self._directory.view.active & (self._admins - {asker})
        return self._directory.view.teams.leads_of(asker) or admins

    def _may_decide(self, by: str, asker: str) -> bool:
        return by != asker and (self._is_admin(by) or by in self._directory.view.teams.leads_of(asker))

    # --- how it is decided

    def _is_admin(self, user_id: str) -> bool:
        """A configured admin who left, or was never read, does not count."""
        return user_id in self._admins and self._directory.employee(user_id) is not None

    def _is_role_certain(self, user_id: str) -> bool:
        if not self._directory.is_read:
            return False
        if user_id in self._admins:
            return self._is_admin(user_id)
        return not self._directory.is_role_doubted(user_id)

    def _sight(self, viewer: str, whom: Whom, *, is_certain: bool) -> Sight:
        names = whom.people or (() if whom.person is None else (whom.person,))
        if names:
            found = self._named(viewer, names, is_certain=is_certain)
        elif not is_certain:
            found = Sight(ViewResult.NOT_READ)
        elif not self.leads(viewer):
            found = Sight(ViewResult.NO_LEAD)
        elif whom.company:
            is_admin = self._is_admin(viewer)
            found = self._group(viewer, self.team_of(viewer)) if is_admin else Sight(ViewResult.NOT_YOURS)
        elif whom.department is not None:
            found = self._department(viewer, whom.department)
        elif self._directory.view.teams.departments_led(viewer):
            found = self._group(viewer, self._directory.view.teams.members(viewer))
        else:
            found = Sight(ViewResult.NO_TEAM)
        return replace(found, viewer=viewer, whom=whom)

    def _named(self, viewer: str, names: Sequence[str], *, is_certain: bool) -> Sight:
        """Return named people. While the viewer's role is doubted, they see only themselves."""
        own = self._directory.employee(viewer)
        among = (*(self.team_of(viewer) if is_certain else ()), *((own,) if own is not None else ()))
        people = tuple(one for name in names for one in people_called(name, among))
        if not people and is_certain:
            return Sight(ViewResult.NOT_YOURS if self.leads(viewer) else ViewResult.NO_LEAD)
        if not people or not all(self._is_shown(viewer, one.user_id) for one in people):
            return Sight(ViewResult.NOT_READ)
        return Sight(ViewResult.SEEN if len(people) == 1 else ViewResult.WHICH, people, one=True)

    def _department(self, viewer: str, named: str) -> Sight:
        teams = self._directory.view.teams
        led = None if self._is_admin(viewer) else teams.departments_led(viewer)
        called = [one for one in self._directory.view.departments if one.name == named]
        departments = [one for one in called if led is None or one.department_id in led]
        if not departments:
            return Sight(ViewResult.NOT_YOURS)
        inside = teams.with_below(one.department_id for one in departments)
        people = [one for one in self.team_of(viewer) if not inside.isdisjoint(one.department_ids)]
        return self._group(viewer, people, departments[0].name)

    def _group(self, viewer: str, people: Sequence[Employee], department: str | None = None) -> Sight:
        """Return the people of a team or department that the viewer is shown."""
        shown = tuple(one for one in people if self._is_shown(viewer, one.user_id))
        left_out = len(people) - len(shown)
        outcome = ViewResult.SEEN if shown else ViewResult.NOT_READ if left_out else ViewResult.NOBODY
        return Sight(outcome, shown, department, left_out=left_out if shown else 0)

    def _is_shown(self, viewer: str, user_id: str) -> bool:
        """Tell whether a person's place is certain enough for `viewer`; an admin is shown all."""
        return user_id == viewer or self._is_admin(viewer) or not self._directory.is_doubted(user_id)

    def _employees(self, user_ids: Iterable[str]) -> tuple[Employee, ...]:
        found = (self._directory.employee(user_id) for user_id in sorted(user_ids))
        return tuple(one for one in found if one is not None)
