"""Synthetic runs: journals of as many jobs as wanted, as the recorder writes them.

Each sample passes through three rules. A job has 3 inputs, 2 outputs and 5 params; all files are hashed.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.records import (
    AnyRecord,
    FileRef,
    FileSeen,
    JobEnded,
    JobSeen,
    JobsPlanned,
    JobStarted,
    Param,
    PlannedJob,
    RuleSeen,
    RunEnded,
    RunStarted,
    Signature,
    Slot,
    SourceSeen,
    State,
)

START = 1_790_000_000.0
RUN = "30a9b389-e3c4-4bcf-aec1-70ddc2a78eb1"
STEPS = ("calibrate", "train", "evaluate")
OUTPUTS = {"calibrate": ("table", "quality"), "train": ("model", "history"), "evaluate": ("scores", "figure")}
SUFFIXES = {"table": "csv", "quality": "json", "model": "pkl", "history": "csv", "scores": "json", "figure": "svg"}
PLANNED_AT_ONCE = 500
SETTINGS = "config/settings.yaml"
SNAKEFILE, SNAKEFILE_TEXT = "workflow/Snakefile", "Snakefile"


def write_journal(workdir: Path, jobs: int) -> Path:
    """Write the journal of a finished run into a working directory, and return its path."""
    layout = Layout.of_workdir(workdir)
    layout.create()
    journal = JournalWriter(layout.journal(RUN))
    for record in records(jobs):
        journal.append(record)
    journal.close()
    return journal.path


def write_files(workdir: Path, jobs: int) -> None:
    """Write what a run of so many jobs read and made, as files with holes of the recorded sizes and times.

    The recorded digests are not those of the holes: a file is not to be read where its size and time are as recorded.
    """
    for path in dict.fromkeys((SETTINGS, *(path for jobid in range(jobs) for path in _files(jobid)))):
        file, state = workdir / path, _state(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        os.truncate(file, state.size)
        os.utime(file, ns=(state.mtime_ns, state.mtime_ns))
    snakefile = workdir / SNAKEFILE
    snakefile.parent.mkdir(parents=True, exist_ok=True)
    snakefile.write_text(SNAKEFILE_TEXT, encoding="utf-8")


def _files(jobid: int) -> tuple[str, ...]:
    sample, position = divmod(jobid, len(STEPS))
    return (*_sources(sample, position), *(_path(sample, slot) for slot in OUTPUTS[STEPS[position]]))


def records(jobs: int) -> Iterator[AnyRecord]:
    """Yield the records of a run in the order in which they would be written."""
    yield RunStarted(
        run=RUN,
        at=START,
        workdir="/data/study",
        workdir_id="f2e03ed1-5aa9-4285-8a8a-c17a1c3cf1e3",
        command="snakemake --cores 8 --logger heliport",
        snakefile=SNAKEFILE,
        snakemake_version="9.27.1",
        executor="local",
    )
    yield SourceSeen(path=SNAKEFILE, role="snakefile", sha256=_digest(SNAKEFILE_TEXT), size=len(SNAKEFILE_TEXT))
    yield from map(_rule, STEPS)
    yield _seen(SETTINGS)
    for first in range(0, jobs, PLANNED_AT_ONCE):
        yield JobsPlanned(jobs=tuple(map(_planned, range(first, min(jobs, first + PLANNED_AT_ONCE)))))
    for jobid in range(jobs):
        yield from _job(jobid)
    yield RunEnded(at=START + jobs, state=State.FINISHED)


def _rule(step: str) -> RuleSeen:
    slots = ("first", "second", "settings")
    return RuleSeen(
        name=step,
        code=f"python scripts/{step}.py {{input}} {{output}}",
        snakefile=SNAKEFILE,
        inputs=tuple(Slot(name) for name in slots),
        outputs=tuple(Slot(name, f"results/{{sample}}/{name}.{SUFFIXES[name]}") for name in OUTPUTS[step]),
        params=tuple(f"option_{number}" for number in range(5)),
    )


def _job(jobid: int) -> Iterator[AnyRecord]:
    sample, position = divmod(jobid, len(STEPS))
    step, at = STEPS[position], START + jobid
    sources = _sources(sample, position)
    if position == 0:
        yield from map(_seen, sources)
    inputs = [*zip(("first", "second"), sources, strict=True), ("settings", SETTINGS)]
    outputs = [(slot, _path(sample, slot)) for slot in OUTPUTS[step]]
    planned = JobSeen(
        jobid=jobid,
        rule=step,
        wildcards={"sample": f"S{sample:06d}"},
        inputs=tuple(FileRef(slot, path, (), _state(path)) for slot, path in inputs),
        outputs=tuple(FileRef(slot, path) for slot, path in outputs),
        params=tuple(Param(f"option_{number}", number, 0.25 * number + jobid) for number in range(5)),
        threads=1,
        resources={"tmpdir": "/tmp", "mem_mb": 1000},
        reason="Missing output files: " + ", ".join(path for _, path in outputs),
        upstream=(jobid - 1,) if position else (),
        shell_command=f"python scripts/{step}.py {' '.join(path for _, path in (*inputs, *outputs))}",
    )
    yield JobStarted(at=at, attempt=1, job=planned)
    written = tuple(FileRef(slot, path, (), _state(path)) for slot, path in outputs)
    yield JobEnded(at=at + 0.5, jobid=jobid, attempt=1, state=State.FINISHED, outputs=written)
    for _, path in outputs:
        yield _seen(path)


def _planned(jobid: int) -> PlannedJob:
    sample, position = divmod(jobid, len(STEPS))
    inputs = (*_sources(sample, position), SETTINGS)
    outputs = tuple(_path(sample, slot) for slot in OUTPUTS[STEPS[position]])
    upstream = (jobid - 1,) if position else ()
    return PlannedJob(jobid, STEPS[position], {"sample": f"S{sample:06d}"}, inputs, outputs, upstream)


def _sources(sample: int, position: int) -> tuple[str, str]:
    if position == 0:
        return f"data/raw/run_{sample:06d}.h5", f"data/raw/run_{sample:06d}.json"
    first, second = OUTPUTS[STEPS[position - 1]]
    return _path(sample, first), _path(sample, second)


def _path(sample: int, slot: str) -> str:
    return f"results/S{sample:06d}/{slot}.{SUFFIXES[slot]}"


def _state(path: str) -> Signature:
    return Signature(10_000 + len(path), int(START * 1e9) + int(_digest(path)[:8], 16))


def _digest(path: str) -> str:
    return sha256(path.encode()).hexdigest()


def _seen(path: str) -> FileSeen:
    return FileSeen(path=path, seen=_state(path), sha256=_digest(path))
