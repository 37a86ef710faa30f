"""Who sees whom: a lead's role is read at each question, and no lead sees doubted people."""

from collections.abc import Collection
from dataclasses import replace
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from bot.domain.people import Department, Employee
from bot.domain.slots import Days, Whom
from bot.domain.teams import Appointment
from bot.errors import NotSent
from bot.services.organisation.sights import Sight, ViewResult
from tests.services.directory_stage import ANN, BOB, CAT, ROOT, Stage, a_stage
from tests.storage.stage import NOON
from tests.waiting import until

STORIES: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
DAN = Employee("dan", "Dan", department_ids=(1,))
EAST = Department(2, "east", 1)
AWAY = NotSent("user", "HTTP 503")
SHOWN = ("outcome", "people", "name", "scope", "choices", "left_out", "shows_kinds")
USUAL = ("seen", "team", "", [], 0, False)


def people(rows: dict[str, Any]) -> list[Employee]:
    """Return people by their user ids, with what differs from a member of the root."""
    usual = {"department_ids": [1]}
    return [
        TypeAdapter(Employee).validate_python(
            {"user_id": user_id, "name": user_id.title(), **usual, **row}
        )
        for user_id, row in rows.items()
    ]


def plain(answer: Any) -> Any:
    """Return an answer as the plain data of a story."""
    match answer:
        case Employee():
            return answer.user_id
        case Whom():
            return answer.model_dump(exclude_defaults=True)
        case Sight():
            parts = {name: plain(getattr(answer, name)) for name in SHOWN}
            return {name: part for name, part in parts.items() if part not in USUAL}
        case dict() | str():
            return answer
        case frozenset():
            return sorted(answer)
        case Collection():
            return [plain(part) for part in answer]
    return answer


async def stand_in(stage: Stage, user_id: str, lead: str) -> None:
    today = stage.directory.today
    appointment = Appointment(f"{user_id} {lead}", lead, user_id, today, today, NOON)
    await stage.store.stand_ins.appoint(appointment)


class Play:
    """A story on a stage. Another process may answer the questions."""

    def __init__(self, stage: Stage) -> None:
        self._stage = self._asked = stage
        self._kept: dict[str, Any] = {}

    async def carry_out(self, step: Any) -> None:
        directory, contacts = self._stage.directory, self._stage.contacts
        self._stage.clock.move(1)
        match step:
            case "everybody is read":
                await directory.crawl()
                contacts.asked.clear()
            case "a department changes":
                await directory.mark_departments_changed()
            case "another process is asked":
                self._asked = await self._stage.another()
            case {"managers of the east": managers}:
                contacts.departments = (ROOT, replace(EAST, managers=tuple(managers)))
            case {"change": changes}:
                contacts.people |= {who.user_id: who for who in people(changes)}
            case {"leave": [user_id]}:
                del contacts.people[user_id]
            case {"doubt": user_ids}:
                await directory.mark_people_changed(user_ids)
            case {"stand in": appointed}:
                for user_id, lead in appointed:
                    await stand_in(self._stage, user_id, lead)
            case {"remove": user_ids}:
                await directory.remove_people(user_ids)
            case {"unreadable": user_ids}:
                contacts.refusals = dict.fromkeys(user_ids, AWAY)
            case {"read": user_ids}:
                async with self._stage.running():
                    await until(lambda: not any(map(directory.is_doubted, user_ids)), what="a read")
            case {"asked": user_ids}:
                assert contacts.asked == user_ids
            case {"keep": questions}:
                self._kept |= {f"${name}": await self._ask(*q) for name, q in questions.items()}
            case [*question, expected]:
                assert plain(await self._ask(*question)) == expected, question

    async def _ask(self, name: str, *arguments: Any) -> Any:
        """Return the answer of the visibility, or of the directory."""
        values = []
        for value in arguments:
            filled = self._kept.get(value, value) if isinstance(value, str) else value
            values.append(Whom(**value) if isinstance(value, dict) else filled)
        asked = self._asked
        owner = asked.visibility if hasattr(asked.visibility, name) else asked.directory
        answer = getattr(owner, name)(*values)
        return await answer if isawaitable(answer) else answer


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_story_of_who_sees_whom(tmp_path: Path, story: dict[str, Any]) -> None:
    async with a_stage(tmp_path, *people(story["people"]), **story.get("roles", {})) as stage:
        play = Play(stage)
        for step in story["steps"]:
            await play.carry_out(step)


def test_a_refusal_shows_nobody() -> None:
    assert Sight(ViewResult.NOT_READ, (ANN,)).user_ids == ()


async def test_a_stand_in_sees_no_past_days_of_a_lead_who_moved(tmp_path: Path) -> None:
    members = (replace(who, department_ids=(2,)) for who in (ANN, BOB, DAN))
    async with a_stage(tmp_path, *members, CAT, hr=["cat"]) as stage:
        stage.contacts.departments = (ROOT, replace(EAST, managers=("ann",)))
        await stage.directory.crawl()
        yesterday = stage.directory.today
        stage.clock.move(86_400)
        stage.contacts.people["ann"] = ANN
        await stage.directory.crawl()
        await stand_in(stage, "bob", "ann")
        await stand_in(stage, "cat", "ann")
        for viewer, whom, seen in (
            ("bob", Whom(), ("dan",)),
            ("bob", Whom(department=2), ("bob", "dan")),
            ("bob", Whom(person="ann"), ()),
            ("cat", Whom(department=2), ("ann", "bob", "dan")),  # HR sees everybody
        ):
            sight = await stage.visibility.read_sight(viewer, whom, Days(yesterday, yesterday))
            assert sight.user_ids == seen
