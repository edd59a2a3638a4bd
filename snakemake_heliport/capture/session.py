"""One run, from its first event to its last: turns log events and live objects into records."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from snakemake_heliport.capture import live, snapshot
from snakemake_heliport.capture.context import source_seen
from snakemake_heliport.capture.snapshot import BENCHMARK, Redactor
from snakemake_heliport.observe.hashing import look
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.observe.readers import read_benchmark, read_conda_packages, read_log_tail
from snakemake_heliport.records import (
    AnyRecord,
    BenchmarkSeen,
    EnvironmentSeen,
    FileGone,
    FileRef,
    GroupSeen,
    JobEnded,
    JobKnown,
    JobsPlanned,
    JobStarted,
    JobSubmitted,
    LogSeen,
    PlannedJob,
    State,
)

PLAN_CHUNK = 500
VANISHING = frozenset(("temp", "pipe", "service"))
# Executors tell the scheduler's job id in a message only.
SUBMITTED = re.compile(
    r"[Jj]ob (?P<job>\S+) (?:has been submitted )?with (?:external|SLURM|\w+) jobid '?(?P<id>[^\s'.,]+)"
)
CANCELLED = ("Terminating processes on user request", "Will exit after finishing currently running jobs")
FROM_CACHE = re.compile(r"^(?:Symlinking|Copying) output file (?P<path>.+) from cache", re.DOTALL)


@dataclass(slots=True)
class Attempt:
    """What must be remembered of a job while it runs."""

    number: int
    job: Any
    outputs: tuple[FileRef, ...]
    records: tuple[FileRef, ...]
    error: str | None = None


class Session:
    """Records one run.

    Args:
        write: Appends a record to the journal.
        observer: Names file contents beside the run.
        redactor: Removes secrets before anything is written.
    """

    def __init__(self, write: Callable[[AnyRecord], None], observer: Observer, redactor: Redactor) -> None:
        self.workflow: Any = None
        self.evaluate_params = False
        self.states: dict[int, State] = {}
        self.error: str | None = None
        self.cancelled = False
        self._write = write
        self._observer = observer
        self._redactor = redactor
        self._by_id: dict[int, Any] = {}
        self._attempts: dict[int, int] = {}
        # A job object keeps its whole neighbourhood alive, so only those that run are kept.
        self._open: dict[int, Attempt] = {}
        self._checkpoints: list[int] = []
        self._revealed_by: dict[int, tuple[int, ...]] = {}
        self._restored: set[str] = set()
        self._vanishing: set[str] = set()
        self._described: set[str] = set()
        self._errors: dict[int | None, str] = {}
        self._ends_are_told = False

    # events

    def job_info(self, record: logging.LogRecord) -> None:
        """A job (or the next attempt of one) starts."""
        if not self._ends_are_told:
            self._notice_ends(record.created)
        jobid = int(record.jobid)  # type: ignore[attr-defined]
        job = self._job(jobid)
        if jobid in self._open:
            self._end(jobid, State.FAILED, record.created, late=True)
        number = self._attempts.get(jobid, 0) + 1
        seen = snapshot.job_seen(
            job,
            jobid,
            self._redactor,
            started=record,
            upstream=live.upstream(self.workflow.dag, job),
            revealed_by=self._revealed_by.get(jobid, ()),
            executed=True,
        )
        self._write(JobStarted(at=record.created, attempt=number, job=seen))
        records = seen.log if seen.benchmark is None else (*seen.log, seen.benchmark)
        self._attempts[jobid] = number
        self._open[jobid] = Attempt(number, job, seen.outputs, records)
        self.states[jobid] = State.RUNNING
        self._look_at(job.input, seen.inputs)
        if seen.source:
            self._once(seen.source, partial(source_seen, seen.source, "script", os.getcwd(), part_of_workflow=False))
        if seen.conda_prefix:
            self._once(seen.conda_prefix, partial(_environment, seen.conda or seen.conda_prefix, seen.conda_prefix))

    def job_finished(self, record: logging.LogRecord) -> None:
        """A job ended well; its temporary files still exist at this moment."""
        self._ends_are_told = True
        jobid = int(record.job_id)  # type: ignore[attr-defined]
        if jobid in self._open:
            self._end(jobid, State.FINISHED, record.created)

    def job_error(self, record: logging.LogRecord) -> None:
        """A job failed, or was killed with the run."""
        jobid = int(record.jobid)  # type: ignore[attr-defined]
        if jobid not in self._open:
            return
        error = self._errors.pop(record.thread, None) or getattr(record, "rule_msg", None)
        external = (getattr(record, "aux", None) or {}).get("external_jobid")
        if external:
            self._write(JobSubmitted(external_id=str(external), jobid=jobid))
        self._open[jobid].error = error
        self._end(jobid, State.INTERRUPTED if self.cancelled else State.FAILED, record.created)

    def group_info(self, record: logging.LogRecord) -> None:
        """Several jobs are submitted as one."""
        dag = self.workflow.dag
        members = tuple(record.jobs)  # type: ignore[attr-defined]
        name = str(record.group_id)  # type: ignore[attr-defined]
        group = live.group_id(dag, members[0]) or name
        self._write(GroupSeen(group=group, name=name, jobs=tuple(sorted(live.jobid(dag, job) for job in members))))

    def error_event(self, record: logging.LogRecord) -> None:
        """An error of the run, or of the job whose JOB_ERROR follows from the same thread."""
        text = self._redactor.text(str(record.getMessage() or getattr(record, "exception", "") or ""))
        if text and text != "None":
            self._errors[record.thread] = text
            self.error = text

    def message(self, record: logging.LogRecord) -> None:
        """A plain message: some facts are told in no other way."""
        text = record.msg
        if not isinstance(text, str):
            return
        if "jobid" in text:
            found = SUBMITTED.search(text)
            if found:
                job = found["job"]
                number = int(job) if job.isdigit() else None
                self._write(JobSubmitted(external_id=found["id"], jobid=number, group=None if job.isdigit() else job))
        elif text.startswith(CANCELLED):
            self.cancelled = True
        elif "from cache" in text:
            found = FROM_CACHE.match(text)
            if found:
                self._restored.add(found["path"])

    # the end

    def finish(self, at: float) -> State:
        """Settle every job and return what became of the run."""
        if self.workflow is None or live.dag(self.workflow) is None:
            return self._outcome(complete=False)
        failed = live.failed_jobs(self.workflow)
        for jobid in sorted(self._open):
            job = self._open[jobid].job
            if job in failed:
                self._end(jobid, State.FAILED, at, late=True)
            elif live.is_finished(self.workflow.dag, job):
                self._end(jobid, State.FINISHED, at, late=True)
            else:
                self._end(jobid, State.INTERRUPTED, at, late=True)
        self._index()
        for jobid in self.pending():
            if jobid not in self._by_id:  # a checkpoint took it out of the DAG
                del self.states[jobid]
        for path in sorted(self._vanishing):
            if look(path) is None:
                self._write(FileGone(path=path, at=at))
        complete = live.is_built(self.workflow.dag) and State.PENDING not in self.states.values()
        return self._outcome(complete=complete)

    def pending(self) -> tuple[int, ...]:
        """Return the ids of the jobs that are planned and have not begun."""
        return tuple(sorted(jobid for jobid, state in self.states.items() if state is State.PENDING))

    def _outcome(self, *, complete: bool) -> State:
        states = set(self.states.values())
        if self.cancelled or State.INTERRUPTED in states:
            return State.INTERRUPTED
        if State.FAILED in states or (self.error and not complete):
            return State.FAILED
        return State.FINISHED if complete else State.INTERRUPTED

    # jobs

    def _job(self, jobid: int) -> Any:
        dag = self.workflow.dag
        job = self._by_id.get(jobid)
        if job is None or not live.is_current(dag, job, jobid):
            self._index()
            job = self._by_id[jobid]
        return job

    def _index(self) -> None:
        """Learn the jobs of the DAG; those that are new, or made anew, since a checkpoint ended came of it."""
        known = self._by_id
        self._by_id = live.jobs_by_id(self.workflow.dag)
        if self._checkpoints:
            came_of = tuple(sorted(set(self._checkpoints)))
            new = (jobid for jobid, job in self._by_id.items() if known.get(jobid) is not job)
            self._revealed_by.update((jobid, came_of) for jobid in new)
            self._checkpoints.clear()
        self._plan([jobid for jobid in self._by_id if jobid not in self.states])

    def _plan(self, jobids: list[int]) -> None:
        """Write down the jobs that have not been met before: those to run in short, those up to date in full."""
        live.forget_cached_records(self.workflow)
        for start in range(0, len(jobids), PLAN_CHUNK):
            planned = tuple(self._planned(jobids[start : start + PLAN_CHUNK]))
            if planned:
                self._write(JobsPlanned(jobs=planned))

    def _planned(self, jobids: list[int]) -> Iterator[PlannedJob]:
        dag = self.workflow.dag
        for jobid in jobids:
            job = self._by_id[jobid]
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
            revealed_by=self._revealed_by.get(jobid, ()),
            executed=False,
            evaluate_params=self.evaluate_params,
        )
        started, ended = live.recorded_times(self.workflow, job)
        self._write(JobKnown(job=seen, started=started, ended=ended))
        self._look_at(job.input, seen.inputs, later=True)
        self._look_at(job.output, seen.outputs, later=True)

    def _notice_ends(self, at: float) -> None:
        """Under `--quiet progress` no job is ever said to have finished; the DAG knows."""
        for jobid, attempt in tuple(self._open.items()):
            if live.is_finished(self.workflow.dag, attempt.job):
                self._end(jobid, State.FINISHED, at, late=True)

    def _end(self, jobid: int, state: State, at: float, *, late: bool = False) -> None:
        attempt = self._open.pop(jobid)
        if state is State.FINISHED and live.is_touch_run(self.workflow):
            state = State.TOUCHED
        outputs = tuple(self._after(ref) for ref in attempt.outputs)
        records = tuple(self._after(ref) for ref in attempt.records)
        self._write(
            JobEnded(
                at=at,
                jobid=jobid,
                attempt=attempt.number,
                state=state,
                outputs=outputs,
                records=records,
                error=attempt.error,
                late=late,
                from_cache=any(ref.path in self._restored for ref in attempt.outputs),
            )
        )
        self.states[jobid] = state
        if state in (State.FINISHED, State.TOUCHED):
            self._look_at(attempt.job.output, outputs)
        if state is State.FINISHED and attempt.job.rule.is_checkpoint:
            self._checkpoints.append(jobid)
        self._read_records(jobid, attempt.number, records)

    def _after(self, ref: FileRef) -> FileRef:
        if VANISHING.intersection(ref.flags):
            self._vanishing.add(ref.path)
        seen = None if "pipe" in ref.flags or "service" in ref.flags else look(ref.path)
        return FileRef(ref.slot, ref.path, ref.flags, seen, ref.uri)

    # what lies beside a job

    def _look_at(self, names: Any, refs: tuple[FileRef, ...], *, later: bool = False) -> None:
        for (_, file), ref in zip(live.files(names), refs, strict=True):
            if ref.seen is not None:
                vanishing = not VANISHING.isdisjoint(ref.flags) or ref.path in self._vanishing
                self._observer.file(str(file), ref.seen, name=ref.path, vanishing=vanishing, later=later)

    def _read_records(self, jobid: int, attempt: int, records: tuple[FileRef, ...]) -> None:
        for ref in records:
            if ref.seen is None or ref.seen.size < 0:
                continue
            self._observer.file(ref.path, ref.seen)
            read = self._benchmark if ref.slot == BENCHMARK else self._log
            self._observer.submit(partial(read, jobid, attempt, ref.path))

    def _benchmark(self, jobid: int, attempt: int, path: str) -> BenchmarkSeen:
        return BenchmarkSeen(jobid=jobid, attempt=attempt, path=path, rows=read_benchmark(path))

    def _log(self, jobid: int, attempt: int, path: str) -> LogSeen:
        tail = self._redactor.text(read_log_tail(path))
        return LogSeen(jobid=jobid, attempt=attempt, path=path, tail=tail)

    def _once(self, path: str, task: Callable[[], AnyRecord]) -> None:
        if path not in self._described:
            self._described.add(path)
            self._observer.submit(task)


def _environment(spec: str, prefix: str) -> EnvironmentSeen:
    return EnvironmentSeen(spec=spec, prefix=prefix, packages=read_conda_packages(prefix))
