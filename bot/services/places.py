"""Where somebody may clock in, and what the position is worth that they give."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from bot.clock import Clock
from bot.dingtalk.attendance_sites import AttendanceSites
from bot.domain.people import Employee
from bot.domain.positions import Given, LocationPolicy, Position, judge_position
from bot.domain.sites import Site
from bot.errors import OperatorError, UpstreamError

log = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")

MAX_AGE = timedelta(hours=6)  # then a group's places, and who is in which group, are read again
PATIENCE_S = 2.0  # a punch does not wait longer for them
MOST_KEPT = 100_000


class Places(Protocol):
    """Where people may clock in: by the configuration, or by DingTalk's attendance groups."""

    def known_to(self, who: Employee) -> Sequence[Site]:
        """Return the places of `who` that are known now, for reading place names.

        Asks nobody. The same places are the same object, for as long as they are known.
        """
        ...

    async def sites_for(self, who: Employee) -> Sequence[Site] | None:
        """Return where `who` may clock in; None where that cannot be told now."""
        ...


class Positions:
    """Judges positions for everybody."""

    def __init__(self, places: Places, policy: LocationPolicy) -> None:
        self.places = places
        self.policy = policy

    async def judge(self, who: Employee, given: Given) -> Position:
        """Return what the given position is worth for `who`."""
        return judge_position(given, await self.places.sites_for(who), self.policy)


class ConfiguredPlaces:
    """The sites of the configuration."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites = tuple(sites)
        self._same: dict[tuple[str, ...], tuple[Site, ...]] = {}

    def known_to(self, who: Employee) -> Sequence[Site]:
        """Return the person's sites."""
        found = tuple(site for site in self._sites if site.members.include(who))
        return self._same.setdefault(tuple(site.name for site in found), found)

    async def sites_for(self, who: Employee) -> Sequence[Site] | None:
        """Return the person's sites; None where they depend on departments that the directory did not tell."""
        if any(site.members.may_include(who) for site in self._sites):
            return None
        return self.known_to(who)


class DingTalkPlaces:
    """The places of the person's attendance group, kept for six hours; older ones are better than none."""

    def __init__(self, reader: AttendanceSites, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._groups = _Kept(reader.group_of, clock)
        self._sites = _Kept(reader.sites_of, clock)

    def known_to(self, who: Employee) -> Sequence[Site]:
        """Return the places of the person's group, none before they were read."""
        return self._known(who) or ()

    async def sites_for(self, who: Employee) -> Sequence[Site] | None:
        """Return the places of the person's group, none for somebody without one; None while it cannot be read."""
        try:
            async with asyncio.timeout(self._patience_s):
                group_id = await self._groups.fresh(who.user_id)
                return [] if group_id is None else await self._sites.fresh(group_id)
        except (TimeoutError, UpstreamError, OperatorError) as error:
            log.warning("the places of an attendance group could not be read: %s", error)
        return self._known(who)

    def _known(self, who: Employee) -> Sequence[Site] | None:
        group_id = self._groups.last(who.user_id)
        return None if group_id is None else self._sites.last(group_id)


class _Kept(Generic[Key, T]):
    """What was read under each key, and when."""

    def __init__(self, read: Callable[[Key], Awaitable[T]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._entries: dict[Key, tuple[datetime, T]] = {}

    async def fresh(self, key: Key) -> T:
        """Return what is kept under `key`, read again once it is too old."""
        entry, now = self._entries.get(key), self._clock.now()
        if entry is None or not timedelta() <= now - entry[0] <= MAX_AGE:
            value = await self._read(key)
            if len(self._entries) >= MOST_KEPT:
                self._entries.clear()
            entry = self._entries[key] = now, value
        return entry[1]

    def last(self, key: Key) -> T | None:
        """Return what is kept under `key`, however old; None where nothing is."""
        entry = self._entries.get(key)
        return None if entry is None else entry[1]
