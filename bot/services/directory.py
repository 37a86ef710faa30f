"""Who the sender of a message is."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.errors import OperatorError, UpstreamError, UserError
from bot.services.ports import Contacts, People

log = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=24)
PATIENCE_S = 2.0  # a punch does not wait longer for a name


class Directory:
    """Employees by the ids that DingTalk vouches for, kept with an age and read anew when that is past."""

    def __init__(self, contacts: Contacts, people: People, clock: Clock, *, corp_id: str | None) -> None:
        self._contacts = contacts
        self._people = people
        self._clock = clock
        self._corp_id = corp_id
        self._known: dict[str, tuple[Employee, datetime]] = {}
        self._by_union: dict[str, str] = {}
        self._reading: dict[str, asyncio.Task[Employee | None]] = {}

    def __len__(self) -> int:
        """Return how many people are known."""
        return len(self._known)

    async def load(self) -> None:
        """Take the people read in earlier runs into memory."""
        for employee, read_at in await self._people.all():
            self._keep(employee, read_at)

    async def crawl(self) -> int:
        """Read the whole organisation; return how many people it has. Raises UpstreamError, ServiceStopped."""
        read_at = self._clock.now()
        everyone = [employee async for employee in self._contacts.everyone()]
        await self._people.put(everyone, read_at)
        for employee in everyone:
            self._keep(employee, read_at)
        gone = [user_id for user_id, (_, at) in self._known.items() if at < read_at]
        await self._forget(gone)
        return len(everyone)

    async def changed(self, user_ids: Iterable[str]) -> None:
        """Read people anew at their next message, after an event said that they changed or left."""
        await self._forget([user_id for user_id in user_ids if user_id in self._known])

    async def identify(self, message: Message) -> Employee:
        """Return who sent `message`.

        Raises UserError for a stranger or another organisation's person, and where the look-up failed.

        The staff id in the frame is what DingTalk authenticated; without one the union id is looked up. Text and
        nickname never count. When the directory does not answer in time, the authenticated id stands by itself.
        """
        sender = message.sender
        home = self._corp_id or message.robot_corp_id
        if home and sender.corp_id and sender.corp_id != home:
            raise UserError("who.other_org")
        user_id = sender.user_id or await self._user_id_of(sender.union_id)
        if user_id is None:
            raise UserError("who.stranger")
        employee = await self._employee(user_id)
        if employee is None:
            raise UserError("who.left")
        return employee

    def name_of(self, user_id: str) -> str:
        """Return a person's name as far as it is known, else an empty text."""
        entry = self._known.get(user_id)
        return entry[0].name if entry else ""

    async def _employee(self, user_id: str) -> Employee | None:
        entry = self._known.get(user_id)
        if entry is not None and self._clock.now() - entry[1] <= MAX_AGE:
            return entry[0]
        reading = self._reading.get(user_id)
        if reading is None:
            reading = asyncio.create_task(self._read(user_id), name=f"read {user_id}")
            self._reading[user_id] = reading
            reading.add_done_callback(lambda done: self._read_done(user_id, done))
        fallback = entry[0] if entry else Employee(user_id, "", known=False)
        try:
            return await asyncio.wait_for(asyncio.shield(reading), PATIENCE_S)
        except (TimeoutError, UpstreamError, OperatorError):
            return fallback

    def _read_done(self, user_id: str, done: asyncio.Task[Employee | None]) -> None:
        self._reading.pop(user_id, None)
        if not done.cancelled():
            done.exception()  # seen: who waited has gone on without, and `_read` has logged it

    async def _read(self, user_id: str) -> Employee | None:
        try:
            employee = await self._contacts.employee(user_id)
        except (UpstreamError, OperatorError) as error:
            log.warning("the directory did not answer: %s", error)
            raise
        if employee is None:
            await self._forget([user_id])
        else:
            self._keep(employee, self._clock.now())
            await self._people.put([employee], self._clock.now())
        return employee

    async def _user_id_of(self, union_id: str | None) -> str | None:
        if not union_id:
            return None
        known = self._by_union.get(union_id)
        if known:
            return known
        try:
            found = await self._contacts.user_id_of(union_id)
        except (UpstreamError, OperatorError) as error:
            log.warning("a union id could not be looked up: %s", error)
            raise UserError("who.try_again") from error
        if found:
            self._by_union[union_id] = found
        return found

    def _keep(self, employee: Employee, read_at: datetime) -> None:
        self._known[employee.user_id] = (employee, read_at)
        if employee.union_id:
            self._by_union[employee.union_id] = employee.user_id

    async def _forget(self, user_ids: list[str]) -> None:
        if not user_ids:
            return
        for user_id in user_ids:
            entry = self._known.pop(user_id, None)
            if entry and entry[0].union_id:
                self._by_union.pop(entry[0].union_id, None)
        await self._people.remove(user_ids)
