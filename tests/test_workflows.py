"""Every hard little workflow, run as a user runs it, against the truth written down beside it."""

import os
import shutil
import signal
import subprocess
import time
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from helpers import SNAKEMAKE, WORKFLOWS, RecordedRun, environment, exported, folded, snakemake

from snakemake_heliport.export.validate import validate
from snakemake_heliport.identity import content_iri
from snakemake_heliport.journal import Replay
from snakemake_heliport.layout import Layout
from snakemake_heliport.store import Store

NAMES = sorted(path.parent.name for path in WORKFLOWS.glob("*/expected.yaml"))
SIGNALS = {"KILL": signal.SIGKILL, "INT": signal.SIGINT, "TERM": signal.SIGTERM}
# Slots whose members a directory output brings along.
FORBIDDEN_IN_PATHS = ("(pipe)", "(update)", "(before update)", "(service)", "storage)", "<TBD>", "(cached)")


@pytest.mark.parametrize("name", NAMES)
def test_the_record_of_a_workflow_is_the_truth(name: str, tmp_path: Path) -> None:
    """Jobs, states, attempts, slots, params, edges, secrets and contents are recorded as they were."""
    expected = yaml.safe_load((WORKFLOWS / name / "expected.yaml").read_text("utf-8"))
    _need(expected)
    workdir, outside = tmp_path / "work dir é", tmp_path / "outside"
    outside.mkdir()
    shutil.copytree(WORKFLOWS / name, workdir, symlinks=True)
    recorded = 0
    for run in expected["runs"]:
        _need(run)
        run = _filled(run, str(outside))
        if run.get("prepare", {}).get("fresh"):
            shutil.rmtree(workdir)
            shutil.copytree(WORKFLOWS / name, workdir, symlinks=True)
            recorded = 0
        for path, text in run.get("prepare", {}).get("write", {}).items():
            _write(workdir / path, text)
        code, output = _run(workdir, run)
        assert code == run["exit"], output
        assert "not recorded" not in output, output
        folded(workdir)
        if not run.get("recorded", True):
            assert _journals(workdir) == recorded, f"{run['name']} is no run"
            continue
        recorded += 1
        assert _journals(workdir) == recorded, output
        _check(workdir, run)


def _need(what: dict) -> None:
    for distribution in what.get("needs", []):
        try:
            metadata.version(distribution)
        except metadata.PackageNotFoundError:
            pytest.skip(f"{distribution} is not installed")

    for program in what.get("programs", []):
        if shutil.which(program) is None:
            pytest.skip(f"the program {program} is not installed")


def _filled(value, outside: str):
    match value:
        case str():
            return value.replace("{outside}", outside)
        case dict():
            return {_filled(key, outside): _filled(item, outside) for key, item in value.items()}
        case list():
            return [_filled(item, outside) for item in value]
    return value


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.chmod(0o644) if path.exists() else None
    path.write_text(text, "utf-8")


def _journals(workdir: Path) -> int:
    return len(list(Layout.of_workdir(workdir).journals.glob("*.jsonl")))


def _run(workdir: Path, run: dict) -> tuple[int, str]:
    if "signal" in run:
        return _run_and_signal(workdir, run)
    done = snakemake(workdir, *run["run"], **run.get("environment", {}))
    return done.returncode, done.stdout + done.stderr


