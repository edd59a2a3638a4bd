"""A run with all that a crate can tell: container, environment, benchmark, configuration, script, temporary file."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.records import (
    AnnotationsSeen,
    AnyRecord,
    BenchmarkSeen,
    ConfigValue,
    EnvironmentSeen,
    FileGone,
    FileRef,
    FileSeen,
    JobEnded,
    JobSeen,
    JobStarted,
    PackageRef,
    Param,
    RuleSeen,
    RunEnded,
    RunStarted,
    Signature,
    Slot,
    SourceSeen,
    State,
)

RUN = "3f2d1c5e-8a51-4a53-9c3e-0c9e4a6f2b10"
START = 1_790_000_000.0
ROOT = "/data/secret place/study"
IMAGE = "docker://quay.io/biocontainers/samtools:1.19"
SOURCES = {
    "Snakefile": ("snakefile", "# rules\n"),
    "scripts/fit.py": ("script", "print('fit')\n"),
    "envs/fit.yaml": ("environment", "dependencies: [scipy]\n"),
    "config.yaml": ("config", "rate: 0.5\n"),
}
DATA = {"data/raw é.csv": "1\n2\n", "results/model.pkl": "model", "work/part.tmp": "part", "README.md": "same"}
PROJECT = {
    "project": {"title": "Study <of> things", "description": "What it is.", "license": "CC-BY-4.0"},
    "people": [{"name": "Ada Example", "orcid": "0000-0002-1825-0097", "affiliation": {"name": "Institute"}}],
}


def recorded(workdir: Path, *, public: bool = False, annotated: bool = True) -> Layout:
    """Record the run, with its files in a working directory, and fold it into a store."""
    workdir.mkdir(parents=True, exist_ok=True)
    for path, text in {**{name: text for name, (_, text) in SOURCES.items()}, **DATA}.items():
        if path != "work/part.tmp":
            (workdir / path).parent.mkdir(parents=True, exist_ok=True)
            (workdir / path).write_text(text, "utf-8")
    layout = Layout.of_workdir(workdir)
    layout.create()
    journal = JournalWriter(layout.journal(RUN))
    for record in records(public=public, annotated=annotated):
        journal.append(record)
    journal.close()
    fold(layout, hash_missing=False)
    return layout


def records(*, public: bool, annotated: bool) -> Iterator[AnyRecord]:
    """Yield the records of the run."""
    yield RunStarted(
        run=RUN,
        at=START,
        workdir=ROOT,
        workdir_id="f2e03ed1-5aa9-4285-8a8a-c17a1c3cf1e3",
        command=f"snakemake --cores 1 --snakefile {ROOT}/Snakefile --tmp /scratch/job7",
        snakefile="Snakefile",
        snakemake_version="9.27.1",
        executor="local",
        user="user-12345678",
        config=(ConfigValue("rate", 0.5, "config.yaml"),),
        visibility="public" if public else "private",
    )
    if annotated:
        yield AnnotationsSeen(origin="heliport.yaml", content=PROJECT)
    for path, (role, text) in SOURCES.items():
        yield SourceSeen(path=path, role=role, sha256=_sha256(text), size=len(text))
    yield EnvironmentSeen(spec="envs/fit.yaml", prefix="/conda/1", packages=(_package(),))
    yield RuleSeen(name="never", snakefile="Snakefile", outputs=(Slot("0", "never.txt"),))
    yield RuleSeen(
        name="fit",
        action="script",
        snakefile="Snakefile",
        source="scripts/fit.py",
        conda="envs/fit.yaml",
        inputs=(Slot("raw", "data/raw é.csv"),),
        outputs=(Slot("model", "results/model.pkl"), Slot("part", "work/part.tmp")),
        params=("rate", "place"),
    )
    yield RuleSeen(
        name="report",
        snakefile="Snakefile",
        code=f"report {ROOT}/x {{input}}",
        inputs=(Slot("part", "work/part.tmp"),),
        outputs=(Slot("0", "README.md"),),
    )
    yield from _fit()
    yield from _report()
    yield RunEnded(at=START + 9, state=State.FAILED, error=f"one job failed in {ROOT}/Snakefile")


def _fit() -> Iterator[AnyRecord]:
    job = JobSeen(
        jobid=1,
        rule="fit",
        inputs=(_ref("raw", "data/raw é.csv"),),
        outputs=(FileRef("model", "results/model.pkl"), FileRef("part", "work/part.tmp", ("temp",))),
        params=(Param("rate", 0, 0.5), Param("place", 1, "/scratch/machine/place")),
        resources={"tmpdir": "/tmp", "mem_mb": 100},
        source="scripts/fit.py",
        conda="envs/fit.yaml",
        conda_prefix="/conda/1",
        container=IMAGE,
    )
    yield JobStarted(at=START + 1, attempt=1, job=job)
    yield JobEnded(at=START + 2, jobid=1, attempt=1, state=State.FAILED, error="out of memory at /scratch/machine/x")
    yield JobStarted(at=START + 3, attempt=2, job=job)
    outputs = (_ref("model", "results/model.pkl"), _ref("part", "work/part.tmp", "temp"))
    yield JobEnded(at=START + 4, jobid=1, attempt=2, state=State.FINISHED, outputs=outputs)
    yield BenchmarkSeen(jobid=1, attempt=2, path="b.tsv", rows=({"s": "1.0", "max_rss": "20.5"},))
    for path in ("data/raw é.csv", "results/model.pkl", "work/part.tmp"):
        yield FileSeen(path=path, seen=_state(path), sha256=_sha256(DATA[path]))


def _report() -> Iterator[AnyRecord]:
    job = JobSeen(
        jobid=2,
        rule="report",
        inputs=(_ref("part", "work/part.tmp"),),
        outputs=(FileRef("0", "README.md"),),
        upstream=(1,),
    )
    yield JobStarted(at=START + 5, attempt=1, job=job)
    yield JobEnded(at=START + 6, jobid=2, attempt=1, state=State.FINISHED, outputs=(_ref("0", "README.md"),))
    yield FileSeen(path="README.md", seen=_state("README.md"), sha256=_sha256(DATA["README.md"]))
    yield FileGone(path="work/part.tmp", at=START + 7)
    # Its end was never seen.
    yield JobStarted(at=START + 8, attempt=1, job=JobSeen(jobid=3, rule="fit", outputs=(FileRef("model", "m2.pkl"),)))


def _package() -> PackageRef:
    return PackageRef("scipy", "1.14.0", "pkg:conda/scipy@1.14.0?channel=conda-forge")


def _ref(slot: str, path: str, *flags: str) -> FileRef:
    return FileRef(slot, path, flags, _state(path))


def _state(path: str) -> Signature:
    return Signature(len(DATA[path].encode()), int(START * 1e9))


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
