"""A directory over a scripted DingTalk and a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.dingtalk.limits import Priority
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.people import Department, Employee
from bot.services.base import Patience
from bot.services.organisation.directory import Directory
from bot.services.organisation.visibility import Visibility
from bot.storage.store import Store
from tests.bases import a_base
from tests.storage.stage import NOON, HandClock, SqliteStage
from tests.waiting import until

ROOT = Department(1, "all")
ANN, BOB, CAT = (
    Employee(name, name.title(), department_ids=(1,)) for name in ("ann", "bob", "cat")
)


class ScriptedContacts:
    """DingTalk's contacts.

    A look-up raises from `refusals`, a walk raises `down`. Both wait at their gates.
    """

    def __init__(self, *people: Employee) -> None:
        self.people = {person.user_id: person for person in people}
        self.departments: tuple[Department, ...] = (ROOT,)
        self.refusals: dict[str, Exception] = {}
        self.down: Exception | None = None
        self.asked: list[str] = []
        self.walks = 0
        self.gate, self.walk_gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.walk_gate.set()

    async def employee(self, user_id: str) -> Employee | None:
        self.asked.append(user_id)
        found = self.people.get(user_id)
        await self.gate.wait()
        if user_id in self.refusals:
            raise self.refusals[user_id]
        return found

    async def department(
        self, department_id: int, priority: Priority = Priority.PUNCH
    ) -> Department | None:
        return next(
            (
                department
                for department in self.departments
                if department.department_id == department_id
            ),
            None,
        )

    async def children(self, department_id: int) -> list[int]:
        return [
            department.department_id
            for department in self.departments
            if department.parent_id == department_id
        ]

    async def members(self, department_id: int) -> list[Employee]:
        """Return everybody as a member of the root, where a walk begins."""
        if department_id != ROOT.department_id:
            return []
        self.walks += 1
        found = list(self.people.values())
        await self.walk_gate.wait()
        if self.down is not None:
            raise self.down
        return found

    async def user_id_of(self, union_id: str) -> str | None:
        if "union" in self.refusals:
            raise self.refusals["union"]
        return None


class Stage:
    """One process with its directory."""

    def __init__(
        self, store: Store, clock: HandClock, contacts: ScriptedContacts, **roles: object
    ) -> None:
        self.store, self.clock, self.contacts, self._roles = store, clock, contacts, roles
        roles = {"admins": ["admin"], **roles}
        patience = Patience(doubt_s=0.01)
        base = a_base(
            store, clock=clock, contacts=contacts, patience=patience, settings={"roles": roles}
        )
        self.directory = Directory(base)
        known = base.settings.roles
        self.visibility = Visibility(self.directory, known.admins, known.hr)

    async def another(self, *people: Employee) -> "Stage":
        """Return a second process on the same database.

        Its DingTalk knows `people`, or the same people.
        """
        contacts = ScriptedContacts(*people) if people else self.contacts
        other = Stage(self.store, self.clock, contacts, **self._roles)
        await other.directory.catch_up()
        return other

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.directory.run())
        try:
            yield
            assert not running.done(), "the directory stopped reading"
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def settled(self) -> None:
        """Let the directory read until it doubts nobody."""
        async with self.running():
            await until(lambda: not self.directory._doubted, what="everybody is read")

    async def stored(self) -> dict[str, Employee]:
        _, found = await self.store.people.load_changes(-1)
        return {employee.user_id: employee for employee in found.employees} if found else {}


@asynccontextmanager
async def a_stage(folder: Path, *people: Employee, **roles: object) -> AsyncIterator[Stage]:
    """Open an empty database beside a DingTalk that knows `people`. `roles` are settings."""
    sqlite = SqliteStage(folder)
    try:
        yield Stage(await sqlite.open(), sqlite.clock, ScriptedContacts(*people), **roles)
    finally:
        await sqlite.close()


def names(stage: Stage) -> list[str]:
    return sorted(stage.directory.view.active)


def said_by(user_id: str | None) -> Message:
    return Message(
        "m1", Sender(user_id, "union-1", None), "c1", False, MessageKind.TEXT, "hi", NOON, NOON
    )
