"""What lies beside the jobs of a run: their files, logs, benchmarks, scripts and environments, looked at in threads."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from snakemake_heliport.capture import live
from snakemake_heliport.capture.context import modules_seen, source_seen
from snakemake_heliport.capture.snapshot import BENCHMARK, Redactor
from snakemake_heliport.observe.hashing import look
from snakemake_heliport.observe.modules import Module, Modules, folders_of_script, is_python
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.observe.readers import read_benchmark, read_conda_packages, read_emissions, read_log_tail
from snakemake_heliport.records import (
    STREAMS,
    AnyRecord,
    BenchmarkSeen,
    EmissionsSeen,
    EnvironmentSeen,
    FileRef,
    JobSeen,
    LogSeen,
)

VANISHING = STREAMS | {"temp"}
EMISSIONS_FILE = "emissions.csv"
EMISSIONS_NAME = re.compile(r"emissions.*\.csv")


class Beside:
    """Says what to look at; the observer does the looking."""

    def __init__(self, observer: Observer, redactor: Redactor) -> None:
        self._observer = observer
        self._modules = Modules(os.getcwd())
        self._redactor = redactor
        self._described: set[str] = set()
        self._vanishing: set[str] = set()

    def files(self, names: Any, refs: tuple[FileRef, ...], *, later: bool = False) -> None:
        """Have the files of a job hashed in the states in which they were seen."""
        for (_, file), ref in zip(live.files(names), refs, strict=True):
            if ref.seen is not None:
                vanishing = not VANISHING.isdisjoint(ref.flags) or ref.path in self._vanishing
                self._observer.file(str(file), ref.seen, name=ref.path, vanishing=vanishing, later=later)

    def software(self, job: JobSeen) -> None:
        """Have the script of a job, with the modules that it imports, and its environment read, once each."""
        if job.source and job.source not in self._described:
            workdir = os.getcwd()
            self._once(job.source, partial(source_seen, job.source, "script", workdir, part_of_workflow=False))
            if is_python(job.source):
                find = partial(self._imported, os.path.join(workdir, job.source), workdir, live.search_path(), job)
                self._observer.submit(partial(modules_seen, job.source, workdir, find))
        if job.conda_prefix:
            self._once(job.conda_prefix, partial(_environment, job.conda or job.conda_prefix, job.conda_prefix))

    def after(self, refs: Iterable[FileRef]) -> tuple[FileRef, ...]:
        """Return files of a job in the states in which it left them."""
        return tuple(self._after(ref) for ref in refs)

    def records(self, jobid: int, attempt: int, refs: Iterable[FileRef]) -> None:
        """Have the logs and the benchmark file that an attempt left read."""
        for ref in refs:
            if ref.seen is not None and ref.seen.size >= 0:
                self._observer.file(ref.path, ref.seen)
                read = self._benchmark if ref.slot == BENCHMARK else self._log
                self._observer.submit(partial(read, jobid, attempt, ref.path))

    def emissions(self, jobid: int, attempt: int, refs: Iterable[FileRef]) -> None:
        """Have the tables of CodeCarbon among the outputs of an attempt read."""
        for ref in refs:
            if (
                ref.seen is not None
                and os.path.basename(ref.path).startswith("emissions")
                and ref.path.endswith(".csv")
            ):
                self._observer.submit(partial(_emissions, ref.path, jobid, attempt))

    def shared_emissions(self, since: float) -> None:
        """Have the table that CodeCarbon makes where it is told of no other read, if it was written since a time."""
        seen = look(EMISSIONS_FILE)
        if seen is not None and seen.mtime_ns / 1e9 >= since:
            self._observer.submit(partial(_emissions, EMISSIONS_FILE))

    def gone(self) -> list[str]:
        """Return the files that were to vanish, and did."""
        return [path for path in sorted(self._vanishing) if look(path) is None]

    def _after(self, ref: FileRef) -> FileRef:
        if VANISHING.intersection(ref.flags):
            self._vanishing.add(ref.path)
        seen = look(ref.path) if STREAMS.isdisjoint(ref.flags) else None
        return FileRef(ref.slot, ref.path, ref.flags, seen, ref.uri)

    def _benchmark(self, jobid: int, attempt: int, path: str) -> BenchmarkSeen:
        return BenchmarkSeen(jobid=jobid, attempt=attempt, path=path, rows=read_benchmark(path))

    def _log(self, jobid: int, attempt: int, path: str) -> LogSeen:
        tail = self._redactor.text(read_log_tail(path))
        return LogSeen(jobid=jobid, attempt=attempt, path=path, tail=tail)

    def _imported(self, script: str, workdir: str, path: Sequence[str], job: JobSeen) -> list[Module]:
        named = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
        folders = folders_of_script(
            script,
            path,
            named,
            workdir,
            prefix=job.conda_prefix,
            contained=job.container is not None,
            libraries=live.own_folders(),
        )
        return self._modules.of(script, folders)

    def _once(self, path: str, task: Callable[[], AnyRecord]) -> None:
        if path not in self._described:
            self._described.add(path)
            self._observer.submit(task)


def _emissions(path: str, jobid: int | None = None, attempt: int = 0) -> EmissionsSeen | None:
    rows = read_emissions(path)
    return EmissionsSeen(path=path, rows=rows, jobid=jobid, attempt=attempt) if rows else None


def _environment(spec: str, prefix: str) -> EnvironmentSeen:
    return EnvironmentSeen(spec=spec, prefix=prefix, packages=read_conda_packages(prefix))
