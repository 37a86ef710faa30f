"""The tick over a large roster. One process fills the database, another measures.

A tick decides from stored facts, so DingTalk answers nothing but its time here.

    python benchmarks/reminder_ticks.py fill|measure --source dingtalk|config --people 100000
    --database URL
"""

import argparse
import asyncio
import json
import resource
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from statistics import median
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.app import App
from bot.clock import SystemClock
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.people import Department, Employee
from bot.domain.reminders import Wishes
from bot.domain.shifts import Section, Shift, day_plan
from bot.domain.slots import Days
from bot.platform import DingTalk
from bot.services.organisation.directory import Directory
from bot.services.reminding.reminders import ReminderService
from bot.settings import Settings
from bot.storage import open_store
from bot.storage.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 24)
SHIFTS = 20  # all begin at nine, with different ends
PEOPLE_A_DEPARTMENT = 200
SPECIAL = 3000  # people on leave, and people with own minutes
IDLE_TICKS = 50


class MovedClock(SystemClock):
    """The machine's clock with an offset."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def now(self) -> datetime:
        """Return the pretend moment in UTC."""
        return super().now() + self.moved

    def move_to(self, moment: datetime) -> None:
        """Set the moment. Time runs on from there."""
        self.moved += moment - self.now()


class PretendDingTalk(DingTalk):
    """Its clock is the pretend one. Without an answer the bot takes its own clock for wrong."""

    def __init__(self, settings: Settings, clock: MovedClock) -> None:
        super().__init__(settings, clock)
        self._clock = clock

    async def server_time(self) -> datetime:
        return self._clock.now()


class Timed:
    """Wraps an object and times its asynchronous calls, in seconds by name."""

    def __init__(self, inner: Any, seconds: dict[str, float]) -> None:
        self._inner = inner
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def timed(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return await found(*args, **named)
            finally:
                self._seconds[name] += time.perf_counter() - began

        return timed


class TimedStore:
    """A store with timed reminders."""

    def __init__(self, store: Store, seconds: dict[str, float]) -> None:
        self._store = store
        self.reminders = Timed(store.reminders, seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Watch:
    """Measures the stalls of the event loop in ms."""

    def __init__(self) -> None:
        self.worst_ms = 0.0

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self.worst_ms = max(self.worst_ms, (time.perf_counter() - began - 0.005) * 1000)


def main() -> None:
    """Fill a database, or measure ticks on it and print the figures as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["fill", "measure"])
    parser.add_argument("--source", choices=["dingtalk", "config"], default="dingtalk")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", required=True)
    options = parser.parse_args()
    work = fill if options.step == "fill" else measured
    print(
        json.dumps(asyncio.run(work(options.source, options.people, options.database))), flush=True
    )


def user_id(number: int) -> str:
    """Return the id of a person."""
    return f"user{number:06d}"


def local(clock: str) -> datetime:
    """Return a local time of the day as a moment."""
    return datetime.combine(DAY, clock_time.fromisoformat(clock), ZONE)


def settings_of(source: str) -> Settings:
    """Return the settings. `config` has the same shifts as DingTalk, by department."""
    shifts = [
        {
            "name": f"shift {number}",
            "sections": [["09:00", f"17:{number:02d}"]],
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "people": {"departments": list(range(2 + number, 1002, SHIFTS))},
        }
        for number in range(SHIFTS)
    ]
    schedule = (
        {"source": "config", "shifts": shifts} if source == "config" else {"source": "dingtalk"}
    )
    dingtalk = {"client_id": "nobody", "client_secret": "nothing", "operator_user_id": "nobody"}
    return Settings(dingtalk=dingtalk, schedule=schedule)


async def fill(source: str, people: int, database: str) -> dict[str, Any]:
    """Store people, plans, leave and wishes. Return the number of people."""
    clock = MovedClock()
    clock.move_to(local("08:40"))
    store = open_store(database, clock=clock, owner="fill")
    await store.open()
    try:
        tree = [
            Department(1, "all"),
            *(Department(number, f"team {number}", 1) for number in range(2, 1002)),
        ]
        everyone = [employee(number) for number in range(people)]
        await store.people.replace(everyone, tree, clock.now())
        if source == "dingtalk":
            await put_plans(store, people, local("06:00"))
        away = [user_id(number) for number in range(0, 2 * SPECIAL, 2)]
        span = (local("00:00"), local("23:59"))
        leave = [Absence(one, *span, f"leave:{one}") for one in away]
        await store.absences.store(away, span, leave, AbsenceSource.LEAVE)
        wishes = [user_id(number) for number in range(1, 2 * SPECIAL, 2)]
        await asyncio.gather(*(store.wishes.change(one, eight_before) for one in wishes))
    finally:
        await store.close()
    return {"people": people, "on_leave": len(away), "wishes": len(wishes)}


def employee(number: int) -> Employee:
    """Return a person. The first one of each department leads it."""
    department = 2 + number // PEOPLE_A_DEPARTMENT % 1000
    leads = (department,) if number % PEOPLE_A_DEPARTMENT == 0 else ()
    return Employee(user_id(number), f"Person {number}", f"union{number:06d}", (department,), leads)


