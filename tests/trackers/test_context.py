import json
import os
import sqlite3
import subprocess
import sys
import time
import types
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from helpers import WORKFLOWS, snakemake

from snakemake_heliport.capture.environment import JobEnvironment
from snakemake_heliport.commands import matches
from snakemake_heliport.identity import job_key, run_iri
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers import context
from snakemake_heliport.trackers.context import (
    JobContextProvider,
    ancestry,
    job_tags,
    process_tags,
    ps_arguments,
    ps_reader,
    public_uri,
    read_proc,
)

RUN = "0b6b7a2e-7a3c-4b5a-9c59-3f1a7a6f5b11"
MAIN = ["/env/bin/python", "/env/bin/snakemake", "-c2"]


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """Start as a process does that has nothing to do with Snakemake."""
    for name in (context.CLUES, context.RUN_CONTEXT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(context, "_own_ancestry", lambda pid: ())


@pytest.fixture
def clues(tmp_path, monkeypatch) -> Path:
    """The folder of clues of a run that is being recorded, not made yet."""
    (tmp_path / ".heliport").mkdir()
    folder = tmp_path / ".heliport" / "clues" / RUN
    monkeypatch.setenv(context.CLUES, str(folder))
    return folder


class Wildcards(list):
    """Like those of Snakemake: a list whose items have names."""

    def __init__(self, **items):
        super().__init__(items.values())
        self._items = items

    def items(self):
        return self._items.items()


def script_job(monkeypatch, rule="train", **wildcards):
    given = types.SimpleNamespace(rule=rule, wildcards=Wildcards(**wildcards), input=[], output=[])
    monkeypatch.setattr(sys.modules["__main__"], "snakemake", given, raising=False)


def use_tracker(monkeypatch, uri):
    monkeypatch.setitem(sys.modules, "mlflow", types.SimpleNamespace(get_tracking_uri=lambda: uri))


# Scripts and notebooks.


def test_a_script_names_its_job(monkeypatch):
    """Snakemake gives it an object that says which job it is."""
    script_job(monkeypatch, seed=1, name="a,b")

    assert JobContextProvider().in_context()
    assert JobContextProvider().tags() == {
        "heliport.rule": "train",
        "heliport.jobs": json.dumps([job_key("train", {"seed": "1", "name": "a,b"})]),
    }


@pytest.mark.parametrize("found", [None, types.ModuleType("snakemake"), "text", types.SimpleNamespace(rule="x")])
def test_another_object_of_that_name_is_not_snakemakes(monkeypatch, found):
    """`import snakemake` in a script of the user's leaves the module there."""
    monkeypatch.setattr(sys.modules["__main__"], "snakemake", found, raising=False)

    assert not JobContextProvider().in_context()
    assert JobContextProvider().tags() == {}


# Processes.


def chain(*processes):
    """Return a reader of a chain of processes, the first of which has the id 1000."""
    table = {1000 + at: (1000 + at + 1, argv) for at, argv in enumerate(processes)}
    return table.get


def tags_of(*processes, home="/home/alice"):
    return process_tags(ancestry(1000, chain(*processes)), home)


def test_nothing_above():
    """A process that nobody has started, as far as can be seen."""
    assert ancestry(1000, chain()) == ()
    assert process_tags((), "/home/alice") == {}
    assert tags_of([]) == {}


def test_the_chain_ends_with_snakemake():
    """What is above it has nothing to do with the job."""
    found = ancestry(1000, chain(["python", "t.py"], ["bash", "-c", "x"], MAIN, ["-bash"], ["init"]))

    assert found == (("python", "t.py"), ("bash", "-c", "x"), tuple(MAIN))


def test_the_chain_is_bounded():
    """Ids that go in a circle do not hold up anybody."""
    assert len(ancestry(7, lambda pid: (7, ["python", "train.py"]))) == 20


def test_a_shell_job():
    """The command of the job comes first, and no word of it is in the tag."""
    tags = tags_of(["python", "secret.py"], ["bash", "-c", "set -euo pipefail;  python secret.py > log"], MAIN)
    found = json.loads(tags["heliport.commands"])

    assert matches("python secret.py > log", found[:1]) == 1.0
    assert matches("python other.py > log", found) is None
    assert "secret" not in tags["heliport.commands"]
    assert tags.keys() == {"heliport.commands"}


def test_a_run_job():
    """Snakemake starts itself again for one job, through a shell."""
    child = ["python", "-m", "snakemake", "--target-jobs", "train:seed=1", "--allowed-rules", "train"]

    assert tags_of(child, ["/bin/sh", "-c", "cd /x && python -m snakemake"], MAIN) == {
        "heliport.rule": "train",
        "heliport.jobs": json.dumps([job_key("train", {"seed": "1"})]),
    }


def test_a_group_job():
    """It may be any job of the group; which one, the command tells."""
    child = ["python", "-m", "snakemake", "--target-jobs", "train:seed=1", "plot:seed=1", "--cores", "1"]
    tags = tags_of(["python", "train.py"], child, MAIN)

    assert json.loads(tags["heliport.jobs"]) == [job_key("train", {"seed": "1"}), job_key("plot", {"seed": "1"})]
    assert "heliport.rule" not in tags
    assert matches("python train.py", json.loads(tags["heliport.commands"])) == 1.0


def test_the_nearest_child_knows_best():
    """A job of a group that is started alone is not any job of the group."""
    group = ["python", "-m", "snakemake", "--target-jobs", "a:", "b:"]
    tags = tags_of(["python", "-m", "snakemake", "--target-jobs", "b:"], ["sh", "-c", "cd x"], group, MAIN)

    assert tags["heliport.rule"] == "b"


def test_a_workflow_in_a_workflow():
    """Its jobs are not those of the outer one."""
    outer = ["python", "-m", "snakemake", "--target-jobs", "outer:"]

    assert "heliport.jobs" not in tags_of(["python", "train.py"], MAIN, ["bash", "-c", "snakemake -c1"], outer)


def test_values_have_a_bound():
    """A list that would be cut off is left out: half of it would be wrong."""
    jobs = [("train", {"seed": str(seed)}) for seed in range(1_000)]
    many = [["python", f"{level}.py", "x" * 10_000] for level in range(18)]

    assert job_tags(jobs) == {"heliport.rule": "train"}
    assert len(json.loads(job_tags(jobs[:100])["heliport.jobs"])) == 100
    tags = tags_of(*many, ["python", "train.py"], MAIN)
    assert len(tags["heliport.commands"]) < 500
    assert matches("python train.py", json.loads(tags["heliport.commands"])[:1]) == 1.0


def test_without_snakemake_above_the_nearest_come_first():
    """A script that uses Snakemake's API cannot be told from any other."""
    tags = tags_of(["python", "train.py"], ["python", "workflow.py"], ["-bash"])

    assert matches("python train.py", json.loads(tags["heliport.commands"])[:1]) == 1.0


def test_real_processes():
    """Linux and `ps` tell the same of a process, spaces and all."""
    code = "import time; print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, "a b", ""], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            assert read_proc(process.pid) == (os.getpid(), [sys.executable, "-c", code, "a b", ""])
            parent, argv = ps_reader()(process.pid)
        finally:
            process.kill()

    assert parent == os.getpid()
    assert " ".join(argv).strip() == f"{sys.executable} -c {code} a b"
    assert read_proc(2**30) is None
    assert ps_reader()(2**30) is None


@pytest.mark.parametrize("found", [FileNotFoundError("ps"), subprocess.TimeoutExpired("ps", 1)])
def test_without_ps_nothing_is_known(monkeypatch, found):
    """A container may have none, and a busy machine may be slow to answer."""

    def refuse(*arguments, **options):
        raise found

    monkeypatch.setattr(subprocess, "run", refuse)

    assert ancestry(os.getpid(), ps_reader()) == ()


def test_arguments_in_a_line():
    """What a shell runs is one argument, though a line does not show that."""
    assert ps_arguments("/bin/bash -c set -euo pipefail;  python a.py") == [
        "/bin/bash",
        "-c",
        "set -euo pipefail;  python a.py",
    ]
    assert ps_arguments("python -m snakemake  --target-jobs a:") == ["python", "-m", "snakemake", "--target-jobs", "a:"]
    assert ps_arguments("") == []


# When it is active, and what it leaves.


def test_silent_outside_of_snakemake(tmp_path, monkeypatch):
    """Whoever uses MLflow for something else has nothing of us in their runs."""
    monkeypatch.undo()
    program = "from snakemake_heliport.trackers.context import JobContextProvider as P; print(P().in_context())"
    kept = {name: value for name, value in os.environ.items() if name not in (context.CLUES, context.RUN_CONTEXT)}
    done = subprocess.run([sys.executable, "-c", program], env=kept, capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (context.CLUES, "/x/.heliport/clues/1", True),
        (context.RUN_CONTEXT, '{"heliport.run": "urn:x"}', True),
        (context.RUN_CONTEXT, '{"team": "laser"}', False),
    ],
)
def test_active_in_the_environment_of_a_recorded_run(monkeypatch, name, value, expected):
    """Also where nothing tells which job it is."""
    monkeypatch.setenv(name, value)

    assert JobContextProvider().in_context() is expected


