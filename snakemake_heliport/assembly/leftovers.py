"""Which files that a run found there were left by a recorded attempt that did not finish."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from snakemake_heliport.assembly.facts import Facts
from snakemake_heliport.assembly.files import FileWriter
from snakemake_heliport.assembly.sink import Store
from snakemake_heliport.model import Kind, Predicate
from snakemake_heliport.records import JobKnown, State

UNFINISHED = frozenset(map(str, (State.FAILED, State.INTERRUPTED)))
# Clocks of file systems and of processes may differ.
SLACK = 1.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt that did not finish: what it was to write, and when it ran; an interrupted one may have gone on."""

    paths: frozenset[str]
    begun: float
    ended: float

    def covers(self, at: float) -> bool:
        return self.begun - SLACK <= at <= self.ended + SLACK


def left_behind(facts: Facts, files: FileWriter, store: Store, here: Collection[str]) -> frozenset[int]:
    """Return the ids of the jobs that are up to date with files which an attempt that did not finish has left.

    Args:
        here: The IRIs of the runs of this working directory: equal paths elsewhere are other files.
    """
    known = [job for job in facts.known.values() if any(ref.seen is not None for ref in job.job.outputs)]
    states = {iri: stamp.state for iri, stamp in store.stamps().items()}
    own = f"urn:uuid:{facts.start.run}"
    broken = [iri for iri, state in states.items() if iri in here and iri != own and state in UNFINISHED]
    if not known or not broken:
        return frozenset()
    made = store.generators(files.iri(ref, ref.seen) for job in known for ref in job.job.outputs)
    unmade = [job for job in known if not any(files.iri(ref, ref.seen) in made for ref in job.job.outputs)]
    attempts = [*_attempts(store, broken)] if unmade else []
    return frozenset(job.job.jobid for job in unmade if any(_is_left(job, one, files) for one in attempts))


def _attempts(store: Store, runs: Collection[str]) -> Iterator[_Attempt]:
    parts = store.relations_at(runs, Predicate.WAS_PART_OF, outgoing=False)
    for job in store.objects(part.subject for part in parts).values():
        paths, begun = job.attributes.get("missing_outputs"), _seconds(job.attributes.get("started"))
        if job.kind is Kind.JOB and isinstance(paths, list) and begun is not None:
            goes_on = job.attributes.get("status") == State.INTERRUPTED
            ended = None if goes_on else _seconds(job.attributes.get("ended"))
            yield _Attempt(frozenset(map(str, paths)), begun, math.inf if ended is None else ended)


def _is_left(job: JobKnown, attempt: _Attempt, files: FileWriter) -> bool:
    """Return whether an attempt wrote what a job was to write, and Snakemake knows of no later start of the job."""
    if job.started is not None and job.started > attempt.begun + SLACK:
        return False
    outputs = (ref for ref in job.job.outputs if files.name(ref) in attempt.paths)
    return any(ref.seen is not None and attempt.covers(ref.seen.mtime_ns / 1e9) for ref in outputs)


def _seconds(at: object) -> float | None:
    return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
