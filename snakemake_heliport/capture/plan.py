"""The DAG as a run goes on: which jobs there are, what has become of each, and which a checkpoint revealed."""

from collections.abc import Callable, Iterator
from typing import Any

from snakemake_heliport.capture import live, snapshot
from snakemake_heliport.capture.beside import Beside
from snakemake_heliport.capture.snapshot import Redactor
from snakemake_heliport.records import AnyRecord, JobKnown, JobsPlanned, PlannedJob, State

CHUNK = 500


class Plan:
    """Knows the jobs of a run by their ids, and writes each down when it is first met."""

    def __init__(self, write: Callable[[AnyRecord], None], beside: Beside, redactor: Redactor) -> None:
        self.workflow: Any = None
        self.evaluate_params = False
        self.states: dict[int, State] = {}
        self.revealed_by: dict[int, tuple[int, ...]] = {}
        self._write = write
        self._beside = beside
        self._redactor = redactor
        self._jobs: dict[int, Any] = {}
        self._checkpoints: list[int] = []

    def job(self, jobid: int) -> Any:
        """Return the job that has an id now."""
        job = self._jobs.get(jobid)
        if job is None or not live.is_current(self.workflow.dag, job, jobid):
            self.learn()
            job = self._jobs[jobid]
        return job

    def checkpoint_ended(self, jobid: int) -> None:
        """Remember that Snakemake makes the DAG anew because this checkpoint ended."""
        self._checkpoints.append(jobid)

    def learn(self) -> None:
        """Learn the jobs of the DAG; those that are new, or made anew, since a checkpoint ended came of it."""
        known = self._jobs
        self._jobs = live.jobs_by_id(self.workflow.dag)
        if self._checkpoints:
            came_of = tuple(sorted(set(self._checkpoints)))
            new = (jobid for jobid, job in self._jobs.items() if known.get(jobid) is not job)
            self.revealed_by.update((jobid, came_of) for jobid in new)
            self._checkpoints.clear()
        self._write_down([jobid for jobid in self._jobs if jobid not in self.states])

    def forget_dropped(self) -> None:
        """Forget the jobs that were planned and that a checkpoint took out of the DAG."""
        for jobid in self.pending():
            if jobid not in self._jobs:
                del self.states[jobid]

    def pending(self) -> tuple[int, ...]:
        """Return the ids of the jobs that are planned and have not begun."""
        return tuple(sorted(jobid for jobid, state in self.states.items() if state is State.PENDING))

    def _write_down(self, jobids: list[int]) -> None:
        """Write the jobs that are to run in short, those that are up to date in full."""
        live.forget_cached_records(self.workflow)
        for start in range(0, len(jobids), CHUNK):
            planned = tuple(self._planned(jobids[start : start + CHUNK]))
            if planned:
                self._write(JobsPlanned(jobs=planned))

    def _planned(self, jobids: list[int]) -> Iterator[PlannedJob]:
        dag = self.workflow.dag
        for jobid in jobids:
            job = self._jobs[jobid]
            if live.needs_run(dag, job):
                self.states[jobid] = State.PENDING
                yield snapshot.planned(job, jobid, live.upstream(dag, job))
            else:
                self._up_to_date(jobid, job)

    def _up_to_date(self, jobid: int, job: Any) -> None:
        self.states[jobid] = State.UP_TO_DATE
        seen = snapshot.job_seen(
            job,
            jobid,
            self._redactor,
            upstream=live.upstream(self.workflow.dag, job),
            revealed_by=self.revealed_by.get(jobid, ()),
            executed=False,
            evaluate_params=self.evaluate_params,
        )
        started, ended = live.recorded_times(self.workflow, job)
        self._write(JobKnown(job=seen, started=started, ended=ended))
        self._beside.files(job.input, seen.inputs, later=True)
        self._beside.files(job.output, seen.outputs, later=True)
