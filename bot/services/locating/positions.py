"""A position as it was given, judged by the company's rules and the person's sites."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.fences import ON_EDGE, SITES_UNREAD, Fence, LocationPolicy, judge, note_unusable, unusable
from bot.domain.flags import Flag, FlagKind
from bot.domain.people import Employee
from bot.domain.punches import note_unknown_place, note_unread_place
from bot.domain.sites import (
    NOWHERE,
    Fix,
    LocationResult,
    LocationSource,
    Site,
    Unusable,
    Whereabouts,
    is_within,
    site_fix,
    site_named,
)
from bot.services.locating.places import Places


@dataclass(frozen=True, slots=True)
class Position:
    """What a punch says of where it was made, with what the ledger notes and the lead is told."""

    where: Whereabouts = NOWHERE
    fence: Fence = Fence.UNKNOWN
    radius_m: float | None = None  # of the nearest site
    unusable: Unusable | None = None  # why the given position is refused
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    sites_read: bool = True


class Positions:
    """Judges positions for everybody."""

    def __init__(self, places: Places, policy: LocationPolicy) -> None:
        self.places = places
        self.policy = policy

    async def judge(
        self,
        who: Employee,
        fix: Fix | None,
        place_name: str | None,
        *,
        reason: str | None = None,
        age: timedelta = timedelta(),
        simulated: bool = False,
        outside: bool = False,
    ) -> Position:
        """Return what `fix`, or else a place named in words, is worth for `who`, who may have given a `reason`.

        `outside` is field work that names no place: it counts as outside every site. A fix that is not taken
        leaves nothing, also where a place was named. Within the named site the position is at that one, though a
        smaller one is nearer. Nothing is outside while the sites are unknown.
        """
        if outside and fix is None and place_name is None:
            flag = Flag(FlagKind.OUTSIDE, said=reason or "")
            return Position(NOWHERE._replace(result=LocationResult.OUTSIDE), Fence.OUTSIDE, flags=(flag,))
        sites = await self.places.sites_for(who)
        named = site_named(place_name, sites or ())
        given = site_fix(named) if fix is None and named is not None else fix
        refused = unusable(given, self.policy, age) if given is not None else None
        taken = given if refused is None else None
        note_place = note_unread_place if sites is None else note_unknown_place
        notes = [note_place(place_name)] if place_name and named is None else []
        notes += [note_unusable(refused)] if refused is not None else []
        if sites is None:
            notes.append(SITES_UNREAD)
            position = Position(NOWHERE._replace(fix=taken), unusable=refused, sites_read=False)
        else:
            at_named = named is not None and taken is not None and is_within(taken, named)
            position = self._among([named] if named is not None and at_named else sites, taken, refused)
            notes += [ON_EDGE] if position.fence is Fence.EDGE else []
        flags = self._flags(position, named, reason or "", simulated=simulated)
        return replace(position, notes=tuple(notes), flags=flags) if notes or flags else position

    def _among(self, sites: Sequence[Site], taken: Fix | None, refused: Unusable | None) -> Position:
        """Return where a position that is `taken` is among `sites`."""
        standing = judge(taken, sites, self.policy)
        where = standing.where
        radius_m = next((site.radius_m for site in sites if site.name == where.site), None)
        if taken is not None and taken.source is LocationSource.NAMED:
            where = where._replace(distance_m=None)  # named is not measured
        return Position(where, standing.fence, radius_m, refused)

    def _flags(self, position: Position, named: Site | None, said: str, *, simulated: bool) -> tuple[Flag, ...]:
        flags = []
        if position.fence is Fence.OUTSIDE:
            flags.append(Flag(FlagKind.OUTSIDE, said=said))
        fix = position.where.fix
        if fix is None or fix.source is LocationSource.NAMED:
            return tuple(flags)
        if simulated:
            flags.append(Flag(FlagKind.SIMULATED))
        if named is not None and not is_within(fix, named, self.policy.allowance_m(fix)):
            flags.append(Flag(FlagKind.OTHER_SITE, site=named.name))
        return tuple(flags)
