"""Reads of DingTalk's attendance report (《获取考勤报表列值》, 《获取报表假期数据》)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from pydantic import AliasChoices, Field

from bot.dingtalk.openapi import Listed, OpenApi, Result, Row
from bot.domain.payroll import Reported, number_of
from bot.domain.slots import Days

COLUMNS_A_CALL = 20
# DingTalk's own client matches the name: no public list has the alias.
_OVERTIME = ("overtime_duration", "加班总时长")


class ReportColumn(Row, frozen=True):
    """A column of the report. A kind of leave has no id. Ids differ between organisations."""

    id: str | None = None
    name: str = ""
    alias: str = ""

    def is_called(self, name: str) -> bool:
        return name in (self.name, self.alias)


class _Columns(Row):
    columns: Listed[ReportColumn]


class _Value(Row):
    day: datetime = Field(alias="date")
    value: str = ""


class _Values(Row):
    """The names with `_` are those of `getcolumnval`, the others those of `getleavetimebynames`."""

    column: ReportColumn = Field(validation_alias=AliasChoices("column_vo", "columnvo"))
    rows: Listed[_Value] = Field([], validation_alias=AliasChoices("column_vals", "columnvals"))
    fixed_value: str = ""


class _Report(Row):
    columns: Listed[_Values] = Field([], validation_alias=AliasChoices("column_vals", "columns"))


@dataclass(frozen=True, slots=True)
class Report:
    """Reads the report, one person a call. Each read raises UpstreamError."""

    openapi: OpenApi

    async def columns(self) -> Sequence[ReportColumn]:
        """Return the columns of the organisation's report."""
        return (await self.openapi.read("report_columns", {}, Result[_Columns])).result.columns

    async def values(
        self, user_id: str, columns: Collection[ReportColumn], dates: Days
    ) -> Mapping[ReportColumn, Reported]:
        """Return a person's values of `columns`, for at most 31 days: of leave alone, or of others.

        DingTalk shows leave of the last 225 days.
        """
        span = {
            "userid": user_id,
            "from_date": f"{dates.first} 00:00:00",
            "to_date": f"{dates.last} 23:59:59",
        }
        wanted = {column.id or column.name: column for column in columns}
        is_leave = all(column.id is None for column in columns)
        api = "report_leave" if is_leave else "report_values"
        key = "leave_names" if is_leave else "column_id_list"
        reported: dict[ReportColumn, Reported] = {}
        rest = iter(wanted)
        while some := list(islice(rest, COLUMNS_A_CALL)):
            body = {**span, key: ",".join(some)}
            for values in (await self.openapi.read(api, body, Result[_Report])).result.columns:
                column = wanted.get(values.column.id or values.column.name)
                if column is not None:
                    by_day = {row.day.date(): row.value for row in values.rows}
                    reported[column] = Reported(by_day, values.fixed_value)
        return reported

    async def overtime(self, user_id: str, dates: Days) -> Mapping[date, Decimal] | None:
        """Return a person's overtime by day, at most 31; None without a column.

        The unit, hours or days, follows the company's overtime rule, and no API tells it.
        """
        known = await self.columns()
        column = next((each for each in known if any(map(each.is_called, _OVERTIME))), None)
        if column is None:
            return None
        values = await self.values(user_id, [column], dates)
        by_day = values[column].by_day if column in values else {}
        return {day: number for day, text in by_day.items() if (number := number_of(text))}
