"""Make-up punches: a person asks, a lead decides, the ledger gets a new row."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.corrections import (
    MOST_REASON,
    TOO_OLD,
    TOO_OLD_DAYS,
    Correction,
    CorrectionPolicy,
    CorrectionState,
    CorrectionWish,
    Meant,
    Missing,
    NotAllowed,
    Overtaken,
    decide_correction,
    ends_requests,
    incomplete,
    punch_of,
    read_reference,
    to_replace,
)
from bot.domain.messages import Message
from bot.domain.people import Employee
from bot.domain.punches import Punch
from bot.services.leading.deciders import Deciders
from bot.services.leading.decisions import DecisionOutcome, Looked, Open, looked
from bot.services.leading.external_punches import ExternalPunches
from bot.services.organisation.rosters import Rosters
from bot.storage.corrections import Corrections
from bot.storage.ledger import Ledger
from bot.storage.outbox import ReceiptAddress
from bot.views.reply import Language

log = logging.getLogger(__name__)

JUST_NOW = timedelta(minutes=1)
MOST_WRONG = 10  # references in an hour that are not theirs to decide
Decide = Callable[[Sequence[Punch], Sequence[Correction]], Meant | Missing | NotAllowed]


class CorrectionService:
    """Takes requests and decisions; who may decide is read from the directory at that moment."""

    def __init__(
        self,
        *,
        corrections: Corrections,
        ledger: Ledger,
        external: ExternalPunches,
        rosters: Rosters,
        deciders: Deciders,
        targets: Sequence[str],
        policy: CorrectionPolicy,
        language_of: Callable[[str], Awaitable[Language]],
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._corrections = corrections
        self._ledger = ledger
        self.external = external
        self._rosters = rosters
        self.deciders = deciders
        self._targets = tuple(targets)
        self._language_of = language_of
        self._clock = clock
        self._zone = zone
        self.policy = policy

    def day_of(self, wish: CorrectionWish) -> date:
        """Return the day that a wish names, else the local date on which it was said."""
        return wish.day or wish.now.astimezone(self._zone).date()

    async def check(self, who: Employee, wish: CorrectionWish) -> Meant | Missing | NotAllowed:
        """Return the check that a request is for, the missing part, or the rule that forbids it. Store nothing.

        Raises StoreRefused.
        """
        decide = await self._decider(who, wish)
        if not callable(decide):
            return decide
        around = self._around(wish)
        punches = await self._ledger.punches(who.user_id, around[0], around[-1])
        return decide(punches, await self._corrections.of_person(who.user_id))

    async def ask(
        self, who: Employee, message: Message, wish: CorrectionWish
    ) -> Correction | Missing | NotAllowed:
        """Put a request before the person's leads, unless something is missing or a rule stands against it.

        What is returned as asked is committed, and each lead is owed a note. Raises StoreRefused.
        """
        decide = await self._decider(who, wish)
        if not callable(decide):
            return decide

        def request(
            reference: str, punches: Sequence[Punch], earlier: Sequence[Correction]
        ) -> Correction | Missing | NotAllowed:
            found = decide(punches, earlier)
            return self._request(reference, who, message, wish, found) if isinstance(found, Meant) else found

        told = self.deciders.asked_of(who.user_id)
        return await self._corrections.ask(who.user_id, message.message_id, self._around(wish), request, told=told)

    def _around(self, wish: CorrectionWish) -> Sequence[date]:
        day = self.day_of(wish)
        return [day + timedelta(days=offset) for offset in (-1, 0, 1)]

    async def _decider(self, who: Employee, wish: CorrectionWish) -> Decide | Missing | NotAllowed:
        """Return the rule for this request with all that is read from outside the ledger, or why there is none."""
        wrong = incomplete(wish, self.policy, self._zone)
        if wrong is not None:
            return wrong
        if not self.deciders.are_known:
            return NotAllowed("directory_unread")
        if not self.deciders.asked_of(who.user_id):
            return NotAllowed("nobody")
        day = self.day_of(wish)
        plans = await self._rosters.plans_around(who, day)
        await self.external.is_read(who.user_id, day, within=JUST_NOW)  # DingTalk may have the punch
        seen = await self.external.since(who.user_id, self._around(wish)[0])
        return lambda punches, earlier: decide_correction(
            wish,
            plans=plans,
            punches=punches,
            seen=seen,
            earlier=earlier,
            policy=self.policy,
            zone=self._zone,
        )

    async def open_to(self, who: Employee) -> Open:
        """Return the open requests that somebody asked for, and those of others that are theirs to decide now.

        Raises StoreRefused.
        """
        waiting = [correction for correction, _ in await self._corrections.open()]
        # Last, and nothing is waited for after it: while the requests were read somebody may have moved.
        theirs = await self.deciders.decided_by(who.user_id, {one.user_id for one in waiting})
        own = [one for one in waiting if one.user_id == who.user_id]
        return Open(own, [one for one in waiting if theirs and one.user_id in theirs], theirs is not None)

    async def put_before_new_leads(self) -> None:
        """Owe a note of each open request to whoever leads the person by now and was not told.

        So a request does not hang when the person moves or gets another lead. Raises StoreRefused.
        """
        if not self.deciders.are_known:
            return
        for correction, told in await self._corrections.open():
            if self.deciders.may_have_moved(correction.user_id):
                continue  # their next look knows where they are
            if new := self.deciders.asked_of(correction.user_id) - told:
                await self._corrections.put_before(correction.reference, new)

    async def look(self, who: Employee, reference: str) -> Looked:
        """Return a request that `who` may decide, or asked for. Others hear the same, whether there is one or not.

        Raises StoreRefused.
        """
        if await self._corrections.wrong_references(who.user_id) >= MOST_WRONG:
            return Looked(DecisionOutcome.LIMITED)
        named = read_reference(reference)
        correction = await self._corrections.get(named) if named else None
        if correction is not None and correction.user_id == who.user_id:
            return Looked(DecisionOutcome.OWN, correction)
        if not await self.deciders.is_role_known(who.user_id):
            return Looked(DecisionOutcome.NOT_READ)
        is_known = correction is None or await self.deciders.is_known_whose(who.user_id, correction)
        if correction is None or not self.deciders.may_decide(who.user_id, correction):
            await self._corrections.note_wrong_reference(who.user_id)
            log.warning("somebody named a request that is not theirs to decide")
            return Looked(DecisionOutcome.UNKNOWN)
        if not is_known:
            return Looked(DecisionOutcome.NOT_READ)
        if correction.state is not CorrectionState.ASKED:
            punch = await self._ledger.of_message(correction.punch_message_id)
            return Looked(DecisionOutcome.CLOSED, correction, punch=punch)
        if correction.expires_at <= self._clock.now():
            return Looked(DecisionOutcome.CLOSED, correction)
        return Looked(DecisionOutcome.OPEN, correction, await self.replaced_by(correction))

    async def approve(self, who: Employee, reference: str) -> Looked:
        """Approve a request: once, whoever races and however often it is said. Raises StoreRefused."""
        found = await self.look(who, reference)
        if found.outcome is not DecisionOutcome.OPEN or found.correction is None:
            return found
        correction, now = found.correction, self._clock.now()
        language = await self._language_of(correction.user_id)
        by = f"{self.deciders.name_of(who.user_id)} ({who.user_id})"

        def make(punch_id: str, punches: Sequence[Punch]) -> Punch | Overtaken:
            return punch_of(correction, punch_id, punches, approved_at=now, by=by)

        decided = await self._corrections.approve(
            correction,
            who.user_id,
            make,
            targets={target: too_old(target, correction.punched_at, now) for target in self._targets},
            address=ReceiptAddress(correction.user_id, False, language),
        )
        waits = decided.punch is not None and not ends_requests(decided.punch)
        match decided.correction.state, decided.fresh:
            case CorrectionState.OVERTAKEN, True:
                return Looked(DecisionOutcome.OVERTAKEN, decided.correction, decided.punch)
            case CorrectionState.ASKED, False if waits:
                return Looked(DecisionOutcome.UNSETTLED, decided.correction, decided.punch)
        return looked(decided, DecisionOutcome.APPROVED)

    async def refuse(self, who: Employee, reference: str, answer: str) -> Looked:
        """Refuse a request, `answer` being why, or withdraw one's own. Raises StoreRefused."""
        found = await self.look(who, reference)
        correction = found.correction
        if correction is None or found.outcome not in (DecisionOutcome.OPEN, DecisionOutcome.OWN):
            return found
        if found.outcome is DecisionOutcome.OWN:
            decided = await self._corrections.close(correction, CorrectionState.WITHDRAWN, who.user_id)
            return looked(decided, DecisionOutcome.WITHDRAWN)
        why = " ".join(answer.split())[:MOST_REASON]
        decided = await self._corrections.close(correction, CorrectionState.REFUSED, who.user_id, why)
        return looked(decided, DecisionOutcome.REFUSED)

    async def replaced_by(self, correction: Correction) -> Punch | None:
        """Return the punch that counts for the request's check so far. Raises StoreRefused."""
        day = correction.work_date
        punches = await self._ledger.punches(correction.user_id, day, day)
        return to_replace(punches, day, correction.check_point)

    def _request(
        self, reference: str, who: Employee, message: Message, wish: CorrectionWish, meant: Meant
    ) -> Correction:
        now = self._clock.now()
        time_result, late_minutes = meant.verdict
        return Correction(
            reference=reference,
            user_id=who.user_id,
            message_id=message.message_id,
            work_date=meant.point.work_date,
            check_type=meant.point.check_type,
            check_point=meant.point.key,
            punched_at=meant.at,
            time_result=time_result,
            late_minutes=late_minutes,
            reason=" ".join(wish.reason.split())[:MOST_REASON],
            asked_at=now,
            expires_at=now + self.policy.expires_after,
        )


def too_old(target: str, punched_at: datetime, now: datetime) -> str | None:
    """Return why a target does not take a punch of that time any more, None if it does."""
    return TOO_OLD if target == "record_upload" and now - punched_at > timedelta(days=TOO_OLD_DAYS) else None
