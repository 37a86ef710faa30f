"""What the Stream brings, handed to whom it concerns."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from bot.chat.dispatcher import Dispatcher
from bot.clock import Clock, from_ms
from bot.domain.absences import Absence, AbsenceSource
from bot.domain.messages import Message, SessionWebhook
from bot.errors import StoreRefused
from bot.services.absence_hints import AbsenceHints
from bot.services.directory import Directory
from bot.services.ports import Absences, Inbox, NativePunches

log = logging.getLogger(__name__)

Body = Mapping[str, object]

_LAST_MS = 4_102_444_800_000  # 2100-01-01
_APPROVED = "success"
# How the words for a leave that is not taken begin; the official page shows none of them.
_TAKEN_BACK = ("refus", "reject", "cancel", "revo", "terminat", "delet", "withdr", "abort", "invalid", "fail")
# The categories of approvals on DingTalk's page of `bpms_instance_change`: trips and outings, and those that are
# no absence. It names none for leave; whatever is none of these may be leave.
_TRIPS = ("attendance.goout", "alitrip.business")
_OTHER_APPROVALS = (
    *("hrm.", "dingtalk.hrm.", "dingtalk.businessfinance.", "open.com.dd.suite.", "open.com.dd.at.approvecheck"),
    *("attendance.batchovertime", "attendance.supply", "attendance.relieve"),
)


class LeaveStatus(StrEnum):
    """What an event says of a leave."""

    APPROVED = "approved"
    PENDING = "pending"
    TAKEN_BACK = "taken back"
    NO_LEAVE = "no leave"  # a change of somebody's balance


class Incoming:
    """Messages go to the dispatcher, events to what they change, what nobody can read is kept aside.

    An event is handled however often it comes. A store that refuses raises, and the event comes again.
    `roster_changed` is told that plans have to be read again.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        directory: Directory,
        inbox: Inbox,
        clock: Clock,
        *,
        native_punches: NativePunches,
        absences: Absences,
        hints: AbsenceHints,
        roster_changed: Callable[[], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._directory = directory
        self._inbox = inbox
        self._clock = clock
        self._native_punches = native_punches
        self._absences = absences
        self._hints = hints
        self._roster_changed = roster_changed
        self._events: dict[str, Callable[[Body], Awaitable[None]]] = {
            "user_add_org": self._joined,
            "user_leave_org": self._left,
            **dict.fromkeys(("user_modify_org", "user_active_org"), self._changed),
            **dict.fromkeys(("user_dept_change", "user_role_change"), self._changed),
            **dict.fromkeys(("org_dept_create", "org_dept_modify", "org_dept_remove"), self._departments),
            "attendance_check_record": self._punched,
            "leave_record_change": self._leave,
            "bpms_instance_change": self._approval,
            **dict.fromkeys(("attendance_schedule_change", "attend_group_change"), self._roster),
            **dict.fromkeys(("attend_shift_change", "attendance_approve_status_change"), self._roster),
        }

    async def message(self, message: Message, webhook: SessionWebhook | None) -> None:
        """Commit a message. Raises StoreRefused or UserError, and then it must not be acknowledged."""
        await self._dispatcher.take(message, webhook)

    async def event(self, event_type: str, event_id: str, body: Mapping[str, object]) -> None:
        """Note what changed; events that concern nobody here pass. Raises StoreRefused."""
        handle = self._events.get(event_type)
        if handle is not None:
            await handle(body)

    async def card(self, callback: object) -> None:
        """Take a tap on a card. The bot sends no cards of its own, so there is nothing to show."""
        log.info("a card callback came, although no card was sent")

    async def refused(self, raw: str, reason: str) -> None:
        """Keep a frame that nobody can read; when even that fails it is in the log."""
        try:
            await self._inbox.quarantine(raw, reason, self._clock.now())
        except StoreRefused as error:
            log.warning("an unreadable frame could not be kept: %s", error)

    async def _joined(self, body: Body) -> None:
        await self._directory.joined(await self._people(body), self._said_at(body))

    async def _changed(self, body: Body) -> None:
        await self._directory.changed(await self._people(body))

    async def _left(self, body: Body) -> None:
        await self._directory.left(await self._people(body), self._said_at(body))

    async def _departments(self, body: Body) -> None:
        await self._directory.departments_changed(department_ids_of(body))

    async def _roster(self, body: Body) -> None:
        self._roster_changed()

    async def _approval(self, body: Body) -> None:
        user_id, category = _text(body.get("staffId")), _text(body.get("bizCategoryId")).casefold()
        if user_id and not category.startswith(_OTHER_APPROVALS):
            self._hints.note(user_id, may_be_trip=category in _TRIPS)

    async def _punched(self, body: Body) -> None:
        punches = punches_of(body)
        if punches:
            await self._native_punches.note(punches)

    async def _leave(self, body: Body) -> None:
        status, user_id, absence_id = leave_status(body), _text(body.get("userid")), leave_id(body)
        if status is LeaveStatus.TAKEN_BACK and user_id:
            await self._absences.remove(user_id, absence_id)
            await self._forget_read(user_id, body)
        elif status in (LeaveStatus.APPROVED, LeaveStatus.PENDING):
            await self._note_leave(user_id, absence_id, body, pending=status is LeaveStatus.PENDING)

    async def _note_leave(self, user_id: str, absence_id: str, body: Body, *, pending: bool) -> None:
        starts_at, ends_at = _moment(body.get("startTime")), _moment(body.get("endTime"))
        if not user_id or starts_at is None or ends_at is None or ends_at <= starts_at:
            log.warning(
                "an event of leave names no person or no time; it is left to the reading before a reminder"
            )
            return
        told = Absence(user_id, starts_at, ends_at, absence_id, pending, AbsenceSource.EVENT)
        await self._absences.note(told, self._clock.now())

    async def _forget_read(self, user_id: str, body: Body) -> None:
        """Forget what a reading told of the time of a leave that was taken back, until the next one."""
        starts_at, ends_at = _moment(body.get("startTime")), _moment(body.get("endTime"))
        if starts_at is not None and ends_at is not None:
            for source in (AbsenceSource.LEAVE, AbsenceSource.APPROVAL):
                await self._absences.put([user_id], starts_at, ends_at, [], source=source)

    async def _people(self, body: Body) -> list[str]:
        """Return the people an event speaks of; where it names none, everybody has to be read again."""
        user_ids = user_ids_of(body)
        if not user_ids:
            await self._directory.departments_changed()
        return user_ids

    def _said_at(self, body: Body) -> datetime:
        return _moment(body.get("timeStamp")) or _moment(body.get("timestamp")) or self._clock.now()


def user_ids_of(body: Body) -> list[str]:
    """Return the people an event names; official samples spell the key in three ways, as list or text."""
    found = body.get("userId") or body.get("UserId") or body.get("userid") or ()
    each = found if isinstance(found, list) else [found]
    return [text for text in map(_text, each) if text]


def department_ids_of(body: Body) -> list[int]:
    """Return the departments an event names, under `deptId` or, in old forms, `DeptId`."""
    found = body.get("deptId") or body.get("DeptId") or ()
    each = found if isinstance(found, list) else [found]
    return [int(text) for text in map(_text, each) if text.isdecimal()]


def punches_of(body: Body) -> Sequence[tuple[str, datetime]]:
    """Return who punched when, of an `attendance_check_record` (`DataList` in its old form).

    Rows with `checkByUser` false are older punches told again because a schedule changed.
    """
    rows = body.get("dataList") or body.get("DataList")
    objects = [row for row in (rows if isinstance(rows, list) else [rows]) if isinstance(row, dict)]
    made = [row for row in objects if _text(row.get("checkByUser")).casefold() != "false"]
    read = [(_text(row.get("userId")), _moment(row.get("checkTime"))) for row in made]
    return [(user_id, at) for user_id, at in read if user_id and at is not None]


def leave_status(body: Body) -> LeaveStatus:
    """Return what a `leave_record_change` says. Only `success` is documented; what is unknown is pending."""
    status = _text(body.get("leaveStatus")).casefold()
    kind = _text(body.get("leaveRecordType")).casefold() or "leave"
    if status.startswith(_TAKEN_BACK) or kind.startswith(_TAKEN_BACK):
        return LeaveStatus.TAKEN_BACK
    if kind != "leave":
        return LeaveStatus.NO_LEAVE
    return LeaveStatus.APPROVED if status == _APPROVED else LeaveStatus.PENDING


def leave_id(body: Body) -> str:
    """Return what names a leave: its record, else its times."""
    times = f"leave:{_text(body.get('startTime'))}:{_text(body.get('endTime'))}"
    return _text(body.get("recordId")) or times


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""


def _moment(value: object) -> datetime | None:
    """Return the UTC moment of milliseconds, as number or text; None for anything else."""
    text = _text(value)
    number = int(text) if text.isdecimal() and len(text) <= 13 else 0
    return from_ms(number) if 0 < number < _LAST_MS else None
