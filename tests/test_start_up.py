"""Commands answer at once: what they load, and how they know that nothing is to be folded in."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from helpers import environment, folded, heliport

from snakemake_heliport import assembly
from snakemake_heliport.assembly import due
from snakemake_heliport.assembly.due import is_due
from snakemake_heliport.cli import app, show
from snakemake_heliport.journal import JournalWriter
from snakemake_heliport.layout import Layout
from snakemake_heliport.records import ImportStarted, RunEnded, RunStarted, State
from snakemake_heliport.store import Store

RUN = "30a9b389-e3c4-4bcf-aec1-70ddc2a78eb1"
START = RunStarted(
    run=RUN,
    at=1_790_000_000.0,
    workdir="/data/study",
    workdir_id="f2e03ed1-5aa9-4285-8a8a-c17a1c3cf1e3",
    command="snakemake",
    snakefile="Snakefile",
    snakemake_version="9.27.1",
    executor="local",
)
RAW, FIGURE = "data/raw/run_000000.h5", "results/S000000/figure.svg"
HEAVY = {
    *("alembic", "jinja2", "matplotlib", "mlflow", "networkx", "numpy", "pandas", "pyoxigraph", "pyshacl", "rdflib"),
    *("requests", "rocrate", "snakemake", "starlette", "urllib3", "uvicorn", "yaml"),
}
# What of ours brings them, or is made for other commands.
ROOMS = {"annotation", "explorer", "export", "trackers", "upload", "vocabulary"}


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one recorded run, folded in."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    from synthetic import write_journal  # type: ignore[import-not-found]

    write_journal(tmp_path, 3)
    folded(tmp_path)
    return tmp_path


def loaded_by(code: str, folder: Path, status: int = 0) -> set[str]:
    """Return the modules that are loaded at the end of a Python program."""
    script = f"import atexit, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n{code}"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def rooms(modules: set[str]) -> set[str]:
    return {name.split(".")[1] for name in modules if name.startswith("snakemake_heliport.")}


@pytest.mark.parametrize(
    "arguments",
    [("runs",), ("show",), ("lineage", FIGURE), ("impact", RAW, "--json")],
    ids=lambda arguments: arguments[0],
)
def test_an_answer_loads_what_it_needs(workdir: Path, arguments: tuple[str, ...]) -> None:
    """Neither what other commands need, nor the driver of a database that is not asked, nor what folds journals in."""
    modules = loaded_by(f"sys.argv[1:] = {arguments!r}\nfrom snakemake_heliport.cli import main\nmain()", workdir)

    assert f"snakemake_heliport.cli.{arguments[0]}" in modules
    assert packages(modules) & HEAVY == set()
    assert rooms(modules) & ROOMS == set()
    assert modules & {"sqlalchemy.dialects.postgresql", "snakemake_heliport.assembly.fold", "rich.progress"} == set()


@pytest.mark.parametrize("module", sorted({module for module, _ in show.PAGES.values()}))
def test_every_page_is_light(tmp_path: Path, module: str) -> None:
    """To show a model takes no more libraries than to show a file."""
    modules = loaded_by(f"import snakemake_heliport.cli.{module}", tmp_path)

    assert packages(modules) & HEAVY == set()
    assert rooms(modules) & ROOMS == set()


@pytest.mark.parametrize("flag", ["--version", "--help", "--no-such-flag"])
def test_what_asks_nothing_loads_no_command(tmp_path: Path, flag: str) -> None:
    """Help is read from the source of the commands; no database is needed for it."""
    code = f"sys.argv[1:] = [{flag!r}]\nfrom snakemake_heliport.cli import main\nmain()"
    modules = loaded_by(code, tmp_path, 2 if flag == "--no-such-flag" else 0)

    assert "snakemake_heliport.cli.app" in modules
    assert packages(modules) & {*HEAVY, "sqlalchemy", "msgspec"} == set()


@pytest.mark.parametrize("command", app.COMMANDS)
def test_help_says_what_the_command_says_of_itself(command: str) -> None:
    """The line in the list of all commands is the first one of its own page."""
    module = import_module(f"snakemake_heliport.cli.{app.FILES.get(command, command)}")
    function = getattr(module, app.FUNCTIONS.get(command, command))

    assert app._docstring(command) == inspect.getdoc(function)
    assert inspect.getdoc(function)


def test_every_command_is_listed(tmp_path: Path) -> None:
    """In the order in which they are needed, and a misspelt one is guessed among all of them."""
    listed = heliport(tmp_path, "--help").stdout.partition("Commands")[2]
    places = [listed.find(f"│ {command} ") for command in app.COMMANDS]

    assert places == sorted(places)
    assert -1 not in places
    assert "'doctor'" in heliport(tmp_path, "docto").stderr


# Whether a journal is to be folded in.


def grown(layout: Layout) -> None:
    """Let a journal end otherwise than the store has it."""
    journal = JournalWriter(layout.journal(RUN))
    journal.append(RunEnded(at=START.at + 100, state=State.FAILED))
    journal.close()


def another(layout: Layout) -> None:
    """Begin a further journal."""
    layout.journal("another").write_bytes(layout.journal(RUN).read_bytes())


def imported(layout: Layout) -> None:
    """Import training runs that belong to no recorded run."""
    layout.imports.parent.mkdir(exist_ok=True)
    journal = JournalWriter(layout.imports)
    journal.append(ImportStarted(workdir=str(layout.workdir), workdir_id=layout.workdir_id()))
    journal.close()


@pytest.mark.parametrize("change", [grown, imported])
def test_what_the_store_lacks_is_folded_in_once(workdir: Path, change: Callable[[Layout], None]) -> None:
    """Whatever changed is noticed, and when it is folded in, nothing is left to do."""
    layout = Layout.of_workdir(workdir)
    with Store.open(layout.store) as store:
        assert not is_due(layout, store)
        change(layout)
        assert is_due(layout, store)
        folded(workdir)
        assert not is_due(layout, store)


def test_a_journal_that_the_store_does_not_know_is_looked_at(workdir: Path) -> None:
    """Also one that turns out to be a copy: by its name alone, it may be of a new run."""
    layout = Layout.of_workdir(workdir)
    another(layout)

    with Store.open(layout.store) as store:
        assert is_due(layout, store)


def test_all_is_folded_anew_by_a_newer_assembly(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of the same journal is something else."""
    layout = Layout.of_workdir(workdir)
    monkeypatch.setattr(due, "ASSEMBLY_VERSION", assembly.ASSEMBLY_VERSION + 1)

    with Store.open(layout.store) as store:
        assert is_due(layout, store)


def test_a_run_that_goes_on_is_folded_when_it_has_been_killed(tmp_path: Path) -> None:
    """While its process lives and writes nothing, there is nothing to do; without it, the run was interrupted."""
    layout = Layout.of_workdir(tmp_path)
    layout.create()
    journal = JournalWriter(layout.journal(RUN))
    journal.append(START)
    folded(tmp_path)

    with Store.open(layout.store) as store:
        assert [stamp.state for stamp in store.stamps().values()] == [State.RUNNING]
        assert not is_due(layout, store)
        journal.close()
        assert is_due(layout, store)
        folded(tmp_path)
        assert [stamp.state for stamp in store.stamps().values()] == [State.INTERRUPTED]
        assert not is_due(layout, store)


def test_a_damaged_journal_is_told_by_every_command(workdir: Path) -> None:
    """It is never in the store, so nobody may forget it."""
    (Layout.of_workdir(workdir).journals / "broken.jsonl").write_text("no record\n")

    for _ in range(2):
        assert "broken.jsonl: holds no readable record" in heliport(workdir, "runs").stderr
