"""Handlers with their services over books in memory, so that a sentence can be said and answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from bot.chat.answering import days_unusable
from bot.chat.context import Context, OwnDays, Privately, Services
from bot.chat.routing import Routes
from bot.domain.agenda import ReminderPolicy
from bot.domain.datum import Datum
from bot.domain.fences import LocationPolicy
from bot.domain.messages import Message, MessageKind, Sender
from bot.domain.people import Employee
from bot.domain.punches import AskDirection, Punch, PunchPolicy, PunchWish
from bot.domain.questions import ReminderTime, Request
from bot.domain.reminders import Quiet, Wishes
from bot.domain.shifts import DayPlan
from bot.domain.sites import Site
from bot.i18n import Texts
from bot.services.locating.places import ConfiguredPlaces
from bot.services.locating.positions import Positions
from bot.services.ports import ReceiptAddress
from bot.services.ports.punching import Recorded
from bot.services.reminding.wishes import WishService
from bot.understanding import understand
from bot.views.reply import Reply
from handlers import ROUTERS
from tests.builders import SHANGHAI, TUESDAY, a_plan, local

WHO = Employee("u1", "Zhang San")
USUAL = ReminderPolicy()
SITES = [Site("云谷", 39.9088, 116.3975, 200)]


@dataclass
class Book:
    """What people want, in memory; counts how often it was read and written."""

    kept: dict[str, Wishes] = field(default_factory=dict)
    reads: int = 0
    writes: int = 0
    refuses: Exception | None = None

    async def get(self, user_id: str) -> Wishes:
        self.reads += 1
        if self.refuses is not None:
            raise self.refuses
        return self.kept.get(user_id, Wishes(user_id))

    async def put(self, wishes: Wishes) -> None:
        self.writes += 1
        self.kept[wishes.user_id] = wishes

    async def change(self, user_id: str, change: Callable[[Wishes], Wishes]) -> Wishes:
        old = await self.get(user_id)
        new = change(old)
        if new != old:
            await self.put(new)
        return new

    async def changed(self, since_change: int) -> tuple[Sequence[Wishes], int]:
        raise AssertionError("a handler does not follow others")


@dataclass
class Punched:
    """A person's own punches, as the handlers ask for them."""

    punches: list[Punch] = field(default_factory=list)
    asked: list[PunchWish] = field(default_factory=list)  # what the bot asked about and keeps the time of
    wished: list[PunchWish] = field(default_factory=list)  # what was to be punched; nothing more comes of it here

    def local_date(self, message: Message) -> date:
        return message.at.astimezone(SHANGHAI).date()

    async def punch(
        self, who: Employee, message: Message, wish: PunchWish, address: ReceiptAddress | None
    ) -> Recorded:
        self.wished.append(wish)
        return Recorded(AskDirection(), None)

    async def punch_unless_it_completes(
        self, who: Employee, message: Message, wish: PunchWish, address: ReceiptAddress | None
    ) -> Recorded:
        return await self.punch(who, message, wish, address)

    async def ask(self, who: Employee, message: Message, wish: PunchWish, **how: bool) -> None:
        self.asked.append(wish)

    async def answers_by_minute(self, who: Employee, message: Message, wish: PunchWish) -> bool:
        return False

    async def settle_question(self, who: Employee, message: Message) -> None:
        """No question is open."""

    async def take_back(self, who: Employee, message: Message) -> None:
        """Nothing of before comes any more."""

    async def just_punched(self, who: Employee, message: Message) -> Punch | None:
        return None

    async def today(self, who: Employee, message: Message) -> tuple[date, DayPlan | None, Sequence[Punch]]:
        return self.local_date(message), a_plan(), self.punches

    async def between(self, who: Employee, first: date, last: date) -> Sequence[Punch]:
        return [punch for punch in self.punches if first <= punch.work_date <= last]


class NothingElse:
    """Days of which nothing is known but the punches."""

    async def own(self, user_id: str, first: date, last: date, punches: Sequence[Punch]) -> OwnDays:
        return OwnDays({}, {}, {})


