"""What recording a very large run adds to the memory of Snakemake, and the CPU that it takes for each job.

A real run of 100,000 jobs takes hours. So the recorder is driven by the events of a made-up one: jobs and their DAG
are plain objects, files are not on disk (their states and digests are computed), everything else is the product. The
memory of the made-up DAG is there before the measurement begins and is not counted, as Snakemake's own would not be.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from logging import LogRecord
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from measure import Row, cost_of, parser, peak_mb, python, show
from synthetic import START

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.capture.session import Session
from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.observe.observer import Observer
from snakemake_heliport.records import RuleSeen, RunEnded, RunStarted, Signature, Slot
from snakemake_heliport.redaction import Redactor

TARGET_MB = 300
BATCH = 500
CHILD = "--measure"
RUN = "5e0a1f6e-6d5c-4a39-8f6b-0a7f3e0c9f11"


class Names(list[str]):
    """A named list as Snakemake keeps it, all of one name."""

    def _allitems(self) -> Iterator[tuple[str | None, str]]:
        return iter([("file", item) for item in self])


class Values(dict[str, object]):
    """Named values as Snakemake keeps them."""

    def _allitems(self) -> Iterator[tuple[str | None, object]]:
        return iter(self.items())


@dataclass(eq=False)
class Job:
    """What the recorder reads of a job with 3 inputs, 2 outputs and 5 params."""

    number: int
    rule: Any
    log: Names = field(default_factory=Names)
    benchmark: None = None
    threads: int = 1
    group: None = None
    _params: None = None

    @property
    def input(self) -> Names:
        return Names([f"data/raw/run_{self.number:06d}.h5", f"config/part_{self.number % 50}.yaml", "config/all.yaml"])

    @property
    def output(self) -> Names:
        return Names([f"results/S{self.number:06d}/table.csv", f"results/S{self.number:06d}/quality.json"])

    @property
    def params(self) -> Values:
        return Values((f"option_{number}", 0.25 * number + self.number) for number in range(5))

    @property
    def wildcards_dict(self) -> dict[str, str]:
        return {"sample": f"S{self.number:06d}"}

    @property
    def resources(self) -> dict[str, object]:
        return {"_cores": 1, "_nodes": 1, "tmpdir": "/tmp", "mem_mb": 1000}


class Dag:
    """A DAG of independent jobs."""

    def __init__(self, count: int) -> None:
        rule = SimpleNamespace(name="calibrate", script=None, notebook=None, is_checkpoint=False)
        self.jobs = [Job(number, rule) for number in range(count)]
        self.done: set[Job] = set()
        self.targetfiles = self.targetrules = frozenset(("all",))
        self.dependencies: dict[Job, tuple[Job, ...]] = dict.fromkeys(self.jobs, ())

    def jobid(self, job: Job) -> int:
        return job.number

    def needrun(self, job: Job) -> bool:
        return job not in self.done

    def finished(self, job: Job) -> bool:
        return job in self.done


def look(path: str) -> Signature:
    """Return a made-up state of a path."""
    return Signature(10_000 + len(path), int(START * 1e9) + len(path))


def hash_path(path: str, *_: object) -> str:
    """Return a made-up digest of a path."""
    return sha256(path.encode()).hexdigest()


def events(job: Job) -> tuple[LogRecord, LogRecord]:
    """Return what Snakemake logs when a job starts, and when it has ended."""
    started, ended = (LogRecord("snakemake", 20, "", 0, "", None, None) for _ in range(2))
    inputs, outputs = " ".join(job.input), " ".join(job.output)
    started.__dict__.update(
        jobid=job.number,
        shellcmd=f"python scripts/calibrate.py {inputs} {outputs}",
        rule_msg=None,
        priority=0,
        reason=f"Missing output files: {outputs}",
        local=False,
    )
    ended.__dict__.update(job_id=job.number)
    return started, ended


def record(session: Session, dag: Dag, observer: Observer) -> list[float]:
    """Send the events of all jobs; return the CPU seconds that a job took in each batch."""
    seconds = []
    for first in range(0, len(dag.jobs), BATCH):
        jobs = dag.jobs[first : first + BATCH]
        batch = [events(job) for job in jobs]
        begin = time.thread_time()
        for started, ended in batch:
            session.job_info(started)
            session.job_finished(ended)
        seconds.append((time.thread_time() - begin) / len(batch))
        dag.done.update(jobs)
        while observer._urgent:  # real jobs take longer than it takes to hash what they write
            time.sleep(0.01)
    return seconds


def measure(workdir: Path, jobs: int) -> dict[str, float]:
    """Record and assemble a run; return the memory before, at the end of the run and at the peak, and CPU seconds."""
    layout = Layout.of_workdir(workdir)
    layout.create()
    dag = Dag(jobs)
    before = peak_mb()
    journal = JournalWriter(layout.journal(RUN))
    journal.append(RunStarted(run=RUN, at=START, workdir=str(workdir), workdir_id="w", command="snakemake"))
    journal.append(RuleSeen(name="calibrate", inputs=(Slot("file"),), outputs=(Slot("file"),)))
    observer = Observer(journal.append)
    session = Session(journal.append, observer, Redactor(), time.time())
    session.plan.workflow = SimpleNamespace(dag=dag, touchrun=False, persistence=None)
    seconds = record(session, dag, observer)
    session.finish(START + jobs)
    observer.finish(600)
    journal.append(RunEnded(at=START + jobs, state=session.plan.states[0]))
    journal.close()
    recorded = peak_mb()
    fold(layout, hash_missing=False)
    return {"before": before, "recorded": recorded, "peak": peak_mb(), "low": min(seconds), "mid": median(seconds)}


def measured(jobs: int) -> Row:
    """Measure in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        found = json.loads(cost_of(python("memory.py", CHILD, name, jobs), Path(name)).output)
    return {
        "jobs": jobs,
        "added while it runs, MB": found["recorded"] - found["before"],
        "added by assembling it later, MB": found["peak"] - found["before"],
        "target, MB": TARGET_MB,
        "ratio": (found["recorded"] - found["before"]) / TARGET_MB,
        "events of a job, µs CPU, median": 1e6 * found["mid"],
        "least": 1e6 * found["low"],
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[10_000, 100_000])
    given = options.parse_args()
    rows = [measured(jobs) for jobs in sorted(given.jobs)]
    show("memory that a made-up run adds", rows, as_json=given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        with (
            patch("snakemake_heliport.capture.beside.look", look),
            patch("snakemake_heliport.capture.snapshot.look", look),
            patch("snakemake_heliport.observe.hashing.hash_path", hash_path),
        ):
            print(json.dumps(measure(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