def _run_and_signal(workdir: Path, run: dict) -> tuple[int, str]:
    process = subprocess.Popen(
        [*SNAKEMAKE, *run["run"], "--logger", "heliport"],
        cwd=workdir,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (workdir / run["signal"]["when"]).exists():
        assert process.poll() is None, "ended before the signal"
        assert time.monotonic() < deadline, "never came so far"
        time.sleep(0.05)
    if run["signal"]["to"] == "group":
        os.killpg(process.pid, SIGNALS[run["signal"]["send"]])
    else:
        process.send_signal(SIGNALS[run["signal"]["send"]])
    return process.wait(60), ""


def _check(workdir: Path, run: dict) -> None:
    recorded = RecordedRun.read(workdir)
    jobs = recorded.jobs()
    assert set(jobs) >= set(run["jobs"])
    if run["jobs"]:
        assert {label for label in jobs if jobs[label][-1].iri.startswith(recorded.run.iri)} <= set(run["jobs"])
    for label, truth in run["jobs"].items():
        _check_job(recorded, jobs[label], truth or {})
    for path in recorded.paths():
        assert not any(suffix in path for suffix in FORBIDDEN_IN_PATHS)
    for paths in run.get("same_bytes", []):
        contents = {content_iri(sha256((workdir / path).read_bytes()).hexdigest()) for path in paths}
        assert {recorded.content(path) for path in paths if path in recorded.paths()} == contents
        assert len(contents) == 1
    for group in run.get("groups", []):
        assert len({str(recorded.graph.objects_of(jobs[label][-1].iri, "inGroup")) for label in group}) == 1
        assert recorded.graph.objects_of(jobs[group[0]][-1].iri, "inGroup")
    if "cluster-generic" in run["run"]:
        assert all(jobs[label][-1].attributes.get("external_id") for label in jobs if label != "all")
    text = Layout.of_workdir(workdir).journal(str(recorded.run.attributes["run_id"])).read_text("utf-8")
    for secret in run.get("secrets", []):
        assert secret not in text
        assert secret.encode() not in Layout.of_workdir(workdir).store.read_bytes()
    with Store.open(Layout.of_workdir(workdir).store) as store:
        assert exported(store, [recorded.run.iri]) == exported(store, [recorded.run.iri])
        assert [str(item) for item in validate(store, [recorded.run.iri])] == []


def _check_job(recorded: RecordedRun, attempts: list, truth: dict) -> None:
    job = attempts[-1]
    states = [recorded.state(attempt) for attempt in attempts]
    state = truth.get("state", "finished")
    assert states == truth.get("attempts", [state]), job.label
    if "inputs" in truth and state != "pending":
        slots = {str(slot): sorted(paths) for slot, paths in truth["inputs"].items()}
        assert recorded.inputs(job) == slots, job.label
    if "outputs" in truth and state == "finished":
        declared = {str(slot): sorted(paths) for slot, paths in truth["outputs"].items()}
        made = recorded.outputs(job)
        assert set(made) == set(declared), job.label
        for slot, paths in declared.items():
            # A directory brings its members.
            assert set(paths) <= set(made[slot]), job.label
            assert all(any(path == p or path.startswith(f"{p}/") for p in paths) for path in made[slot]), job.label
    for attempt, outcome in zip(attempts, states, strict=True):
        if outcome in ("failed", "interrupted", "pending"):
            assert recorded.outputs(attempt) == {}, f"{job.label}: {outcome} jobs generate nothing"
    if "params" in truth and state != "pending" and "secrets" not in truth:
        recorded_params = recorded.params(job)
        for name, value in truth["params"].items():
            if recorded_params[str(name)] != "[redacted]":
                assert recorded_params[str(name)] == value, job.label
    if "after" in truth and state in ("finished", "failed", "interrupted"):
        assert recorded.after(job) == set(truth["after"]) | set(truth.get("revealed_by", [])), job.label
    if truth.get("from_cache"):
        assert job.attributes.get("from_cache") is True


def test_every_record_of_a_journal_is_readable(tmp_path: Path) -> None:
    """A journal replays without damage."""
    shutil.copytree(WORKFLOWS / "minimal", tmp_path / "w", symlinks=True)
    assert snakemake(tmp_path / "w", "-c2").returncode == 0
    (journal,) = Layout.of_workdir(tmp_path / "w").journals.glob("*.jsonl")
    replay = Replay(journal)
    assert len(list(replay)) > 5
    assert replay.damaged == []
