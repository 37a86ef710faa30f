"""The directory: people and their departments."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.clock import wait_at_most
from bot.domain.memberships import Memberships
from bot.domain.messages import Message
from bot.domain.people import Department, Employee, names_of_departments
from bot.domain.teams import Teams
from bot.errors import StoreRefused, UpstreamError, UserError
from bot.services.base import Base
from bot.services.organisation.walk import read_organisation
from bot.storage.people import Stored
from bot.understanding.vocabulary import NameIndex

log = logging.getLogger(__name__)

ALL_DEPARTMENTS = ""  # marks all departments as doubted; no person has this id
MANY = 40  # from this number of doubted people on, a walk is quicker than look-ups
MOST_MANAGED = 20  # managed departments that are read with a role; a walk reads all


class View(NamedTuple):
    """One version of the directory."""

    people: Mapping[str, Employee]  # by user id
    departments: tuple[Department, ...]
    department_names: Mapping[int, str]  # no two are the same
    active: frozenset[str]  # people who logged in at least once, and so can be messaged
    teams: Teams
    names: NameIndex
    memberships: Memberships


class Directory:
    """People and departments in memory: a copy of the database, which all processes share.

    - A walk reads the whole organisation: once a day, and after an event about departments.
    - A look-up reads one person: after an event, when an unknown person writes, and when a lead
      asks.
    - An event about a person makes this person doubted. The doubt is stored before the event is
      acknowledged. It ends when any process stores a read that began after the event.
    - A person who left is removed at once. DingTalk may still show them for a while: a look-up
      brings nobody back.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._contacts = base.dingtalk.contacts
        self._people = base.store.people
        self.view = _view(Stored(-1, False, (), ()), {}, base.zone)
        self._doubted: frozenset[str] = frozenset()
        self._doubt_came = asyncio.Event()
        self._copying = asyncio.Lock()  # one update of the copy at a time
        self.is_read = False  # a walk was stored, so roles are known
        self.changes = -1  # the version of the copy; grows with each change
        self.crawl_wanted = asyncio.Event()
        self.crawl_wanted.set()

    def employee(self, user_id: str) -> Employee | None:
        """Return a person, None for an unknown person and for a person who left."""
        return self.view.people.get(user_id)

    @property
    def today(self) -> date:
        return self._base.today

    def name_of(self, user_id: str | None) -> str:
        """Return a person's name, or their user id while the name is unknown."""
        employee = self.employee(user_id or "")
        return (user_id or "") if employee is None else employee.shown_name

    def is_doubted(self, user_id: str) -> bool:
        """Return whether the person's departments may have changed since they were read."""
        return user_id in self._doubted

    def is_role_doubted(self, user_id: str) -> bool:
        """Return whether the departments that a person leads may have changed since they were read."""
        if ALL_DEPARTMENTS in self._doubted and self.view.teams.departments_led(user_id):
            return True
        return not self._doubted.isdisjoint(self._role_of(user_id))

    async def catch_up(self) -> None:
        """Update the copy in memory from the database. Raises StoreRefused.

        Call it every minute, and before a lead sees anything.
        """
        async with self._copying:
            stand_ins = await self._base.store.stand_ins.on(self.today)
            doubted, stored = await self._people.load_changes(self.changes)
            if stored is not None:
                # On a thread: for 100,000 people this takes longer than a punch should wait.
                extra = self._base.settings.roles.leads
                self.view = await asyncio.to_thread(_view, stored, extra, self._base.zone)
                self.is_read = stored.is_walked
                self.changes = stored.version
            self.view = self.view._replace(teams=self.view.teams.with_stand_ins(stand_ins))
            self._doubted = doubted  # set last: never an old view with new doubts removed

    # --- events: each call raises StoreRefused, and DingTalk then repeats the event

    async def mark_people_changed(self, user_ids: Iterable[str]) -> None:
        """Mark people as doubted until they are read."""
        await self._people.doubt(user_ids)
        await self.catch_up()
        self._doubt_came.set()

    async def mark_departments_changed(self) -> None:
        """Mark all departments as doubted until the next walk."""
        await self.mark_people_changed([ALL_DEPARTMENTS])
        self.crawl_wanted.set()

    async def remove_people(self, user_ids: Iterable[str]) -> None:
        """Remove people who left."""
        await self._people.remove(user_ids)
        await self.catch_up()

    # --- reading from DingTalk

    async def crawl(self) -> bool:
        """Read the whole organisation. After a failure return False and set `crawl_wanted`."""
        self.crawl_wanted.clear()
        begun_at = self._base.now
        is_read = False
        try:
            await self._people.replace(*await read_organisation(self._contacts), begun_at)
            await self.catch_up()
            log.info("the directory has %d people", len(self.view.people))
            is_read = True
        except (UpstreamError, StoreRefused) as error:
            log.warning("the directory could not be read: %s", error)
        finally:  # also after a stop or a bug
            if not is_read:
                self.crawl_wanted.set()
        return is_read

    async def run(self) -> None:
        """Read doubted people, until cancelled. A read that fails is repeated."""
        while True:
            self._doubt_came.clear()
            if ALL_DEPARTMENTS in self._doubted or len(self._doubted) > MANY:
                self.crawl_wanted.set()
            else:
                await self._read_doubted()
            await wait_at_most(self._base.patience.doubt_s, self._doubt_came)

    async def identify(self, message: Message) -> Employee:
        """Return the sender of a message. Raises UserError for a stranger, and if a union id cannot
        be looked up.

        DingTalk authenticates the staff id of the frame. Without a staff id the union id is looked
        up. Text and nickname never count. If DingTalk does not answer in time, the bot goes by the
        authenticated id alone.
        """
        user_id = message.sender.user_id
        union_id = message.sender.union_id
        if not user_id and union_id:
            try:
                user_id = await self._contacts.user_id_of(union_id)
            except UpstreamError as error:
                log.warning("a union id could not be looked up: %s", error)
                raise UserError("who.try_again") from error
        if not user_id:
            raise UserError("who.stranger")
        try:
            employee = await self.person(user_id)
        except (TimeoutError, UpstreamError):
            employee = self.employee(user_id)
            if employee is None and await self._people.is_here(user_id) is not False:
                return Employee(user_id, "", known=False)
        if employee is None:
            raise UserError("who.left")
        return employee

    async def person(self, user_id: str) -> Employee | None:
        """Return an authenticated person, None for a person who left. Read an unknown or doubted
        person first.

        Raises TimeoutError, UpstreamError, StoreRefused.
        """
        if user_id not in self.view.people or user_id in self._doubted:
            await self._read_in_time(user_id)
        return self.view.people.get(user_id)

    async def read_role(self, user_id: str) -> bool:
        """Read the departments that a person leads. Return whether they are certain now."""
        try:
            for who in self._role_of(user_id):
                await self._read_in_time(who)
        except (TimeoutError, UpstreamError, StoreRefused):
            return False
        return not self.is_role_doubted(user_id)

    def _role_of(self, user_id: str) -> tuple[str, ...]:
        """Return the person, and the leads for whom the person stands in."""
        return (user_id, *self.view.teams.leads_replaced_by(user_id))

    async def _read_doubted(self) -> None:
        """Read doubted people, one at a time: a sender's look-up must not wait long.

        A person who cannot be read stays doubted.
        """
        for user_id in sorted(self._doubted):
            try:
                await self._read(user_id)
            except (UpstreamError, StoreRefused) as error:
                log.warning("a person who changed could not be read: %s", error)
            except Exception:
                log.exception("a person who changed could not be read because of a bug")
        with suppress(StoreRefused):
            await self.catch_up()

    async def _read_in_time(self, user_id: str) -> None:
        """Read a person. Raises TimeoutError, UpstreamError, StoreRefused."""
        async with asyncio.timeout(self._base.patience.person_s):
            await self._read(user_id)
            await self.catch_up()

    async def _read(self, user_id: str) -> None:
        """Read a person, and the departments that name the person as a manager. Store the person.

        If a department no longer does, doubt all departments, before the person counts as read.
        Raises UpstreamError, StoreRefused.
        """
        begun_at = self._base.now
        employee = await self._contacts.employee(user_id)
        managed = [
            department for department in self.view.departments if user_id in department.managers
        ][:MOST_MANAGED]
        fresh = await asyncio.gather(
            *(self._contacts.department(department.department_id) for department in managed)
        )
        if not all(
            department is not None and user_id in department.managers for department in fresh
        ):
            await self.mark_departments_changed()
        if employee is None:
            await self._people.store((), begun_at, gone=[user_id])
        else:
            await self._people.store([employee], begun_at)


def _view(stored: Stored, extra_leads: Mapping[str, Sequence[int]], zone: ZoneInfo) -> View:
    employees = stored.employees
    departments = stored.departments
    people = {employee.user_id: employee for employee in employees}
    names = names_of_departments(departments)
    by_name: dict[str, list[str]] = {}
    for employee in (*stored.left, *employees):
        by_name.setdefault(employee.shown_name, []).append(employee.user_id)
    return View(
        people=people,
        departments=tuple(departments),
        department_names=names,
        active=frozenset(employee.user_id for employee in employees if employee.active),
        teams=Teams(employees, departments, extra_leads),
        names=NameIndex(
            by_name, {department.department_id: department.name for department in departments}
        ),
        memberships=stored.memberships(zone),
    )
