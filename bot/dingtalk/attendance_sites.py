"""Where the people of an attendance group may clock in.

The documents do not name the datum of these positions; DingTalk's maps are AMap's, so they are taken for GCJ-02.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from bot.dingtalk.apis import GROUP_KEY, POSITIONS, USER_GROUP
from bot.dingtalk.fields import Listed, Result, Row
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.domain.datum import Datum
from bot.domain.sites import Site

A_PAGE = 50
_MOST_PAGES = 40


class _Group(Row):
    group_id: int | None = None


class _Position(Row):
    """A position; without coordinates or a radius it fences nothing."""

    key: str = Field("", alias="position_key")
    name: str = Field("", alias="position_name")
    address: str = ""
    latitude: float = Field(0, ge=-90, le=90)
    longitude: float = Field(0, ge=-180, le=180)
    radius_m: float = Field(0, alias="offset")

    def sites(self) -> list[Site]:
        names = [name for name in (self.name, self.address) if name]
        if not names or not self.latitude or not 0 < self.radius_m < 1_000_000:
            return []
        return [Site(names[0], self.latitude, self.longitude, self.radius_m, Datum.GCJ02, tuple(names[1:]))]


class _Positions(Row):
    rows: Listed[_Position] = Field([], alias="position_list")
    has_more: bool = False


class AttendanceSites:
    """Reads groups and their positions. Each call raises UpstreamError, ServiceStopped."""

    def __init__(self, openapi: OpenApi, *, operator_user_id: str) -> None:
        self._openapi = openapi
        self._operator = operator_user_id

    async def group_of(self, user_id: str) -> int | None:
        """Return the attendance group of a person, None without one."""
        body = {"userid": user_id}
        answer = await self._openapi.read(USER_GROUP, body, Result[_Group | None], priority=Priority.PUNCH)
        return answer.result.group_id if answer.result else None

    async def sites_of(self, group_id: int) -> Sequence[Site]:
        """Return the positions of a group, each under a name of its own."""
        asked = {"group_id": group_id, "op_user_id": self._operator}
        key = (await self._openapi.read(GROUP_KEY, asked, Result[str], priority=Priority.PUNCH)).result
        found: list[Site] = []
        body: dict[str, Any] = {"group_key": key, "size": A_PAGE, "op_userid": self._operator}
        for _ in range(_MOST_PAGES):
            answer = await self._openapi.read(POSITIONS, body, Result[Result[_Positions]], priority=Priority.PUNCH)
            page = answer.result.result
            found += [site for row in page.rows for site in row.sites()]
            if not page.has_more or not page.rows:
                break
            body["cursor"] = page.rows[-1].key
        return _told_apart(found)


def _told_apart(sites: Sequence[Site]) -> list[Site]:
    """Return each position once. Positions that share a name get a number behind it, the first one excepted."""
    kept: dict[str, Site] = {}
    for site in dict.fromkeys(sites):
        name, number = site.name, 1
        while name.casefold() in kept:
            number += 1
            name = f"{site.name} ({number})"
        kept[name.casefold()] = replace(site, name=name)
    return list(kept.values())
