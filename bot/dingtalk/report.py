"""Reads of DingTalk's attendance report (《获取考勤报表列值》, 《获取报表假期数据》)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple, TypeVar

from pydantic import Field

from bot.dingtalk import apis
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import Listed, OpenApi, Result, Row
from bot.domain.payroll import Reported, number_of

COLUMNS_A_CALL = 20
# DingTalk's own client matches the name: no public list has the alias.
_OVERTIME = ("overtime_duration", "加班总时长")
_M = TypeVar("_M", bound=Row)


class ReportColumn(NamedTuple):
    """A column of the report. A kind of leave has no id. Ids differ between organisations."""

    column_id: str | None
    name: str
    alias: str

    def is_called(self, name: str) -> bool:
        return name in (self.name, self.alias)


class _Column(Row):
    column_id: str | None = Field(None, alias="id")
    name: str = ""
    alias: str = ""


class _Columns(Row):
    columns: Listed[_Column]


class _Value(Row):
    day: datetime = Field(alias="date")
    value: str = ""


class _Values(Row):
    column: _Column = Field(alias="column_vo")
    rows: Listed[_Value] = Field([], alias="column_vals")
    fixed: str = Field("", alias="fixed_value")


class _Report(Row):
    columns: Listed[_Values] = Field([], alias="column_vals")


class _LeaveValues(Row):
    column: _Column = Field(alias="columnvo")
    rows: Listed[_Value] = Field([], alias="columnvals")


class _Leave(Row):
    columns: Listed[_LeaveValues] = Field([])


@dataclass(frozen=True, slots=True)
class Report:
    """Reads the report, one person a call. Each read raises UpstreamError, ServiceStopped."""

    openapi: OpenApi

    async def columns(self) -> Sequence[ReportColumn]:
        """Return the columns of the organisation's report."""
        answer = await self._read(apis.REPORT_COLUMNS, {}, Result[_Columns])
        return [
            ReportColumn(column.column_id or None, column.name, column.alias)
            for column in answer.result.columns
        ]

    async def values(
        self, user_id: str, columns: Collection[ReportColumn], first: date, last: date
    ) -> Mapping[ReportColumn, Reported]:
        """Return a person's values of `columns`, for at most 31 days.

        DingTalk shows leave of the last 225 days.
        """
        span = {
            "userid": user_id,
            "from_date": f"{first.isoformat()} 00:00:00",
            "to_date": f"{last.isoformat()} 23:59:59",
        }
        by_id = {column.column_id: column for column in columns if column.column_id}
        leaves = {column.name: column for column in columns if not column.column_id}
        found: dict[ReportColumn, Reported] = {}
        for some in _in_calls(by_id):
            body = {**span, "column_id_list": ",".join(some)}
            for values in (
                await self._read(apis.REPORT_VALUES, body, Result[_Report])
            ).result.columns:
                if (column := by_id.get(values.column.column_id or "")) is not None:
                    found[column] = Reported(_by_day(values.rows), values.fixed)
        for some in _in_calls(leaves):
            body = {**span, "leave_names": ",".join(some)}
            for leave in (await self._read(apis.REPORT_LEAVE, body, Result[_Leave])).result.columns:
                if (column := leaves.get(leave.column.name)) is not None:
                    found[column] = Reported(_by_day(leave.rows))
        return found

    async def overtime(
        self, user_id: str, first: date, last: date
    ) -> Mapping[date, Decimal] | None:
        """Return a person's overtime by day, at most 31; None without a column.

        The unit, hours or days, follows the company's overtime rule, and no API tells it.
        """
        known = await self.columns()
        column = next((one for one in known if any(map(one.is_called, _OVERTIME))), None)
        if column is None:
            return None
        found = await self.values(user_id, [column], first, last)
        by_day = found[column].by_day if column in found else {}
        return {day: number for day, text in by_day.items() if (number := number_of(text))}

    async def _read(self, api: apis.Api, body: Mapping[str, object], model: type[_M]) -> _M:
        return await self.openapi.read(api, body, model, priority=Priority.REMINDER)


def _by_day(rows: Iterable[_Value]) -> Mapping[date, str]:
    return {row.day.date(): row.value for row in rows}


def _in_calls(names: Iterable[str]) -> Iterator[Sequence[str]]:
    rest = iter(names)
    while some := list(islice(rest, COLUMNS_A_CALL)):
        yield some
