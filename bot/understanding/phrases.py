"""Phrases by the atoms they are made of, and which of them begin at a place of a text."""

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """What a phrase means: its kinds, and for words with a value (days, units) the value of each such kind."""

    kinds: frozenset[str]
    values: Mapping[str, int]


NOTHING = Entry(frozenset(), {})


class Phrases:
    """What each phrase means; flat, for a trie of so many takes seconds to build and tens of MiB."""

    def __init__(self, entries: Mapping[tuple[str, ...], Entry]) -> None:
        self.entries = entries
        self.words = frozenset(atom for phrase in entries for atom in phrase if atom.isascii())
        self._alone = {phrase[0]: entry for phrase, entry in entries.items() if len(phrase) == 1}
        self._lengths: dict[str, dict[str, list[int]]] = {}  # of the longer ones, by their first two atoms
        for phrase in entries:
            if len(phrase) > 1:
                lengths = self._lengths.setdefault(phrase[0], {}).setdefault(phrase[1], [])
                if len(phrase) not in lengths:
                    lengths.append(len(phrase))
        for by_second in self._lengths.values():
            for lengths in by_second.values():
                lengths.sort()

    def at(self, atoms: tuple[str, ...], index: int) -> list[tuple[int, Entry]]:
        """Return each phrase that begins at `index` with the index after its end, the shortest first."""
        first = atoms[index]
        alone = self._alone.get(first)
        found = [] if alone is None else [(index + 1, alone)]
        by_second = self._lengths.get(first)
        if by_second is None or index + 1 == len(atoms):
            return found
        for length in by_second.get(atoms[index + 1], ()):
            stop = index + length
            if stop > len(atoms):
                break
            entry = self.entries.get(atoms[index:stop])
            if entry is not None:
                found.append((stop, entry))
        return found
