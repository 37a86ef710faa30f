"""A person's own month as a calendar, and requests for make-up punches from it."""

from datetime import date, timedelta

from bot.actions import CloseMonth, DecideCorrection, MonthStatus, RequestCorrection
from bot.domain.closing import StepKind, code_of, is_over
from bot.domain.day import CheckState, PersonDay
from bot.domain.months import Month
from bot.domain.slots import Days
from bot.domain.summaries import team_range
from bot.services.services import Services
from bot.views.days import away_note, check_lines, note_about_excuse
from bot.views.i18n import Texts
from bot.views.keys import STANDINGS
from bot.views.months import own_lock, to_confirm
from bot.views.team import totals_in_words
from bot.web.fixes import Answer, Call, Refusal

_OLDEST = timedelta(days=366)
_WRONG = (CheckState.MISSING, CheckState.LATE, CheckState.EARLY)


class Months:
    """Answers calls about the month of the person who calls. Each call raises StoreRefused."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._corrections = services.settings.corrections

    async def show(self, call: Call) -> Answer:
        """Return the month of a day up to today, by default this month. Raises Refusal."""
        texts = call.texts
        today = self._services.today
        month = Month.of(call.body.day or today)
        oldest = Month.of(today - _OLDEST)
        if not oldest <= month <= Month.of(today):
            raise Refusal
        dates = Days(month.first, min(month.last, today))
        has_ended = is_over(month, today)
        user_id = call.who.user_id
        days = await self._services.summaries.of([user_id], dates)
        (own,) = team_range(days, dates, self._services.now).people
        return {
            "month": month.first.isoformat(),
            "today": today.isoformat(),
            "closes": self._services.settings.months.enabled and has_ended,
            "has_earlier": month > oldest,
            "has_later": has_ended,
            "totals": totals_in_words(own.totals, texts),
            "days": [self._day(day, today, texts) for day in own.days],
        }

    async def ask(self, call: Call) -> Answer:
        """Ask for a make-up punch as in chat. The same key is the same request. Raises Refusal."""
        body = call.body
        if not body.key or body.at is None or body.direction is None:
            raise Refusal
        moment = body.at.replace(tzinfo=call.texts.zone)
        action = RequestCorrection(direction=body.direction, moment=moment, reason=call.reason)
        message_id = f"page-{call.who.user_id}-{body.key}"
        reply = await call.carry_out(action, message_id)
        withdrawals = (isinstance(button.action, DecideCorrection) for button in reply.buttons)
        return {"text": reply.text, "sent": any(withdrawals)}

    async def figures(self, call: Call) -> Answer:
        """Show the caller's month to confirm, with the code of its figures. Raises Refusal."""
        today = self._services.today
        month = Month.of(call.body.day or today)
        if not self._services.settings.months.enabled or not is_over(month, today):
            raise Refusal
        mine = await self._services.months.show(call.who.user_id, month)
        if mine.state.locked is not None:
            return {"text": own_lock(mine, call.texts).text}
        return {"text": to_confirm(mine, call.texts).text, "seen": code_of(mine.figures)}

    async def close(self, call: Call) -> Answer:
        """Confirm the figures that the caller saw, or object to them. Raises Refusal."""
        body = call.body
        if body.day is None or body.step is None or not body.seen:
            raise Refusal
        action = CloseMonth(
            days=Days(body.day, body.day),
            step=StepKind(body.step),
            seen=body.seen,
            reason=call.reason,
        )
        return await call.tell(action)

    async def status(self, call: Call) -> Answer:
        """Return which of the caller's people have answered. Raises Refusal."""
        if call.body.day is None:
            raise Refusal
        return await call.tell(MonthStatus(days=Days(call.body.day, call.body.day)))

    def _day(self, day: PersonDay, today: date, texts: Texts) -> Answer:
        """Return a day with its checks, and those of them that a make-up punch may mend."""
        worked = [texts("team.worked", minutes=day.worked_minutes)] if day.worked_minutes else []
        oldest = today - timedelta(days=self._corrections.oldest_days)
        is_open = self._corrections.enabled and day.work_date >= oldest
        return {
            "day": day.work_date.isoformat(),
            "standing": day.standing,
            "word": texts(STANDINGS[day.standing]),
            "arrived": texts.clock(day.arrived_at) if day.arrived_at else "",
            "lines": check_lines(day, texts),
            "notes": [*worked, *away_note(day, texts), *note_about_excuse(day, texts)],
            "wrong": [
                {
                    "direction": check.check_type,
                    "what": texts("nudge.missed_check", what=check.check_type, due=check.due_at),
                    "due": f"{check.due_at.astimezone(texts.zone):%Y-%m-%dT%H:%M}",
                }
                for check in day.checks
                if is_open and check.state in _WRONG
            ],
        }