class NothingUnfinished:
    """Keeps nothing of what was asked."""

    async def keep(
        self, who: Employee, message: Message, to_complete: Request | ReminderTime, **said: Any
    ) -> bool:
        return False

    async def before(self, who: Employee, message: Message, **which: Any) -> None:
        return None


class NothingAsked:
    """No request that waits for more to be said."""

    async def asked_for_more(self, who: Employee, message: Message) -> None:
        return None

    async def made_by(self, who: Employee, message: Message) -> None:
        return None


class FixedRosters:
    """One plan for everybody."""

    source = "config"

    def __init__(self, plan: DayPlan | None) -> None:
        self.plan = plan

    async def plans_around(self, who: Employee, day: date) -> Sequence[DayPlan] | None:
        return None if self.plan is None else [self.plan]


class Desk:
    """One person who says things at a pretend time."""

    def __init__(
        self,
        at: str = "08:50",
        *,
        live: bool = True,
        plan: DayPlan | None = None,
        policy: ReminderPolicy = USUAL,
    ) -> None:
        self.at = local(at)
        self.book = Book()
        self.punched = Punched()
        self.wishes = WishService(self.book, policy, self, SHANGHAI, language_of=lambda _: "", live=live)
        self.refused: list[str] = []
        self.said: list[str] = []
        self.taps: list[str] = []  # what the one-tap answers of the last answer say
        self.alone: list[str] = []  # what whoever asked in a group was answered in private
        services: dict[str, Any] = {field.name: None for field in fields(Services)}
        services |= dict.fromkeys(("punches", "questions", "own_punches"), self.punched)
        services |= {
            "policy": PunchPolicy(),
            "datum": Datum.GCJ02,
            "positions": Positions(ConfiguredPlaces(SITES), LocationPolicy()),
            "wishes": self.wishes,
            "rosters": FixedRosters(plan),
        }
        services |= {"summaries": NothingElse(), "corrections": NothingAsked(), "unfinished": NothingUnfinished()}
        services |= {"in_groups": "private", "refused": self.refused.append}
        self._services = Services(**services)
        self._routes = Routes(ROUTERS)

    def serve(self, **services: Any) -> None:
        """Answer by other services, by the names of the fields of `Services`."""
        self._services = replace(self._services, **services)

    def now(self) -> datetime:
        return self.at

    @property
    def mine(self) -> Wishes:
        """Return the person's wishes as they stand."""
        return self.book.kept.get("u1", Wishes("u1"))

    def context(self, text: str, language: str = "en", *, in_group: bool = False) -> Context:
        message = Message("m1", Sender("u1", None, None), "c", in_group, MessageKind.TEXT, text, self.at, self.at)
        texts = Texts("zh" if language == "zh" else "en", SHANGHAI)
        return Context(WHO, message, texts, self._services, self._routes.help_topics, self._say)

    async def _say(self, reply: Reply) -> None:
        self.said.append(reply.text)

    async def say(self, text: str, *, in_group: bool = False) -> str:
        """Say `text` and return what the handler of its intent answers, there where it was said."""
        intent = understand(text, today=self.at.astimezone(SHANGHAI).date(), sites=SITES)
        context = self.context(text, intent.language, in_group=in_group)
        answer = days_unusable(intent, context.texts) or await self._routes.handler(intent.name)(context, intent)
        self.taps = [button.says for button in answer.buttons] if isinstance(answer, Reply) else []
        if isinstance(answer, Privately):
            self.alone.append(answer.reply.text)
            return answer.in_group.text
        assert isinstance(answer, Reply)
        return answer.text

    def quiet(self, first: date, last: date) -> None:
        """Let a quiet stretch be noted already."""
        self.book.kept["u1"] = replace(self.mine, quiet=(*self.mine.quiet, Quiet(first, last)))


__all__ = ["TUESDAY", "Desk"]
