"""One run, from its first event to its last: turns log events and live objects into records."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from snakemake_heliport.capture import live, snapshot
from snakemake_heliport.capture.beside import Beside
from snakemake_heliport.capture.plan import Plan
from snakemake_heliport.capture.snapshot import Redactor
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.records import (
    AnyRecord,
    FileGone,
    FileRef,
    GroupSeen,
    JobEnded,
    JobStarted,
    JobSubmitted,
    State,
)

# Executors tell the scheduler's job id in a message only.
SUBMITTED = re.compile(r"[Jj]ob (?P<job>\S+) (?:has been submitted )?with \w+ jobid '?(?P<id>[^\s'.,]+)")
# The executors that run jobs in or beside this process.
HERE = frozenset(("local", "touch", "dryrun"))
CANCELLED = ("Terminating processes on user request", "Will exit after finishing currently running jobs")
FROM_CACHE = re.compile(r"^(?:Symlinking|Copying) output file (?P<path>.+) from cache", re.DOTALL)


@dataclass(slots=True)
class Attempt:
    """What must be remembered of a job while it runs."""

    number: int
    job: Any
    remote: bool
    outputs: tuple[FileRef, ...]
    records: tuple[FileRef, ...]
    error: str | None = None


class Session:
    """Records one run.

    Args:
        write: Appends a record to the journal.
        observer: Looks at files beside the run.
        redactor: Removes secrets before anything is written.
        started: When the run began, in seconds since the epoch.
    """

    def __init__(
        self, write: Callable[[AnyRecord], None], observer: Observer, redactor: Redactor, started: float
    ) -> None:
        self.started = started
        self.error: str | None = None
        self.cancelled = False
        self._write = write
        self._redactor = redactor
        self._beside = Beside(observer, redactor)
        self.plan = Plan(write, self._beside, redactor)
        self._attempts: dict[int, int] = {}
        # A job object keeps its whole neighbourhood alive, so only those that run are kept.
        self._open: dict[int, Attempt] = {}
        self._restored: set[str] = set()
        self._errors: dict[int | None, str] = {}
        self._ends_are_told = False

    @property
    def workflow(self) -> Any:
        """The live Workflow, once it can be reached."""
        return self.plan.workflow

    # events

    def job_info(self, record: logging.LogRecord) -> None:
        """A job (or the next attempt of one) starts."""
        if not self._ends_are_told:
            self._notice_ends(record.created)
        jobid = int(record.jobid)  # type: ignore[attr-defined]
        if jobid in self._open:
            self._end(jobid, State.FAILED, record.created, late=True)
        self._start(jobid, record.created, record)

    def _start(self, jobid: int, at: float, record: logging.LogRecord | None) -> None:
        job = self.plan.job(jobid)
        number = self._attempts.get(jobid, 0) + 1
        seen = snapshot.job_seen(
            job,
            jobid,
            self._redactor,
            started=record,
            upstream=live.upstream(self.workflow.dag, job),
            revealed_by=self.plan.revealed_by.get(jobid, ()),
            executed=True,
        )
        self._write(JobStarted(at=at, attempt=number, job=seen))
        records = seen.log if seen.benchmark is None else (*seen.log, seen.benchmark)
        self._attempts[jobid] = number
        remote = not seen.local and live.executor_name(self.workflow) not in HERE
        self._open[jobid] = Attempt(number, job, remote, seen.outputs, records)
        self.plan.states[jobid] = State.RUNNING
        self._beside.files(job.input, seen.inputs)
        self._beside.software(seen)

    def job_finished(self, record: logging.LogRecord) -> None:
        """A job ended well; its temporary files still exist at this moment."""
        self._ends_are_told = True
        jobid = int(record.job_id)  # type: ignore[attr-defined]
        if self._is_open(jobid, record.created):
            self._end(jobid, State.FINISHED, record.created)

    def job_error(self, record: logging.LogRecord) -> None:
        """A job failed, or was killed with the run."""
        jobid = int(record.jobid)  # type: ignore[attr-defined]
        if not self._is_open(jobid, record.created):
            return
        error = self._errors.pop(record.thread, None) or getattr(record, "rule_msg", None)
        external = (getattr(record, "aux", None) or {}).get("external_jobid")
        if external:
            self._write(JobSubmitted(external_id=str(external), jobid=jobid))
        self._open[jobid].error = error
        self._end(jobid, State.INTERRUPTED if self.cancelled else State.FAILED, record.created)

    def _is_open(self, jobid: int, at: float) -> bool:
        """Return whether a job runs; one whose executor never announced its start is begun now."""
        if jobid not in self._open and self.plan.states.get(jobid) is State.PENDING:
            self._start(jobid, at, None)
        return jobid in self._open

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
        self.plan.learn()
        self.plan.forget_dropped()
        self._beside.shared_emissions(self.started)
        for path in self._beside.gone():
            self._write(FileGone(path=path, at=at))
        return self._outcome(complete=live.is_built(self.workflow.dag) and not self.plan.pending())

    def _outcome(self, *, complete: bool) -> State:
        states = set(self.plan.states.values())
        if self.cancelled or State.INTERRUPTED in states:
            return State.INTERRUPTED
        if State.FAILED in states or (self.error and not complete):
            return State.FAILED
        return State.FINISHED if complete else State.INTERRUPTED

    # jobs

    def _notice_ends(self, at: float) -> None:
        """Under `--quiet progress` no job is ever said to have finished; the DAG knows."""
        for jobid, attempt in tuple(self._open.items()):
            if live.is_finished(self.workflow.dag, attempt.job):
                self._end(jobid, State.FINISHED, at, late=True)

    def _end(self, jobid: int, state: State, at: float, *, late: bool = False) -> None:
        attempt = self._open.pop(jobid)
        if state is State.FINISHED and live.is_touch_run(self.workflow):
            state = State.TOUCHED
        outputs, records = self._beside.after(attempt.outputs), self._beside.after(attempt.records)
        self._write(
            JobEnded(
                at=at,
                jobid=jobid,
                attempt=attempt.number,
                state=state,
                outputs=outputs,
                records=records,
                error=attempt.error,
                late=late or attempt.remote,  # a cluster is asked for states every few seconds
                from_cache=any(ref.path in self._restored for ref in attempt.outputs),
            )
        )
        self.plan.states[jobid] = state
        if state in (State.FINISHED, State.TOUCHED):
            self._beside.files(attempt.job.output, outputs)
        if state is State.FINISHED and attempt.job.rule.is_checkpoint:
            self.plan.checkpoint_ended(jobid)
        self._beside.records(jobid, attempt.number, records)
        self._beside.emissions(jobid, attempt.number, outputs)
