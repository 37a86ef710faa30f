"""Make-up punches: a person asks, a lead decides, the ledger gets a new row."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
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
    ExternalTimes,
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
from bot.domain.teams import told_about
from bot.services.organisation.directory import Directory
from bot.services.organisation.rosters import Rosters
from bot.services.organisation.visibility import Visibility
from bot.services.reporting.day_reader import FRESH, DayReader
from bot.storage.absences import NativePunches
from bot.storage.corrections import Corrections, Decided
from bot.storage.ledger import Ledger
from bot.storage.outbox import ReceiptAddress
from bot.views.reply import Language

log = logging.getLogger(__name__)

JUST_NOW = timedelta(minutes=1)
NEAR = timedelta(hours=12)  # between an external punch and the time asked for
PATIENCE_S = 5.0  # for what DingTalk has of the day
Decide = Callable[[Sequence[Punch], Sequence[Correction]], Meant | Missing | NotAllowed]


class DecisionOutcome(StrEnum):
    """What became of a look or a decision; its name is that of the sentence that says so."""

    UNKNOWN = "unknown"  # no such request, or one that is not theirs to decide
    NOT_READ = "not_read"  # whether they still lead somebody; the same for every code but their own
    OWN = "own"
    OPEN = "open"
    CLOSED = "closed"  # decided, expired or withdrawn before
    OVERTAKEN = "overtaken"  # a punch that is worth as much is there by now
    UNSETTLED = "unsettled"  # the same, but it may still be rejected: the request waits
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Looked:
    """A request as somebody may see it. `replaces` is the punch that counts so far, `punch` the approved one."""

    outcome: DecisionOutcome
    correction: Correction | None = None
    replaces: Punch | None = None
    punch: Punch | None = None


@dataclass(frozen=True, slots=True)
class OpenRequests:
    """Requests that wait for a decision, the first to expire first: somebody's own, and those they may decide.

    `is_known` tells whether it could be told now whom they lead.
    """

    own: Sequence[Correction]
    to_decide: Sequence[Correction]
    is_known: bool


class CorrectionService:
    """Takes requests and decisions; who may decide is read from the directory at that moment.

    Each call raises StoreRefused.
    """

    def __init__(
        self,
        *,
        corrections: Corrections,
        ledger: Ledger,
        native_punches: NativePunches,
        reader: DayReader,
        rosters: Rosters,
        directory: Directory,
        visibility: Visibility,
        admins: Collection[str],
        targets: Sequence[str],
        policy: CorrectionPolicy,
        language_of: Callable[[str], Awaitable[Language]],
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        """Take `admins` to be asked where somebody has no lead."""
        self._corrections = corrections
        self._ledger = ledger
        self._native_punches = native_punches
        self._reader = reader
        self._rosters = rosters
        self._directory = directory
        self._visibility = visibility
        self._admins = frozenset(admins)
        self._targets = tuple(targets)
        self._language_of = language_of
        self._clock = clock
        self._zone = zone
        self.policy = policy

    async def check(self, who: Employee, wish: CorrectionWish) -> Meant | Missing | NotAllowed:
        """Return the check that a request is for, the missing part, or the rule that forbids it. Store nothing."""
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

        A returned request is committed, and each lead is owed a note.
        """
        decide = await self._decider(who, wish)
        if not callable(decide):
            return decide

        def request(
            reference: str, punches: Sequence[Punch], earlier: Sequence[Correction]
        ) -> Correction | Missing | NotAllowed:
            found = decide(punches, earlier)
            return self._request(reference, who, message, wish, found) if isinstance(found, Meant) else found

        told = self.asked_of(who.user_id)
        return await self._corrections.ask(who.user_id, message.message_id, self._around(wish), request, told=told)

    async def open_to(self, who: Employee) -> OpenRequests:
        """Return the open requests that somebody asked for, and those of others that are theirs to decide now."""
        waiting = [correction for correction, _ in await self._corrections.open()]
        # Last, and nothing is waited for after it: while the requests were read somebody may have moved.
        theirs = await self._visibility.decided_by(who.user_id, {one.user_id for one in waiting})
        own = [one for one in waiting if one.user_id == who.user_id]
        return OpenRequests(own, [one for one in waiting if theirs and one.user_id in theirs], theirs is not None)

    async def put_before_new_leads(self) -> None:
        """Owe a note of each open request to whoever leads the person by now and was not told."""
        if not self._directory.is_read:
            return
        for correction, told in await self._corrections.open():
            new = self.asked_of(correction.user_id) - told
            if new and not self._directory.may_have_moved(correction.user_id):
                await self._corrections.put_before(correction.reference, new)

    async def look(self, who: Employee, reference: str) -> Looked:
        """Return a request that `who` may decide, or asked for. Others hear the same as if there were none."""
        named = read_reference(reference)
        correction = await self._corrections.get(named) if named else None
        if correction is not None and correction.user_id == who.user_id:
            return Looked(DecisionOutcome.OWN, correction)
        if not await self._visibility.is_role_known(who.user_id):
            return Looked(DecisionOutcome.NOT_READ)
        is_known = correction is None or await self._visibility.is_team_known(correction.user_id, to=who.user_id)
        if correction is None or not self.may_decide(who.user_id, correction):
            log.warning("somebody named a request that is not theirs to decide")
            return Looked(DecisionOutcome.UNKNOWN)
        if not is_known:
            return Looked(DecisionOutcome.NOT_READ)
        if correction.state is CorrectionState.ASKED and self._clock.now() < correction.expires_at:
            return Looked(DecisionOutcome.OPEN, correction, await self.replaced_by(correction))
        punch = await self._ledger.of_message(correction.punch_message_id)
        return Looked(DecisionOutcome.CLOSED, correction, punch=punch)

    async def approve(self, who: Employee, reference: str) -> Looked:
        """Approve a request: once, whoever races and however often it is said."""
        found = await self.look(who, reference)
        if found.outcome is not DecisionOutcome.OPEN or found.correction is None:
            return found
        correction, now = found.correction, self._clock.now()
        language = await self._language_of(correction.user_id)
        by = f"{self.name_of(who.user_id)} ({who.user_id})"

        def make(punch_id: str, punches: Sequence[Punch]) -> Punch | Overtaken:
            return punch_of(correction, punch_id, punches, approved_at=now, by=by)

        decided = await self._corrections.approve(
            correction,
            who.user_id,
            make,
            targets={target: _too_old(target, correction.punched_at, now) for target in self._targets},
            address=ReceiptAddress(correction.user_id, False, language),
        )
        waits = decided.punch is not None and not ends_requests(decided.punch)
        match decided.correction.state, decided.fresh:
            case CorrectionState.OVERTAKEN, True:
                return Looked(DecisionOutcome.OVERTAKEN, decided.correction, decided.punch)
            case CorrectionState.ASKED, False if waits:
                return Looked(DecisionOutcome.UNSETTLED, decided.correction, decided.punch)
        return _looked(decided, DecisionOutcome.APPROVED)

    async def refuse(self, who: Employee, reference: str, answer: str) -> Looked:
        """Refuse a request, `answer` being why, or withdraw one's own."""
        found = await self.look(who, reference)
        if found.correction is None or found.outcome not in (DecisionOutcome.OPEN, DecisionOutcome.OWN):
            return found
        if found.outcome is DecisionOutcome.OWN:
            decided = await self._corrections.close(found.correction, CorrectionState.WITHDRAWN, who.user_id)
            return _looked(decided, DecisionOutcome.WITHDRAWN)
        why = " ".join(answer.split())[:MOST_REASON]
        decided = await self._corrections.close(found.correction, CorrectionState.REFUSED, who.user_id, why)
        return _looked(decided, DecisionOutcome.REFUSED)

    async def replaced_by(self, correction: Correction) -> Punch | None:
        """Return the punch that counts for the request's check so far."""
        day = correction.work_date
        return to_replace(await self._ledger.punches(correction.user_id, day, day), day, correction.check_point)

    async def external(self, correction: Correction) -> ExternalTimes:
        """Return when the person punched outside the bot within half a day of the time asked for."""
        is_read = await self._read(correction.user_id, correction.work_date, within=FRESH)
        at = correction.punched_at
        found = await self._native_punches.since(at - NEAR, [correction.user_id])
        return ExternalTimes([one for one in found.get(correction.user_id, ()) if one <= at + NEAR], is_read)

    def name_of(self, user_id: str | None) -> str:
        """Return a person's name, their user id while the directory does not know it."""
        return self._directory.name_of(user_id) or user_id if user_id else ""

    def is_active(self, user_id: str) -> bool:
        """Tell whether a person is still there to be told."""
        return self._directory.is_active(user_id)

    def asked_of(self, user_id: str) -> frozenset[str]:
        """Return the deciders of somebody's requests, by user id."""
        leads = self._directory.teams().leads_of(user_id)
        return told_about(user_id, leads, self._admins, self._directory.is_active)

    def may_decide(self, by: str, correction: Correction) -> bool:
        """Tell whether somebody may decide a request now."""
        return self._visibility.may_decide(by, correction.user_id)

    async def is_known_whose(self, by: str, correction: Correction) -> bool:
        """Tell whether it is known now whether somebody may decide a request."""
        return await self._visibility.is_role_known(by) and await self._visibility.is_team_known(
            correction.user_id, to=by
        )

    def _around(self, wish: CorrectionWish) -> Sequence[date]:
        day = wish.day or wish.now.astimezone(self._zone).date()
        return [day + timedelta(days=offset) for offset in (-1, 0, 1)]

    async def _decider(self, who: Employee, wish: CorrectionWish) -> Decide | Missing | NotAllowed:
        """Return the rule for this request with all that is read from outside the ledger, or why there is none."""
        wrong = incomplete(wish, self.policy, self._zone)
        if wrong is not None:
            return wrong
        if not self._directory.is_read:
            return NotAllowed("directory_unread")
        if not self.asked_of(who.user_id):
            return NotAllowed("nobody")
        before, day, _ = self._around(wish)
        plans = await self._rosters.plans_around(who, day)
        await self._read(who.user_id, day, within=JUST_NOW)  # DingTalk may have the punch
        native = await self._native_punches.since(datetime.combine(before, time(), self._zone), [who.user_id])
        return lambda punches, earlier: decide_correction(
            wish,
            plans=plans,
            punches=punches,
            seen=native.get(who.user_id, ()),
            earlier=earlier,
            policy=self.policy,
            zone=self._zone,
        )

    async def _read(self, user_id: str, day: date, *, within: timedelta) -> bool:
        """Read a person's day at DingTalk within some seconds; tell whether that worked."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._reader.is_read(user_id, day, within=within)
        except TimeoutError:
            return False

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


def _looked(decided: Decided, fresh: DecisionOutcome) -> Looked:
    """Return what a decision came to: `fresh` where it is the one that counts, else that it was closed before."""
    if decided.fresh:
        return Looked(fresh, decided.correction, punch=decided.punch)
    correction = decided.correction
    if correction.state is CorrectionState.ASKED:  # it was too late for a decision
        correction = replace(correction, state=CorrectionState.EXPIRED)
    return Looked(DecisionOutcome.CLOSED, correction, punch=decided.punch)


def _too_old(target: str, punched_at: datetime, now: datetime) -> str | None:
    """Return why a target does not take a punch of that time any more, None if it does."""
    return TOO_OLD if target == "record_upload" and now - punched_at > timedelta(days=TOO_OLD_DAYS) else None
