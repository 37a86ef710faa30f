"""Who people are, kept in step with DingTalk's directory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock, from_ms, to_ms
from bot.dingtalk.contacts import Contacts
from bot.domain.messages import Message
from bot.domain.people import Department, Employee
from bot.domain.readings import is_overtaken
from bot.domain.teams import Teams
from bot.errors import OperatorError, UpstreamError, UserError
from bot.services.organisation.emptied_departments import EmptiedDepartments
from bot.services.organisation.leavers import Leavers
from bot.services.organisation.lookups import Outage, Rereading, UnionIds
from bot.services.organisation.organisation_view import NOTHING_SEEN, View, is_reachable, viewed, without_manager
from bot.services.organisation.role_doubts import RoleDoubts
from bot.storage.departments import Departments
from bot.storage.people import People
from bot.storage.role_doubts import Doubts
from bot.understanding import NameIndex

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=24)
MANY = 200  # changed people from which a crawl is quicker than asking for each
AT_A_STRETCH = 2_000  # people taken in before others get a turn
SETTLING = timedelta(minutes=1)  # people read so lately may have been stored after a look began
LEFT_BEHIND = timedelta(minutes=10)  # what changed and nobody read by then was heard by a process that is gone
OVERLAP = timedelta(minutes=5)  # by which clocks of processes may differ, and commits be late

Read = tuple[Employee, datetime]  # a person, and when they were read


class Directory:
    """Employees by the ids that DingTalk vouches for, and the departments they are in.

    People are kept with an age and read anew when that is past, or when an event says that they changed. Somebody
    who left is gone at once. DingTalk's look-up may still know them for a while, and that brings nobody back:
    within ten minutes only an event that they joined again does (one from before they left does not), later
    whatever knows them. The database sees to it for all processes: whom it refuses is not known here either.
    """

    def __init__(
        self,
        contacts: Contacts,
        people: People,
        clock: Clock,
        *,
        departments: Departments,
        extra_leads: Mapping[str, Sequence[int]] | None = None,
        patience_s: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take `extra_leads` (user id → department ids); a punch waits `patience_s` for a name."""
        self._contacts = contacts
        self._people = people
        self._clock = clock
        self._departments = departments
        self._extra_leads = dict(extra_leads or {})
        self._patience_s = patience_s
        self._known: dict[str, Read] = {}
        self._by_union = UnionIds()
        self._tree: tuple[Department, ...] = ()
        self._tree_read_at: datetime | None = None
        self._followed_at: datetime | None = None
        self._leavers = Leavers()
        self._doubts = RoleDoubts()
        self._reading: dict[str, asyncio.Task[Employee | None]] = {}
        self._rereading = Rereading(self._read, self._leavers.__contains__, sleep)
        self._crawling = asyncio.Lock()
        self._last_view = NOTHING_SEEN
        self._outage = Outage()
        self.emptied = EmptiedDepartments()
        self.changes = 0  # grows whenever people or departments are not what they were
        self.crawl_wanted = asyncio.Event()  # at the start, and after changes, failures and doubts
        self.crawl_wanted.set()

    def __len__(self) -> int:
        """Return how many people are known."""
        return len(self._known)

    @property
    def is_read(self) -> bool:
        """Tell whether the whole organisation has been read before, so that it is known who leads whom."""
        return self._tree_read_at is not None

    def everyone(self) -> tuple[Employee, ...]:
        """Return the people of the organisation who can be spoken to, by user id: no leaver, nobody inactive."""
        return self._view().everyone

    def known(self) -> tuple[Employee, ...]:
        """Return the people of the organisation by user id, also those who never logged in."""
        return self._view().known

    def departments(self) -> tuple[Department, ...]:
        """Return the department tree as last read."""
        return self._tree

    def active(self) -> frozenset[str]:
        """Return the user ids of `everyone`."""
        return self._view().active

    def is_active(self, user_id: str) -> bool:
        """Tell whether somebody is of the organisation and can be spoken to."""
        employee = self.employee(user_id)
        return employee is not None and is_reachable(employee)

    def employee(self, user_id: str) -> Employee | None:
        """Return a person as last read, None for one who left or was never heard of."""
        entry = self._known.get(user_id)
        return entry[0] if entry is not None else None

    def teams(self) -> Teams:
        """Return who leads whom; the same value until something changes."""
        return self._view().teams

    def may_have_lost_a_role(self, user_id: str) -> bool:
        """Tell whether an event spoke of somebody, or of departments they lead, that was not read since."""
        return self._doubts.about(user_id, self.teams().departments_led(user_id))

    def may_have_moved(self, user_id: str) -> bool:
        """Tell whether an event spoke of somebody that was not read since: their departments may be others."""
        return self._doubts.of_person(user_id)

    def names(self) -> NameIndex:
        """Return the names that a text may mention; the same index until something changes."""
        return self._view().names

    def name_of(self, user_id: str) -> str:
        """Return a person's name as far as it is known, else an empty text."""
        return employee.name if (employee := self.employee(user_id)) is not None else ""

    def department_name(self, department_id: int) -> str:
        """Return a department's name, an empty text for one that is not known."""
        return next((one.name for one in self._tree if one.department_id == department_id), "")

    async def load(self) -> None:
        """Take over what the database has: people read in earlier runs or by other processes. Raises StoreRefused.

        Whoever another process removed is forgotten here too.
        """
        now, look = self._clock.now(), self._leavers.look()
        doubts = await self._departments.doubts()  # first: what is settled meanwhile is then read below
        planted_at = self._tree_read_at
        tree, tree_read_at = await self._departments.all()
        stored = await self._people.all()
        missing = self._known.keys() - {employee.user_id for employee, _ in stored}
        self._drop([user_id for user_id in missing if self._known[user_id][1] < now - SETTLING])
        await self._drop_those_gone(missing)
        await self._take_in(stored, partial(self._is_overtaken, look))
        if self._tree_read_at == planted_at:  # else a walk or a look that ended meanwhile may have a newer one
            self._plant(tree, tree_read_at)
        self._doubt(doubts)
        self._followed_at = now
        await self._look()

    async def follow(self) -> None:
        """Take over what other processes that share the database have heard and read since the last look.

        To be called every minute, and before others' days are shown. Everybody is read again only after a crawl
        of theirs. Raises StoreRefused.
        """
        now, look = self._clock.now(), self._leavers.look()
        doubts = await self._departments.doubts()  # first: what is settled meanwhile is then read below
        read_at = await self._departments.read_at()
        if read_at != self._tree_read_at or self._followed_at is None:
            await self.load()
            return
        read, left = await self._people.changed(self._followed_at - OVERLAP, crawled_at=read_at)
        await self._drop_those_gone(left)
        await self._take_in(read, partial(self._is_overtaken, look))
        self._doubt(doubts)
        self._followed_at = now
        await self._look()

    async def crawl(self) -> int:
        """Read the whole organisation; return how many people it has.

        `crawl_wanted` is set again when this fails, and by what changes while it reads. Raises UpstreamError,
        ServiceStopped, StoreRefused.
        """
        async with self._crawling:
            self.crawl_wanted.clear()
            try:
                return await self._crawl()
            except BaseException:
                self.crawl_wanted.set()
                raise

    async def changed(self, user_ids: Sequence[str]) -> None:
        """Have people read anew soon, after an event said that they changed.

        Of very many the whole organisation is read instead. Raises StoreRefused, and then the event has to come
        again: a next start would not know of it.
        """
        now = self._clock.now()
        self._doubts.people_changed(user_ids, now)
        self._rereading.add(user_ids)
        if len(self._rereading) > MANY:
            self.crawl_wanted.set()
            self._rereading.clear()
        await self._people.doubt(user_ids, now)

    async def joined(self, user_ids: Sequence[str], at: datetime) -> None:
        """Have people read who joined at `at`; whoever left before is somebody again. Raises StoreRefused."""
        self._leavers.joined(user_ids, at)
        await self._people.joined(user_ids, at)
        await self.changed(user_ids)

    async def left(self, user_ids: Sequence[str], at: datetime) -> None:
        """Forget people who left at `at`, at once. Raises StoreRefused, and then the event has to come again."""
        self._leavers.left(user_ids, at, self._clock.now())
        self._rereading.remove(user_ids)
        self._drop(user_ids)
        stay = await self._people.left(user_ids, at)
        self._leavers.stored(user_ids)
        self._drop(user_ids)  # whom something brought back that was stored just before
        if stay:  # they joined since: the event came late, or once more
            self._leavers.joined(stay, at)
            await self.changed(sorted(stay))

    async def departments_changed(self, department_ids: Collection[int] = ()) -> None:
        """Have the whole organisation read again soon, once for however many events; none named means all.

        Raises StoreRefused, and then the event has to come again.
        """
        now = self._clock.now()
        self._doubts.departments_changed(department_ids, now)
        self.crawl_wanted.set()
        await self._departments.doubt(department_ids, now)

    async def run(self) -> None:
        """Read those who changed, a few at a time, until cancelled."""
        await self._rereading.run()

    async def identify(self, message: Message) -> Employee:
        """Return who sent `message`.

        Raises UserError for a stranger, and where the look-up failed.

        The staff id in the frame is what DingTalk authenticated; without one the union id is looked up. Text and
        nickname never count. When the directory does not answer in time, the authenticated id stands by itself.
        """
        sender = message.sender
        user_id = sender.user_id or await self._by_union.user_id_of(sender.union_id, self._contacts)
        if user_id is None:
            raise UserError("who.stranger")
        employee = await self._employee(user_id)
        if employee is None:
            raise UserError("who.left")
        return employee

    async def _employee(self, user_id: str) -> Employee | None:
        entry = self._known.get(user_id)
        if entry is not None and self._clock.now() - entry[1] <= MAX_AGE and user_id not in self._rereading:
            return entry[0]
        reading = self._reading.get(user_id)
        if reading is None:
            reading = asyncio.create_task(self._read(user_id), name=f"read {user_id}")
            self._reading[user_id] = reading
            reading.add_done_callback(lambda done: self._read_done(user_id, done))
        fallback = entry[0] if entry else Employee(user_id, "", known=False)
        try:
            return await asyncio.wait_for(asyncio.shield(reading), self._patience_s)
        except (TimeoutError, UpstreamError, OperatorError):
            return None if user_id in self._leavers else fallback

    def _read_done(self, user_id: str, done: asyncio.Task[Employee | None]) -> None:
        self._reading.pop(user_id, None)
        if not done.cancelled():
            done.exception()  # seen: who waited has gone on without, and `_read` has logged it

    async def _read(self, user_id: str) -> Employee | None:
        """Return what DingTalk knows now; a leaver whom it still knows may finish what they said, and no more."""
        asked_at = self._clock.now()
        try:
            employee = await self._contacts.employee(user_id)
        except (UpstreamError, OperatorError) as error:
            self._outage.note(error)
            raise
        self._outage.note(None)
        if employee is None:
            self._drop([user_id])
            await self._people.remove([user_id], asked_at)
        elif not self._is_outdated(user_id, asked_at):
            await self._store(employee, asked_at)
        return employee

    async def _store(self, employee: Employee, asked_at: datetime) -> None:
        """Store what was read of somebody. Who is not known here waits for the database: they may be gone."""
        if was_known := employee.user_id in self._known:
            self._keep(employee, asked_at)  # at once: they may have lost a role
        refused = await self._people.put([employee], asked_at)
        await self._heed(refused)
        if not (was_known or refused or self._is_outdated(employee.user_id, asked_at)):
            self._keep(employee, asked_at)

    async def _heed(self, refused: Collection[str]) -> None:
        """Know what the database does of people of whom it refused a reading: they left, or were read later."""
        if len(refused) > MANY:
            await self.load()
            return
        look = self._leavers.look()
        kept = {user_id: await self._people.get(user_id) for user_id in refused}
        self._drop([user_id for user_id, entry in kept.items() if entry is None])
        read = [entry for entry in kept.values() if entry is not None]
        await self._take_in(read, partial(self._is_overtaken, look))

    def _doubt(self, kept: Doubts) -> None:
        """Doubt what any process heard of, but for what has been read since; whoever heard it may be gone."""
        read_at = {user_id: self._known[user_id][1] for user_id in kept.people if user_id in self._known}
        self._doubts.take_over(kept, read_at, self._tree_read_at)
        if self._doubts.any_before(self._clock.now() - LEFT_BEHIND):
            self.crawl_wanted.set()

    async def _crawl(self) -> int:
        # As the database gives it back; else this crawl would be taken for another process's and read again.
        read_at = from_ms(to_ms(self._clock.now()))
        found = await self._contacts.organisation()
        employees = [one for one in found.employees if not self._is_outdated(one.user_id, read_at)]
        refused = await self._people.put(employees, read_at)
        await self._heed(refused)
        if not await self._departments.put(found.departments, read_at):
            await self.load()  # what a walk found that was begun later, and that has ended
            if any(at == read_at for _, at in self._known.values()):  # whom that one lacked: a next one tells
                self.crawl_wanted.set()
            return len(self._known)
        await self._take_in([(one, read_at) for one in employees if one.user_id not in refused], self._is_outdated)
        self._plant(found.departments, read_at)
        gone = [user_id for user_id, (_, at) in self._known.items() if at < read_at]
        if gone := self.emptied.believed(self._people_known(), gone):
            self._drop({*gone} - await self._people.remove(gone, read_at))  # if refused: a next crawl tries again
        if self.emptied.doubted:
            self.crawl_wanted.set()
        return len(self._known)

    def _is_outdated(self, user_id: str, read_at: datetime) -> bool:
        """Tell whether something newer is known than what was read at `read_at`, their leaving above all."""
        return self._leavers.has_gone(user_id, read_at) or self._is_newer(user_id, read_at)

    def _is_overtaken(self, look: int, user_id: str, read_at: datetime) -> bool:
        """Tell whether something newer is known than what the database had at that look."""
        return self._leavers.escaped(look, user_id) or self._is_newer(user_id, read_at)

    def _is_newer(self, user_id: str, at: datetime) -> bool:
        _, kept_at = self._known.get(user_id, (None, None))
        return is_overtaken(at, kept_at, self._clock.now())

    def _view(self) -> View:
        if self._last_view.changes != self.changes:
            self._last_view = viewed(self.changes, self._people_known(), self._tree, self._extra_leads)
        return self._last_view

    async def _look(self) -> None:
        """Make the view on a thread: for 100,000 people it takes longer than a punch should wait."""
        if self._last_view.changes != self.changes:
            known = (self.changes, self._people_known(), self._tree, self._extra_leads)
            self._last_view = await asyncio.to_thread(viewed, *known)

    def _people_known(self) -> list[Employee]:
        return [employee for employee, _ in self._known.values()]

    async def _take_in(self, read: Sequence[Read], is_outdated: Callable[[str, datetime], bool]) -> None:
        """Keep what the database has by now, some at a time so that nobody waits for a big organisation."""
        for begin in range(0, len(read), AT_A_STRETCH):
            for employee, read_at in read[begin : begin + AT_A_STRETCH]:
                if not is_outdated(employee.user_id, read_at):
                    self._keep(employee, read_at)
            await asyncio.sleep(0)

    async def _drop_those_gone(self, left: Iterable[str]) -> None:
        """Forget those of `left` whom the database has no more; moments of several clocks tell nothing of that."""
        known = [user_id for user_id in left if user_id in self._known]
        self._drop([user_id for user_id in known if await self._people.get(user_id) is None])

    def _keep(self, employee: Employee, read_at: datetime) -> None:
        before = self.employee(employee.user_id)
        employee = before if before is not None and before == employee else employee  # as one object in memory
        self._known[employee.user_id] = (employee, read_at)
        self._leavers.is_back(employee.user_id)
        self._doubts.person_read(employee.user_id, read_at)
        if before is not None and (lost := set(before.leads) - set(employee.leads)):
            # At once, also where the tree read before still names them as manager.
            self._tree = without_manager(self._tree, employee.user_id, lost)
            self.crawl_wanted.set()
        self._by_union.note(employee)
        self.changes += employee != before

    def _plant(self, tree: Sequence[Department], read_at: datetime | None) -> None:
        if read_at is not None:
            self._doubts.all_read(read_at)
        self.changes += tuple(tree) != self._tree
        self._tree, self._tree_read_at = tuple(tree), read_at

    def _drop(self, user_ids: Iterable[str]) -> None:
        for user_id in user_ids:
            if entry := self._known.pop(user_id, None):
                self.changes += 1
                self._by_union.forget(entry[0])
