"""How long summaries take over a large and growing ledger: a team's day, a company's day, a team's
month.

    python benchmarks/summaries.py [--databases sqlite postgresql] [--rows 5000000 20000000]
    [--json]

10,000 people punch twice each workday: 20 million rows are four years. Each ledger is filled up to
the first number of rows, measured, filled further and measured again. PostgreSQL runs on a new
server. It needs 15 GB for a while.

The time runs from the question to the text of the answer. People come from the database; today's
plans are in memory, as in the bot. Everybody has punched, so that DingTalk is not asked.

`first` is the median over different teams after the cache was emptied. `best`, `median` and `worst`
are of repeated questions. Aims compare medians, growth compares `best`. The exit code is 1 if an
aim is missed.
"""

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ledgers import PEOPLE, ZONE, Ledger, an_empty_ledger, plan_of, user_id, workdays

from bot.actions import Summary
from bot.app import COLLECT_AFTER
from bot.domain.memberships import Memberships
from bot.domain.people import Department, Employee
from bot.domain.shifts import DayPlan
from bot.domain.slots import A_DAY, Days
from bot.services.base import Patience
from bot.services.organisation.directory import Directory
from bot.services.organisation.sights import Sight
from bot.services.organisation.visibility import Visibility
from bot.services.reporting.day_reader import DayReader
from bot.services.reporting.days import PeopleDays
from bot.storage import Store, open_store
from bot.views import team as views
from bot.views.i18n import Texts
from bot.views.sentences import Reply

TEAM = 50
ROOT, COMPANY, TEAMS_FROM = 1, 2, 100
BOSS = "boss"
AIMS_MS = {"today_of_50": 50.0, "month_of_50": 100.0, "today_of_10000": 1000.0}
MOST_GROWTH = 0.2  # of the small questions, from the fewest rows to the most
TEXTS = Texts("en", ZONE)

Figures = dict[str, dict[str, float]]


class At:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return time.monotonic()


class Planned:
    """Today's plans in memory."""

    source = "dingtalk"
    directory = SimpleNamespace(view=SimpleNamespace(memberships=Memberships({}, {}, (), {}, ZONE)))

    def __init__(self, store: Store, today: date) -> None:
        self._store = store
        self._pages = {day: plan_of(day) for day in (today - A_DAY, today, today + A_DAY)}

    def is_present(self, user_id: str) -> bool:
        return True

    async def plans_of(
        self, user_ids: Sequence[str], dates: Days
    ) -> Mapping[str, Mapping[date, DayPlan]]:
        if dates.first in self._pages and dates.last in self._pages:
            days = {day: self._pages[day] for day in dates}
            return dict.fromkeys(user_ids, days)
        return await self._store.plans.of(user_ids, dates)


class Unasked:
    """Fails: this benchmark must not ask DingTalk."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was wanted")


def main() -> int:
    """Fill ledgers, ask for summaries, print the figures and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--rows", nargs="+", type=int, default=[5_000_000, 20_000_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    gc.set_threshold(*COLLECT_AFTER)
    missed = []
    for kind in options.databases:
        found = grown(kind, sorted(options.rows))
        missed += [f"{kind}: {one}" for one in misses(found)]
        print(json.dumps({kind: found}) if options.json else readable(kind, found), flush=True)
    for one in missed:
        print(f"missed: {one}", file=sys.stderr)
    return 1 if missed else 0


def grown(kind: str, sizes: Sequence[int]) -> dict[int, Figures]:
    """Return the times of each question by the number of rows."""
    found: dict[int, Figures] = {}
    with an_empty_ledger(kind) as ledger:
        days, filled = workdays(sizes[-1]), 0
        for size in sizes:
            until = min(len(days), round(size / PEOPLE / 2))
            began = time.perf_counter()
            ledger.grow(days[filled:until])
            took, filled = time.perf_counter() - began, until
            ledger.forget_cache()
            found[ledger.punches] = asyncio.run(asked(ledger, days[until - 1]))
            found[ledger.punches]["ledger"] = {
                "gb": round(ledger.bytes() / 1e9, 1),
                "filled_s": round(took),
            }
    return found


async def asked(ledger: Ledger, today: date) -> Figures:
    """Ask on the morning of `today` and return the times in ms."""
    now = datetime.combine(today, clock(10, 30), ZONE).astimezone(UTC)
    store = open_store(ledger.url, clock=cast(Any, At(now)), owner=f"benchmark {today}")
    await store.open()
    try:
        directory = await people_of(store, now)
        desk = Desk(store, directory, now)
        month = today - timedelta(days=30)
        return {
            "today_of_50": await timed(desk.today, teams=20, times=10),
            "month_of_50": await timed(
                lambda lead: desk.range(lead, month, today), teams=20, times=10
            ),
            "today_of_10000": await timed(desk.today, teams=1, times=10, leads=[BOSS]),
        }
    finally:
        await store.close()


