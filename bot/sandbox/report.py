"""DingTalk's attendance report: columns of overtime and leave, and their values by day."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from bot.sandbox.api import Json, State, Text, api
from bot.sandbox.attendance import CommaSeparated, LocalTime, days_between
from bot.sandbox.records import LEAVE, OVERTIME
from bot.sandbox.world import midnight

_HOUR_MS = 3_600_000
_OVERTIME_COLUMNS = {  # name, alias and days of the week, by id
    129339041: ("加班总时长", "overtime_duration", range(7)),
    129339042: ("工作日加班", "overtime_work_day", range(5)),
    129339043: ("休息日加班", "overtime_rest_day", range(5, 7)),
}


@api("getattcolumns", "/topapi/attendance/getattcolumns", "qyapi_base")
def report_columns() -> Json:
    columns: list[Json] = [
        {"id": number, "name": name, "alias": alias}
        for number, (name, alias, _) in _OVERTIME_COLUMNS.items()
    ]
    columns.append({"name": "年假", "alias": "leave_"})  # leave has no id
    return {"result": {"columns": columns}}


@api("getcolumnval", "/topapi/attendance/getcolumnval", "qyapi_base")
def report_values(
    state: State,
    *,
    userid: Text,
    column_id_list: Annotated[list[int], CommaSeparated, Field(max_length=20)],
    from_date: LocalTime,
    to_date: LocalTime,
) -> Json:
    """Answer with the hours of approved overtime that begin on each day.

    DingTalk's pages state no unit.
    """
    dates = days_between(from_date.date(), to_date.date(), most=31)
    columns = []
    for column_id in column_id_list:
        _, _, weekdays = _OVERTIME_COLUMNS[column_id]
        days = [day for day in dates if day.weekday() in weekdays]
        values = _hours(state, userid, OVERTIME, days)
        columns.append({"column_vo": {"id": column_id}, "column_vals": values})
    return {"result": {"column_vals": columns}}


@api("getleavetimebynames", "/topapi/attendance/getleavetimebynames", "qyapi_base")
def report_leave(
    state: State,
    *,
    userid: Text,
    leave_names: Literal["年假"],
    from_date: LocalTime,
    to_date: LocalTime,
) -> Json:
    """Answer with the hours of approved leave that begin on each day."""
    dates = days_between(from_date.date(), to_date.date(), most=31)
    values = _hours(state, userid, LEAVE, dates)
    return {"result": {"columns": [{"columnvo": {"name": leave_names}, "columnvals": values}]}}


def _hours(state: State, user_id: str, kind: str, dates: list[date]) -> list[Json]:
    hours = dict.fromkeys(dates, 0.0)
    for absence in state.absences.of(state.employee(user_id).user_id):
        day = state.local_date(absence.start_ms)
        if absence.kind == kind and day in hours:
            hours[day] += (absence.end_ms - absence.start_ms) / _HOUR_MS
    return [
        {"date": state.local_text(midnight(day)), "value": f"{of_day:.1f}"}
        for day, of_day in hours.items()
    ]
