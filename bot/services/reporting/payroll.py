"""DingTalk's own report for payroll exports: the columns that profiles name."""

import logging
from collections.abc import Collection, Mapping, Sequence
from itertools import product

from bot.dingtalk.report import Report, ReportColumn
from bot.domain.payroll import Reported, nearest
from bot.domain.slots import Days
from bot.errors import UpstreamError
from bot.services.organisation.rosters import in_turn

log = logging.getLogger(__name__)


class ReportReader:
    """Reads columns of people, two calls a person. What cannot be read is missing, and `troubles`
    says why.
    """

    def __init__(self, report: Report, names: Sequence[str]) -> None:
        self._report = report
        self._names = names
        self._columns: Mapping[str, ReportColumn] | None = None
        self.troubles: list[str] = []

    async def read(
        self, user_ids: Sequence[str], dates: Days
    ) -> Mapping[str, Mapping[str, Reported]]:
        """Return the columns of these people by user id and name, for at most 31 days."""
        if self._columns is None:
            self._columns = await self._read_columns() if self._names else {}
        if not self._columns:
            return {}
        columns = self._columns
        columns_by_person: dict[str, dict[str, Reported]] = {user_id: {} for user_id in user_ids}

        async def read(call: tuple[str, Collection[ReportColumn]]) -> None:
            user_id, part = call
            try:
                values = await self._report.values(user_id, part, dates)
            except UpstreamError as error:
                log.warning("a person's report could not be read: %s", error)
                self.troubles.append(f"{user_id}: {error}")
                return
            for name, column in columns.items():
                if column in values:
                    columns_by_person[user_id][name] = values[column]

        leaves = {column for column in columns.values() if column.id is None}
        parts = [part for part in (set(columns.values()) - leaves, leaves) if part]
        await in_turn(read, product(user_ids, parts))
        return columns_by_person

    async def _read_columns(self) -> Mapping[str, ReportColumn]:
        try:
            known = await self._report.columns()
        except UpstreamError as error:
            log.warning("the columns of the report could not be read: %s", error)
            self.troubles.append(str(error))
            return {}
        named = {name: column for name in self._names for column in known if column.is_called(name)}
        names = [column.name for column in known]
        self.troubles += [
            f"DingTalk's report has no column {name!r}{nearest(name, names)}"
            for name in self._names
            if name not in named
        ]
        return named
