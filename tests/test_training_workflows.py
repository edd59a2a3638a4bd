"""Workflows that train with MLflow, run as a user runs them, against the truth written down beside each."""
# ruff: noqa: E402

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

pytest.register_assert_rewrite("training_helpers")

from helpers import SNAKEMAKE
from training_helpers import (
    Recorded,
    ask,
    bytes_of,
    called,
    check,
    check_shapes,
    copy,
    exported,
    graph_of,
    heliport,
    journals,
    running,
    snakemake,
    truth,
)

from snakemake_heliport.identity import commit_iri, content_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.pending import all_pending, remember

pytest.importorskip("mlflow")
pytest.importorskip("sklearn")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty tracking database with the experiment `shared`: MLflow takes seconds to make one."""
    folder = tmp_path_factory.mktemp("database")
    done = called([sys.executable, "-c", "import mlflow; mlflow.search_experiments()"], folder)
    assert done.returncode == 0, done.stderr
    return folder / "mlflow.db"


@contextmanager
def server(folder: Path, store: str, *arguments: str) -> Iterator[str]:
    """Run a tracking server with one worker on a free port, and yield `host:port`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--backend-store-uri", store]
    host, port = address.split(":")
    with running([*command, "--host", host, "--port", port, *arguments], folder) as process:
        until = time.monotonic() + 90
        while not _is_up(host, int(port)):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.1)
        yield address


