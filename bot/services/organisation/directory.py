"""The directory: people and their departments."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.domain.messages import Message
from bot.domain.people import Department, Employee
from bot.domain.teams import Teams
from bot.errors import OperatorError, StoreRefused, UpstreamError, UserError
from bot.services.base import Base
from bot.understanding import NameIndex

log = logging.getLogger(__name__)

ALL_DEPARTMENTS = ""  # a doubt about every department; no person has this id
MANY = 40  # doubted people from which a walk is quicker than a look-up for each
IN_FLIGHT = 4  # look-ups of doubted people at once: few enough that a sender's look-up goes between them
MOST_MANAGED = 20  # so many managed departments are read with a role; a walk reads all
AGAIN_S = 30.0  # between two looks at what is still doubted


@dataclass(frozen=True, slots=True)
class View:
    """One version of the directory."""

    people: Mapping[str, Employee]  # by user id
    by_union: Mapping[str, str]  # user ids by union id
    departments: tuple[Department, ...]
    active: frozenset[str]  # people who logged in at least once, and so can be messaged
    teams: Teams
    names: NameIndex


class Directory:
    """People and departments in memory: a copy of the database, which all processes share.

    - A walk reads the whole organisation: once a day, and after an event about departments.
    - A look-up reads one person: after an event, when an unknown person writes, and when a lead asks.
    - An event that something changed is stored as a doubt before it is acknowledged. A doubt ends when a read that
      began later is stored, on any process.
    - A person who left is gone at once. Look-ups that still know them for a while bring nobody back.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._contacts = base.dingtalk.contacts
        self._people = base.store.people
        self.view = _view((), (), {})
        self._doubted: frozenset[str] = frozenset()
        self._doubt_came = asyncio.Event()
        self._copying = asyncio.Lock()  # held while the copy is brought into step with the database
        self.is_read = False  # whether a walk was ever stored, so that roles are known
        self.changes = -1  # the version; grows with every change of people or departments
        self.crawl_wanted = asyncio.Event()
        self.crawl_wanted.set()

    def employee(self, user_id: str) -> Employee | None:
        """Return a person, None for somebody who left or is unknown."""
        return self.view.people.get(user_id)

    def name_of(self, user_id: str | None) -> str:
        """Return a person's name, their user id while it is unknown."""
        employee = self.employee(user_id) if user_id else None
        return (employee.name if employee is not None else "") or user_id or ""

    def is_doubted(self, user_id: str) -> bool:
        """Tell whether a person may be in other departments by now."""
        return user_id in self._doubted

    def is_role_doubted(self, user_id: str) -> bool:
        """Tell whether a person may lead other departments by now."""
        leads = bool(self.view.teams.departments_led(user_id))
        return self.is_doubted(user_id) or (leads and ALL_DEPARTMENTS in self._doubted)

    async def follow(self) -> None:
        """Take over what any process stored. Raises StoreRefused.

        To be called every minute, and before a lead is shown anything.
        """
        async with self._copying:
            doubted, stored = await self._people.follow(self.changes)
            if stored is not None:
                # On a thread: for 100,000 people it takes longer than a punch should wait.
                extra = self._base.settings.roles.leads
                self.view = await asyncio.to_thread(_view, stored.employees, stored.departments, extra)
                self.is_read, self.changes = stored.is_walked, stored.version
            self._doubted = doubted  # after the view that was doubted

    # --- events; each raises StoreRefused, and then the event comes again

    async def changed(self, user_ids: Iterable[str]) -> None:
        """Doubt people until they are read."""
        await self._people.doubt(user_ids)
        await self.follow()
        self._doubt_came.set()

    async def departments_changed(self) -> None:
        """Doubt all departments until the next walk."""
        await self.changed([ALL_DEPARTMENTS])
        self.crawl_wanted.set()

    async def left(self, user_ids: Iterable[str]) -> None:
        """Forget people who left."""
        await self._people.left(user_ids)
        await self.follow()

    # --- reading

    async def crawl(self) -> int:
        """Read the whole organisation; return how many people it has.

        `crawl_wanted` is set again if this fails. Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        self.crawl_wanted.clear()
        begun_at = self._base.clock.now()
        try:
            await self._people.replace(await self._contacts.organisation(), begun_at)
            await self.follow()
        except BaseException:
            self.crawl_wanted.set()
            raise
        return len(self.view.people)

    async def run(self) -> None:
        """Read what is doubted, until cancelled. What cannot be read is tried again."""
        while True:
            self._doubt_came.clear()
            if ALL_DEPARTMENTS in self._doubted or len(self._doubted) > MANY:
                self.crawl_wanted.set()
            else:
                people = sorted(self._doubted)
                for begin in range(0, len(people), IN_FLIGHT):
                    await self._read_doubted(people[begin : begin + IN_FLIGHT])
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubt_came.wait(), AGAIN_S)

    async def identify(self, message: Message) -> Employee:
        """Return the sender of a message. Raises UserError for a stranger, and if the union id cannot be read.

        DingTalk authenticated the staff id of the frame; without one the union id is looked up. Text and nickname
        never count. If the directory does not answer in time, the authenticated id stands by itself.
        """
        user_id = message.sender.user_id or await self._user_id_of(message.sender.union_id)
        if user_id is None:
            raise UserError("who.stranger")
        try:
            employee = await self.person(user_id)
        except (TimeoutError, UpstreamError, OperatorError):
            employee = self.employee(user_id)
            if employee is None and not await self._people.has_left(user_id):
                return Employee(user_id, "", known=False)
        if employee is None:
            raise UserError("who.left")
        return employee

    async def person(self, user_id: str) -> Employee | None:
        """Return an authenticated person, None for one who left. Unknown and doubted people are read first.

        Raises TimeoutError, UpstreamError, OperatorError, StoreRefused.
        """
        if user_id not in self.view.people or user_id in self._doubted:
            await self._read_in_time(user_id)
        return self.view.people.get(user_id)

    async def read_role(self, user_id: str) -> bool:
        """Read which departments a person leads. Tell whether that is certain now."""
        managed = [one for one in self.view.departments if user_id in one.managers][:MOST_MANAGED]
        try:
            await self._read_in_time(user_id)
            async with asyncio.timeout(self._base.patience.facts_s):
                managers = await asyncio.gather(*(self._contacts.managers(one.department_id) for one in managed))
            if not all(user_id in named for named in managers):
                await self.departments_changed()
        except (TimeoutError, UpstreamError, OperatorError, StoreRefused):
            return False
        return not self.is_role_doubted(user_id)

    async def _user_id_of(self, union_id: str | None) -> str | None:
        """Return the person with this union id, or None. Raises UserError if it cannot be looked up."""
        if not union_id or union_id in self.view.by_union:
            return self.view.by_union.get(union_id or "")
        try:
            return await self._contacts.user_id_of(union_id)
        except (UpstreamError, OperatorError) as error:
            log.warning("a union id could not be looked up: %s", error)
            raise UserError("who.try_again") from error

    async def _read_doubted(self, user_ids: Sequence[str]) -> None:
        """Read doubted people. The doubt stays about those who cannot be read."""
        try:
            for error in await self._read(user_ids):
                log.warning("a person who changed could not be read: %r", error)
        except StoreRefused as error:
            log.warning("people who changed could not be stored: %s", error)

    async def _read_in_time(self, user_id: str) -> None:
        """Read a person. Raises TimeoutError, UpstreamError, ServiceStopped, StoreRefused."""
        async with asyncio.timeout(self._base.patience.facts_s):
            for error in await self._read([user_id]):
                raise error

    async def _read(self, user_ids: Sequence[str]) -> list[BaseException]:
        """Read people and store what is newer than the stored; return the errors of some. Raises StoreRefused."""
        begun_at = self._base.clock.now()
        answers = await asyncio.gather(*map(self._contacts.employee, user_ids), return_exceptions=True)
        employees = [one for one in answers if isinstance(one, Employee)]
        gone = [user_id for user_id, one in zip(user_ids, answers, strict=True) if one is None]
        await self._people.put(employees, begun_at, gone=gone)
        await self.follow()
        return [one for one in answers if isinstance(one, BaseException)]


def _view(
    employees: Sequence[Employee], departments: Sequence[Department], extra_leads: Mapping[str, Sequence[int]]
) -> View:
    by_name: dict[str, list[str]] = {}
    for one in employees:
        by_name.setdefault(one.name or one.user_id, []).append(one.user_id)
    return View(
        people={one.user_id: one for one in employees},
        by_union={one.union_id: one.user_id for one in employees if one.union_id},
        departments=tuple(departments),
        active=frozenset(one.user_id for one in employees if one.active),
        teams=Teams(employees, departments, extra_leads),
        names=NameIndex(by_name, {one.name: one.name for one in departments}),
    )
