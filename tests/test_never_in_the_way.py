"""Whatever goes wrong on our side, Snakemake's exit code, output and results stay what they are without us."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import RecordedRun, environment, folded, heliport, snakemake

from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Predicate

SNAKEFILE = """
rule all:
    input: "b.txt"

rule a:
    output: "a.txt"
    params: seed=1
    log: "logs/a.log"
    shell: "echo a > {output}; echo log > {log}; {config[hook]}"

rule b:
    input: text="a.txt"
    output: "b.txt"
    shell: "cat {input.text} > {output}; exit {config[code]}"
"""
# Lines of Snakemake that differ from run to run.
VOLATILE = re.compile(r"^(\[|Complete log|Elapsed|  (Date|Workflow ID|Command):).*$|--logger heliport", re.MULTILINE)


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """A tiny workflow in a directory of its own."""
    folder = tmp_path / "workflow"
    folder.mkdir()
    (folder / "Snakefile").write_text(SNAKEFILE)
    return folder


def run(workdir: Path, *more: str, code: int = 0, hook: str = "true", injected: str = "", plugin: bool = True):
    """Run the workflow, optionally with a piece of Python run in Snakemake's process first."""
    environ = {}
    if injected:
        (workdir / "inject").mkdir(exist_ok=True)
        (workdir / "inject" / "sitecustomize.py").write_text(injected)
        environ["PYTHONPATH"] = str(workdir / "inject")
    return snakemake(workdir, "-c1", "--config", f"code={code}", f"hook={hook}", *more, plugin=plugin, **environ)


def ours(output: str) -> list[str]:
    """Return the lines that the plugin printed."""
    return [line for line in output.splitlines() if line.startswith("heliport:")]


def theirs(output: str) -> str:
    """Return what Snakemake printed, without what differs from run to run."""
    text = "\n".join(line for line in output.splitlines() if not line.startswith("heliport:"))
    return VOLATILE.sub("", text).strip()


def same_as_without(workdir: Path, done: subprocess.CompletedProcess, *more: str, code: int = 0) -> None:
    """Assert that exit code, results and output are those of a run without the plugin."""
    for path in ("a.txt", "b.txt"):
        assert (workdir / path).exists() == (code == 0 or path == "a.txt")
    for leftover in ("a.txt", "b.txt", "logs/a.log"):
        (workdir / leftover).unlink(missing_ok=True)
    plain = run(workdir, *more, code=code, plugin=False)
    assert done.returncode == plain.returncode
    assert theirs(done.stderr).replace(str(code), "") == theirs(plain.stderr).replace(str(code), "")
    assert done.stdout == plain.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("code", [0, 3])
def test_a_recorded_run_prints_one_line_more(workdir: Path, code: int) -> None:
    """Nothing but one closing line of ours is on the screen, whether the run ends well or not."""
    done = run(workdir, code=code)

    assert len(ours(done.stderr)) == 1
    assert "snakemake-heliport show" in ours(done.stderr)[0]
    same_as_without(workdir, done, code=code)


@pytest.mark.parametrize("quiet", [["-q"], ["--quiet", "all"], ["--quiet", "progress"]])
def test_quiet_is_obeyed_and_the_record_is_whole(workdir: Path, quiet: list[str]) -> None:
    """Under --quiet nothing of ours is printed, and every job is still known to have finished."""
    done = run(workdir, *quiet)

    assert ours(done.stderr) == []
    states = {label: jobs[-1].attributes["status"] for label, jobs in RecordedRun.read(workdir).jobs().items()}
    assert states == {"a": "finished", "b": "finished", "all": "finished"}


