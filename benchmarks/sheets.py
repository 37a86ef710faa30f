"""A month of 10,000 people as a spreadsheet, made in another process: time, memory, stalls of the
loop.
"""

import asyncio
import random
import resource
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.domain.day import Check, CheckState, PersonDay, Standing
from bot.domain.shifts import CheckType
from bot.domain.sites import LocationResult, Whereabouts
from bot.domain.slots import Days
from bot.views.i18n import Texts
from bot.views.sheets import Line, SheetHead, Who, lines_of, write
from bot.views.workshop import Workshop
from tests.builders import SHANGHAI

PEOPLE, AT_ONCE = 10_000, 500
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
HEAD = SheetHead(Days(FIRST, LAST), Texts("zh", SHANGHAI))


def a_day(user_id: str, offset: int, rng: random.Random) -> PersonDay:
    """Return a workday with a clock-in around nine."""
    due = datetime(2026, 10, 1, 1, tzinfo=UTC) + timedelta(days=offset)
    ends = due + timedelta(hours=9)
    arrived, left = (
        due + timedelta(minutes=rng.randint(-40, 20)),
        ends + timedelta(minutes=rng.randint(0, 90)),
    )
    where = Whereabouts(LocationResult.NORMAL, "HQ", float(rng.randint(0, 200)))
    late = max(0, int((arrived - due) / timedelta(minutes=1)))
    came = CheckState.LATE if late else CheckState.DONE
    return PersonDay(
        user_id,
        FIRST + timedelta(days=offset),
        Standing.LATE if late else Standing.ON_TIME,
        arrived,
        left,
        due,
        ends,
        late,
        worked_minutes=int((left - arrived) / timedelta(minutes=1)),
        checks=(
            Check(CheckType.ON_DUTY, 0, due, came, arrived, where=where),
            Check(CheckType.OFF_DUTY, 0, ends, CheckState.DONE, left, where=where),
        ),
    )


async def everybody() -> AsyncIterator[Sequence[Line]]:
    """Yield a few hundred people at a time, made on another thread."""
    rng = random.Random(1)
    for begin in range(0, PEOPLE, AT_ONCE):
        yield await asyncio.to_thread(some_people, begin, rng)


def some_people(begin: int, rng: random.Random) -> list[Line]:
    """Return the month of the next people."""
    people = [
        Who(f"user{at:05d}", f"王小{at}", "研发部 Engineering")
        for at in range(begin, begin + AT_ONCE)
    ]
    return lines_of(
        HEAD, [(who, [a_day(who.user_id, day, rng) for day in range(31)]) for who in people]
    )


async def stalls(found: list[float]) -> None:
    """Measure the seconds in which the loop was blocked."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.01)
        found.append(time.monotonic() - before - 0.01)


async def main() -> None:
    """Write the spreadsheet and print the figures."""
    found: list[float] = []
    watching = asyncio.create_task(stalls(found))
    began = time.monotonic()
    content = await Workshop().run(partial(write, HEAD), everybody())
    took = time.monotonic() - began
    watching.cancel()
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{PEOPLE} people x 31 days in {took:.1f} s; {len(content) / 1e6:.1f} MB; the "
        f"process at most "
        f"{child:.0f} MB; the loop stalled at most {max(found) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    asyncio.run(main())
