"""The record of one run while it is open: its journal, its observer, and the session that fills them."""

import getpass
import os
import platform
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from logging import LogRecord
from pathlib import Path
from typing import Any

import snakemake_heliport
from snakemake_heliport.capture import live
from snakemake_heliport.capture.context import CONFIG, Annotations, Description, annotations_of
from snakemake_heliport.capture.environment import JobEnvironment
from snakemake_heliport.capture.session import Session
from snakemake_heliport.identity import minted, pseudonym
from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.kept_code import KeptCode
from snakemake_heliport.layout import Layout
from snakemake_heliport.observe.hashing import HashCache
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.observe.readers import running_python
from snakemake_heliport.pending import TRACKING_URI, Pending, forget, remember, without_credentials, without_password
from snakemake_heliport.records import AnyRecord, Lost, ModulesSeen, RunEnded, RunStarted, SendTo, SourceSeen, State
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.servers import servers_of
from snakemake_heliport.settings import People, Settings

HANDLERS: Mapping[str, Callable[[Session, LogRecord], None]] = {
    "job_info": Session.job_info,
    "job_finished": Session.job_finished,
    "job_error": Session.job_error,
    "group_info": Session.group_info,
}


# What Snakemake's own records cannot tell afterwards.
GAPS = (
    "attempts, failures and interrupted jobs",
    "checkpoint jobs, and which jobs came of them",
    "command line, user, host and versions of the run that made the result",
    "requested resources, reasons and messages of jobs",
    "temporary files that are gone",
    "params are evaluated anew; inputs are taken in the state in which they are now",
    "start times of run: rules and cluster jobs, which Snakemake records wrongly",
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to: its id and state, its jobs by state, and how many files wait to be hashed."""

    run: str
    state: State
    jobs: Mapping[State, int]
    undone: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What a recording stands in: the folder, the settings in force, the annotations, the redactor."""

    layout: Layout
    settings: Settings
    annotations: Annotations
    redactor: Redactor

    @classmethod
    def of(cls, workflow: Any | None, flags: Mapping[str, Any], problem: Callable[[str], None]) -> "Frame":
        """Make the frame of a run in the current directory.

        Raises:
            OSError: `.heliport/` cannot be written here.
            RedactionError: A pattern of what must not be written is no regular expression; recording would be unsafe.
        """
        layout = Layout.of_workdir(Path.cwd())
        annotations = annotations_of(layout.workdir, workflow, lambda what: problem(Redactor().text(what)))
        settings = Settings().over(annotations.settings, "heliport.yaml", problem)
        settings = settings.over(flags, "flag or profile", problem)
        redactor = Redactor(settings.redact, home=os.path.expanduser("~"))
        layout.create()
        if settings.upload and not servers_of(settings, annotations.servers):
            problem("the run is not sent anywhere: name a server with --logger-heliport-url, or in heliport.yaml")
        layout.note_store(settings.store and without_password(settings.store))
        return cls(layout, settings, annotations, redactor)

    @property
    def send_to(self) -> tuple[SendTo, ...]:
        """The servers that the run is sent to."""
        return servers_of(self.settings, self.annotations.servers) if self.settings.upload else ()


class Recording:
    """Records one run; `begin` opens one when a workflow starts, `reconstruct` writes one of a finished result.

    Args:
        start: What is known of the run at its start.
        problem: Takes one sentence for anything that could not be recorded.

    Raises:
        OSError: The journal cannot be written.
        RedactionError: A pattern of the user's is no regular expression.
    """

    def __init__(self, frame: "Frame", start: RunStarted, problem: Callable[[str], None]) -> None:
        self.layout = frame.layout
        self.settings = frame.settings
        self._annotations = frame.annotations
        self._redactor = frame.redactor
        self._problem = problem
        self._start = start
        self._environment: JobEnvironment | None = None
        # Whoever uses Snakemake's API says only with the executor that the run is a dry one.
        self.is_plan = False
        self.journal = JournalWriter(self.layout.journal(start.run))
        self._code = KeptCode(self.layout.code)
        self._observer = Observer(
            self._observed,
            sync=self.journal.sync,
            limit=self.settings.max_hash_size,
            cache=HashCache(self.layout.hashes),
            failed=problem,
        )
        self._session = Session(self.journal.append, self._observer, self._redactor, start.at)
        self.journal.append(start)

    @classmethod
    def begin(cls, started: LogRecord, flags: Mapping[str, Any], problem: Callable[[str], None]) -> "Recording":
        """Open the record of the run whose WORKFLOW_STARTED this is.

        Args:
            flags: The plugin's settings as given on the command line or in a profile.
        """
        frame = Frame.of(live.live_workflow(), flags, problem)
        people, realm = frame.settings.people, frame.layout.workdir_id()
        run = str(started.workflow_id)  # type: ignore[attr-defined]
        environment = JobEnvironment(run, frame.layout.root, problem)
        environment.enter()
        start = RunStarted(
            run=run,
            at=started.created,
            workdir=frame.redactor.text(str(frame.layout.workdir)),
            workdir_id=realm,
            command=frame.redactor.text(live.command_line()),
            user=_called(people, "user", getpass.getuser, realm),
            host=_called(people, "host", socket.gethostname, realm),
            pid=os.getpid(),
            snakemake_version=live.snakemake_version(),
            python_version=running_python(),
            plugin_version=snakemake_heliport.__version__,
            platform=platform.platform(),
            visibility=frame.settings.visibility,
            max_hash_size=frame.settings.max_hash_size,
            tags_jobs=environment.names_run,
            estimate_power=frame.settings.estimate_power,
            send_to=frame.send_to,
        )
        recording = cls(frame, start, problem)
        recording._environment = environment
        recording._remember_to_import()
        return recording

    @classmethod
    def reconstruct(cls, dag: Any, problem: Callable[[str], None]) -> "tuple[Recording, Ended]":
        """Write the record of a finished result from Snakemake's own records; the same result gives the same run."""
        workflow = live.workflow_of(dag)
        frame = Frame.of(workflow, {}, problem)
        times = {live.jobid(dag, job): live.recorded_times(workflow, job) for job in live.jobs(dag)}
        known = [at for pair in times.values() for at in pair if at is not None]
        realm = frame.layout.workdir_id()
        products = sorted(f"{path} {times[live.jobid(dag, job)]}" for job in live.jobs(dag) for path in job.output)
        run = minted("reconstructed", realm, *products).removeprefix("urn:uuid:")
        start = RunStarted(
            run=run,
            at=min(known, default=0.0),
            workdir=frame.redactor.text(str(frame.layout.workdir)),
            workdir_id=realm,
            command="",
            plugin_version=snakemake_heliport.__version__,
            reconstructed=True,
            visibility=frame.settings.visibility,
            max_hash_size=frame.settings.max_hash_size,
            gaps=GAPS,
        )
        frame.layout.journal(run).unlink(missing_ok=True)
        recording = cls(frame, start, problem)
        recording._session.plan.evaluate_params = True
        recording._describe(workflow)
        return recording, recording.end(max(known, default=0.0))

    def _observed(self, record: AnyRecord) -> None:
        """Take what was found beside the run, and keep the text of what is code."""
        self.journal.append(record)
        match record:
            case SourceSeen():
                self._keep(record)
            case ModulesSeen():
                for module in record.modules:
                    self._keep(module)

    def _keep(self, source: SourceSeen) -> None:
        # Config files are told by their values. Where there is no room for a text, its digest tells that it changed.
        if source.sha256 is not None and source.role != CONFIG:
            with suppress(OSError):
                self._code.keep(self.layout.workdir / source.path, source.sha256, self._redactor.text)

    def observe(self, event: str | None, record: LogRecord) -> None:
        """Take one log record."""
        session = self._session
        if event is None:
            session.message(record)
            return
        if session.workflow is None:
            self._describe(live.live_workflow())
        if event == "error":
            session.error_event(record)
        elif event in HANDLERS and session.workflow is not None:
            HANDLERS[event](session, record)

    def _remember_to_import(self) -> None:
        """Note that training runs are to be imported, now: a run that is killed cannot say so any more."""
        settings, inherited = self.settings, os.environ.get(TRACKING_URI)
        pending = Pending(
            self._start.run,
            setting=settings.mlflow and ",".join(map(without_credentials, settings.mlflow.split(","))),
            inherited=inherited and without_credentials(inherited),
            people=settings.people,
        )
        try:
            remember(self.layout, pending)
        except OSError as error:
            self._problem(f"training runs will not be imported by themselves: {error}")

    def _free_environment(self) -> None:
        if self._environment is not None:
            self._environment.leave()

    def discard(self) -> None:
        """Leave no trace of the recording."""
        self._free_environment()
        forget(self.layout, self._start.run)
        self._observer.finish(0.0)
        self.journal.close()
        self.journal.path.unlink(missing_ok=True)

    def lost(self, what: str) -> None:
        """Write down that something could not be recorded."""
        self.journal.append(Lost(at=time.time(), what=what))

    def _describe(self, workflow: Any | None) -> None:
        """Write what the workflow itself says, once: at the first event after the start, when all of it is known."""
        if workflow is not None:
            self._session.plan.workflow = workflow
            self.is_plan = live.is_dry_run(workflow)
            described = Description(workflow, self._start, self._annotations, self._redactor)
            described.write(self.journal.append, self._observer, self._problem)

    def end(self, at: float | None = None) -> Ended:
        """Settle all jobs, wait for the hashing a bounded time, and close the journal.

        Args:
            at: When the run ended; now, if not given.
        """
        session = self._session
        self._free_environment()
        try:
            if session.workflow is None:
                self._describe(live.live_workflow())
            state = session.finish(time.time() if at is None else at)
        except Exception as error:  # noqa: BLE001 (one odd job must not cost the end of the record)
            self._problem(f"end of run: {type(error).__name__}: {error}")
            state = State.INTERRUPTED
        undone = self._wait()
        self.journal.append(
            RunEnded(
                at=at or time.time(),
                state=state,
                pending=session.plan.pending(),
                error=None if state is State.FINISHED else session.error,
            )
        )
        dropped = self.journal.close()
        if dropped:
            self._problem(f"{dropped} records could not be written to {self.journal.path}")
        return Ended(self._start.run, state, Counter(session.plan.states.values()), undone)

    def _wait(self) -> int:
        try:
            return self._observer.finish(self.settings.hash_wait)
        except KeyboardInterrupt:
            # The user wants out; what is not hashed yet is done by the next command.
            return self._observer.finish(0.0)


def _called(people: People, kind: str, name: Callable[[], str], realm: str) -> str | None:
    if people is People.NONE:
        return None
    try:
        found = name()
    except (OSError, KeyError):
        return None
    return found if people is People.NAMED else pseudonym(kind, realm, found)