def test_the_run_is_named_where_the_users_tags_cannot_be_read(clues, monkeypatch):
    """MLflow then adds none of the environment's."""
    monkeypatch.setenv(context.RUN_CONTEXT, "no json")

    assert JobContextProvider().tags() == {"heliport.run": run_iri(RUN)}


def test_a_clue_to_the_tracker(clues, monkeypatch, tmp_path):
    """One small file for each tracking URI, however many runs are started."""
    monkeypatch.chdir(tmp_path)
    for uri in ("sqlite:///runs.db", "sqlite:///runs.db", "https://u:p@example.org/"):
        use_tracker(monkeypatch, uri)
        JobContextProvider().tags()

    written = sorted(path.read_text() for path in clues.iterdir())
    assert written == ["https://example.org/\n", f"sqlite:///{tmp_path}/runs.db\n"]
    assert list(clues.parent.iterdir()) == [clues]


@pytest.mark.parametrize("place", ["x", "/nowhere/.heliport/clues/1", "/tmp/clues/1", ""])
def test_clues_are_left_only_where_a_run_is_recorded(monkeypatch, place):
    """A job may run where there is no such folder; it makes none."""
    monkeypatch.setenv(context.CLUES, place)
    use_tracker(monkeypatch, "https://example.org")

    JobContextProvider().tags()

    assert not os.path.exists(place)


