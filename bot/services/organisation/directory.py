"""Who people are, kept in step with DingTalk's directory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, islice
from typing import TypeVar

from bot.clock import Clock, from_ms, to_ms
from bot.dingtalk.contacts import Contacts
from bot.domain.messages import Message
from bot.domain.people import Department, Employee
from bot.domain.teams import Teams
from bot.errors import OperatorError, Rejected, StoreRefused, UpstreamError, UserError
from bot.storage.people import People
from bot.understanding import NameIndex

K = TypeVar("K", str, int | None)

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=24)
MANY = 200  # changed people from which a walk is quicker than asking for each
IN_FLIGHT = 4  # look-ups at once of people who changed: few enough that a sender's look-up goes between them
MOST_MANAGED = 20  # departments whose managers are read with one of them; a walk reads all
AGAIN_S = 30.0  # after look-ups that did not all succeed
AT_A_STRETCH = 2_000  # people taken in before others get a turn
OVERLAP = timedelta(minutes=5)  # by which clocks of processes may differ, and commits be late


@dataclass(frozen=True, slots=True)
class View:
    """What follows from people and departments as a whole, made once for each count of changes."""

    changes: int
    known: tuple[Employee, ...]
    active: frozenset[str]
    teams: Teams
    names: NameIndex


class Directory:
    """Employees and departments: a copy of the database, which all processes share.

    The organisation is walked once a day and after changes of departments. A person is read when an event says
    that they changed, when they write and were last read a day ago, and when they ask as a lead. Whoever left is
    gone at once. DingTalk's look-up may still know them for a while: the database lets this bring nobody back.
    """

    def __init__(
        self,
        contacts: Contacts,
        people: People,
        clock: Clock,
        *,
        extra_leads: Mapping[str, Sequence[int]] | None = None,
        patience_s: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take `extra_leads` (user id → department ids); a message waits `patience_s` for a look-up."""
        self._contacts = contacts
        self._people = people
        self._clock = clock
        self._extra_leads = dict(extra_leads or {})
        self._patience_s = patience_s
        self._sleep = sleep
        self._known: dict[str, tuple[Employee, datetime]] = {}
        self._by_union: dict[str, str] = {}
        self._tree: tuple[Department, ...] = ()
        self._walked_at: datetime | None = None
        self._followed_at: datetime | None = None
        self._events = count()
        self._unread: dict[str, int] = {}  # people with an unread event, by its number
        self._unread_departments: dict[int | None, int] = {}  # None for all of them
        self._any_unread = asyncio.Event()
        self._reading: dict[str, asyncio.Task[Employee | None]] = {}
        self._walking = asyncio.Lock()
        self._copying = asyncio.Lock()  # held while the copy is brought into step with the database
        self._last_view = _viewed(0, (), (), {})
        self.changes = 0  # grows whenever people or departments are not what they were
        self.crawl_wanted = asyncio.Event()  # at the start, after changes of departments and after failures
        self.crawl_wanted.set()

    def __len__(self) -> int:
        """Return how many people are known."""
        return len(self._known)

    @property
    def is_read(self) -> bool:
        """Tell whether the whole organisation has been read before, so that roles are known."""
        return self._walked_at is not None

    def known(self) -> tuple[Employee, ...]:
        """Return the people of the organisation by user id, also those who never logged in."""
        return self._view().known

    def departments(self) -> tuple[Department, ...]:
        """Return the department tree."""
        return self._tree

    def active(self) -> frozenset[str]:
        """Return the user ids of those who can be spoken to: no leaver, nobody who never logged in."""
        return self._view().active

    def is_active(self, user_id: str) -> bool:
        """Tell whether somebody is of the organisation and can be spoken to."""
        employee = self.employee(user_id)
        return employee is not None and employee.active

    def employee(self, user_id: str) -> Employee | None:
        """Return a person as last read, None for one who left or was never heard of."""
        entry = self._known.get(user_id)
        return entry[0] if entry is not None else None

    def teams(self) -> Teams:
        """Return the teams; the same object until something changes."""
        return self._view().teams

    def names(self) -> NameIndex:
        """Return the names that a text may mention; the same index until something changes."""
        return self._view().names

    def name_of(self, user_id: str) -> str:
        """Return a person's name as far as it is known, else an empty text."""
        return employee.name if (employee := self.employee(user_id)) is not None else ""

    def may_have_moved(self, user_id: str) -> bool:
        """Tell whether an event said that somebody changed who was not read since."""
        return user_id in self._unread

    def may_have_lost_a_role(self, user_id: str) -> bool:
        """Tell whether an event named somebody, or departments they lead, that were not read since."""
        led = self.teams().departments_led(user_id)
        departments = self._unread_departments.keys()
        return user_id in self._unread or (bool(led) and (None in departments or not departments.isdisjoint(led)))

    async def load(self) -> None:
        """Take over what the database has of earlier runs and other processes. Raises StoreRefused."""
        async with self._copying:
            await self._load()

    async def follow(self) -> None:
        """Take over what other processes have heard and read since the last look. Raises StoreRefused.

        To be called every minute, and before others' days are shown.
        """
        async with self._copying:
            now, since = self._clock.now(), self._followed_at
            if since is None:
                await self._load()
            elif changes := await self._people.changed(since - OVERLAP, walked_at=self._walked_at):
                self._drop(changes.left)
                for employee, read_at in changes.read:
                    self._keep(employee, read_at)
                self._followed_at = now
                await self._look()
            else:
                await self._load()

    async def crawl(self) -> int:
        """Read the whole organisation; return how many people it has.

        `crawl_wanted` is set again when this fails, and by what changes meanwhile. Raises UpstreamError,
        ServiceStopped, StoreRefused.
        """
        async with self._walking:
            self.crawl_wanted.clear()
            unread, unread_departments = dict(self._unread), dict(self._unread_departments)
            read_at = from_ms(to_ms(self._clock.now()))  # as the database gives it back
            try:
                found = await self._contacts.organisation()
                async with self._copying:
                    await self._people.replace(found, read_at)
                    await self._load()
            except BaseException:
                self.crawl_wanted.set()
                raise
            _settle(self._unread, unread)
            _settle(self._unread_departments, unread_departments)
            self._any_unread.set()
            return len(self._known)

    def changed(self, user_ids: Sequence[str]) -> None:
        """Have people read soon, after an event said that they changed; of very many all are read instead."""
        self._unread.update({user_id: next(self._events) for user_id in user_ids})
        if len(self._unread) > MANY:
            self.crawl_wanted.set()
        self._any_unread.set()

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        """Have people read who joined at `at`. Raises StoreRefused, and then the event has to come again."""
        await self._people.joined(user_ids, at)
        self.changed(user_ids)

    async def left(self, user_ids: Sequence[str], at: datetime) -> None:
        """Forget people who left at `at`, at once. Raises StoreRefused, and then the event has to come again."""
        self._drop(user_ids)
        for user_id in user_ids:
            self._unread.pop(user_id, None)
        async with self._copying:
            await self._people.left(user_ids, at)
            await self._copy(user_ids)  # an event of later may have told already that they joined again

    def departments_changed(self, department_ids: Collection[int] = ()) -> None:
        """Have the whole organisation read soon, once for however many events; none named means all."""
        self._unread_departments.update({one: next(self._events) for one in department_ids or (None,)})
        self.crawl_wanted.set()

    async def run(self) -> None:
        """Read those who changed, a few at a time, until cancelled."""
        while True:
            await self._any_unread.wait()
            some = list(islice(self._unread, IN_FLIGHT)) if len(self._unread) <= MANY else []
            if not some:
                self._any_unread.clear()
                continue
            done = await asyncio.gather(*(self._read_unread(user_id) for user_id in some))
            if not all(done):
                await self._sleep(AGAIN_S)

    async def identify(self, message: Message) -> Employee:
        """Return the sender of `message`.

        Raises UserError for a stranger, and where the look-up failed.

        The staff id in the frame is what DingTalk authenticated; without one the union id is looked up. Text and
        nickname never count. When the directory does not answer in time, the authenticated id stands by itself.
        """
        user_id = message.sender.user_id or await self._user_id_of(message.sender.union_id)
        if user_id is None:
            raise UserError("who.stranger")
        entry = self._known.get(user_id)
        if entry and user_id not in self._unread and self._clock.now() - entry[1] <= MAX_AGE:
            return entry[0]
        try:
            employee = await self._look_up(user_id)
        except (TimeoutError, UpstreamError, OperatorError):
            employee = self.employee(user_id)
            if employee is None and not await self._people.has_left(user_id):
                return Employee(user_id, "", known=False)
        if employee is None:
            raise UserError("who.left")
        return employee

    async def read_role(self, user_id: str) -> bool:
        """Read at DingTalk which departments somebody leads. Tell whether that succeeded in time."""
        try:
            await self._look_up(user_id)
        except (TimeoutError, UpstreamError, OperatorError, StoreRefused):
            return False
        return not self.may_have_lost_a_role(user_id)

    async def _user_id_of(self, union_id: str | None) -> str | None:
        """Return the person with this union id, or None. Raises UserError when it cannot be looked up."""
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
        """Return what DingTalk knows now; what takes longer ends in the background. Raises TimeoutError, too."""
        reading = self._reading.get(user_id)
        if reading is None:
            reading = self._reading[user_id] = asyncio.create_task(self._read(user_id), name=f"read {user_id}")
            reading.add_done_callback(lambda done: self._read_done(user_id, done))
        return await asyncio.wait_for(asyncio.shield(reading), self._patience_s)

    def _read_done(self, user_id: str, done: asyncio.Task[Employee | None]) -> None:
        del self._reading[user_id]
        if not done.cancelled() and done.exception() is not None:
            log.warning("a person could not be read: %s", done.exception())

    async def _read_unread(self, user_id: str) -> bool:
        """Read somebody who changed. Tell whether that is over; who cannot be read for now goes to the end."""
        event = self._unread.get(user_id)
        if event is None:  # they left meanwhile
            return True
        try:
            await self._read(user_id)
        except Rejected as error:
            log.warning("a person who changed is not read: %s", error)
        except (UpstreamError, OperatorError, StoreRefused) as error:
            log.warning("a person who changed could not be read: %s", error)
            if user_id in self._unread:
                self._unread[user_id] = self._unread.pop(user_id)
            return False
        except Exception:
            log.exception("a person could not be read because of a bug")
        _settle(self._unread, {user_id: event})
        return True

    async def _read(self, user_id: str) -> Employee | None:
        """Return what DingTalk knows now, and store it unless they left or were read later meanwhile.

        Raises UpstreamError, ServiceStopped, StoreRefused.
        """
        event, asked_at = self._unread.get(user_id), self._clock.now()
        employee = await self._contacts.employee(user_id)
        managed = [one.department_id for one in self._tree if user_id in one.managers][:MOST_MANAGED]
        read = await asyncio.gather(*map(self._contacts.managers, managed))
        managers = dict(zip(managed, read, strict=True))
        async with self._copying:
            if employee is None:
                await self._people.remove([user_id], asked_at)
                self._drop([user_id])
            elif await self._people.put([employee], asked_at):
                await self._copy([user_id])
            else:
                self._keep(employee, asked_at)
            self._let_manage(managers)
        if event is not None:
            _settle(self._unread, {user_id: event})
        return employee

    async def _load(self) -> None:
        now = self._clock.now()
        tree, walked_at = await self._people.tree()
        stored = await self._people.all()
        self._drop(self._known.keys() - {employee.user_id for employee, _ in stored})
        for begin in range(0, len(stored), AT_A_STRETCH):
            for employee, read_at in stored[begin : begin + AT_A_STRETCH]:
                self._keep(employee, read_at)
            await asyncio.sleep(0)  # others get a turn
        self.changes += tuple(tree) != self._tree
        self._tree, self._walked_at, self._followed_at = tuple(tree), walked_at, now
        await self._look()

    async def _copy(self, user_ids: Iterable[str]) -> None:
        """Know of these people what the database does."""
        for user_id in user_ids:
            stored = await self._people.get(user_id)
            if stored is None:
                self._drop([user_id])
            else:
                self._keep(*stored)

    def _keep(self, employee: Employee, read_at: datetime) -> None:
        before = self.employee(employee.user_id)
        self._known[employee.user_id] = (before if before == employee else employee, read_at)  # one object each
        if employee.union_id:
            self._by_union[employee.union_id] = employee.user_id
        self.changes += employee != before

    def _drop(self, user_ids: Iterable[str]) -> None:
        for user_id in list(user_ids):
            if entry := self._known.pop(user_id, None):
                self.changes += 1
                self._by_union.pop(entry[0].union_id or "", None)

    def _let_manage(self, managers: Mapping[int, tuple[str, ...]]) -> None:
        """Take in who manages departments; what changed is stored by the next walk."""
        tree = tuple(replace(one, managers=managers.get(one.department_id, one.managers)) for one in self._tree)
        if tree != self._tree:
            self._tree = tree
            self.changes += 1
            self.crawl_wanted.set()

    def _view(self) -> View:
        if self._last_view.changes != self.changes:
            self._last_view = _viewed(self.changes, self._all(), self._tree, self._extra_leads)
        return self._last_view

    async def _look(self) -> None:
        """Make the view on a thread: for 100,000 people it takes longer than a punch should wait."""
        if self._last_view.changes != self.changes:
            known = (self.changes, self._all(), self._tree, self._extra_leads)
            self._last_view = await asyncio.to_thread(_viewed, *known)

    def _all(self) -> list[Employee]:
        return [employee for employee, _ in self._known.values()]


def _settle(unread: dict[K, int], read: Mapping[K, int]) -> None:
    """Forget what was read, unless another event came while it was."""
    for key, event in read.items():
        if unread.get(key) == event:
            del unread[key]


def _viewed(
    changes: int, people: Sequence[Employee], tree: Sequence[Department], extra: Mapping[str, Sequence[int]]
) -> View:
    known = tuple(sorted(people, key=lambda one: one.user_id))
    by_name: dict[str, list[str]] = {}
    for one in known:
        by_name.setdefault(one.name or one.user_id, []).append(one.user_id)
    names = NameIndex(by_name, {one.name: one.name for one in tree})
    active = frozenset(one.user_id for one in known if one.active)
    return View(changes, known, active, Teams(people, tree, extra), names)
