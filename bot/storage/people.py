"""The directory as last read: people and departments, and doubts about changed ones."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from sys import intern
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.clock import CLOCKS_APART, to_ms
from bot.domain.memberships import Membership, Memberships
from bot.domain.people import GONE_FOR, Department, Employee, names_of_departments
from bot.storage.database import TopicRows
from bot.storage.engine import Params, Tx
from bot.storage.records import Records
from bot.storage.statements import insert, is_older, upsert


class Stored(NamedTuple):
    """The whole directory. `is_walked` means that a walk was stored, so that roles are known."""

    version: int
    is_walked: bool
    employees: Sequence[Employee]
    departments: Sequence[Department]
    left: Sequence[Employee] = ()  # with memberships of the time before
    changed: Sequence[Membership] = ()  # all memberships of people who joined, moved or left

    def memberships(self, zone: ZoneInfo) -> Memberships:
        """Return who belonged to which departments on which dates."""
        return Memberships(
            {who.user_id: who for who in self.employees},
            {who.user_id: who for who in self.left},
            self.changed,
            names_of_departments(self.departments),
            zone,
        )


_LOCK = "departments"  # name of a lock: each walk is stored as a whole

# `intern`, because most rows of a later read are equal
_EMPLOYEES = Records(Employee, "people", user_id=intern, union_id=intern)
_DEPARTMENTS = Records(Department, "departments")

# `read_ms` of a person who left is GONE_FOR ahead
_AHEAD = GONE_FOR + CLOCKS_APART
_NOBODY = "union_id = NULL, department_ids = '[]', leads = '[]', active = 0"
_PUT = f"""{upsert("people", [*_EMPLOYEES.columns, "read_ms"])}, left_ms = NULL
    WHERE {is_older("people.read_ms", "excluded.read_ms", _AHEAD)}"""
_REMOVE = (
    f"UPDATE people SET {_NOBODY}, read_ms = :read_ms, left_ms = :read_ms WHERE left_ms IS NULL"
)
_REMOVE_SOME = f"{_REMOVE} AND user_id IN [:user_ids] AND {is_older('read_ms', ':read_ms', _AHEAD)}"
_REMOVE_UNREAD = f"{_REMOVE} AND {is_older('read_ms', ':read_ms - 1', _AHEAD)}"
_LEAVE = f"""
    INSERT INTO people (user_id, name, department_ids, leads, active, job_number, read_ms, left_ms)
    VALUES (:user_id, '', '[]', '[]', 0, '', :now + {GONE_FOR // timedelta(milliseconds=1)}, :now)
    ON CONFLICT (user_id) DO UPDATE SET {_NOBODY}, read_ms = excluded.read_ms, left_ms = excluded.left_ms"""
_ALL = f"SELECT {_EMPLOYEES.sql()} FROM people WHERE left_ms IS NULL ORDER BY user_id"
_SOME = (
    f"SELECT left_ms, {_EMPLOYEES.sql()} FROM people WHERE user_id IN [:user_ids] ORDER BY user_id"
)
_IS_HERE = "SELECT left_ms IS NULL FROM people WHERE user_id = :user_id"

# Else somebody who comes back would have their token back.
_END_TOKENS = """
    DELETE FROM api_tokens WHERE EXISTS (SELECT 1 FROM people
      WHERE people.user_id = api_tokens.user_id AND left_ms IS NOT NULL)"""

# Counts changes. The column `at_ms` holds the count, and each commit has a new count.
_CHANGE = """
    INSERT INTO moments (name, at_ms) VALUES ('people changed', 1)
    ON CONFLICT (name) DO UPDATE SET at_ms = moments.at_ms + 1"""
_VERSION = "SELECT at_ms FROM moments WHERE name = 'people changed'"

_DOUBT = """
    INSERT INTO doubts (subject, doubted_ms) VALUES (:subject, STORE_NOW())
    ON CONFLICT (subject) DO UPDATE SET doubted_ms = excluded.doubted_ms"""
# By the clock that all processes share. `age` is the time since the read began. A doubt later than
# now was noted by a clock that was ahead.
_IS_READ = "(doubted_ms <= STORE_NOW() - :age OR doubted_ms > STORE_NOW())"
_TRUST_ALL = f"DELETE FROM doubts WHERE {_IS_READ}"
_TRUST_SOME = f"DELETE FROM doubts WHERE {_IS_READ} AND subject IN [:user_ids]"
_DOUBTED = "SELECT subject FROM doubts"

_IS_WALKED = "SELECT 1 FROM moments WHERE name = 'departments read'"
# Returns nothing when a later walk is stored.
_WALK = f"""
    INSERT INTO moments (name, at_ms) VALUES ('departments read', :read_ms)
    ON CONFLICT (name) DO UPDATE SET at_ms = :read_ms
    WHERE {is_older("moments.at_ms", ":read_ms")} RETURNING at_ms"""
_TREE = f"SELECT {_DEPARTMENTS.sql()} FROM departments ORDER BY department_id"
_CUT_TREE = "DELETE FROM departments"
_PLANT = insert("departments")

_MEMBERSHIPS = Records(Membership, "memberships")
_ANY_MEMBERSHIP = "SELECT 1 FROM memberships LIMIT 1"
_CHANGED = f"""
    SELECT {_MEMBERSHIPS.sql()} FROM memberships WHERE user_id IN
      (SELECT user_id FROM memberships WHERE until_ms IS NOT NULL OR since_ms > 0)
    ORDER BY user_id, since_ms"""
_LEFT = f"""
    SELECT {_EMPLOYEES.sql()} FROM people WHERE left_ms IS NOT NULL
      AND user_id IN (SELECT user_id FROM memberships) ORDER BY user_id"""
_LASTING = "SELECT user_id, department_ids, department FROM memberships WHERE until_ms IS NULL"
_LASTING_SOME = f"{_LASTING} AND user_id IN [:user_ids]"
_PRESENT = "SELECT user_id, department_ids FROM people WHERE left_ms IS NULL"
_PRESENT_SOME = f"{_PRESENT} AND user_id IN [:user_ids]"
_END = "UPDATE memberships SET until_ms = :at WHERE user_id = :user_id AND until_ms IS NULL"
_BEGIN = upsert("memberships")


class People(TopicRows):
    """People and departments. Each call raises StoreRefused.

    A person who left keeps a row with the name for the export. The read or event that began last
    counts.
    """

    async def load_changes(self, version: int) -> tuple[frozenset[str], Stored | None]:
        """Return the doubted people, and the directory if it has another version."""

        def work(tx: Tx) -> tuple[frozenset[str], Stored | None]:
            # Read the doubts first: an outdated doubt does no harm, a missing doubt would.
            doubted = frozenset(subject for (subject,) in tx.all(_DOUBTED))
            row = tx.one(_VERSION)
            stored = int(row[0]) if row else 0
            return doubted, None if stored == version else directory_in(tx, stored)

        return await self._database.read(work)

    async def is_here(self, user_id: str) -> bool | None:
        """Return False for a person who left, None for somebody who was never read."""
        row = await self._database.one(_IS_HERE, user_id=user_id)
        return None if row is None else bool(row[0])

    async def store(
        self, employees: Sequence[Employee], read_at: datetime, *, gone: Iterable[str] = ()
    ) -> None:
        """Store the people of a read that began at `read_at`.

        DingTalk does not know the people of `gone`.
        """
        missing = list(gone)
        ids = [*(employee.user_id for employee in employees), *missing]

        def work(tx: Tx) -> None:
            reading = {**_reading(tx, read_at), "user_ids": ids}
            before = tx.all(_SOME, **reading)
            _store_people(tx, employees, reading)
            tx.run(_REMOVE_SOME, **(reading | {"user_ids": missing}))
            tx.run(_TRUST_SOME, **reading)
            _keep_memberships(tx, reading["read_ms"], ids)
            if tx.all(_SOME, **reading) != before:
                tx.run(_CHANGE)

        await self._database.write(work)

    async def replace(
        self, employees: Sequence[Employee], departments: Sequence[Department], read_at: datetime
    ) -> None:
        """Store the organisation of a walk that began at `read_at`, unless a later walk is stored."""
        tree = {
            department.department_id: _DEPARTMENTS.row(department) for department in departments
        }

        def work(tx: Tx) -> None:
            reading = _reading(tx, read_at)
            if tx.one(_WALK, **reading) is None:
                return
            _store_people(tx, employees, reading)
            tx.run(_REMOVE_UNREAD, **reading)
            tx.run(_CUT_TREE)
            tx.many(_PLANT, list(tree.values()))
            _keep_memberships(tx, reading["read_ms"])
            tx.run(_TRUST_ALL, **reading)
            tx.run(_CHANGE)

        await self._database.write(work, person=_LOCK)

    async def remove(self, user_ids: Iterable[str]) -> None:
        """Remove people who left, by an event. No read shows them again within GONE_FOR."""
        left = sorted(set(user_ids))

        def work(tx: Tx) -> None:
            tx.many(_LEAVE, [{"user_id": user_id} for user_id in left])
            _keep_memberships(tx, tx.now_ms, left)
            tx.run(_CHANGE)

        await self._database.write(work)

    async def doubt(self, user_ids: Iterable[str]) -> None:
        """Mark changed people, or "" for all departments, until a read that begins later."""
        await self._database.store(_DOUBT, [{"subject": who} for who in sorted(set(user_ids))])


def _reading(tx: Tx, read_at: datetime) -> dict[str, Any]:
    """Return the parameters of a read. One that begins after now began by a clock that was ahead."""
    began_ms = to_ms(read_at)
    # when the clock went back meanwhile, the read ends no doubt
    age = tx.now_ms - began_ms if began_ms <= tx.now_ms else tx.now_ms
    return {"read_ms": min(began_ms, tx.now_ms), "age": age}


def _store_people(tx: Tx, employees: Sequence[Employee], reading: Params) -> None:
    # so that no deadlock arises
    in_order = sorted(employees, key=lambda employee: employee.user_id)
    tx.many(_PUT, [_EMPLOYEES.row(employee, **reading) for employee in in_order])


def _keep_memberships(tx: Tx, at_ms: int, user_ids: Sequence[str] | None = None) -> None:
    """End the tokens of people who left. Where departments or their names changed, end the
    memberships of these people, or of all people, and begin others.

    The first walk begins memberships at 0, for all days before it. Until then there are none.
    """
    tx.run(_END_TOKENS)
    is_first = tx.one(_ANY_MEMBERSHIP) is None
    if is_first and user_ids is not None:
        return
    names = names_of_departments(_DEPARTMENTS.read_all(tx.all(_TREE)))
    lasting = tx.all(_LASTING if user_ids is None else _LASTING_SOME, user_ids=user_ids)
    present = tx.all(_PRESENT if user_ids is None else _PRESENT_SOME, user_ids=user_ids)
    before = set(lasting)
    now = {
        (user_id, packed, ", ".join(names[at] for at in json.loads(packed) if at in names))
        for user_id, packed in present
    }
    tx.many(_END, [{"at": at_ms, "user_id": user_id} for user_id, *_ in sorted(before - now)])
    begun = []
    for user_id, packed, department in sorted(now - before):
        departments = {"department_ids": packed, "department": department}
        since_ms = 0 if is_first else at_ms
        begun.append({"user_id": user_id, "since_ms": since_ms, "until_ms": None, **departments})
    tx.many(_BEGIN, begun)


def directory_in(tx: Tx, version: int = 0) -> Stored:
    """Return the directory as last read."""
    return Stored(
        version=version,
        is_walked=tx.one(_IS_WALKED) is not None,
        employees=_EMPLOYEES.read_all(tx.all(_ALL)),
        departments=_DEPARTMENTS.read_all(tx.all(_TREE)),
        left=_EMPLOYEES.read_all(tx.all(_LEFT)),
        changed=_MEMBERSHIPS.read_all(tx.all(_CHANGED)),
    )
