"""Phrases by the atoms they are made of, and which of them begin at a place of a text."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Entry(NamedTuple):
    """What a phrase means: its kinds, and for words with a value (days, units) the value of each such kind."""

    kinds: frozenset[str]
    values: Mapping[str, int]


NOTHING = Entry(frozenset(), {})
_Found = Sequence[tuple[int, Entry]]  # of how many atoms a phrase is, and what it means
_ByThird = dict[str, tuple[int, ...]]  # of how many atoms the phrases are that begin with three, by the third
_BySecond = dict[str, tuple[_Found, _ByThird]]


class Phrases:
    """What each phrase means; flat, for a trie of so many takes seconds to build and tens of MiB.

    What begins with one or two given atoms is laid ready; of the longer ones their lengths, by the first three.
    """

    def __init__(self, entries: Mapping[tuple[str, ...], Entry]) -> None:
        self.entries = entries
        self.words = frozenset(atom for phrase in entries for atom in phrase if atom.isascii())
        self._by_first: dict[str, tuple[_Found, _BySecond]] = {}
        lengths: dict[tuple[str, ...], set[int]] = {}
        for phrase in entries:
            if len(phrase) > 2:
                lengths.setdefault(phrase[:3], set()).add(len(phrase))
            self._add_start(phrase[:2])
        alike: dict[tuple[int, ...], tuple[int, ...]] = {}  # a few hundred make up all
        for (first, second, third), longer in lengths.items():
            ordered = tuple(sorted(longer))
            self._by_first[first][1][second][1][third] = alike.setdefault(ordered, ordered)

    def _add_start(self, start: tuple[str, ...]) -> None:
        """Lay ready what begins with the first atom, or the first two, of a phrase."""
        first = start[:1]
        if first[0] not in self._by_first:
            self._by_first[first[0]] = self._of((first,)), {}
        by_second = self._by_first[first[0]][1]
        if len(start) > 1 and start[1] not in by_second:
            by_second[start[1]] = self._of((first, start)), {}

    def _of(self, phrases: Sequence[tuple[str, ...]]) -> _Found:
        return tuple((len(phrase), self.entries[phrase]) for phrase in phrases if phrase in self.entries)

    def at(self, atoms: tuple[str, ...], index: int) -> _Found:
        """Return each phrase that begins at `index`, as its number of atoms and what it means, shortest first."""
        begun = self._by_first.get(atoms[index])
        if begun is None:
            return ()
        found, by_second = begun
        if index + 1 == len(atoms):
            return found
        second = by_second.get(atoms[index + 1])
        if second is None:
            return found
        found, by_third = second
        if index + 2 == len(atoms):
            return found
        longer = []
        for length in by_third.get(atoms[index + 2], ()):
            if index + length > len(atoms):
                break
            entry = self.entries.get(atoms[index : index + length])
            if entry is not None:
                longer.append((length, entry))
        return (*found, *longer) if longer else found
