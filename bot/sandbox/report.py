"""DingTalk's attendance report: columns of overtime, and their values by day."""

from typing import Annotated

from pydantic import Field

from bot.sandbox.api import Json, Refused, State, Text, api
from bot.sandbox.attendance import CommaSeparated, LocalTime, days_between
from bot.sandbox.records import OVERTIME
from bot.sandbox.world import midnight

_HOUR_MS = 3_600_000
_OVERTIME_COLUMNS = {  # name and alias, by id
    129339040: ("加班-审批单统计", "overtime_approve_count"),
    129339041: ("加班总时长", "overtime_duration"),
}


@api("getattcolumns", "/topapi/attendance/getattcolumns", "qyapi_base")
def report_columns() -> Json:
    columns = [
        {"id": number, "name": name, "alias": alias}
        for number, (name, alias) in _OVERTIME_COLUMNS.items()
    ]
    return {
        "result": {
            "columns": [{**column, "type": 0, "sub_type": 0, "status": 0} for column in columns]
        }
    }


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
    if not set(column_id_list) <= _OVERTIME_COLUMNS.keys():
        raise Refused(850015, "invalidColumn", "column_id_list is wrong")
    hours = dict.fromkeys(days_between(from_date.date(), to_date.date(), most=31), 0.0)
    for absence in state.absences.list_approved(state.employee(userid).user_id):
        day = state.local_date(absence.start_ms)
        if absence.kind == OVERTIME and day in hours:
            hours[day] += (absence.end_ms - absence.start_ms) / _HOUR_MS
    values = [
        {"date": state.local_text(midnight(day)), "value": f"{of_day:.1f}"}
        for day, of_day in hours.items()
    ]
    columns = [
        {"column_vo": {"id": column_id}, "column_vals": values} for column_id in column_id_list
    ]
    return {"result": {"column_vals": columns}}
