"""The page for one person: their day, their position, and their punch."""

import asyncio
from datetime import date

from bot.actions import MyDay, PunchAction
from bot.domain.deciding import MAX_FIX_AGE, MOST_A_DAY, PositionVerdict
from bot.domain.people import Employee
from bot.domain.punches import (
    Accepted,
    AlreadyPunched,
    Decision,
    NotPunched,
    Punch,
    PunchSource,
    Remark,
    clean,
    reason_in,
)
from bot.domain.shifts import WRONG
from bot.domain.sites import LocationResult
from bot.domain.slots import Days
from bot.services.outbox.messages import ReceiptDesk
from bot.services.services import Services
from bot.views import receipts
from bot.views.i18n import Texts
from bot.web.fixes import Answer, Call, Refusal

_FENCES = {
    LocationResult.NORMAL: "inside",
    LocationResult.OUTSIDE: "outside",
    LocationResult.UNKNOWN: "unknown",
}


class PunchDesk:
    """Answers calls about the person who calls. Each call raises StoreRefused."""

    def __init__(self, services: Services, desk: ReceiptDesk) -> None:
        self._services = services
        self._rules = services.settings.clock_in
        self._desk = desk

    async def day(self, call: Call) -> Answer:
        """Return the first content of the page: the checks of today and the next punch."""
        who = call.who
        texts = call.texts
        now = await self._services.clock_watch.right_now()
        next_punch, my_day, wishes = await asyncio.gather(
            self._services.punches.foresee(who, now),
            call.carry_out(MyDay(kept=True)),
            self._services.store.wishes.get(who.user_id),
        )
        today = self._services.punches.date_of(now)
        return {
            "user_id": who.user_id,
            "name": who.shown_name,
            "date": today.isoformat(),
            "today": my_day.text,
            "next": _next(next_punch, texts),
            "due": await self._due(who, next_punch, today, texts) or None,
            "notice": None if wishes.knows_positions else self._desk.notice(texts, "#data").text,
            "is_lead": self._services.visibility.leads(who.user_id),
            "needs_position": self._rules.location == "required",
            "max_age_s": MAX_FIX_AGE.total_seconds(),
        }

    async def look(self, call: Call) -> Answer:
        """Compare a position with the sites, and store that the person saw the notice.

        Raises Refusal.
        """
        position = self._services.places.judge(call.who, call.read_position())
        await self._desk.note_told(call.who.user_id)
        return self._position_for_page(position)

    async def tap(self, call: Call) -> Answer:
        """Punch, if the company accepts the position. The same key is the same punch.

        Raises Refusal, also for a key that was used with another direction or reason.

        The answer waits a few seconds for the targets; `day` shows later states of the punch.
        """
        who = call.who
        texts = call.texts
        action = PunchAction(direction=call.body.direction, reason=call.reason)
        if not call.body.key:
            raise Refusal
        tap_id = f"page-{who.user_id}-{call.body.key}"
        made = await self._services.store.ledger.of_message(tap_id)
        if made is not None:
            _check_same(made, action)
            return self._receipt(made, texts)
        position = self._services.places.judge(who, call.read_position())
        is_outside = (
            position.where.result is LocationResult.OUTSIDE and self._rules.outside == "flag"
        )
        if position.unusable is not None:
            return {"state": "unusable", "position": self._position_for_page(position)}
        if is_outside and not action.reason:
            return {"state": "reason", "position": self._position_for_page(position)}
        now = await self._services.clock_watch.right_now()
        recorded = await self._services.punches.punch(
            who,
            action,
            texts.language,
            message_id=tap_id,
            sent_at=now,
            received_at=now,
            source=PunchSource.PAGE,
            confirmed=True,
            position=position,
        )
        if recorded.punch is not None:
            if not recorded.fresh:  # a call at the same time was first
                _check_same(recorded.punch, action)
            return self._receipt(await self._desk.wait_until_settled(recorded.punch), texts)
        return _not_recorded(recorded.decision, texts)

    async def _due(self, who: Employee, decision: Decision, today: date, texts: Texts) -> Answer:
        """Return direction and due time of the check that the next punch answers.

        If it answers none, return those of the first check without a punch, if any.
        """
        day = today
        if isinstance(decision, Accepted):
            day = decision.work_date
        elif isinstance(decision, AlreadyPunched):
            day = decision.punch.work_date
        found = (await self._services.summaries.days_from_store(who.user_id, Days(day, day)))[day]
        check = next((check for check in found.checks if check.punched_at is None), None)
        if isinstance(decision, Accepted):
            check = found.check(decision.check_point) or check
        if check is None:
            return {}
        return {"direction": check.check_type, "at": texts.clock(check.due_at)}

    def _receipt(self, punch: Punch, texts: Texts) -> Answer:
        is_outside = punch.where.result is LocationResult.OUTSIDE
        return {
            "state": "recorded" if punch.stands else "rejected",
            "text": receipts.receipt(punch, texts, in_group=False).text,
            "good": punch.time_result not in WRONG and not is_outside,
        }

    def _position_for_page(self, position: PositionVerdict) -> Answer:
        """Return a position for the texts and the sketch of the page."""
        where = position.where
        fence = _FENCES[position.where.result]
        return {
            "fence": "edge" if Remark.ON_EDGE in position.notes else fence,
            "unusable": position.unusable,
            "sites_unread": Remark.SITES_UNREAD in position.notes,
            "site": where.site,
            "distance_m": None if where.distance_m is None else round(where.distance_m),
            "radius_m": position.radius_m,
            "simulated": Remark.SIMULATED in position.notes,
            "refused": self._rules.outside == "reject" and fence == "outside",
        }


def _check_same(made: Punch, wanted: PunchAction) -> None:
    """Raise Refusal if a punch is not the one that its repeated tap wants."""
    is_same = wanted.direction in (None, made.check_type)
    if not is_same or reason_in(made.note) != clean(wanted.reason or ""):
        raise Refusal(409, "key")


def _next(decision: Decision, texts: Texts) -> Answer:
    """Return the direction of the next punch. Without a direction the page offers both."""
    if isinstance(decision, Accepted):
        return {"direction": decision.check_type}
    if isinstance(decision, AlreadyPunched):
        return {"direction": None, "done": receipts.already(decision.punch, texts).text}
    return {"direction": None}


def _not_recorded(decision: Decision, texts: Texts) -> Answer:
    match decision:
        case AlreadyPunched(earlier):
            return {"state": "already", "text": receipts.already(earlier, texts).text}
        case NotPunched("outside"):
            return {"state": "refused", "text": texts("punch.outside_refused")}
        case NotPunched("too_many"):
            return {"state": "refused", "text": texts("punch.too_many", most=MOST_A_DAY)}
        case NotPunched("direction"):
            return {"state": "direction"}
    return {"state": "needs_position"}
