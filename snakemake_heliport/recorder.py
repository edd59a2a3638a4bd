"""The recorder behind `--logger heliport`: listens, keeps one recording open at a time, and says how it went."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from logging import LogRecord
from typing import Any, NamedTuple

from snakemake_heliport.capture import live
from snakemake_heliport.capture.recording import Ended, Recording
from snakemake_heliport.capture.tap import Tap
from snakemake_heliport.exporting import export_at_end
from snakemake_heliport.layout import Layout
from snakemake_heliport.records import State
from snakemake_heliport.settings import Settings
from snakemake_heliport.uploading import upload_at_end, upload_in_background

MAX_PROBLEMS = 100
# Training runs are imported and the store is filled at the end of a run with up to so many jobs; else later.
FOLD_UP_TO = 1_000
# The closing line is about progress: whoever asks for less of that gets none of it.
QUIET = frozenset(("all", "progress"))
TRY_AGAIN = "`snakemake-heliport import mlflow` tries again"
WORDS = {
    State.FINISHED: "finished",
    State.FAILED: "failed",
    State.INTERRUPTED: "interrupted",
    State.TOUCHED: "touched",
    State.UP_TO_DATE: "up to date",
    State.PENDING: "not started",
}


class Trained(NamedTuple):
    """What came of importing training runs, in words: what was found, which store could not be read, what else not."""

    words: str | None = None
    failure: str | None = None
    problem: str | None = None


class Recorder:
    """Records the runs that one Snakemake process makes, one after the other.

    Args:
        flags: The plugin's settings as Snakemake parsed them, or None.
        output: Snakemake's output settings (quietness, dry run).
    """

    def __init__(self, flags: Any, output: Any) -> None:
        # A switch that is off says nothing either.
        given = vars(flags) if flags else {}
        self._flags = {name: value for name, value in given.items() if value is not None and value is not False}
        self._output = output
        self._problems: Counter[str] = Counter()
        self._tap = Tap(live.logger(), self._observe, self._failed)
        self._recording: Recording | None = None
        self._trained = Trained()
        self._told: list[str] = []
        self._sending: subprocess.Popen[bytes] | None = None
        self._dry_run = False

    def install(self) -> None:
        """Begin to listen to Snakemake's log."""
        self._tap.install()

    def close(self) -> None:
        """Stop listening, and end the run that is open."""
        self._tap.remove()
        self._end_run()

    def _observe(self, record: LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == "workflow_started":
            self._end_run()
            self._start_run(record)
        elif self._recording is not None:
            self._recording.observe(event, record)
            if self._recording.is_plan:
                self._recording.discard()
                self._recording, self._dry_run = None, True

    def _start_run(self, record: LogRecord) -> None:
        self._dry_run = live.is_dry_run(live.live_workflow()) or bool(getattr(self._output, "dryrun", False))
        if not self._dry_run:
            self._recording = Recording.begin(record, self._flags, self._problem)
            self._send_what_waits(self._recording)

    def _send_what_waits(self, recording: Recording) -> None:
        if recording.settings.upload:
            try:
                self._sending = upload_in_background(recording.layout, recording.settings)
            except OSError as error:
                self._failed("what waits to be sent", error)

    def _stop_sending(self) -> None:
        """Let the end of the run send what is left, which it has time for and tells about."""
        if self._sending is not None:
            self._sending.kill()
            self._sending.wait()
            self._sending = None

    def _end_run(self) -> None:
        ended = None
        if self._recording is not None:
            layout, settings = self._recording.layout, self._recording.settings
            try:
                ended = self._recording.end()
            finally:
                # What the recording remembers of its jobs is not needed any more, and assembly wants the memory.
                self._recording = None
            self._finish(layout, settings, ended)
        self._say(ended)
        self._dry_run = False
        self._trained = Trained()
        self._told.clear()
        self._problems.clear()

    def _finish(self, layout: Layout, settings: Settings, ended: Ended) -> None:
        """Do with the journal what the settings ask for."""
        try:
            # Of a large run, the next command does both.
            if sum(ended.jobs.values()) <= FOLD_UP_TO:
                self._import(layout, settings, ended)
                self._assemble(layout, settings.store, ended)
            if settings.export:
                self._tell("not exported", lambda: export_at_end(layout, ended.run, settings))
            if settings.upload:
                self._stop_sending()
                self._tell("not sent", lambda: upload_at_end(layout, ended.run, settings))
        except KeyboardInterrupt:
            # The user wants out: the journal is whole, and the next command does what is left.
            self._told.append("the rest is done by the next snakemake-heliport command")

    def _tell(self, failed: str, work: Callable[[], Iterable[str]]) -> None:
        """Do what can be done at any time later, too, and keep the sentences that it comes to."""
        try:
            self._told.extend(work())
        except Exception as error:  # noqa: BLE001 (the record is whole)
            self._told.append(f"{failed}: {type(error).__name__}: {error}")

    def _import(self, layout: Layout, settings: Settings, ended: Ended) -> None:
        try:
            self._trained = import_training_runs(layout, ended.run, settings)
        except Exception as error:  # noqa: BLE001 (the record of the workflow is whole without them)
            self._trained = Trained(failure=str(error))

    def _assemble(self, layout: Layout, store: str | None, ended: Ended) -> None:
        try:
            assemble(layout, store, ended)
        except Exception as error:  # noqa: BLE001 (the journal is whole; the next command assembles it)
            self._failed("the store will be filled by the next snakemake-heliport command", error)

    def _failed(self, what: str, error: Exception) -> None:
        self._problem(f"{what}: {type(error).__name__}: {error}")

    def _problem(self, what: str) -> None:
        what = " ".join(what.split())
        if what not in self._problems and len(self._problems) >= MAX_PROBLEMS:
            what = "further problems"
        self._problems[what] += 1
        if self._recording is not None and self._problems[what] == 1:
            self._recording.lost(what)

    def _say(self, ended: Ended | None) -> None:
        quiet = {str(getattr(item, "name", item)).lower() for item in getattr(self._output, "quiet", None) or ()}
        if "all" in quiet:
            return
        lines = [f"heliport: not recorded: {what}" for what in self._summary()]
        if self._trained.failure:
            lines.append(f"heliport: MLflow runs not imported: {self._trained.failure}; {TRY_AGAIN}")
        elif self._trained.problem:
            lines.append(f"heliport: of MLflow not all was imported: {self._trained.problem}")
        lines += [f"heliport: {sentence}" for sentence in self._told]
        if not quiet & QUIET:
            if ended is not None:
                lines.append(closing_line(ended, self._trained.words))
            elif self._dry_run:
                lines.append("heliport: dry run: a plan, not a run; nothing was recorded")
        for line in lines:
            try:
                print(line, file=sys.stderr)
            except (OSError, ValueError):
                return

    def _summary(self) -> Iterable[str]:
        """Return at most one line of what was not recorded."""
        if self._problems:
            first, count = next(iter(self._problems)), self._problems.total()
            yield first if count == 1 else f"{first} (and {count - 1} more; see `snakemake-heliport show latest`)"


def assemble(layout: Layout, store: str | None, ended: Ended) -> None:
    """Bring the store up to date with the journals, that of the run that has ended among them."""
    # The store is needed at the end of a run only; its libraries need not slow the start.
    from snakemake_heliport.assembly.fold import fold

    fold(layout, store, hash_missing=False, hashed=None if ended.undone else ended.run)


def import_training_runs(layout: Layout, run: str, settings: Settings) -> Trained:
    """Import what the jobs of a run have trained."""
    # Most runs train nothing, so this is loaded at the end of a run only.
    from snakemake_heliport.trackers.catching_up import import_at_end

    reply = import_at_end(layout, run, settings)
    if reply is None:
        return Trained()
    words = f"MLflow runs: {reply.found}, of jobs: {reply.linked}" if reply.found else None
    return Trained(words, _first_of(reply.failures), _first_of(reply.problems))


def _first_of(problems: Sequence[str]) -> str | None:
    if not problems:
        return None
    return problems[0] if len(problems) == 1 else f"{problems[0]} (and {len(problems) - 1} more)"


def reconstruct(dag: Any) -> str:
    """Import a finished result from Snakemake's own records, and return the line that says so."""
    problems: list[str] = []
    recording, ended = Recording.reconstruct(dag, problems.append)
    assemble(recording.layout, recording.settings.store, ended)
    lost = f"; not recorded: {problems[0]}" if problems else ""
    return f"{closing_line(ended)}; reconstructed: `show` names the gaps{lost}"


def closing_line(ended: Ended, trained: str | None = None) -> str:
    """Return the one line that tells what was recorded, where, and what shows it."""
    jobs = ", ".join(f"{ended.jobs[state]} {word}" for state, word in WORDS.items() if ended.jobs.get(state))
    told = "; ".join(filter(None, (str(ended.state), f"jobs: {jobs or 'none'}", trained)))
    later = f"; {ended.undone} files will be hashed by the next command" if ended.undone else ""
    return (
        f"heliport: recorded run {ended.run[:8]} ({told}) in .heliport/{later}; "
        f"show it: snakemake-heliport show {ended.run[:8]}"
    )
