"""What lies beside the jobs of a run: their files, logs, benchmarks, scripts and environments, looked at in threads."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from snakemake_heliport.capture import live
from snakemake_heliport.capture.context import source_seen
from snakemake_heliport.capture.snapshot import BENCHMARK, Redactor
from snakemake_heliport.observe.hashing import look
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.observe.readers import read_benchmark, read_conda_packages, read_log_tail
from snakemake_heliport.records import STREAMS, AnyRecord, BenchmarkSeen, EnvironmentSeen, FileRef, JobSeen, LogSeen

VANISHING = STREAMS | {"temp"}


class Beside:
    """Says what to look at; the observer does the looking."""

    def __init__(self, observer: Observer, redactor: Redactor) -> None:
        self._observer = observer
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
        """Have the script and the environment of a job read, once each."""
        if job.source:
            self._once(job.source, partial(source_seen, job.source, "script", os.getcwd(), part_of_workflow=False))
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

    def _once(self, path: str, task: Callable[[], AnyRecord]) -> None:
        if path not in self._described:
            self._described.add(path)
            self._observer.submit(task)


def _environment(spec: str, prefix: str) -> EnvironmentSeen:
    return EnvironmentSeen(spec=spec, prefix=prefix, packages=read_conda_packages(prefix))