async def people_of(store: Store, now: datetime) -> Directory:
    """Store everybody: teams of fifty with a lead each, and one lead of all. Return the bot's view
    of them.
    """
    teams = range(PEOPLE // TEAM)
    people = [
        Employee(user_id(one), f"Person {one}", None, (TEAMS_FROM + one // TEAM,))
        for one in range(PEOPLE)
    ]
    people += [Employee(lead_of(team), "", None, (ROOT,), (TEAMS_FROM + team,)) for team in teams]
    people.append(Employee(BOSS, "", None, (ROOT,), (COMPANY,)))
    departments = [Department(ROOT, "all"), Department(COMPANY, "company", ROOT)]
    departments += [Department(TEAMS_FROM + team, f"team {team}", COMPANY) for team in teams]
    await store.people.replace(people, departments, now)
    clock = cast(Any, At(now))
    dingtalk, settings = (
        SimpleNamespace(contacts=Unasked()),
        SimpleNamespace(roles=SimpleNamespace(leads={})),
    )
    directory = Directory(
        cast(Any, SimpleNamespace(store=store, clock=clock, dingtalk=dingtalk, settings=settings))
    )
    await directory.catch_up()
    return directory


def lead_of(team: int) -> str:
    """Return the lead of a team."""
    return f"lead{team:03}"


class Desk:
    """Answers a lead like the handlers."""

    def __init__(self, store: Store, directory: Directory, now: datetime) -> None:
        clock, unasked = cast(Any, At(now)), cast(Any, Unasked())
        self._visibility = Visibility(directory, (), ())
        dingtalk = SimpleNamespace(attendance=SimpleNamespace(at=lambda _priority: unasked))
        parts = {
            "store": store,
            "clock": clock,
            "zone": ZONE,
            "dingtalk": dingtalk,
            "patience": Patience(),
        }
        base = cast(Any, SimpleNamespace(**parts))
        rosters = cast(Any, Planned(store, now.astimezone(ZONE).date()))
        self._days = PeopleDays(base, rosters, DayReader(base, rosters))
        self._today = now.astimezone(ZONE).date()

    async def today(self, lead: str) -> Reply:
        """Answer "summary"."""
        sight = self._seen(lead)
        return views.team_day(
            await self._days.day(sight, self._today), sight.people, TEXTS, title="Your team"
        )

    async def range(self, lead: str, first: date, last: date) -> Reply:
        """Answer a question about several days."""
        sight = self._seen(lead)
        return views.team_range(
            await self._days.range(sight, Days(first, last)),
            sight.people,
            TEXTS,
            title="Your team",
            asked=Summary(),
        )

    def _seen(self, lead: str) -> Sight:
        sight = self._visibility.of(lead)
        if len(sight.people) not in (TEAM, PEOPLE):
            raise AssertionError(f"{lead} sees {len(sight.people)} people")
        return sight


async def timed(
    ask: Callable[[str], Awaitable[Reply]], *, teams: int, times: int, leads: Sequence[str] = ()
) -> dict[str, float]:
    """Ask for each team once, from the disk, then `times` more. Return the times in ms."""
    each = leads or [lead_of(number * 37 % (PEOPLE // TEAM)) for number in range(teams)]
    first = [await _once(ask, lead) for lead in each]
    again = sorted([await _once(ask, lead) for _ in range(times) for lead in each])
    figures = {
        "first": median(first),
        "best": again[0],
        "median": median(again),
        "worst": again[-1],
    }
    return {name: round(value, 1) for name, value in figures.items()}


async def _once(ask: Callable[[str], Awaitable[Reply]], lead: str) -> float:
    began = time.perf_counter()
    await ask(lead)
    return (time.perf_counter() - began) * 1000


def misses(found: Mapping[int, Figures]) -> list[str]:
    """Return the missed aims as sentences."""
    missed = [
        f"{name} took {figures[name]['median']} ms with {rows:,} rows, aim {aim:.0f} ms"
        for rows, figures in found.items()
        for name, aim in AIMS_MS.items()
        if figures[name]["median"] >= aim
    ]
    return missed + [
        f"{name} grew by {growth:.0%}"
        for name, growth in growths(found).items()
        if growth >= MOST_GROWTH
    ]


def growths(found: Mapping[int, Figures]) -> dict[str, float]:
    """Return the growth of the small questions from the fewest rows to the most, as a ratio."""
    before, after = found[min(found)], found[max(found)]
    small = [name for name in AIMS_MS if name.endswith("_50")]
    return {name: after[name]["best"] / before[name]["best"] - 1 for name in small}


def readable(kind: str, found: Mapping[int, Figures]) -> str:
    """Return the figures as a table."""
    heads = "".join(f"{head:>9}" for head in ("first", "best", "median", "worst", "aim"))
    lines = [f"{kind:<15} {'rows':>12}{heads}  ms"]
    for rows, figures in found.items():
        for name, aim in AIMS_MS.items():
            shown = "".join(
                f"{figures[name][one]:>9.1f}" for one in ("first", "best", "median", "worst")
            )
            lines.append(f"{name:<15} {rows:>12,}{shown}{aim:>9.0f}")
        ledger = figures["ledger"]
        lines.append(
            f"{'':<15} {rows:>12,} rows are {ledger['gb']} GB, filled in {ledger['filled_s']:.0f} s"
        )
    grown_by = ", ".join(f"{name} {growth:+.0%}" for name, growth in growths(found).items())
    return "\n".join([*lines, f"growth: {grown_by}"])


if __name__ == "__main__":
    sys.exit(main())
