"""Plays a scenario to the bot through the pretend DingTalk, minute by minute."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from bot.app import App
from bot.sandbox.api import Call
from bot.sandbox.gateway import Frame
from bot.sandbox.talk import Entry
from bot.sandbox.world import DAY, FLEXIBLE, NIGHT, SPLIT
from tests.changing_company import World
from tests.pretend_dingtalk import Sandbox
from tests.reminders.scenario import (
    ALWAYS,
    NEVER,
    ON,
    Away,
    Person,
    Plan,
    Punch,
    Scenario,
    Wish,
    moment,
)
from tests.waiting import until, work_until_idle

MINUTE = timedelta(minutes=1)
IDLE = timedelta(minutes=20)  # between looks without an event
NAMES = {DAY.id: "day", NIGHT.id: "night", SPLIT.id: "split", FLEXIBLE.id: "flexible"}
IDS = {name: shift_id for shift_id, name in NAMES.items()}
# the pretend clock-in service refuses calls older than five minutes
SIGNED_FOR = timedelta(minutes=4)
Action = Callable[[], object]


def usual_shifts(world: World) -> dict[str, str]:
    """Return the usual shift of each person."""
    return {person.user_id: NAMES[person.shift.id] for person in world}


def leads(world: World) -> set[str]:
    return {person.user_id for person in world if person.lead}


def prepare(world: World, made: Scenario, holiday: date, makeup: date) -> None:
    """Prepare the company for the start of a scenario."""
    world.special_days[made.days[0] - timedelta(days=1)] = False  # before it begins
    world.special_days[holiday] = False
    world.special_days[makeup] = True
    for person in made.people.values():
        if person.signed_in_at != ALWAYS:
            world.change(person.user_id, active=False)


@dataclass(frozen=True, slots=True)
class Happening:
    """An action at a local moment."""

    at: datetime
    act: Action


class Player:
    """Plays all events in order, with looks of the bot in between."""

    def __init__(self, sandbox: Sandbox, app: App, made: Scenario) -> None:
        self._sandbox = sandbox
        self._app = app
        self._made = made
        self.addressed: set[tuple[str, datetime]] = set()  # recipients of calls, with local times
        self._unheard: set[str] = set()  # messages without an answer, events without an ACK
        self._to_say: list[tuple[str, str]] = []
        self._to_push: list[str] = []
        self._absences: dict[Away, int] = {}
        self._to_do: list[Callable[[], Awaitable[object]]] = []
        sandbox.listen(self._hear)

    async def play(self, moments: Iterable[datetime]) -> None:
        """Play the scenario. The bot looks at the local `moments` and in between."""
        happenings = sorted(self._happenings(), key=lambda happening: happening.at)
        position = 0
        heard_at = datetime.combine(self._made.days[0], time())
        for look_at in self._looks(moments):
            while position < len(happenings) and happenings[position].at <= look_at:
                if happenings[position].at - heard_at > SIGNED_FOR:
                    await self._all_heard()
                    heard_at = happenings[position].at
                self._move_to(happenings[position].at)
                happenings[position].act()
                position += 1
                await self._speak()
            await self._all_heard()
            self._move_to(look_at)
            await self._app.reads.read_if_due()
            await self._app.reminders.tick()
            await work_until_idle(self._app.outbox)

    def _looks(self, moments: Iterable[datetime]) -> list[datetime]:
        first = datetime.combine(self._made.days[0], time())
        last = datetime.combine(self._made.days[-1], time()) + timedelta(hours=31)
        looks = {_next_minute(at) for at in moments}
        looks |= set(_span(first, last, IDLE))
        return sorted(at for at in looks if first <= at <= last)

    def _happenings(self) -> Iterable[Happening]:
        made = self._made
        for person in made.people.values():
            yield from self._person(person)
        for plan in made.plans:
            if plan.made_at != ALWAYS:
                yield Happening(plan.made_at, partial(self._plan, plan))
        for punch in made.punches:
            yield Happening(punch.at, partial(self._punch, punch))
        for away in made.aways:
            yield from self._away(away)
        for wish in made.wishes:
            yield Happening(wish.at, partial(self._wish, wish))
        for day in made.days:
            yield Happening(moment(day, 190), partial(self._do_next, self._app.directory.crawl))

    def _person(self, person: Person) -> Iterable[Happening]:
        world = self._sandbox.world
        known = partial(self._do_next, partial(self._known, person.user_id))
        if person.joined_at != ALWAYS:
            shift_id = IDS[person.shift]
            yield Happening(
                person.joined_at, lambda: world.join(user_id=person.user_id, shift_id=shift_id)
            )
            yield Happening(person.joined_at, known)
        if person.left_at != NEVER:
            yield Happening(person.left_at, lambda: world.leave(person.user_id))
        if person.signed_in_at not in (ALWAYS, NEVER):
            yield Happening(person.signed_in_at, lambda: world.change(person.user_id, active=True))
            yield Happening(person.signed_in_at, known)

    def _plan(self, plan: Plan) -> None:
        shift = self._sandbox.world.shift(IDS[plan.shift]) if plan.shift else None
        self._sandbox.world.own_shifts[plan.user_id, plan.work_date] = shift
        if plan.event:
            self._to_push.append("attendance_schedule_change")

    def _punch(self, punch: Punch) -> None:
        if punch.way == "chat":
            self._to_say.append((punch.user_id, "上班打卡" if punch.what == ON else "下班打卡"))
            return
        with self._losing("attendance_check_record", lost=punch.event_lost):
            self._sandbox.faults.set(
                "records_late_s", {"value": punch.shown_after * 60, "count": 1}
            )
            self._sandbox.native_punch(punch.user_id, kind=punch.way)

    def _away(self, away: Away) -> Iterable[Happening]:
        yield Happening(away.asked_at, partial(self._ask, away))
        if away.approved_at not in (ALWAYS, NEVER):
            yield Happening(
                away.approved_at, lambda: self._sandbox.absences.approve(self._absences[away])
            )
        if away.ended_at != NEVER:
            yield Happening(
                away.ended_at, lambda: self._sandbox.absences.cancel(self._absences[away])
            )

    def _ask(self, away: Away) -> None:
        start, end = (_aware(self._sandbox, at) for at in (away.start, away.end))
        approved = away.approved_at == ALWAYS
        with self._losing("attendance_approve_status_change", lost=away.event_lost):
            made = self._sandbox.absences.add(
                away.user_id, start, end, away.kind, approved=approved
            )
        self._absences[away] = made.id

    def _wish(self, wish: Wish) -> None:
        words = {
            "quiet": "今天别提醒我",
            "mute": "以后别提醒我",
            "resume": "恢复提醒",
            "minutes": f"提前{wish.minutes}分钟提醒我",
            "snooze": f"过{wish.minutes}分钟再提醒我",
        }
        self._to_say.append((wish.user_id, words[wish.what]))
        self._do_next(self._all_heard)
        if wish.what != "snooze":
            self._do_next(partial(self._confirm, wish.user_id))
            self._do_next(self._all_heard)

    async def _confirm(self, user_id: str) -> None:
        self._unheard.add(await self._sandbox.press(user_id, "确认"))

    @contextmanager
    def _losing(self, event_type: str, *, lost: bool) -> Iterator[None]:
        self._sandbox.events_lost = event_type if lost else False
        yield
        self._sandbox.events_lost = False

    def _do_next(self, do: Callable[[], Awaitable[object]]) -> None:
        self._to_do.append(do)

    async def _all_heard(self) -> None:
        await self._sandbox.wait_until(lambda: not self._unheard)

    async def _known(self, user_id: str) -> None:
        """Wait until the bot has read a new person."""
        await until(lambda: user_id in self._app.directory.view.active, what=user_id)

    async def _speak(self) -> None:
        """Send the messages and events of the last action, and expect an answer to each."""
        said, self._to_say = self._to_say, []
        for user_id, text in said:
            self._unheard.add(await self._sandbox.say(user_id, text))
        pushed, self._to_push = self._to_push, []
        for event_type in pushed:
            await self._sandbox.push_event(event_type, {})
        await self._sandbox.wait_until_events_pushed()
        done, self._to_do = self._to_do, []
        for do in done:
            await do()

    def _hear(self, kind: str, news: object) -> None:
        if kind == "said" and isinstance(news, Entry) and news.speaker == "bot":
            self._unheard.discard(news.message_id)
        elif isinstance(news, Call) and news.api == "batchSend":
            at = news.at.astimezone(self._sandbox.world.zone).replace(tzinfo=None)
            self.addressed.update((user_id, at) for user_id in news.request["userIds"])
        elif isinstance(news, Frame) and news.kind == "EVENT":
            (self._unheard.add if news.ack_code is None else self._unheard.discard)(news.message_id)

    def _move_to(self, at: datetime) -> None:
        self._sandbox.clock.move_to(_aware(self._sandbox, at))


def _aware(sandbox: Sandbox, at: datetime) -> datetime:
    return at.replace(tzinfo=sandbox.world.zone).astimezone(UTC)


def _next_minute(at: datetime) -> datetime:
    whole = at.replace(second=0)
    return whole if whole == at else whole + MINUTE


def _span(first: datetime, last: datetime, step: timedelta) -> Iterable[datetime]:
    while first <= last:
        yield first
        first += step