def test_a_folder_that_cannot_be_written_costs_only_the_clue(clues, monkeypatch):
    """The tags are there all the same."""
    clues.parent.write_text("no folder")
    use_tracker(monkeypatch, "https://example.org")
    script_job(monkeypatch)

    assert JobContextProvider().tags()["heliport.rule"] == "train"


def test_never_raises(clues, monkeypatch, capfd):
    """Nor says anything: it is the user's training."""

    class Hostile:
        rule = "x"
        input = output = ()

        @property
        def wildcards(self):
            raise RuntimeError("no")

    monkeypatch.setattr(sys.modules["__main__"], "snakemake", Hostile(), raising=False)
    monkeypatch.setitem(sys.modules, "mlflow", object())
    monkeypatch.delenv(context.CLUES)

    assert JobContextProvider().in_context() is False
    assert JobContextProvider().tags() == {}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///runs.db", "sqlite:////job/runs.db"),
        ("sqlite:///../a b.db", "sqlite:////a b.db"),
        ("sqlite:////abs/runs.db?timeout=9", "sqlite:////abs/runs.db"),
        ("sqlite+pysqlite:///runs.db", "sqlite+pysqlite:////job/runs.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("mlruns", "/job/mlruns"),
        ("./mlruns/", "/job/mlruns"),
        ("/abs/mlruns", "/abs/mlruns"),
        ("file:mlruns", "file:///job/mlruns"),
        ("file:///abs/mlruns", "file:///abs/mlruns"),
        ("databricks", "databricks"),
        ("databricks://profile", "databricks://profile"),
        ("https://example.org:5000/x", "https://example.org:5000/x"),
        ("https://user:p/w@d@example.org/x?token=s#t", "https://example.org/x"),
        ("postgresql+psycopg://u:p@db:5432/mlflow?password=p", "postgresql+psycopg://db:5432/mlflow"),
    ],
)
def test_a_tracking_uri_for_others(uri, expected):
    """It has to mean the same in another directory, and to tell no secret."""
    assert public_uri(uri, "/job") == expected


