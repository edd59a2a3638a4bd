"""The contract with Snakemake: every supported version gives the same record of the same workflow."""

import fcntl
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from snakemake_heliport.journal import Replay
from snakemake_heliport.records import (
    AnyRecord,
    FileRef,
    FileSeen,
    JobEnded,
    JobKnown,
    JobStarted,
    RuleSeen,
    RunEnded,
    RunStarted,
    SourceSeen,
    State,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CHECKOUT = Path(__file__).parents[1]
NEWEST = "newest"
# Each is the last before, or the first after, Snakemake changed something that the recorder stands on.
VERSIONS = ("9.0.0", "9.10.1", "9.15.0", "9.21.0", NEWEST)
# From 9.16 on Snakemake derives `mem` ("50 MB") from `mem_mb`.
DERIVED_RESOURCES = frozenset(("mem", "disk", "mem_mib", "disk_mib"))

SNAKEFILE = '''
configfile: "config.yaml"


rule all:
    input:
        "out/report.txt",


rule simulate:
    """Simulate one sample."""
    output:
        temp("out/{sample}.raw"),
        field="out/{sample}.field",
    params:
        "fast",
        seed=lambda wildcards: config["seeds"][wildcards.sample],
        options={"grid": [2, 3], "tolerance": 0.5},
    log:
        "logs/{sample}.log",
    benchmark:
        "benchmarks/{sample}.tsv"
    resources:
        mem_mb=50,
    shell:
        "echo {params.seed} | tee {output[0]} {output.field} > {log}"


rule count:
    input:
        "out/a.raw",
        fields=expand("out/{sample}.field", sample=config["seeds"]),
    output:
        table="out/table.txt",
    params:
        fields=lambda wildcards, input: len(input.fields),
    run:
        with open(output.table, "w") as table:
            print(params.fields, file=table)


rule flaky:
    input:
        rules.count.output.table,
    output:
        "out/flaky.txt",
    retries: 1
    shell:
        "if test -e tried; then cp {input} {output}; else touch tried; exit 3; fi"


rule report:
    input:
        table=rules.count.output.table,
        flaky="out/flaky.txt",
    output:
        text="out/report.txt",
    params:
        title=config["title"],
    script:
        "scripts/report.py"
'''
SCRIPT = 'open(snakemake.output.text, "w").write(snakemake.params.title)\n'
CONFIG = "title: from the file\nseeds: {a: 1, b: 2}\n"


@pytest.fixture(scope="session", params=VERSIONS)
def records(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[AnyRecord]:
    """Return the records of the workflow's first run under one version of Snakemake."""
    return recorded(request.param, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def newest(tmp_path_factory: pytest.TempPathFactory) -> list[AnyRecord]:
    """Return the records of the same run under the newest version."""
    return recorded(NEWEST, tmp_path_factory.getbasetemp())


@functools.cache
def recorded(version: str, base: Path) -> list[AnyRecord]:
    """Run the workflow under a version of Snakemake and return its journal."""
    workdir = base / f"snakemake-{version}"
    (workdir / "scripts").mkdir(parents=True)
    (workdir / "Snakefile").write_text(SNAKEFILE)
    (workdir / "config.yaml").write_text(CONFIG)
    (workdir / "scripts" / "report.py").write_text(SCRIPT)
    options = ["--cores", "1", "--scheduler", "greedy", "--config", "title=said", "--logger", "heliport"]
    done = run(environment(version), "-m", "snakemake", *options, cwd=workdir)
    assert done.returncode == 0, done.stdout
    assert "not recorded" not in done.stdout, done.stdout
    (journal,) = (workdir / ".heliport" / "journal").iterdir()
    replay = Replay(journal)
    found = list(replay)
    assert not replay.damaged
    return found


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as if from a fresh shell, with the programs of its environment first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "SNAKEMAKE"))}
    kept["PATH"] = f"{python.parent}{os.pathsep}{kept['PATH']}"
    command = [str(python), *arguments]
    return subprocess.run(command, cwd=cwd, env=kept, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def environment(version: str) -> Path:
    """Return the Python of an environment with this Snakemake and the plugin as it is now; it is kept for next time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "snakemake-heliport-tests"
    folder = cache / f"snakemake-{version}-python-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / "bin" / "python"
    wanted = ["--upgrade", "snakemake>=9.27,<10"] if version == NEWEST else [f"snakemake=={version}"]
    with locked(folder.with_suffix(".lock")):
        if not python.exists():
            uv("venv", "--python", sys.executable, str(folder))
        plugin = ["--reinstall-package", "snakemake-logger-plugin-heliport", str(CHECKOUT)]
        uv("pip", "install", "--python", str(python), *wanted, *plugin)
    return python


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes of a parallel test run out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def uv(*arguments: str) -> None:
    """Run uv, and fail the test with what it says where it fails."""
    done = run(Path(sys.executable), "-m", "uv", "--quiet", *arguments, cwd=CHECKOUT)
    assert done.returncode == 0, done.stdout


def of_type(records: list[AnyRecord], kind: type) -> list[Any]:
    """Return the records of one type."""
    return [record for record in records if isinstance(record, kind)]


def refs(files: tuple[FileRef, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return slot, path and flags of files."""
    return [(ref.slot, ref.path, ref.flags) for ref in files]


def jobs(records: list[AnyRecord]) -> dict[str, dict[str, Any]]:
    """Return every attempt by its label: what it was to do, and what became of it; other jobs by their labels."""
    started = of_type(records, JobStarted)
    known = [item.job for item in of_type(records, JobKnown)]
    labels = {job.jobid: label(job) for job in [*(item.job for item in started), *known]}
    ended = {(item.jobid, item.attempt): item for item in of_type(records, JobEnded)}
    found = {
        f"{labels[item.job.jobid]} {item.attempt}": {
            **planned(item.job, labels),
            "state": ended[item.job.jobid, item.attempt].state,
            "error": (ended[item.job.jobid, item.attempt].error or "").split("\n")[0],
            "written": [ref.path for ref in ended[item.job.jobid, item.attempt].outputs if ref.seen],
            "records": [ref.path for ref in ended[item.job.jobid, item.attempt].records if ref.seen],
        }
        for item in started
    }
    return found | {label(item.job): {"state": item.state} for item in of_type(records, JobKnown)}


def label(job: Any) -> str:
    return " ".join((job.rule, *job.wildcards.values()))


def planned(job: Any, labels: dict[int, str]) -> dict[str, Any]:
    """Return what a job was to do, without the numbers that Snakemake gives; it lists reasons in random order."""
    return {
        "inputs": refs(job.inputs),
        "outputs": refs(job.outputs),
        "params": [(param.name, param.position, param.value) for param in job.params],
        "log": refs(job.log),
        "benchmark": job.benchmark and job.benchmark.path,
        "threads": job.threads,
        "resources": {name: job.resources[name] for name in job.resources.keys() - DERIVED_RESOURCES - {"tmpdir"}},
        "reason": sorted(re.split("[:;,] ", job.reason or "")),
        "message": job.message,
        "local": job.local,
        "upstream": sorted(labels[jobid] for jobid in job.upstream),
        "shell_command": job.shell_command,
        "source": job.source and Path(job.source).name,
    }


def rules(records: list[AnyRecord]) -> dict[str, dict[str, Any]]:
    """Return every rule as written, by its name."""
    return {rule.name: msgspec.to_builtins(rule) for rule in of_type(records, RuleSeen)}


def config(records: list[AnyRecord]) -> dict[str, tuple[Any, str]]:
    """Return every config value with its origin: a file by its name, or the command line."""
    return {item.name: (item.value, Path(item.origin).name) for item in of_type(records, RunStarted)[-1].config}


def sources(records: list[AnyRecord]) -> dict[str, tuple[str, str | None]]:
    """Return role and digest of every file of the workflow's own code."""
    return {item.path: (item.role, item.sha256) for item in of_type(records, SourceSeen)}


def contents(records: list[AnyRecord]) -> dict[str, str | None]:
    """Return the digest of every file that says the same each time it is written."""
    return {item.path: item.sha256 for item in of_type(records, FileSeen) if not item.path.startswith("benchmarks/")}


def test_jobs_are_the_same(records: list[AnyRecord], newest: list[AnyRecord]) -> None:
    """Attempts, states, named files and params, resources, reasons and upstream jobs do not depend on the version."""
    assert jobs(records) == jobs(newest)


def test_rules_are_the_same(records: list[AnyRecord], newest: list[AnyRecord]) -> None:
    """Rules, with code, slots and line numbers, do not depend on the version."""
    assert rules(records) == rules(newest)


def test_surroundings_are_the_same(records: list[AnyRecord], newest: list[AnyRecord]) -> None:
    """Config values with their origin, workflow sources and file contents do not depend on the version."""
    for aspect in (config, sources, contents):
        assert aspect(records) == aspect(newest)


def test_run_ends_finished(records: list[AnyRecord]) -> None:
    """The record is whole: the last line tells that the run finished, also where handlers close at exit only."""
    assert isinstance(records[-1], RunEnded)
    assert records[-1].state is State.FINISHED


def test_record_says_what_the_workflow_says(records: list[AnyRecord]) -> None:
    """Attempts, named and positional slots, computed params, temp flags and origins are those of the Snakefile."""
    found = jobs(records)
    states = {name: str(job["state"]) for name, job in found.items()}

    assert states == {
        "simulate a 1": "finished",
        "simulate b 1": "finished",
        "count 1": "finished",
        "flaky 1": "failed",
        "flaky 2": "finished",
        "report 1": "finished",
        "all 1": "finished",
    }
    assert found["simulate b 1"]["outputs"] == [("0", "out/b.raw", ("temp",)), ("field", "out/b.field", ())]
    assert found["simulate b 1"]["params"] == [
        (None, 0, "fast"),
        ("seed", 1, 2),
        ("options", 2, {"grid": [2, 3], "tolerance": 0.5}),
    ]
    assert found["count 1"]["inputs"] == [
        ("0", "out/a.raw", ()),
        ("fields", "out/a.field", ()),
        ("fields", "out/b.field", ()),
    ]
    assert found["count 1"]["params"] == [("fields", 0, 2)]
    assert found["report 1"]["upstream"] == ["count", "flaky"]
    assert found["report 1"]["source"] == "report.py"
    assert found["flaky 1"]["written"] == []
    assert config(records)["title"] == ("said", "command line")
    assert config(records)["seeds.a"] == (1, "config.yaml")
    assert rules(records)["simulate"]["line"] == 10
    assert rules(records)["count"]["code"].split("\n") == [
        'with open(output.table, "w") as table:',
        "    print(params.fields, file=table)",
    ]
