"""Two things that one person wants of reminders, said at the same moment: both are kept."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.domain.agenda import ReminderPolicy
from bot.domain.reminders import MOST_STRETCHES, Quiet
from bot.services.reminding.wishes import WishService
from bot.storage import Store
from tests.builders import SHANGHAI, TUESDAY
from tests.faults.a_store import StillClock, an_open_store

WHO = "u1"


def service(store: Store) -> WishService:
    return WishService(store.wishes, ReminderPolicy(), StillClock(), SHANGHAI, language_of=lambda who: "zh")


def apart(number: int) -> Quiet:
    day = TUESDAY + timedelta(days=3 * number)
    return Quiet(day, day)


async def test_quiet_dates_and_minutes_before_said_at_once_are_both_kept(tmp_path: Path) -> None:
    async with an_open_store(tmp_path / "bot.db", StillClock()) as store:
        await asyncio.gather(service(store).quiet(WHO, apart(0)), service(store).before(WHO, 15))
        kept = await store.wishes.get(WHO)
        assert (kept.quiet, kept.before_minutes) == ((apart(0),), (15,))


async def test_stretches_said_at_once_are_no_more_than_are_kept(tmp_path: Path) -> None:
    async with an_open_store(tmp_path / "bot.db", StillClock()) as store:
        said = [service(store).quiet(WHO, apart(number)) for number in range(MOST_STRETCHES + 2)]
        answers = await asyncio.gather(*said)
        assert answers.count(None) == 2
        assert len((await store.wishes.get(WHO)).quiet) == MOST_STRETCHES
