"""Where somebody may clock in, and what the position is worth that they give."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.people import Employee
from bot.domain.positions import Given, LocationPolicy, Position, judge_position
from bot.domain.sites import Site
from bot.errors import OperatorError, UpstreamError
from bot.services.base import Base

log = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")

MAX_AGE = timedelta(hours=6)  # then a group's places, and who is in which group, are read again


class Places:
    """The sites of the configuration."""

    def __init__(self, sites: Sequence[Site], policy: LocationPolicy) -> None:
        self._sites = tuple(sites)
        self._same: dict[tuple[str, ...], tuple[Site, ...]] = {}
        self.policy = policy

    async def judge(self, who: Employee, given: Given) -> Position:
        """Return what the given position is worth for `who`."""
        return judge_position(given, await self.sites_for(who), self.policy)

    def known_to(self, who: Employee) -> Sequence[Site]:
        """Return the places of `who` that are known now, for reading place names; nobody is asked.

        The same places are the same object, for as long as they are known.
        """
        found = tuple(site for site in self._sites if site.members.include(who))
        return self._same.setdefault(tuple(site.name for site in found), found)

    async def sites_for(self, who: Employee) -> Sequence[Site] | None:
        """Return where `who` may clock in; None where that depends on what cannot be told now."""
        if any(site.members.may_include(who) for site in self._sites):
            return None
        return self.known_to(who)


class DingTalkPlaces(Places):
    """The places of the person's attendance group, kept for six hours; older ones are better than none."""

    def __init__(self, base: Base, policy: LocationPolicy) -> None:
        super().__init__((), policy)
        self._base = base
        self._groups: dict[str, tuple[datetime, int | None]] = {}
        self._of_group: dict[int, tuple[datetime, Sequence[Site]]] = {}

    def known_to(self, who: Employee) -> Sequence[Site]:
        """Return the places of the person's group, none before they were read."""
        return self._known(who) or ()

    async def sites_for(self, who: Employee) -> Sequence[Site] | None:
        """Return the places of the person's group, none for somebody without one; None while it cannot be read."""
        sites = self._base.dingtalk.sites
        try:
            async with asyncio.timeout(self._base.patience.facts_s):
                group_id = await self._fresh(self._groups, who.user_id, sites.group_of)
                if group_id is None:
                    return ()
                return await self._fresh(self._of_group, group_id, sites.sites_of)
        except (TimeoutError, UpstreamError, OperatorError) as error:
            log.warning("the places of an attendance group could not be read: %s", error)
        return self._known(who)

    def _known(self, who: Employee) -> Sequence[Site] | None:
        _, group_id = self._groups.get(who.user_id, (None, None))
        return self._of_group[group_id][1] if group_id in self._of_group else None

    async def _fresh(
        self, kept: dict[Key, tuple[datetime, T]], key: Key, read: Callable[[Key], Awaitable[T]]
    ) -> T:
        """Return what is kept under `key`, read again once it is too old."""
        now = self._base.clock.now()
        if key not in kept or now - kept[key][0] > MAX_AGE:
            kept[key] = now, await read(key)
        return kept[key][1]