def eight_before(old: Wishes) -> Wishes:
    """Return wishes for a reminder eight minutes before."""
    return replace(old, before_minutes=8)


async def put_plans(store: Store, people: int, read_at: datetime) -> None:
    """Store the plans of three days."""
    shifts = [
        Shift(f"shift {number}", (Section(clock_time(9), clock_time(17, number)),))
        for number in range(SHIFTS)
    ]
    for offset in (-1, 0, 1):
        plans = [day_plan(shift, DAY + timedelta(days=offset), ZONE) for shift in shifts]
        await store.plans.store(
            {user_id(number): [plans[number % SHIFTS]] for number in range(people)}, read_at
        )


async def measured(source: str, people: int, database: str) -> dict[str, Any]:
    """Tick like a process that starts at 8:40, until everybody is due. Return the figures."""
    clock = MovedClock()
    clock.move_to(local("08:40"))
    store = open_store(database, clock=clock, owner="measure")
    await store.open()
    watch = Watch()
    watching = asyncio.create_task(watch.run())
    seconds: dict[str, float] = defaultdict(float)
    try:
        settings = settings_of(source)
        timed_store = cast(Store, TimedStore(store, seconds))
        parts = parts_of(PretendDingTalk(settings, clock), settings, timed_store, clock)
        service, directory = parts.reminders, parts.directory
        await directory.catch_up()
        bare_mib = peak_mib()
        figures = {"source": source, "people": len(directory.view.people), "before_mib": bare_mib}
        for name, work in steps(service, directory, store, clock).items():
            await asyncio.sleep(0.02)
            watch.worst_ms, seconds["claim"] = 0.0, 0.0
            step = figures[name] = await work()
            step["blocked_ms"], step["peak_mib"] = round(watch.worst_ms), peak_mib()
            if "seconds" in step:
                step["claim_s"] = round(seconds["claim"], 3)
                step["decide_s"] = round(step["seconds"] - seconds["claim"], 3)
        figures["peak_mib"] = peak_mib()
        reminders = await store.reminders.between(Days.around(DAY))
        figures["claimed"] = sum(one.kind == "before" for one in reminders)
        figures["late_people"] = sum(one.kind == "after" for one in reminders)
        return figures
    finally:
        watching.cancel()
        await store.close()


def parts_of(dingtalk: DingTalk, settings: Settings, store: Store, clock: MovedClock) -> App:
    """Build the services on an open `store`, with a lease that never ends."""
    parts = App(settings, clock=clock, store=store, dingtalk=dingtalk)
    parts.lease.renew(clock.monotonic())
    return parts


def steps(
    service: ReminderService, directory: Directory, store: Store, clock: MovedClock
) -> dict[str, Callable[[], Awaitable[dict[str, Any]]]]:
    """Return the measured steps in order."""

    async def start() -> dict[str, Any]:
        """Read all plans."""
        return {"seconds": round(await timed(service.tick()), 3)}

    async def idle() -> dict[str, Any]:
        """Find nothing due, a minute after the last tick."""
        clock.move_to(local("08:42"))
        await service.tick()
        took = []
        for _ in range(IDLE_TICKS):
            clock.move_to(clock.now() + timedelta(seconds=5))
            took.append(await timed(service.tick()))
        return {
            "median_ms": round(median(took) * 1000, 1),
            "slowest_ms": round(max(took) * 1000, 1),
        }

    async def changed() -> dict[str, Any]:
        """Find nothing due, after a new wish and a new leave."""
        await store.wishes.change(user_id(7001), eight_before)
        who = user_id(7003)
        span = (local("00:00"), local("23:59"))
        leave = Absence(who, *span, "leave:new")
        await store.absences.store([who], span, [leave], AbsenceSource.LEAVE)
        clock.move_to(clock.now() + timedelta(seconds=5))
        return {"seconds": round(await timed(service.tick()), 3)}

    async def due() -> dict[str, Any]:
        """Find everybody due except people on leave."""
        clock.move_to(local("08:52:30"))
        return {"seconds": round(await timed(service.tick()), 3)}

    async def missed() -> dict[str, Any]:
        """Look up who missed a check of the day before, when all shifts start."""
        clock.move_to(local("09:00:30"))
        return {"seconds": round(await timed(service.tick()), 3)}

    async def late() -> dict[str, Any]:
        """Find everybody late. Half of them punched at the gate."""
        here = [
            (user_id(number), local("08:55")) for number in range(0, len(directory.view.people), 2)
        ]
        await store.native_punches.note(here)
        clock.move_to(local("09:05:30"))
        return {"seconds": round(await timed(service.tick()), 3)}

    return {
        "start": start,
        "idle": idle,
        "changed": changed,
        "due": due,
        "missed": missed,
        "late": late,
    }


async def timed(work: Awaitable[None]) -> float:
    """Do `work` and return its seconds."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def peak_mib() -> float:
    """Return the peak memory of this process in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    main()