def _is_up(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


@pytest.fixture(scope="module")
def tracking(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tracking server with a database of its own, as `host:port`."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copyfile(database, folder / "mlflow.db")
    # The experiment that all share is there before anybody starts, so nobody races to make it.
    code = "import mlflow; mlflow.set_tracking_uri('http://%s'); mlflow.set_experiment('shared')"
    with server(folder, "sqlite:///mlflow.db") as address:
        done = called([sys.executable, "-c", code % address], folder)
        assert done.returncode == 0, done.stderr
        yield address


# Every kind of rule at the same time, over HTTP, with a stranger.


@pytest.fixture(scope="module")
def kinds(tracking: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The workflow after its run, with what Snakemake said, and the tracking URI."""
    workdir = copy("kinds", tmp_path_factory.mktemp("kinds") / "work dir é")
    uri = f"http://alice:hunter2-hunter2@{tracking}"
    dataset = str(workdir / "data" / "beam data.csv")
    mine = '{"team": "laser", "heliport.run": "urn:uuid:00000000-0000-0000-0000-000000000000"}'
    with running([sys.executable, "stranger.py", f"http://{tracking}", dataset, "go"], workdir):
        wait_for(workdir / "go.ready")
        done = snakemake(workdir, *truth("kinds")["run"], MLFLOW_TRACKING_URI=uri, MLFLOW_RUN_CONTEXT=mine)
        (workdir / "go").unlink()
    assert done.returncode == truth("kinds")["exit"], done.stderr
    return workdir, done.stderr, uri


def test_every_kind_of_rule_and_no_stranger(kinds: tuple[Path, str, str]) -> None:
    """Whatever kind of rule trains, and however it starts its runs, each hangs on its job; strangers stay outside."""
    workdir, said, _ = kinds
    assert "not imported" not in said, said
    assert "not recorded" not in said, said
    recorded = check(workdir, truth("kinds"))
    assert not [name for name in recorded.trainings if "stranger" in name]
    assert not list(all_pending(Layout.of_workdir(workdir)))
    assert b"stranger fluent" not in exported(workdir)
    assert b"stranger client" not in exported(workdir)


def test_a_stranger_beside_a_lone_job(database: Path, tmp_path: Path) -> None:
    """Though nothing else runs, and it logs what the job logs, it is neither linked nor imported by the run."""
    workdir = copy("alone", tmp_path / "w", database, "mlflow.db")
    dataset = str(workdir / "data" / "beam.csv")
    with running([sys.executable, "stranger.py", "sqlite:///mlflow.db", dataset, "met"], workdir):
        wait_for(workdir / "met.ready")
        command = [*SNAKEMAKE, *truth("alone")["run"], "--logger", "heliport"]
        with running(command, workdir) as process:
            wait_for(workdir / "met.logged", process)
            time.sleep(0.5)
            (workdir / "met" / "other").touch()
            assert process.wait(120) == 0
    check(workdir, truth("alone"))
    # The test's own folder is called after it, so the names of the strangers' runs are looked for.
    assert b"stranger fluent" not in exported(workdir)
    assert b"stranger client" not in exported(workdir)


def wait_for(path: Path, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until a file exists."""
    until = time.monotonic() + 90
    while not path.exists():
        assert process is None or process.poll() is None, f"ended before {path.name}"
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.05)


def test_notebooks(database: Path, tmp_path: Path) -> None:
    """In a notebook the kernel trains, which is no child of the job's command alone."""
    pytest.importorskip("nbconvert", reason="jupyter is not installed")
    pytest.importorskip("ipykernel", reason="jupyter is not installed")
    pytest.importorskip("papermill", reason="jupyter is not installed")
    workdir = copy("notebook", tmp_path / "w", database, "mlflow.db")
    done = snakemake(workdir, *truth("notebook")["run"])
    assert done.returncode == 0, done.stderr
    check(workdir, truth("notebook"))


def test_tags_of_the_user_are_kept(kinds: tuple[Path, str, str]) -> None:
    """What `MLFLOW_RUN_CONTEXT` held before is still there."""
    recorded = Recorded.read(kinds[0])
    tags = {(tag["name"], tag["value"]) for tag in recorded.trainings["teed"].thing.attributes["tags"]}
    assert ("team", "laser") in tags


def test_kinds_conform(kinds: tuple[Path, str, str]) -> None:
    """The graph of all kinds is valid."""
    check_shapes(kinds[0])


def test_no_secret_of_a_training_is_written(kinds: tuple[Path, str, str]) -> None:
    """Neither a parameter that is a key, nor the password in a tracking URI."""
    written = bytes_of(kinds[0])
    assert b"sk-1234567890abcdefSECRET" not in written
    assert b"hunter2" not in written


def test_importing_again_over_http_changes_nothing(kinds: tuple[Path, str, str]) -> None:
    """`import mlflow` brings the strangers, unlinked; the next says nothing new; a new store has the same bytes."""
    workdir, _, uri = kinds
    before = journals(workdir)
    heliport(workdir, "import", "mlflow", MLFLOW_TRACKING_URI=uri)
    first, graph = journals(workdir), exported(workdir)
    assert {name: first[name] for name in before} == before
    recorded = check(workdir, truth("kinds"))
    strangers = [thing for thing in recorded.graph.objects.values() if str(thing.label).startswith("stranger ")]
    assert {thing.label.split()[1] for thing in strangers} == {"fluent", "client"}
    assert all(thing.attributes.get("unlinked") for thing in strangers)

    heliport(workdir, "import", "mlflow", MLFLOW_TRACKING_URI=uri)
    assert journals(workdir) == first
    assert exported(workdir) == graph
    Layout.of_workdir(workdir).store.unlink()
    assert exported(workdir) == graph
    check_shapes(workdir)
    assert b"hunter2" not in bytes_of(workdir)


# Attempts that fail.


def test_each_training_run_belongs_to_its_attempt(database: Path, tmp_path: Path) -> None:
    """A training that fails, dies or is tried again keeps what it logged, at the attempt that logged it."""
    workdir = copy("attempts", tmp_path / "w", database, "mlflow.db")
    expected = truth("attempts")
    done = snakemake(workdir, *expected["run"])
    assert done.returncode == expected["exit"], done.stderr
    assert "not imported" not in done.stderr, done.stderr
    recorded = check(workdir, expected)
    check_shapes(workdir)
    parent, child = (recorded.trainings[name].thing for name in ("kill", "child of kill"))
    assert parent.attributes["tracker_status"] == "RUNNING"
    assert child.attributes["tracker_status"] == "FINISHED"


# Without our package in the environment of the rule.


def test_rules_whose_environment_lacks_the_package(database: Path, tmp_path: Path) -> None:
    """What distinguishes jobs links them; what does not leaves the training run with the workflow run."""
    workdir = copy("untold", tmp_path / "w", database, "mlflow.db")
    expected = truth("untold")
    done = snakemake(workdir, *expected["run"])
    assert done.returncode == expected["exit"], done.stderr
    check(workdir, expected)
    check_shapes(workdir)


# A second run with changed data.


@pytest.fixture(scope="module")
def versions(database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes], list[str]]:
    """The workflow after two runs: its graph after the first, the data of both, and the commit."""
    workdir = copy("versions", tmp_path_factory.mktemp("versions") / "w", database, "mlflow.db")
    (workdir / ".gitignore").write_text("*\n!*.py\n!Snakefile\n", "utf-8")
    for command in (
        ["git", "init", "-q"],
        ["git", "add", "Snakefile", "train.py", "carbon.py"],
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "first"],
    ):
        done = called(command, workdir)
        assert done.returncode == 0, done.stderr
    seen = []
    for position, more in enumerate(("", "4,1\n")):
        with (workdir / "data" / "raw.csv").open("a") as raw:
            raw.write(more)
        expected = truth("versions", position)
        done = snakemake(workdir, *expected["run"])
        assert done.returncode == expected["exit"], done.stderr
        assert "not imported" not in done.stderr, done.stderr
        seen.append((workdir / "data" / "clean.csv").read_bytes())
        if position == 0:
            (workdir / "first.nt").write_bytes(exported(workdir))
    commit = called(["git", "rev-parse", "HEAD"], workdir).stdout.strip()
    return workdir, seen, [commit]


