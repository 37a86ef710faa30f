"""The directory: who people are, and which departments they are in."""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import from_ms, to_ms
from bot.domain.messages import Message
from bot.domain.people import Department, Employee
from bot.domain.teams import Teams
from bot.errors import OperatorError, StoreRefused, UpstreamError, UserError
from bot.services.base import Base
from bot.storage.people import Doubted
from bot.understanding import NameIndex

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=24)  # then a person who writes is read again
MANY = 200  # doubted people from which a walk is quicker than a look-up for each
IN_FLIGHT = 4  # look-ups of doubted people at once: few enough that a sender's look-up goes between them
MOST_MANAGED = 20  # departments whose managers are read with one of them; a walk reads all
AGAIN_S = 30.0  # between two looks at what is still doubted
AT_A_STRETCH = 2_000  # people taken over before other work gets a turn
OVERLAP = timedelta(minutes=5)  # clocks of processes may differ, and commits may be late


@dataclass(frozen=True, slots=True)
class View:
    """What follows from all people and departments together."""

    known: tuple[Employee, ...]
    active: frozenset[str]
    teams: Teams
    names: NameIndex


class Directory:
    """People and departments in memory: a copy of the database, which all processes share.

    - A walk reads the whole organisation: once a day, and after an event about departments.
    - A look-up reads one person: after an event, when they write and were last read a day ago, and when they ask
      as a lead.
    - An event that something changed is stored as a doubt before it is acknowledged. A doubt ends when a read that
      began later is stored, on any process.
    - A person who left is gone at once. Look-ups that still know them for a while bring nobody back.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._contacts = base.dingtalk.contacts
        self._people = base.store.people
        self._known: dict[str, tuple[Employee, datetime]] = {}  # with the time at which the read began
        self._by_union: dict[str, str] = {}
        self._tree: tuple[Department, ...] = ()
        self._walked_at: datetime | None = None
        self._followed_at: datetime | None = None
        self._doubted = Doubted(frozenset(), frozenset())
        self._event_came = asyncio.Event()
        self._looking_up: set[asyncio.Task[Employee | None]] = set()
        self._copying = asyncio.Lock()  # held while the copy is brought into step with the database
        self._view = _viewed((), (), {})
        self._viewed_changes = 0
        self.changes = 0  # grows with every change of people or departments
        self.crawl_wanted = asyncio.Event()
        self.crawl_wanted.set()

    # --- what is known

    def __len__(self) -> int:
        """Return how many people are known."""
        return len(self._known)

    @property
    def is_read(self) -> bool:
        """Tell whether a walk was ever stored, so that roles are known."""
        return self._walked_at is not None

    def known(self) -> tuple[Employee, ...]:
        """Return everybody by user id, also people who never logged in."""
        return self._view.known

    def departments(self) -> tuple[Department, ...]:
        """Return the department tree."""
        return self._tree

    def active(self) -> frozenset[str]:
        """Return the people who can be spoken to: they logged in at least once."""
        return self._view.active

    def is_active(self, user_id: str) -> bool:
        """Tell whether a person is here and can be spoken to."""
        employee = self.employee(user_id)
        return employee is not None and employee.active

    def employee(self, user_id: str) -> Employee | None:
        """Return a person, None for somebody who left or is unknown."""
        entry = self._known.get(user_id)
        return entry[0] if entry is not None else None

    def teams(self) -> Teams:
        """Return the teams; the same object until something changes."""
        return self._view.teams

    def names(self) -> NameIndex:
        """Return the names that a text may mention; the same index until something changes."""
        return self._view.names

    def name_of(self, user_id: str | None) -> str:
        """Return a person's name, their user id while it is unknown."""
        employee = self.employee(user_id) if user_id else None
        return (employee.name if employee is not None else "") or user_id or ""

    def is_doubted(self, user_id: str) -> bool:
        """Tell whether a person may be in other departments by now."""
        return user_id in self._doubted.people

    def is_role_doubted(self, user_id: str) -> bool:
        """Tell whether a person may lead other departments by now."""
        led = self.teams().departments_led(user_id)
        departments = self._doubted.departments
        return self.is_doubted(user_id) or (bool(led) and (None in departments or not departments.isdisjoint(led)))

    # --- what other processes stored

    async def load(self) -> None:
        """Take over everything that is stored. Raises StoreRefused."""
        async with self._copying:
            await self._load()
        self._event_came.set()  # there may be doubts of an earlier process

    async def follow(self) -> None:
        """Take over what was stored since the last look. Raises StoreRefused.

        To be called every minute, and before a lead is shown anything.
        """
        async with self._copying:
            now, since = self._base.clock.now(), self._followed_at
            doubted, changes = await self._people.doubted(), None
            if since is not None:
                changes = await self._people.changed(since - OVERLAP, walked_at=self._walked_at)
            if changes is None:
                await self._load()
                return
            self._drop(changes.left)
            for employee, read_at in changes.read:
                self._keep(employee, read_at)
            await self._make_view()
            self._doubted, self._followed_at = doubted, now

    # --- events; each raises StoreRefused, and then the event comes again

    async def changed(self, user_ids: Sequence[str]) -> None:
        """Doubt people until they are read."""
        await self._doubt(user_ids, ())

    async def departments_changed(self, department_ids: Collection[int] = ()) -> None:
        """Doubt departments, without ids all, until the next walk."""
        await self._doubt((), department_ids or (None,))
        self.crawl_wanted.set()

    async def joined(self, user_ids: Sequence[str]) -> None:
        """Let people be read who joined."""
        await self._people.joined(user_ids)
        await self._doubt(user_ids, ())

    async def left(self, user_ids: Sequence[str]) -> None:
        """Forget people who left."""
        self._drop(user_ids)
        async with self._copying:
            await self._people.left(user_ids)
            self._drop(user_ids)  # a reading may have brought them back meanwhile
            await self._make_view()

    # --- reading

    async def crawl(self) -> int:
        """Read the whole organisation; return how many people it has.

        `crawl_wanted` is set again if this fails. Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        self.crawl_wanted.clear()
        begun_at = from_ms(to_ms(self._base.clock.now()))  # as the database gives it back
        try:
            found = await self._contacts.organisation()
            async with self._copying:
                await self._people.replace(found, begun_at)
                await self._load()
        except BaseException:
            self.crawl_wanted.set()
            raise
        return len(self._known)

    async def run(self) -> None:
        """Read what is doubted, until cancelled. What cannot be read is tried again."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._event_came.wait(), AGAIN_S)
            self._event_came.clear()
            people = sorted(self._doubted.people)
            if self._doubted.departments or len(people) > MANY:
                self.crawl_wanted.set()
            for begin in range(0, len(people) if len(people) <= MANY else 0, IN_FLIGHT):
                await asyncio.gather(*map(self._read_doubted, people[begin : begin + IN_FLIGHT]))

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
        """Return somebody whom DingTalk authenticated, None for one who left.

        They are read if that was a day ago, or if an event says that they changed. Raises TimeoutError,
        UpstreamError, OperatorError, StoreRefused.
        """
        entry = self._known.get(user_id)
        if entry and not self.is_doubted(user_id) and self._base.clock.now() - entry[1] <= MAX_AGE:
            return entry[0]
        return await self._look_up(user_id)

    async def read_role(self, user_id: str) -> bool:
        """Read which departments a person leads. Tell whether that is certain now."""
        try:
            await self._look_up(user_id)
        except (TimeoutError, UpstreamError, OperatorError, StoreRefused):
            return False
        return not self.is_role_doubted(user_id)

    async def _doubt(self, user_ids: Iterable[str], department_ids: Iterable[int | None]) -> None:
        async with self._copying:
            await self._people.doubt(user_ids, department_ids)
            self._doubted = await self._people.doubted()
        self._event_came.set()

    async def _user_id_of(self, union_id: str | None) -> str | None:
        """Return the person with this union id, or None. Raises UserError if it cannot be looked up."""
        if not union_id or union_id in self._by_union:
            return self._by_union.get(union_id or "")
        try:
            found = await self._contacts.user_id_of(union_id)
        except (UpstreamError, OperatorError) as error:
            log.warning("a union id could not be looked up: %s", error)
            raise UserError("who.try_again") from error
        if found is not None:
            self._by_union[union_id] = found
        return found

    async def _look_up(self, user_id: str) -> Employee | None:
        """Read a person within the patience; a longer look-up ends in the background. Raises TimeoutError, too."""
        reading = asyncio.create_task(self._read(user_id), name=f"read {user_id}")
        self._looking_up.add(reading)
        reading.add_done_callback(self._looked_up)
        return await asyncio.wait_for(asyncio.shield(reading), self._base.patience.facts_s)

    def _looked_up(self, done: asyncio.Task[Employee | None]) -> None:
        self._looking_up.discard(done)
        if not done.cancelled() and done.exception() is not None:
            log.warning("a person could not be read: %s", done.exception())

    async def _read_doubted(self, user_id: str) -> None:
        """Read a doubted person. If that fails, the doubt stays."""
        try:
            await self._read(user_id)
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("a person who changed could not be read: %s", error)
        except Exception:
            log.exception("a person who changed could not be read because of a bug")

    async def _read(self, user_id: str) -> Employee | None:
        """Read a person and the managers of their departments; store what is newer than the stored.

        Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        begun_at = self._base.clock.now()
        employee = await self._contacts.employee(user_id)
        managed = [one.department_id for one in self._tree if user_id in one.managers][:MOST_MANAGED]
        managers = dict(zip(managed, await asyncio.gather(*map(self._contacts.managers, managed)), strict=True))
        async with self._copying:
            if employee is None:
                await self._people.remove([user_id], begun_at)
                self._drop([user_id])
            elif await self._people.put([employee], begun_at):
                await self._copy(user_id)
            else:
                self._keep(employee, begun_at)
            self._let_manage(managers)
            await self._make_view()
            if self._doubted.people:  # a doubt ends no earlier than the view that was doubted
                self._doubted = await self._people.doubted()
        return employee

    # --- the copy

    async def _load(self) -> None:
        """Take over everything. Doubts are read first and end last, so that nothing older is shown as certain."""
        now, doubted = self._base.clock.now(), await self._people.doubted()
        tree, walked_at = await self._people.tree()
        stored = await self._people.all()
        self._drop(self._known.keys() - {employee.user_id for employee, _ in stored})
        for number, (employee, read_at) in enumerate(stored, 1):
            self._keep(employee, read_at)
            if number % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        self.changes += tuple(tree) != self._tree
        self._tree = tuple(tree)
        await self._make_view()
        self._walked_at, self._followed_at, self._doubted = walked_at, now, doubted

    async def _copy(self, user_id: str) -> None:
        """Take over what is stored of a person."""
        stored = await self._people.get(user_id)
        if stored is None:
            self._drop([user_id])
        else:
            self._keep(*stored)

    def _keep(self, employee: Employee, read_at: datetime) -> None:
        before = self.employee(employee.user_id)
        self._known[employee.user_id] = (before if before == employee else employee, read_at)
        if employee.union_id:
            self._by_union[employee.union_id] = employee.user_id
        self.changes += employee != before

    def _drop(self, user_ids: Iterable[str]) -> None:
        for user_id in list(user_ids):
            if entry := self._known.pop(user_id, None):
                self.changes += 1
                self._by_union.pop(entry[0].union_id or "", None)

    def _let_manage(self, managers: Mapping[int, tuple[str, ...]]) -> None:
        """Take over who manages departments; the next walk stores it."""
        tree = tuple(replace(one, managers=managers.get(one.department_id, one.managers)) for one in self._tree)
        if tree != self._tree:
            self._tree = tree
            self.changes += 1
            self.crawl_wanted.set()

    async def _make_view(self) -> None:
        """Make the view on a thread: for 100,000 people it takes longer than a punch should wait."""
        if self._viewed_changes != self.changes:
            changes, people = self.changes, [employee for employee, _ in self._known.values()]
            extra = self._base.settings.roles.leads
            self._view = await asyncio.to_thread(_viewed, people, self._tree, extra)
            self._viewed_changes = changes


def _viewed(people: Sequence[Employee], tree: Sequence[Department], extra: Mapping[str, Sequence[int]]) -> View:
    known = tuple(sorted(people, key=lambda one: one.user_id))
    by_name: dict[str, list[str]] = {}
    for one in known:
        by_name.setdefault(one.name or one.user_id, []).append(one.user_id)
    names = NameIndex(by_name, {one.name: one.name for one in tree})
    active = frozenset(one.user_id for one in known if one.active)
    return View(known, active, Teams(people, tree, extra), names)
