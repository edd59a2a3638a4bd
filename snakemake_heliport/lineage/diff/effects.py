"""What differs in the jobs of two runs, in themselves and in what they made, and what explains it at first hand."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from snakemake_heliport.lineage.diff.both import Both
from snakemake_heliport.lineage.diff.difference import Bearing, Difference
from snakemake_heliport.lineage.diff.jobs import Pair


@dataclass(slots=True)
class Effects:
    """What differs in each job, in itself and in what it made, and what others handed it, by its label."""

    own: dict[str, list[Difference]] = field(default_factory=dict)
    made: dict[str, list[Difference]] = field(default_factory=dict)
    handed: dict[str, list[str]] = field(default_factory=dict)

    def is_caused(self, label: str) -> bool:
        """Return whether something that a job was, or was given, is the cause of what it made."""
        certain = any(one.bearing is Bearing.CAUSE for one in self.own[label])
        return certain or bool(self.handed[label])

    def is_left(self, label: str, pair: Pair) -> bool:
        """Return whether the end of a run is why a job did not come to its own."""
        return pair.is_cut or (pair.is_blocked and not self.handed[label])

    def is_open(self, label: str, pair: Pair) -> bool:
        """Return whether a job made something else, and nothing of the job tells why."""
        return bool(self.made[label]) and not (self.is_caused(label) or pair.is_blocked or pair.is_cut)

    def at_work(self, both: Both) -> set[str]:
        """Return the jobs that made something else, or that others waited for who did."""
        cut = {label for label, pair in both.pairs.items() if self.is_left(label, pair)}
        found = {label for label, made in self.made.items() if made} - cut
        waiting = sorted(found)
        while waiting:
            makers = {both.makers[path] for path in self.handed[waiting.pop()]} - found - cut
            found |= makers
            waiting += sorted(makers)
        return found

    def reasons_of(self, label: str) -> list[str]:
        """Return what differs in a job itself and had a part in its results at first hand, the certain first."""
        inner = {what for one in self.own[label] for what in one.because}
        own = [one for one in self.own[label] if one.bearing is not Bearing.IDLE and one.what not in inner]
        return [one.what for one in sorted(own, key=lambda one: one.bearing is not Bearing.CAUSE)]

    def named(self, label: str, told: Collection[str], makers: Mapping[str, str]) -> Iterator[str]:
        """Yield what others handed a job as it is told: by its path, by the job that made it, or by what that had."""
        for path in self.handed[label]:
            maker = makers[path]
            whats = [one.what for one in self.own[maker]]
            # A file that came or went is a difference of its directory.
            places = [place for place in (path, *map(str, PurePosixPath(path).parents)) if place in told]
            if places:
                yield places[0]
            elif maker in told or maker in whats:
                yield maker
            else:
                yield from self.reasons_of(maker)