def test_a_second_run_leaves_the_first_as_it_was(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """New training runs hang on new jobs, the old ones stay, and both runs are valid."""
    workdir, _, _ = versions
    for position in (0, 1):
        check(workdir, truth("versions", position), position)
    first = set((workdir / "first.nt").read_bytes().splitlines())
    assert not {line for line in first - set(exported(workdir).splitlines()) if b"/terms#" in line}
    check_shapes(workdir)


def test_which_models_saw_the_dataset_in_which_version(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """By the digest of the bytes; both the dataset and the file that it came from say so."""
    workdir, seen, _ = versions
    question = """SELECT ?run ?path ?content WHERE { ?model a smk:LoggedModel ; fair4ml:trainedOn ?data ;
        prov:wasGeneratedBy/schema:name ?run . ?data a schema:Dataset ; prov:specializationOf ?content ;
        dcterms:source ?file . ?file prov:specializationOf ?content ; smk:path ?path }"""
    contents = [content_iri(sha256(data).hexdigest()) for data in seen]
    assert ask(graph_of(workdir), question) == [
        ("of 4 rows", "data/clean.csv", contents[0]),
        ("of 5 rows", "data/clean.csv", contents[1]),
    ]


def test_accuracy_and_parameters_of_every_model(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """One row a model."""
    graph = graph_of(versions[0])
    question = """SELECT ?name ?c ?accuracy WHERE { ?run schema:name ?name ; mls:hasOutput ?model, ?evaluation ;
        mls:hasInput ?setting . ?model a mls:Model . ?evaluation mls:specifiedBy/rdfs:label "accuracy" ;
        mls:hasValue ?accuracy . ?setting mls:specifiedBy/rdfs:label "C" ; mls:hasValue ?c }"""
    assert [(name, c) for name, c, _ in ask(graph, question)] == [("of 4 rows", "0.5"), ("of 5 rows", "0.5")]
    assert all(0 <= float(accuracy or -1) <= 1 for _, _, accuracy in ask(graph, question))
    same = "SELECT ?name ?rule WHERE { ?run schema:name ?name ; mls:hasInput ?setting . ?setting prov:alternateOf ?p . "
    same += "?job prov:used ?p ; p-plan:correspondsToStep/rdfs:label ?rule }"
    assert ask(graph, same) == [("of 4 rows", "train"), ("of 5 rows", "train")]


def test_which_raw_file_and_which_commit_made_a_model(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """From the model's file that the next rule reads back to the raw file; MLflow's commit is that of the workflow."""
    workdir, _, (commit,) = versions
    graph = graph_of(workdir)
    question = """SELECT DISTINCT ?name ?path ?user WHERE {
        ?model a smk:LoggedModel ; prov:wasGeneratedBy ?run ; prov:hadMember/prov:specializationOf ?bytes .
        ?file prov:specializationOf ?bytes ; smk:path "out/model.bin" .
        ?next prov:used ?file ; p-plan:correspondsToStep/rdfs:label ?user .
        ?run schema:name ?name ; provone:wasPartOf+ ?job . ?job a smk:JobAttempt ;
        (prov:used/prov:wasGeneratedBy)*/prov:used ?raw . ?raw a smk:FileInstance ; smk:path ?path
        FILTER NOT EXISTS { ?raw prov:wasGeneratedBy ?maker } FILTER(STRSTARTS(?path, "data/")) }"""
    assert ask(graph, question) == [
        ("of 4 rows", "data/raw.csv", "evaluate"),
        ("of 5 rows", "data/raw.csv", "evaluate"),
    ]
    commits = """SELECT DISTINCT ?name ?commit WHERE { ?run a smk:MLflowRun ; schema:name ?name ; prov:used ?commit .
        ?commit a smk:GitCommit . ?workflow a provone:Workflow ; prov:wasDerivedFrom ?commit }"""
    assert {row for row in ask(graph, commits) if row[0] and row[0].startswith("of")} == {
        (f"of {rows} rows", commit_iri(commit)) for rows in (4, 5)
    }


def test_energy_per_rule(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """From a table that a rule writes, and from one that a training run keeps."""
    question = """SELECT ?rule (SUM(?value) AS ?energy) WHERE { ?job a smk:JobAttempt ;
        p-plan:correspondsToStep/rdfs:label ?rule ; wfrun:resourceUsage ?usage .
        ?usage schema:propertyID smk:energy_consumed ; schema:value ?value ; schema:unitCode unit:KiloW-HR }
        GROUP BY ?rule"""
    found = {rule: round(float(energy or 0), 6) for rule, energy in ask(graph_of(versions[0]), question)}
    assert found == {"measured": 0.01, "carbon": 0.02}


def test_sqlite_and_http_give_the_same_bytes(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """Imported again from SQLite, then over HTTP: no journal has a new line, and the graph is the same."""
    workdir, _, _ = versions
    # The second run moved an alias away from a model of the first, which only an import of all tells. That the data
    # have changed since is no reason to forget what was known of them.
    before = journals(workdir)
    heliport(workdir, "import", "mlflow")
    news = [
        line for name, data in journals(workdir).items() for line in data[len(before.get(name, b"")) :].splitlines()
    ]
    assert {json.loads(line)["type"] for line in news if line} == {"model_version"}
    before, graph = journals(workdir), exported(workdir)
    heliport(workdir, "import", "mlflow")
    assert journals(workdir) == before
    assert exported(workdir) == graph
    with server(workdir, "sqlite:///mlflow.db", "--default-artifact-root", str(workdir / "mlruns")) as address:
        heliport(workdir, "import", "mlflow", "--tracking-uri", f"http://{address}")
    assert journals(workdir) == before
    assert exported(workdir) == graph
    Layout.of_workdir(workdir).store.unlink()
    assert exported(workdir) == graph


def test_no_secret_of_a_model_is_written(versions: tuple[Path, list[bytes], list[str]]) -> None:
    """Neither a parameter by its name nor a tag by its looks."""
    written = bytes_of(versions[0])
    assert b"hunter2hunter2" not in written
    assert b"ghp_0123456789" not in written


# Where the tracking store is.


def test_every_way_to_name_a_tracking_store(database: Path, tmp_path: Path) -> None:
    """Environment, defaults, config, command, script, setting; and none at all."""
    names = ("mlflow.db", "configured.db", "commanded.db", "elsewhere.db")
    workdir = copy("places", tmp_path / "w", database, *names)
    for position in range(3):
        expected = truth("places", position)
        done = snakemake(workdir, *expected["run"], **expected.get("environment", {}))
        assert done.returncode == expected["exit"], done.stderr
        assert "not imported" not in done.stderr, done.stderr
        check(workdir, expected)
        assert not list(all_pending(Layout.of_workdir(workdir)))
    check_shapes(workdir)


# Never in the way.


def lines_of(text: str, what: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("heliport:") and what in line]


def test_a_broken_mlflow_costs_one_line(database: Path, tmp_path: Path) -> None:
    """The record of the workflow is whole; once MLflow is mended, the training runs are imported."""
    workdir = copy("small", tmp_path / "w", database, "mlflow.db")
    stub = tmp_path / "stub"
    (stub / "mlflow").mkdir(parents=True)
    (stub / "mlflow" / "__init__.py").write_text("raise RuntimeError('broken on purpose')\n", "utf-8")
    done = snakemake(workdir, "-c1", PYTHONPATH=str(stub))
    assert done.returncode == 0, done.stderr
    (line,) = lines_of(done.stderr, "not imported")
    assert "broken on purpose" in line
    recorded = Recorded.read(workdir)
    assert recorded.trainings == {}
    assert recorded.run.attributes["status"] == "finished"
    heliport(workdir, "import", "mlflow")
    check(workdir, truth("small"))
    check_shapes(workdir)


@contextmanager
def door(port: int, to: str) -> Iterator[None]:
    """Open a port, behind which a tracking server answers."""
    host, number = to.split(":")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            behind = socket.create_connection((host, int(number)))
            for pair in ((client, behind), (behind, client)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_a_dead_tracking_server_costs_one_line(tracking: str, tmp_path: Path) -> None:
    """It is not waited for long, nor asked by every command; when it is back, the import works."""
    workdir = copy("small", tmp_path / "w")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}"}
    options = f"--untold --store http://{tracking}"
    begin = time.monotonic()
    done = snakemake(workdir, "-c1", TRAINER_OPTIONS=options, **environ)
    assert time.monotonic() - begin < 60
    assert done.returncode == 0, done.stderr
    assert len(lines_of(done.stderr, "not imported")) == 1, done.stderr
    layout = Layout.of_workdir(workdir)
    (pending,) = all_pending(layout)
    assert pending.tried is not None
    # Not again within ten minutes, then once.
    assert "not imported" not in heliport(workdir, "runs", **environ)
    remember(layout, msgspec.structs.replace(pending, tried=pending.tried - 660))
    assert "not imported" in heliport(workdir, "runs", **environ)
    assert "not imported" not in heliport(workdir, "runs", **environ)
    assert Recorded.read(workdir).trainings == {}
    with door(port, tracking):
        heliport(workdir, "import", "mlflow", **environ)
    check(workdir, truth("small"))
    assert not list(all_pending(layout))


def test_a_time_that_is_too_short(database: Path, tmp_path: Path) -> None:
    """What could not be imported in time is imported by the next command."""
    workdir = copy("small", tmp_path / "w", database, "mlflow.db")
    done = snakemake(workdir, "-c1", "--logger-heliport-mlflow-wait", "0.2")
    assert done.returncode == 0, done.stderr
    assert len(lines_of(done.stderr, "not imported")) == 1, done.stderr
    heliport(workdir, "runs")
    check(workdir, truth("small"))
    assert not list(all_pending(Layout.of_workdir(workdir)))


def test_a_snakemake_that_is_killed(database: Path, tmp_path: Path) -> None:
    """The next command imports what was trained, even long after the last event; a run that is open ended with it."""
    workdir = copy("small", tmp_path / "w", database, "mlflow.db")
    command = [*SNAKEMAKE, "-c1", "--logger", "heliport"]
    with running(command, workdir, TRAINER_OPTIONS="--late 6 --meet met:9") as process:
        wait_for(workdir / "met", process)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    heliport(workdir, "runs")
    recorded = check(workdir, truth("small"))
    training = recorded.trainings["small"].thing.attributes
    assert (training["tracker_status"], training["status"]) == ("RUNNING", "interrupted")
    assert training["inferred_end"] is True
    assert recorded.run.attributes["status"] == "interrupted"
    check_shapes(workdir)