def test_fast(monkeypatch):
    """It is in the way of every run that somebody starts."""
    monkeypatch.undo()
    context._own_ancestry.cache_clear()
    provider = JobContextProvider()
    started = time.perf_counter()

    provider.in_context()
    provider.tags()

    assert time.perf_counter() - started < 0.1


# Real jobs, with a real MLflow.

SCRIPT = """
import sys
before = set(sys.modules)
import snakemake_heliport.trackers.context
assert not [name for name in set(sys.modules) - before if name.split(".")[0] == "snakemake"]
given = snakemake
import mlflow
with mlflow.start_run():
    mlflow.log_param("truth", f"{snakemake.rule} {snakemake.wildcards.seed}")
    with mlflow.start_run(nested=True):
        mlflow.log_param("truth", f"{snakemake.rule} {snakemake.wildcards.seed}")
assert snakemake is given
open(snakemake.output[0], "w").close()
"""
TRAIN = """#!/usr/bin/env python
import sys
import mlflow
with mlflow.start_run():
    mlflow.log_param("truth", sys.argv[1])
open(sys.argv[2], "w").close()
"""
# What the job of each rule does; `{{out}}` is the file that it makes.
COMMANDS = {
    "simple": "python train.py 'simple {seed}' {out}",
    "assigned": "X={seed} exec python train.py 'assigned {seed}' {out}",
    "redirected": "python train.py 'redirected {seed}' {out} > 'log {seed}' 2>&1",
    "quoted": 'python "{here}/a dir/it\'s train.py" "quoted {seed}" \\\n  "{out}"',
    "lines": "\n    # don't stop\n    mkdir -p x\n    python train.py 'lines {seed}' {out}\n    ",
    "last": "mkdir -p x; ./train.py 'last {seed}' {out}",
    "piped": "python train.py 'piped {seed}' {out} | cat",
}
# Those of which bash runs but the last simple command in its own place; Snakemake strips the new line at the end.
REPLACED = {"assigned", "lines", "last"}
RUN_RULES = """
rule direct:
    output: "out/direct {seed}"
    run:
        import mlflow
        with mlflow.start_run():
            mlflow.log_param("truth", f"direct {wildcards.seed}")
        open(output[0], "w").close()

rule shelled:
    output: "out/shelled {seed}"
    run:
        shell("python train.py 'shelled {wildcards.seed}' {output:q}")

rule script:
    output: "out/script {seed}"
    script: "script.py"
"""
SEEDS = ("1", "a=b: c")


@dataclass
class Site:
    """A directory in which workflows train, and what they left in MLflow's database."""

    path: Path
    environ: dict[str, str]

    @classmethod
    def at(cls, path: Path) -> "Site":
        """Make the directory, its programs and an empty database."""
        (path / "a dir").mkdir(parents=True)
        for name, text in {"train.py": TRAIN, "a dir/it's train.py": TRAIN, "script.py": SCRIPT}.items():
            (path / name).write_text(text)
            (path / name).chmod(0o755)
        database = f"sqlite:///{path}/runs.db"
        environ = {
            "MLFLOW_TRACKING_URI": database,
            "HOME": str(path),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(_entry_point(path / "site")),
        }
        prepare = "import mlflow; mlflow.search_experiments()"
        subprocess.run([sys.executable, "-c", prepare], env={**os.environ, **environ}, check=True, capture_output=True)
        return cls(path, environ)

    def run(self, snakefile: str, *arguments: str) -> None:
        """Run a workflow as a recorded one is run."""
        (self.path / "Snakefile").write_text(snakefile)
        (self.path / ".heliport").mkdir()
        with JobEnvironment(RUN, self.path / ".heliport", print):
            told = {name: os.environ[name] for name in (context.CLUES, context.RUN_CONTEXT)}
        done = snakemake(self.path, *arguments, plugin=False, **self.environ, **told)
        assert done.returncode == 0, done.stderr

    def tags(self) -> list[tuple[str, dict[str, str]]]:
        """Return the job that each MLflow run says it was made by, and our tags of it."""
        with sqlite3.connect(self.path / "runs.db") as database:
            truth = dict(database.execute("select run_uuid, value from params where key = 'truth'"))
            tags = {run: {} for run in truth}
            for run, key, value in database.execute(
                "select run_uuid, key, value from tags where key like 'heliport.%'"
            ):
                tags[run][key] = value
        return sorted((truth[run], tags[run]) for run in truth)