TARGETS = [
    "snakemake_heliport.recorder:Recorder.__init__",
    "snakemake_heliport.recorder:Recorder._observe",
    "snakemake_heliport.recorder:Recorder._end_run",
    "snakemake_heliport.capture.recording:Frame.of",
    "snakemake_heliport.capture.recording:Recording.begin",
    "snakemake_heliport.capture.recording:Recording.observe",
    "snakemake_heliport.capture.recording:Recording.end",
    "snakemake_heliport.capture.session:Session.job_info",
    "snakemake_heliport.capture.session:Session.job_finished",
    "snakemake_heliport.capture.session:Session.finish",
    "snakemake_heliport.capture.snapshot:job_seen",
    "snakemake_heliport.capture.snapshot:rule_seen",
    "snakemake_heliport.capture.context:Description.write",
    "snakemake_heliport.capture.live:live_workflow",
    "snakemake_heliport.capture.live:upstream",
    "snakemake_heliport.journal:JournalWriter.__init__",
    "snakemake_heliport.journal:JournalWriter.append",
    "snakemake_heliport.journal:JournalWriter.close",
    "snakemake_heliport.observe.observer:Observer.__init__",
    "snakemake_heliport.observe.observer:Observer.file",
    "snakemake_heliport.observe.observer:Observer._file",
    "snakemake_heliport.observe.observer:Observer.finish",
    "snakemake_heliport.observe.hashing:look",
    "snakemake_heliport.observe.readers:read_git",
    "snakemake_heliport.assembly.fold:fold",
    "snakemake_heliport.store.store:Store.open",
    "snakemake_heliport.redaction.redactor:Redactor.text",
    "snakemake_heliport.layout:Layout.create",
]
INJECTION = """
import importlib, importlib.abc, sys

MODULE, NAME = {target!r}.split(":")

def fail(*_, **__):
    raise RuntimeError("injected")

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module
        def patched(module):
            execute(module)
            owner = module
            *outer, last = NAME.split(".")
            for part in outer:
                owner = getattr(owner, part)
            setattr(owner, last, fail)
        spec.loader.exec_module = patched
        return spec

import importlib.util
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_an_exception_anywhere_in_our_code_costs_one_line(workdir: Path, target: str) -> None:
    """An exception raised in any of our functions changes neither exit code nor results, and is said in one line."""
    module, name = target.split(":")
    found = __import__(module, fromlist=["x"])
    for part in name.split("."):
        found = getattr(found, part)

    done = run(workdir, injected=INJECTION.format(target=target))

    assert done.returncode == 0, done.stderr
    assert (workdir / "b.txt").read_text() == "a\n"
    assert "Traceback" not in done.stderr
    assert 1 <= len(ours(done.stderr)) <= 2
    assert any("injected" in line for line in ours(done.stderr)), done.stderr


def test_a_full_disk_costs_one_line(workdir: Path) -> None:
    """When the journal cannot be written, the run goes on, and the line says what was not recorded."""
    patch = "import snakemake_heliport.journal as j, errno, os\n" + (
        "class Full:\n"
        "    def __getattr__(self, name): return getattr(os, name)\n"
        "    def write(self, fd, data): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "j.os = Full()\n"
    )

    done = run(workdir, injected=patch)

    assert done.returncode == 0
    assert any("could not be written" in line for line in ours(done.stderr))


def test_an_unwritable_directory_costs_one_line(workdir: Path) -> None:
    """Where `.heliport/` cannot be made, the run goes on unrecorded."""
    (workdir / ".heliport").write_text("in the way")

    done = run(workdir)

    assert any("not recorded" in line for line in ours(done.stderr))
    same_as_without(workdir, done)


def test_a_corrupt_store_costs_one_line_and_no_record(workdir: Path) -> None:
    """The journal is kept when the store cannot be used, and fills a new store later."""
    Layout.of_workdir(workdir).create()
    store = Layout.of_workdir(workdir).store
    store.write_bytes(b"this is not a database, " * 1000)

    done = run(workdir)

    assert done.returncode == 0
    assert any("move it away" in line for line in ours(done.stderr)), done.stderr
    assert heliport(workdir, "runs").returncode == 2
    store.unlink()
    assert "finished" in heliport(workdir, "runs").stdout


def test_a_deleted_folder_is_put_back(workdir: Path) -> None:
    """`.heliport/` deleted while the run goes on costs nothing of the record."""
    done = run(workdir, hook="rm -rf .heliport")

    assert done.returncode == 0, done.stderr
    folded(workdir)
    assert set(RecordedRun.read(workdir).jobs()) == {"a", "b", "all"}


def test_a_dry_run_is_a_plan_and_not_a_run(workdir: Path) -> None:
    """A dry run stores nothing and says so."""
    done = run(workdir, "-n")

    assert ours(done.stderr) == ["heliport: dry run: a plan, not a run; nothing was recorded"]
    assert not (workdir / ".heliport").exists()


@pytest.mark.parametrize("flag", ["--lint", "--summary", "--list-rules", "--dag"])
def test_what_is_no_run_leaves_no_trace(workdir: Path, flag: str) -> None:
    """Commands that build a handler but run nothing leave nothing behind."""
    done = run(workdir, flag)

    assert ours(done.stderr) == []
    assert not (workdir / ".heliport").exists()


def test_a_wrong_annotation_file_costs_one_line_with_its_place(workdir: Path) -> None:
    """A typing error in heliport.yaml is told with file, line and column, and the run is recorded without it."""
    (workdir / "heliport.yaml").write_text("project:\n  titel: A study\n")

    done = run(workdir)

    assert done.returncode == 0
    (problem, closing) = ours(done.stderr)
    assert "heliport.yaml:2:3" in problem
    assert "title" in problem
    assert "recorded run" in closing


def test_a_wrong_setting_costs_one_line_and_no_record(workdir: Path) -> None:
    """A value that a setting cannot have is told, and the run is recorded with the default."""
    done = run(workdir, "--logger-heliport-visibility", "nobody", "--logger-heliport-redact", "x+", "y")

    (problem, closing) = ours(done.stderr)
    assert "nobody" in problem
    assert "private, project, public" in problem
    assert "recorded run" in closing


def test_an_unsafe_setting_stops_the_recording_and_not_the_run(workdir: Path) -> None:
    """Without the pattern of what must not be written nothing is written at all."""
    done = run(workdir, "--logger-heliport-redact", "(")

    assert done.returncode == 0
    (problem,) = ours(done.stderr)
    assert "regular expression" in problem
    assert list((workdir / ".heliport").rglob("*.jsonl")) == []


def test_touching_is_no_execution(workdir: Path) -> None:
    """`--touch` records jobs as touched: they generated nothing."""
    run(workdir)
    done = run(workdir, "--touch", "--forceall")

    assert done.returncode == 0
    touched = RecordedRun.read(workdir)
    assert {job.attributes["status"] for (job,) in touched.jobs().values()} == {"touched"}
    assert all(touched.outputs(job) == {} for (job,) in touched.jobs().values())
    before = [file for (_, predicate, file) in touched.graph.relations if predicate is Predicate.ALTERNATE_OF]
    assert {touched.path(file) for file in before} == {"a.txt", "b.txt"}
    made = RecordedRun.read(workdir, 0)
    assert all(made.graph.objects_of(file, Predicate.WAS_GENERATED_BY) for file in before)


def test_starting_snakemake_imports_nothing_of_ours(workdir: Path) -> None:
    """Every Snakemake start imports the shim; it must bring neither our package nor anything heavy."""
    code = (
        "import sys, snakemake_logger_plugin_heliport, snakemake_report_plugin_heliport;"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('snakemake_heliport','mlflow','rdflib','networkx','starlette','pandas','pyoxigraph','sqlalchemy','msgspec')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_recording_imports_nothing_heavy(workdir: Path) -> None:
    """With the plugin on, Snakemake's process has no RDF, data frame or terminal library that it had not before."""
    with_plugin, without = (modules_loaded(workdir, flags) for flags in (["--logger", "heliport"], []))

    heavy = {"mlflow", "rdflib", "networkx", "starlette", "pandas", "pyoxigraph", "pyshacl", "typer", "pydantic"}
    assert (with_plugin - without) & heavy == set()


def modules_loaded(workdir: Path, flags: list[str]) -> set[str]:
    """Return the packages that a run has loaded by its end."""
    code = (
        "import atexit, sys\n"
        "sys.argv = ['snakemake', '-c1', '-F', '--config', 'code=0', 'hook=true', *sys.argv[1:]]\n"
        "atexit.register(lambda: print(*{name.split('.')[0] for name in sys.modules}))\n"
        "from snakemake.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *flags], cwd=workdir, capture_output=True, text=True, env=environment(), check=True
    )
    return set(done.stdout.split())
