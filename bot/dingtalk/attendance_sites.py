"""Where the people of an attendance group may clock in.

The documents do not name the datum of these positions; DingTalk's maps are AMap's, so they are taken for GCJ-02.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

from bot.dingtalk.apis import GROUP_KEY, POSITIONS, USER_GROUP
from bot.dingtalk.fields import as_bool, as_int, as_object, as_objects, as_text
from bot.dingtalk.limits import Priority
from bot.dingtalk.openapi import OpenApi
from bot.domain.datum import Datum
from bot.domain.sites import Site
from bot.errors import OutcomeUnknown

A_PAGE = 50
_MOST_PAGES = 40


class AttendanceSites:
    """Reads groups and their positions. Each call raises UpstreamError, ServiceStopped."""

    def __init__(self, openapi: OpenApi, *, operator_user_id: str) -> None:
        self._openapi = openapi
        self._operator = operator_user_id

    async def group_of(self, user_id: str) -> int | None:
        """Return the attendance group of a person, None without one."""
        answer = await self._openapi.call(USER_GROUP, {"userid": user_id}, priority=Priority.PUNCH)
        return as_int(as_object(answer.get("result")).get("group_id"))

    async def sites_of(self, group_id: int) -> Sequence[Site]:
        """Return the positions of a group, each under a name of its own."""
        asked = {"group_id": group_id, "op_user_id": self._operator}
        key = as_text((await self._openapi.call(GROUP_KEY, asked, priority=Priority.PUNCH)).get("result"))
        if not key:
            raise OutcomeUnknown(GROUP_KEY.name, "answered without the key")
        found: list[Site] = []
        body: dict[str, Any] = {"group_key": key, "size": A_PAGE, "op_userid": self._operator}
        for _ in range(_MOST_PAGES):
            answer = await self._openapi.call(POSITIONS, body, priority=Priority.PUNCH)
            page = as_object(as_object(answer.get("result")).get("result"))
            rows = as_objects(page.get("position_list"))
            found += filter(None, map(_site, rows))
            body["cursor"] = as_text(rows[-1].get("position_key")) if rows else ""
            if not as_bool(page.get("has_more")) or not body["cursor"]:
                break
        return _told_apart(found)


def _told_apart(sites: Sequence[Site]) -> list[Site]:
    """Return each position once. Positions that share a name get their address, else a number, behind it."""
    once = list(dict.fromkeys(sites))
    called = Counter(site.name.casefold() for site in once)
    kept: dict[str, Site] = {}
    for site in once:
        alone = [site.name] if called[site.name.casefold()] == 1 else []
        addressed = [f"{site.name} ({address})" for address in site.aliases]
        numbered = (f"{site.name} ({number})" for number in count(1))
        name = next(name for name in chain(alone, addressed, numbered) if name.casefold() not in kept)
        kept[name.casefold()] = replace(site, name=name)
    return list(kept.values())


def _site(row: Mapping[str, Any]) -> Site | None:
    """Return a position as a site; None for one without coordinates or radius, which fences nothing."""
    try:
        latitude, longitude, radius_m = (
            float(as_text(row.get(name))) for name in ("latitude", "longitude", "offset")
        )
    except ValueError:
        return None
    names = [name for name in (as_text(row.get("position_name")), as_text(row.get("address"))) if name]
    if not names or not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 < radius_m < 1_000_000):
        return None
    return Site(names[0], latitude, longitude, radius_m, Datum.GCJ02, tuple(names[1:]))
