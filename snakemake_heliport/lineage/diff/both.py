"""Two runs side by side: their jobs in pairs, which job made what, and what stands before what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from snakemake_heliport.lineage.diff.difference import Ran
from snakemake_heliport.lineage.diff.facts import RunFacts
from snakemake_heliport.lineage.diff.job_facts import TOUCHED, UP_TO_DATE, JobFacts
from snakemake_heliport.lineage.diff.jobs import Pair
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store


@dataclass(frozen=True, slots=True)
class Both:
    """Two runs.

    Attributes:
        pairs: The jobs of both, by label.
        makers: The job that made each path, by its label.
    """

    first: RunFacts
    second: RunFacts
    pairs: dict[str, Pair]
    makers: dict[str, str]

    @classmethod
    def read(cls, store: Store, before: DigitalObject, after: DigitalObject) -> "Both":
        """Read two runs."""
        first, second = RunFacts.read(store, before), RunFacts.read(store, after)
        _rename(first, second)
        _recall(first, second)
        _recall(second, first)
        pairs = {label: Pair(job, second.jobs[label]) for label, job in first.jobs.items() if label in second.jobs}
        makers = {path: job.label for facts in (first, second) for job in facts.jobs.values() for path in job.outputs}
        return cls(first, second, pairs, makers)

    @property
    def sides(self) -> tuple[RunFacts, RunFacts]:
        """The first run, and the second."""
        return self.first, self.second

    def jobs(self, label: str) -> tuple[JobFacts | None, JobFacts | None]:
        """Return a job as each run tells it, None where it was no part of it."""
        return self.first.jobs.get(label), self.second.jobs.get(label)

    def in_one(self) -> list[str]:
        """Return the jobs that are part of one run only."""
        return sorted(self.first.jobs.keys() ^ self.second.jobs.keys())

    def commits(self) -> Iterator[str]:
        """Yield the commits that the runs name."""
        for facts in self.sides:
            commits = (thing for thing in facts.objects.values() if thing.kind is Kind.COMMIT)
            yield from (str(commit.attributes.get("version")) for commit in commits)

    def levels(self) -> dict[str, int]:
        """Return how many jobs stand before each job, by its label."""
        read: dict[str, set[str]] = {}
        for facts in self.sides:
            for job in facts.jobs.values():
                read.setdefault(job.label, set()).update(job.paths_read())
        makers = self.makers
        before = {label: {makers[path] for path in paths if path in makers} - {label} for label, paths in read.items()}
        levels: dict[str, int] = {}
        while waiting := before.keys() - levels.keys():
            ready = [label for label in waiting if before[label] <= levels.keys()]
            # A path that two jobs update in turn can look like a circle.
            found = {label: 1 + max((levels.get(one, 0) for one in before[label]), default=-1) for label in ready}
            levels.update(found or dict.fromkeys(waiting, len(levels)))
        return levels

    def ran(self, levels: dict[str, int]) -> Iterator[Ran]:
        """Yield what became of each job that one of the runs was to execute."""
        for label in sorted(levels, key=lambda label: (levels[label], label)):
            sides = self.jobs(label)
            if any(job is not None and job.state != UP_TO_DATE for job in sides):
                states = [None if job is None else job.state for job in sides]
                reasons = [None if job is None else job.reason for job in sides]
                yield Ran(label, *states, *reasons)


def _rename(first: RunFacts, second: RunFacts) -> None:
    """Call the jobs of the first run by the names that they have in the second, where the rule got another name."""
    old = {tuple(sorted(job.outputs)): label for label, job in first.jobs.items() if label not in second.jobs}
    for label in second.jobs.keys() - first.jobs.keys():
        outputs = tuple(sorted(second.jobs[label].outputs))
        if outputs and outputs in old:
            first.jobs[label] = replace(first.jobs.pop(old.pop(outputs)), label=label)


def _recall(facts: RunFacts, other: RunFacts) -> None:
    """Let jobs whose files just got a new time have what was there: they made nothing, and the rest built on it."""
    touched = [job for label, job in facts.jobs.items() if job.state == TOUCHED and label in other.jobs]
    there = facts.standing({path for job in touched for path in other.jobs[job.label].outputs})
    for job in touched:
        job.outputs.update({path: there[path] for path in other.jobs[job.label].outputs if path in there})