def _entry_point(folder: Path) -> Path:
    """Return a folder with the entry point of an installed package, where the package is not installed with it."""
    if not any(entry.name == "heliport" for entry in entry_points(group="mlflow.run_context_provider")):
        info = folder / "heliport_context-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: heliport-context\nVersion: 1\n")
        (info / "entry_points.txt").write_text(
            "[mlflow.run_context_provider]\nheliport = snakemake_heliport.trackers.context:JobContextProvider\n"
        )
    return folder


def command_of(rule: str, seed: str, here: Path) -> str:
    return COMMANDS[rule].format(
        seed=seed, out=f"'out/{rule} {seed}'" if rule != "quoted" else f"out/{rule} {seed}", here=here
    )


def shell_rule(rule: str, here: Path, more: str = "") -> str:
    command = command_of(rule, "{wildcards.seed}", here)
    return f'rule {rule}:\n    output: "out/{rule} {{seed}}"\n{more}    shell: {command!r}\n'


@pytest.mark.slow
def test_jobs_of_every_kind_are_told_apart(tmp_path):
    """Each MLflow run names its job, or carries the command of its job and of no other."""
    site = Site.at(tmp_path)
    rules = [*COMMANDS, "direct", "shelled", "script"]
    targets = [
        f"out/{rule} {seed}" for rule in rules for seed in (SEEDS if rule in ("simple", "script", "direct") else "1")
    ]
    shells = "".join(shell_rule(rule, tmp_path) for rule in COMMANDS)

    site.run(f"rule all:\n    input: {targets!r}\n{shells}{RUN_RULES}", "-c2")

    redactor = Redactor(home=str(tmp_path))
    recorded = {
        f"{rule} {seed}": redactor.text(command_of(rule, seed, tmp_path)) for rule in COMMANDS for seed in SEEDS
    }
    found = site.tags()
    assert sorted({truth for truth, _ in found}) == sorted(target.removeprefix("out/") for target in targets)
    assert [truth for truth, _ in found].count("script 1") == 2
    for truth, tags in found:
        rule, _, seed = truth.partition(" ")
        assert tags["heliport.run"] == run_iri(RUN)
        if rule in COMMANDS:
            clues = json.loads(tags["heliport.commands"])
            fitting = {job: score for job, command in recorded.items() if (score := matches(command, clues))}
            assert fitting == {truth: 0.9 if rule in REPLACED else 1.0}
            assert "heliport.jobs" not in tags
        else:
            assert json.loads(tags["heliport.jobs"]) == [job_key(rule, {"seed": seed})]
            assert tags["heliport.rule"] == rule
    clues = list((tmp_path / ".heliport" / "clues" / RUN).iterdir())
    assert [clue.read_text() for clue in clues] == [f"sqlite:///{tmp_path}/runs.db\n"]


@pytest.mark.slow
def test_jobs_of_a_group_on_a_cluster(tmp_path):
    """A run names the jobs of its group, and its command tells which of them it is."""
    site = Site.at(tmp_path)
    submit = tmp_path / "submit.sh"
    submit.write_bytes((WORKFLOWS / "groups" / "submit.sh").read_bytes())
    submit.chmod(0o755)
    first = shell_rule("simple", tmp_path, '    group: "g"\n')
    second = shell_rule("redirected", tmp_path, '    group: "g"\n    input: "out/simple {seed}"\n')
    flags = ("--executor", "cluster-generic", "-j1", "--cluster-generic-submit-cmd", "./submit.sh")

    site.run(
        f'rule all:\n    input: "out/redirected 1"\n{first}{second}', *flags, "--seconds-between-status-checks", "1"
    )

    keys = {job_key(rule, {"seed": "1"}) for rule in ("simple", "redirected")}
    redactor = Redactor(home=str(tmp_path))
    assert len(site.tags()) == 2
    for truth, tags in site.tags():
        assert set(json.loads(tags["heliport.jobs"])) == keys
        clues = json.loads(tags["heliport.commands"])
        for rule in ("simple", "redirected"):
            fits = matches(redactor.text(command_of(rule, "1", tmp_path)), clues)
            assert fits == (1.0 if truth.startswith(rule) else None)
