"""What the bot does while the directory does not answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import to_ms
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.people import Employee
from bot.errors import NotSent, UserError
from bot.services.organisation.directory import Directory
from tests.company import a_company, morning

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
NOBODY_KNOWS = Employee("u1", "", known=False)


class StoppedClock:
    """A clock that stands at noon."""

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


class SilentContacts:
    """A directory that does not answer."""

    async def employee(self, user_id: str) -> Employee | None:
        raise NotSent("contacts", "HTTP 503")

    async def user_id_of(self, union_id: str) -> str | None:
        raise NotSent("contacts", "HTTP 503")

    async def everyone(self) -> AsyncIterator[Employee]:
        raise NotSent("contacts", "HTTP 503")
        yield


class NoPeople:
    """A store that knows nobody."""

    async def get(self, user_id: str) -> tuple[Employee, datetime] | None:
        return None

    async def has_left(self, user_id: str) -> bool:
        return user_id == "leaver"


def a_message(user_id: str | None) -> Message:
    sender = Sender(user_id, "union-1", None)
    return Message("m1", sender, "c1", False, MessageKind.TEXT, "clock in", NOON, NOON)


def a_directory() -> Directory:
    contacts: Any = SilentContacts()
    people: Any = NoPeople()
    return Directory(contacts, people, StoppedClock())


async def test_a_union_id_that_cannot_be_looked_up_is_not_called_a_stranger() -> None:
    with pytest.raises(UserError) as caught:
        await a_directory().identify(a_message(None))
    assert caught.value.code == "who.try_again"


async def test_an_authenticated_person_goes_on_without_what_the_directory_knows() -> None:
    assert await a_directory().identify(a_message("u1")) == NOBODY_KNOWS


async def test_who_left_is_refused_while_the_directory_does_not_answer() -> None:
    with pytest.raises(UserError) as caught:
        await a_directory().identify(a_message("leaver"))
    assert caught.value.code == "who.left"


async def test_while_the_directory_is_away_a_department_shift_makes_nobody_late(tmp_path: Path) -> None:
    shifts = [
        {"name": "early", "sections": [["06:00", "15:00"]], "people": {"departments": [101]}},
        {"name": "day", "sections": [["09:00", "18:00"]], "people": "all"},
    ]
    async with a_company(tmp_path, at="09:30", schedule={"source": "config", "shifts": shifts}) as company:
        assert "3 h 30 min late" in await company.ask("user001", "clock in", sent_at=to_ms(morning("09:30")))
    away = tmp_path / "away"
    away.mkdir()
    async with a_company(away, at="09:30", schedule={"source": "config", "shifts": shifts}) as company:
        await company.stop_bot()
        for path in away.glob("clock-in.db*"):
            path.unlink()
        await company.sandbox.fault("http_500", {"apis": ["qyapi_get_member", "qyapi_get_department_member"]})
        await company.start_bot()
        reply = await company.ask("user001", "clock in")
        assert "late" not in reply.replace("nor late", "")
        assert "cannot be read" in reply
