"""Visibility: this file alone decides who may see which people's days."""

import logging
from collections.abc import Collection, Iterable, Sequence, Set

from bot.domain.people import Employee, people_named
from bot.domain.slots import Days, Whom
from bot.services.organisation.directory import Directory
from bot.services.organisation.sights import OWN_TEAM, Dates, Scope, Sight, ViewResult, WhoSees

log = logging.getLogger(__name__)


class Visibility:
    """Decides by `domain.teams`, `roles.hr` and `roles.admins`.

    - Everybody sees themselves. A lead sees the people of their departments and of all
      departments below.
    - HR and admins see everybody, and ask for the whole company by name. Admins also decide
      about everybody.
    - A refusal has the same words for an unknown person and for a person of another team.
    - The bot reads a lead's role from DingTalk when the lead asks. Without an answer leads see
      only themselves.
    - Leads do not see doubted people. HR and admins do.
    - A stand-in has the rights of the lead on the days of the stand-in, but none about the lead.
    - On past days people who left or moved belong to their departments of that date.

    Each asynchronous call first updates the directory from the database. It raises StoreRefused.
    """

    def __init__(self, directory: Directory, admins: Collection[str], hr: Collection[str]) -> None:
        self._directory = directory
        self._admins = frozenset(admins)
        self._hr = frozenset(hr)

    # --- who may be seen

    async def read_sight(
        self, viewer: str, whom: Whom = OWN_TEAM, days: Days | None = None
    ) -> Sight:
        """Read the role of `viewer`. Return the people that the viewer may see on `days`, by
        default the present people.
        """
        await self._directory.catch_up()
        is_certain = self._sees_all_for_sure(viewer) or await self.is_role_known(viewer)
        return self._sight(viewer, whom, days, is_certain=is_certain)

    async def recheck(self, sight: Sight) -> Sight:
        """Return `sight` if the viewer may still see all of it, else the refusal.

        Called before each answer.
        """
        await self._directory.catch_up()
        now = self.of(sight.viewer, sight.whom, sight.days)
        is_same = all(sight.dates.get(who) == now.dates.get(who) for who in sight.user_ids)
        if now.outcome is ViewResult.SEEN and set(sight.user_ids) <= set(now.user_ids) and is_same:
            return sight
        log.warning("an answer is refused: the viewer may no longer see its people")
        return (
            now._replace(outcome=ViewResult.NOT_READ, people=())
            if now.outcome is ViewResult.SEEN
            else now
        )

    def of(self, viewer: str, whom: Whom = OWN_TEAM, days: Days | None = None) -> Sight:
        """Return the people that `viewer` may see, by the directory in memory."""
        is_certain = self._sees_all_for_sure(viewer) or self._is_role_certain(viewer)
        return self._sight(viewer, whom, days, is_certain=is_certain)

    def who_sees(self, user_id: str) -> WhoSees:
        teams = self._directory.view.teams
        led = teams.departments_led(user_id)
        return WhoSees(
            leads=self._employees(teams.leads_above(user_id)),
            stood_in_for={
                who: self._employees(leads)
                for who in teams.leads_above(user_id)
                if (leads := teams.leads_acted_for(who, user_id))
            },
            hr=self._employees(self._hr - {user_id}),
            admins=self._employees(self._admins - {user_id}),
            departments=self._names_of(led),
            people=len(
                self._directory.view.people if self.sees_all(user_id) else self.team_of(user_id)
            ),
            all=self.sees_all(user_id),
        )

    def leads(self, viewer: str) -> bool:
        """Return whether somebody sees other people's days: a lead, HR or an admin."""
        return self.sees_all(viewer) or bool(self._directory.view.teams.departments_led(viewer))

    def team_of(self, viewer: str) -> tuple[Employee, ...]:
        """Return the people whom a lead or admin nudges, excuses and decides about.

        Some of these people may be doubted.
        """
        if not self._is_admin(viewer):
            return self._directory.view.teams.members(viewer)
        return tuple(who for who in self._directory.view.people.values() if who.user_id != viewer)

    async def is_role_known(self, user_id: str) -> bool:
        """Read a role. Return whether it is certain now."""
        await self._directory.catch_up()
        if not self._directory.is_read or user_id in self._admins:
            return self._is_role_certain(user_id)
        leads = bool(self._directory.view.teams.departments_led(user_id))
        if leads or self._directory.is_doubted(user_id):
            return await self._directory.read_role(user_id)
        return True

    async def is_role_settled(self, user_id: str) -> bool:
        """Return whether a role is certain, without a call."""
        await self._directory.catch_up()
        return self._is_role_certain(user_id)

    async def is_team_known(self, user_id: str) -> bool:
        """Return whether a person's departments are certain."""
        await self._directory.catch_up()
        return self._directory.is_read and not self._directory.is_doubted(user_id)

    # --- decisions about people, and notes about them

    async def people_led_by(self, lead: str, named: str) -> tuple[Employee, ...] | None:
        """Return the lead's active people with that name, first name or user id, None while one of
        them is doubted.
        """
        if not await self.is_role_known(lead):
            return None
        people = self._named(named, [who for who in self.team_of(lead) if who.active])
        return people if all(self._is_led_for_sure(lead, who.user_id) for who in people) else None

    async def is_led_by(self, user_id: str, lead: str) -> bool | None:
        """Return whether the lead leads a person, None while that is doubted."""
        if not await self.is_role_settled(lead) or not self._is_led_for_sure(lead, user_id):
            return None
        return any(who.user_id == user_id for who in self.team_of(lead))

    def team_in(self, sight: Sight) -> frozenset[str]:
        """Return the people in sight whom the viewer may nudge, excuse and decide about."""
        led = frozenset(who.user_id for who in self.team_of(sight.viewer))
        return led.intersection(sight.user_ids)

    async def people_for_note(
        self, lead: str, user_ids: Iterable[str]
    ) -> tuple[frozenset[str], int] | None:
        """Return the `user_ids` that a note to the lead may name, and the number of doubted people.

        Return None while the lead's role is doubted.
        """
        if not await self.is_role_settled(lead):
            return None
        teams = self._directory.view.teams
        team = [user_id for user_id in user_ids if lead in teams.leads_of(user_id)]
        certain = frozenset(user_id for user_id in team if self._is_led_for_sure(lead, user_id))
        return certain, len(team) - len(certain)

    async def askers_decided_by(self, lead: str, askers: Collection[str]) -> frozenset[str] | None:
        """Return the `askers` that a lead or admin may decide about, None while the role is
        doubted.
        """
        if not await self.is_role_known(lead):
            return None
        return frozenset(who for who in askers if self._may_decide(lead, who))

    async def may_decide(self, by: str, asker: str) -> bool | None:
        """Return whether `by` may decide a request of `asker`, None while a role or a team is
        doubted.
        """
        return self._may_decide(by, asker) if await self.is_role_known(by) else None

    def deciders(self, asker: str) -> frozenset[str]:
        """Return the people who decide requests of `asker`: the nearest leads, else the administrators."""
        barred = self._barred_from_deciding(asker)
        leads = self._directory.view.teams.leads_of(asker) - barred
        return leads or self._directory.view.active & (self._admins - barred)

    def leads_acted_for(self, by: str, asker: str, nearest: bool = False) -> tuple[str, ...]:
        """Return the leads in whose place the stand-in `by` decides about `asker`.

        Somebody with a right of their own decides for nobody. `nearest`: only the nearest leads
        decide a request.
        """
        if by == asker or self._is_admin(by):
            return ()
        return tuple(sorted(self._directory.view.teams.leads_acted_for(by, asker, nearest)))

    def departments_passed_on(self, lead: str) -> tuple[str, ...]:
        """Return the names of the departments that a stand-in leads for this lead."""
        own = self._directory.view.teams.own_departments(lead)
        return tuple(self._names_of(own).values())

    def _names_of(self, department_ids: Collection[int]) -> dict[int, str]:
        """Return the names of departments by id, in the order of the directory."""
        names = self._directory.view.department_names
        return {key: name for key, name in names.items() if key in department_ids}

    def _may_decide(self, by: str, asker: str) -> bool | None:
        may = by in self.deciders(asker) or (
            self._is_admin(by) and by not in self._barred_from_deciding(asker)
        )
        return None if may and not self._is_led_for_sure(by, asker) else may

    def _barred_from_deciding(self, asker: str) -> frozenset[str]:
        """Return the asker and everybody who stands in for the asker."""
        return self._directory.view.teams.stand_ins_of(asker) | {asker}

    def _seen(self, viewer: str, days: Days | None) -> tuple[Sequence[Employee], Dates]:
        """Return everybody whom `viewer` sees on one of the `days`, with the dates of the others."""
        teams = self._directory.view.teams
        inside = None if self.sees_all(viewer) else teams.departments_led(viewer)
        people, dates = self._people_on(viewer, days, inside)
        others = (who for who in people if who.user_id != viewer)
        everybody = sorted((*others, *self._employees([viewer])), key=lambda who: who.user_id)
        return everybody, {who: seen for who, seen in dates.items() if who != viewer}

    def _people_on(
        self, viewer: str, days: Days | None, inside: Set[int] | None
    ) -> tuple[tuple[Employee, ...], Dates]:
        """Return the people in sight who belonged here, or `inside` these departments, on one of the
        `days`, and their dates. Without `days` return the present people.
        """
        view = self._directory.view
        sees_all = self.sees_all(viewer)
        present = (
            view.people.values()
            if sees_all
            else (*self.team_of(viewer), *self._employees([viewer]))
        )
        people = {
            who.user_id: who
            for who in present
            if inside is None or not inside.isdisjoint(who.department_ids)
        }
        dates: Dates = {}
        if days is not None:
            past = view.memberships
            hidden = () if sees_all else view.teams.hidden_leads(viewer)
            for user_id in past.movers_within(days):
                if user_id not in people and user_id not in hidden:
                    people[user_id] = view.people.get(user_id) or past.left[user_id]
            dates = {
                user_id: of
                for user_id in people
                if (of := past.dates(user_id, days, self._directory.today, inside)) is not None
            }
        ids = sorted(user_id for user_id in people if dates.get(user_id) != {})
        return tuple(people[user_id] for user_id in ids), dates

    def _is_admin(self, user_id: str) -> bool:
        """Return whether a person is an admin and in the directory."""
        return user_id in self._admins and self._directory.employee(user_id) is not None

    def sees_all(self, user_id: str) -> bool:
        """Return whether a person is HR or an admin, and in the directory."""
        return user_id in self._admins | self._hr and self._directory.employee(user_id) is not None

    def _sees_all_for_sure(self, user_id: str) -> bool:
        return self._directory.is_read and self.sees_all(user_id)

    def _is_role_certain(self, user_id: str) -> bool:
        if not self._directory.is_read:
            return False
        if user_id in self._admins:
            return self._is_admin(user_id)
        return not self._directory.is_role_doubted(user_id)

    def _sight(self, viewer: str, whom: Whom, days: Days | None, *, is_certain: bool) -> Sight:
        teams = self._directory.view.teams
        person = viewer if whom.own else whom.person
        names = whom.people or (() if person is None else (person,))
        departments = whom.departments or (() if whom.department is None else (whom.department,))
        if names:
            sight = self._people_named(viewer, names, days, is_certain=is_certain)
        elif not is_certain:
            sight = Sight(ViewResult.NOT_READ)
        elif whom.all_seen or (whom.company and self.sees_all(viewer)):
            sight = self._group(viewer, self._seen(viewer, days), Scope.COMPANY)
        elif not self.leads(viewer):
            sight = Sight(ViewResult.NO_LEAD)
        elif whom.company:
            sight = Sight(ViewResult.NOT_COMPANY)
        elif departments:
            sight = self._department(viewer, departments, days)
        elif inside := teams.departments_led(viewer):
            people, dates = self._people_on(viewer, days, inside)
            others = tuple(who for who in people if who.user_id != viewer)
            names_by_id = self._directory.view.department_names
            led = [names_by_id.get(key, "") for key in teams.directly_led(viewer)]
            name = led[0] if len(led) == 1 else ""
            sight = self._group(viewer, (others, dates), Scope.TEAM, name)
        else:
            sight = Sight(ViewResult.NO_TEAM)
        is_hr = viewer in self._hr and self._directory.employee(viewer) is not None
        return sight._replace(viewer=viewer, whom=whom, days=days, shows_kinds=is_hr)

    def _named(self, named: str, among: Sequence[Employee]) -> tuple[Employee, ...]:
        """Return the people with that user id, name or first name.

        The user id of somebody who is not `among` them, as in an old button, is no name.
        """
        is_user_id = self._directory.view.memberships.knows(named)
        exact = tuple(who for who in among if who.user_id == named)
        return exact if is_user_id else people_named(named, among)

    def _people_named(
        self, viewer: str, names: Sequence[str], days: Days | None, *, is_certain: bool
    ) -> Sight:
        """Return named people. While the viewer's role is doubted, the viewer sees nobody else."""
        among: Sequence[Employee] = self._employees([viewer])
        dates: Dates = {}
        if is_certain:
            among, dates = self._seen(viewer, days)
        people = tuple(dict.fromkeys(who for name in names for who in self._named(name, among)))
        if not people and is_certain:
            return Sight(ViewResult.NOT_YOURS if self.leads(viewer) else ViewResult.NO_LEAD)
        if not people or not all(self._is_shown(viewer, who.user_id) for who in people):
            return Sight(ViewResult.NOT_READ)
        if len(people) > 1:
            choices = tuple(
                (f"{who.shown_name} ({who.user_id})", Whom(person=who.user_id)) for who in people
            )
            return Sight(ViewResult.WHICH, choices=choices)
        name = people[0].shown_name
        return Sight(ViewResult.SEEN, people, Scope.PERSON, name, dates=dates)

    def _department(self, viewer: str, department_ids: Sequence[int], days: Days | None) -> Sight:
        """Return the people of the one department among `department_ids` that the viewer sees."""
        teams = self._directory.view.teams
        led = teams.departments_led(viewer)
        names = self._names_of(
            department_ids if self.sees_all(viewer) else led.intersection(department_ids)
        )
        if not names:
            return Sight(ViewResult.NOT_YOURS)
        if len(names) > 1:
            choices = tuple((name, Whom(department=key)) for key, name in names.items())
            return Sight(ViewResult.WHICH_DEPARTMENT, choices=choices)
        ((department_id, name),) = names.items()
        inside = teams.with_below([department_id])
        return self._group(viewer, self._people_on(viewer, days, inside), Scope.DEPARTMENT, name)

    def _group(
        self, viewer: str, members: tuple[Sequence[Employee], Dates], scope: Scope, name: str = ""
    ) -> Sight:
        """Return the people of a team, a department or the company without doubted people."""
        people, dates = members
        shown = tuple(who for who in people if self._is_shown(viewer, who.user_id))
        left_out = len(people) - len(shown)
        if shown:
            return Sight(ViewResult.SEEN, shown, scope, name, left_out=left_out, dates=dates)
        return Sight(ViewResult.NOT_READ if left_out else ViewResult.NOBODY)

    def _is_shown(self, viewer: str, user_id: str) -> bool:
        """Return whether a person's departments are certain enough for `viewer` to see the person."""
        return self.sees_all(viewer) or self._is_led_for_sure(viewer, user_id)

    def _is_led_for_sure(self, lead: str, user_id: str) -> bool:
        """Return whether a person's departments are certain enough for acts of `lead`."""
        is_needed = user_id != lead and not self._is_admin(lead)
        return not (is_needed and self._directory.is_doubted(user_id))

    def _employees(self, user_ids: Iterable[str]) -> tuple[Employee, ...]:
        return tuple(filter(None, map(self._directory.employee, sorted(user_ids))))
