"""Sample values with defaults."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import PlainValidator
from typing_extensions import TypedDict

from bot.domain.absences import Absence
from bot.domain.day import PersonDay, person_day
from bot.domain.facts import DayFacts, SeenPunch
from bot.domain.punches import DeliveryState, Punch, PunchRequest, PunchSource
from bot.domain.shifts import CheckType, DayPlan, Section, Shift, TimeResult, day_plan
from bot.domain.sites import NO_POSITION, Whereabouts
from bot.domain.slots import Days

SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = date(2026, 11, 24)
ON_TUESDAY = Days(TUESDAY, TUESDAY)


def local(text: str, day: date = TUESDAY, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return a local time such as `08:58` or `08:58:30` in UTC."""
    return datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)


def a_shift(*sections: tuple[str, str], **changes: object) -> Shift:
    """Return a shift from 09:00 to 18:00, or with the given sections."""
    spans = sections or (("09:00", "18:00"),)
    parts = tuple(
        Section(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans
    )
    return Shift("day", parts, **{"breaks": (), **changes})  # type: ignore[arg-type]


def a_plan(shift: Shift | None = None, day: date = TUESDAY) -> DayPlan:
    """Return the plan of a day with this shift."""
    return day_plan(shift or a_shift(), day, SHANGHAI)


def punched_exactly(plan: DayPlan) -> PersonDay:
    """Return the day of u1 with a punch at each check point of the plan."""
    seen = [SeenPunch(point.due_at, point.check_type) for point in plan.points]
    return person_day(DayFacts("u1", plan.work_date, plan, seen), plan.points[-1].closes_at)


def away(first: str, last: str, *, times_unknown: bool = False, day: date = TUESDAY) -> Absence:
    """Return leave of u1 between two local times."""
    return Absence("u1", local(first, day), local(last, day), f"{first}-{last}", times_unknown)


def _leave(text: str | Absence) -> Absence:
    """Read leave: `~` if its times are unknown, `+` if it is on Wednesday."""
    if isinstance(text, Absence):  # a constant
        return text
    first, last = text.lstrip("~+").split("-")
    day = TUESDAY + timedelta(days="+" in text)
    return away(first, last, times_unknown="~" in text, day=day)


# Leave of u1 in a table: `09:00-13:00`, `~` before it with unknown times, `+` on Wednesday.
Leave = Annotated[Absence, PlainValidator(_leave)]


class Facts(TypedDict, total=False):
    """Facts of a day in a table."""

    plan: DayPlan | None
    absences: list[Leave]
    excused: bool
    read: bool


def a_request(
    at: datetime,
    direction: CheckType | None = None,
    *,
    where: Whereabouts = NO_POSITION,
    received_at: datetime | None = None,
    source: PunchSource = PunchSource.CHAT,
    confirmed: bool = False,
    **more: Any,
) -> PunchRequest:
    """Return a punch request of u1."""
    return PunchRequest(
        user_id="u1",
        message_id=f"msg-{at.timestamp()}",
        direction=direction,
        at=at,
        local_date=at.astimezone(SHANGHAI).date(),
        received_at=received_at or at,
        where=where,
        source=source,
        confirmed=confirmed,
        **more,
    )


def a_punch(
    at: datetime,
    check_type: CheckType = CheckType.ON_DUTY,
    *,
    check_point: str | None = "OnDuty/0",
    work_date: date = TUESDAY,
    states: dict[str, DeliveryState] | None = None,
    result: TimeResult = TimeResult.NORMAL,
    where: Whereabouts = NO_POSITION,
    late: int = 0,
    reasons: dict[str, str] | None = None,
) -> Punch:
    """Return a punch of u1 from the ledger."""
    return Punch(
        punch_id=f"p-{at.timestamp()}",
        user_id="u1",
        work_date=work_date,
        check_type=check_type,
        check_point=check_point,
        punched_at=at,
        received_at=at,
        time_result=result,
        late_minutes=late,
        where=where,
        source=PunchSource.CHAT,
        message_id=f"msg-{at.timestamp()}",
        states=states if states is not None else {"signed": DeliveryState.SENT},
        reasons=reasons or {},
    )
