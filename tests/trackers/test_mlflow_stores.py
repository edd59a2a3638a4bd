"""Opening tracking stores of all kinds and ages, none of which is ever changed."""

import base64
import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from trackers.mlflow_helpers import (
    by_name,
    contents,
    encoded,
    environment,
    free_port,
    python,
    read,
    server,
    small_store,
)

from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers import mlflow_pages, mlflow_store
from snakemake_heliport.trackers.errors import TrackerError, TrackerMissing
from snakemake_heliport.trackers.mlflow import TrackingStore

READ = """
import sys
from pathlib import Path
from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers.errors import TrackerError
from snakemake_heliport.trackers.mlflow import TrackingStore
try:
    with TrackingStore.open(sys.argv[1], redactor=Redactor(), workdir=Path.cwd()) as store:
        print(sum(len(batch.runs) for batch in store.batches()))
except TrackerError as error:
    print(error)
"""


def open_store(uri: str, workdir: Path) -> TrackingStore:
    """Open a store with nothing to hide."""
    return TrackingStore.open(uri, redactor=Redactor(), workdir=workdir)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one run, made once."""
    path = tmp_path_factory.mktemp("template") / "mlflow.db"
    small_store(f"sqlite:///{path}", "./artifacts")
    return path


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Path:
    """A database of its own in a folder of its own, `store/`."""
    path = tmp_path / "store" / "mlflow.db"
    path.parent.mkdir()
    shutil.copy(template, path)
    return path


def add_runs(database: Path, *users: str | None) -> None:
    """Add runs to a database by hand: `run 1`, …, each a millisecond after the last, and of these users."""
    with closing(sqlite3.connect(database)) as store, store:
        columns = [row[1] for row in store.execute("PRAGMA table_info(runs)")]
        for number, user in enumerate(users, 1):
            id_ = f"{number:032x}"
            values = {
                "run_uuid": f"'{id_}'",
                "name": f"'run {number}'",
                "start_time": f"start_time + {number}",
                "artifact_uri": f"'./artifacts/{id_}/artifacts'",
            }
            picked = ", ".join(values.get(column, column) for column in columns)
            store.execute(f"INSERT INTO runs SELECT {picked} FROM runs WHERE name='first'")
            store.execute("UPDATE runs SET user_id=? WHERE run_uuid=?", (user, id_))


# SQLite.


def test_a_database_is_read_without_a_trace(database: Path, tmp_path: Path) -> None:
    """Not a byte of it changes, nothing appears beside it, and the working copy is gone afterwards."""
    before, temporary = contents(tmp_path), set(Path("/tmp").glob("heliport-mlflow-*"))

    told, problems, tables = read(f"sqlite:///{database}", tmp_path)

    (run,) = told.runs
    assert problems == []
    assert run.params == {"depth": "3"}
    assert {metric.name: metric.last.value for metric in run.metrics} == {"loss": 0.25, "endless": "-Infinity"}
    assert len(tables) == 1
    assert contents(tmp_path) == before
    assert set(Path("/tmp").glob("heliport-mlflow-*")) <= temporary


@pytest.mark.parametrize("spelling", ["sqlite:///store/mlflow.db", "store/mlflow.db", "sqlite+pysqlite:///{path}"])
def test_every_spelling_of_a_database_is_understood(database: Path, tmp_path: Path, spelling: str) -> None:
    """Relative paths begin in the working directory, not where the process happens to be."""
    told, _, _ = read(spelling.format(path=database), tmp_path)

    assert list(by_name(told)) == ["first"]


def test_what_is_not_there_yet_is_told_apart(tmp_path: Path) -> None:
    """No file, an empty file, no folder and a folder without experiments: nothing was recorded, and nothing is made."""
    (tmp_path / "empty.db").touch()
    (tmp_path / "folder").mkdir()
    before = contents(tmp_path)

    for uri in ("sqlite:///none.db", "sqlite:///empty.db", "mlruns", "folder", "sqlite://"):
        with pytest.raises(TrackerMissing):
            open_store(uri, tmp_path)
    assert contents(tmp_path) == before


def test_what_is_no_tracking_store_is_refused(tmp_path: Path) -> None:
    """A file that is no database, and a database of something else, say so in one line."""
    (tmp_path / "text.db").write_text("no database" * 100)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE things (name TEXT)")

    for name, what in (("text.db", "not an SQLite database"), ("other.db", "holds no MLflow tables")):
        with pytest.raises(TrackerError, match=what) as caught:
            open_store(f"sqlite:///{name}", tmp_path)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_database_in_use_is_read_as_of_its_last_commit(database: Path, tmp_path: Path) -> None:
    """In WAL mode, what was committed but not yet moved into the file is read; what is not committed is not."""
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE runs SET name='committed'")
        writer.execute("UPDATE tags SET value='committed' WHERE key='mlflow.runName'")
        writer.commit()
        writer.execute("UPDATE runs SET name='not committed'")
        before = contents(database.parent)

        told, _, _ = read(f"sqlite:///{database}", tmp_path)

        assert list(by_name(told)) == ["committed"]
        assert contents(database.parent) == before


def test_a_closed_database_in_wal_mode_gets_no_files_beside_it(database: Path, tmp_path: Path) -> None:
    """SQLite itself would make two there."""
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
    before = contents(database.parent)

    told, _, _ = read(f"sqlite:///{database}", tmp_path)

    assert list(by_name(told)) == ["first"]
    assert contents(database.parent) == before == {"mlflow.db": database.read_bytes()}


def test_a_database_left_by_a_killed_writer_is_mended_in_the_copy(database: Path, tmp_path: Path) -> None:
    """The half-written transaction is undone in what is read, and the original stays as it was found."""
    python(
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1])\n"
        "db.execute('PRAGMA cache_size=1')\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "db.execute(\"UPDATE runs SET name='half'\")\n"
        "for n in range(500):\n"
        "    db.execute('INSERT INTO params VALUES (?, ?, (SELECT run_uuid FROM runs))', (f'p{n}', 'x' * 1000))\n"
        "os._exit(0)",
        str(database),
        cwd=tmp_path,
    )
    before = contents(database.parent)
    assert set(before) == {"mlflow.db", "mlflow.db-journal"}

    told, _, _ = read(f"sqlite:///{database}", tmp_path)

    assert by_name(told)["first"].params == {"depth": "3"}
    assert contents(database.parent) == before


def test_a_locked_database_is_waited_for_and_then_given_up(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that never ends costs a short wait and one line."""
    monkeypatch.setattr(mlflow_store, "LOCK_WAIT", 0.3)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        begin = time.monotonic()
        with pytest.raises(TrackerError, match="locked: it is being written; try again"):
            open_store(f"sqlite:///{database}", tmp_path)
        assert time.monotonic() - begin < 5.0


def test_a_newer_schema_is_refused_by_name(database: Path, tmp_path: Path) -> None:
    """The message names both schemas, and what to upgrade."""
    with closing(sqlite3.connect(database)) as newer, newer:
        (own,) = newer.execute("SELECT version_num FROM alembic_version").fetchone()
        newer.execute("UPDATE alembic_version SET version_num='fedcba987654'")

    with pytest.raises(TrackerError, match=f"fedcba987654 is newer than {own} .*pip install --upgrade"):
        open_store(f"sqlite:///{database}", tmp_path)


@pytest.mark.slow
def test_an_older_schema_is_brought_up_to_date_in_the_copy(tmp_path: Path) -> None:
    """A database as MLflow 2.12 made it is read by the newest, and stays one of MLflow 2.12."""
    path = tmp_path / "old.db"
    python(
        "import sqlalchemy, sys\n"
        "from alembic import command\n"
        "from mlflow.store.db.utils import InitialBase, _get_alembic_config\n"
        "engine = sqlalchemy.create_engine(sys.argv[1])\n"
        "InitialBase.metadata.create_all(engine)\n"
        "config = _get_alembic_config(sys.argv[1])\n"
        "with engine.begin() as connection:\n"
        "    config.attributes['connection'] = connection\n"
        "    command.upgrade(config, 'acf3f17fdcc7')\n",
        f"sqlite:///{path}",
        cwd=tmp_path,
    )
    run = "a" * 32
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (1, 'old', 'active')")
        old.execute(
            "INSERT INTO runs (run_uuid, name, user_id, status, start_time, lifecycle_stage, experiment_id)"
            " VALUES (?, 'old run', 'someone', 'FINISHED', 1700000000000, 'active', 1)",
            (run,),
        )
        for table in ("metrics", "latest_metrics"):
            old.execute(
                f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid) VALUES ('m', 2, 1700000000000,"
                " 0, 0, ?)",
                (run,),
            )
    before = contents(tmp_path)

    told, problems, _ = read(f"sqlite:///{path}", tmp_path)

    assert problems == []
    assert [metric.last.value for metric in by_name(told)["old run"].metrics] == [2.0]
    assert contents(tmp_path) == before


def test_artifacts_lie_where_the_database_lies(database: Path, tmp_path: Path) -> None:
    """A relative root of artifacts begins beside the original, not beside the copy that is read."""
    run = by_name(read(f"sqlite:///{database}", tmp_path)[0])["first"]
    folder = database.parent / "artifacts" / run.id / "artifacts"
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text("hello")
    with closing(sqlite3.connect(database)) as moved, moved:
        moved.execute("UPDATE runs SET artifact_uri=?", (f"./artifacts/{run.id}/artifacts",))

    told, _, _ = read(f"sqlite:///{database}", tmp_path)

    assert [file.path for file in by_name(told)["first"].files] == ["note.txt"]


def test_artifacts_of_a_server_are_looked_for_beside_its_database(database: Path, tmp_path: Path) -> None:
    """They are in `mlartifacts/`; where that is not, one sentence says how to read them."""
    run = by_name(read(f"sqlite:///{database}", tmp_path)[0])["first"].id
    with closing(sqlite3.connect(database)) as served, served:
        served.execute("UPDATE runs SET artifact_uri=?", (f"mlflow-artifacts:/1/{run}/artifacts",))

    _, problems, _ = read(f"sqlite:///{database}", tmp_path)
    assert problems == ["artifacts are kept by a tracking server; import over HTTP to read them"]

    folder = database.parent / "mlartifacts" / "1" / run / "artifacts"
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text("hello")
    told, problems, _ = read(f"sqlite:///{database}", tmp_path)
    assert problems == []
    assert [file.path for file in by_name(told)["first"].files] == ["note.txt"]


@pytest.mark.parametrize("place", ["/etc", "file:///etc", "mlflow-artifacts:/../../../etc", "/x/{run}/../../etc"])
def test_a_store_cannot_make_us_read_other_folders(database: Path, tmp_path: Path, place: str) -> None:
    """Only a folder that carries the id of the run is looked into."""
    (database.parent / "mlartifacts").mkdir()
    run = by_name(read(f"sqlite:///{database}", tmp_path)[0])["first"].id
    with closing(sqlite3.connect(database)) as forged, forged:
        forged.execute("UPDATE runs SET artifact_uri=?", (place.format(run=run),))

    told, problems, _ = read(f"sqlite:///{database}", tmp_path)

    assert by_name(told)["first"].files == ()
    assert problems == [f"{run}: artifacts do not lie in a folder of its own"]


# Robustness.


def test_a_run_that_cannot_be_read_costs_only_itself(database: Path, tmp_path: Path) -> None:
    """Of three runs, the one without the user that MLflow insists on is a problem; the others are read."""
    add_runs(database, "someone", None, "someone")

    told, problems, _ = read(f"sqlite:///{database}", tmp_path)

    assert [run.name for run in told.runs] == ["first", "run 1", "run 3"]
    (problem,) = problems
    assert f"{2:032x}" in problem


@pytest.mark.slow
def test_a_run_that_a_server_cannot_read_leaves_the_others(database: Path, tmp_path: Path) -> None:
    """Over HTTP the runs around it are asked for in smaller and smaller pages."""
    add_runs(database, *["someone"] * 5, None, *["someone"] * 5)

    with server(database.parent) as uri:
        told, problems, _ = read(uri, tmp_path)

    assert {run.name for run in told.runs} >= {"first", *(f"run {number}" for number in (1, 2, 3, 4, 7, 8, 9, 10, 11))}
    assert problems
    assert all("cannot be read" in problem for problem in problems)


@pytest.mark.slow
def test_a_server_that_dies_ends_the_reading_with_one_line(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read stays read; the rest is one error within seconds."""
    monkeypatch.setattr(mlflow_pages, "PAGE", 2)
    add_runs(database, *["someone"] * 7)
    with ExitStack() as running:
        uri = running.enter_context(server(database.parent))
        with open_store(uri, tmp_path) as store:
            pages = store.batches()
            assert len(next(pages).runs) == 2
            running.close()
            begin = time.monotonic()
            with pytest.raises(TrackerError, match="stopped answering"):
                list(pages)
            assert time.monotonic() - begin < 60.0


def test_odd_artifacts_have_reasons(database: Path, tmp_path: Path) -> None:
    """Links are followed to files only, a pipe is never opened, and names are kept as they are."""
    run = by_name(read(f"sqlite:///{database}", tmp_path)[0])["first"].id
    folder = database.parent / "artifacts" / run / "artifacts"
    folder.mkdir(parents=True)
    (folder / "a name\nof two lines ünïcode").write_text("x")
    (tmp_path / "target").write_text("linked")
    (folder / "link").symlink_to(tmp_path / "target")
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    with closing(sqlite3.connect(database)) as moved, moved:
        moved.execute("UPDATE runs SET artifact_uri=?", (str(folder),))

    told, problems, _ = read(f"sqlite:///{database}", tmp_path)

    files = {file.path: file for file in by_name(told)["first"].files}
    assert problems == []
    assert set(files) == {"a name\nof two lines ünïcode", "link", "dangling", "pipe"}
    assert files["link"].size == len("linked")
    assert files["link"].sha256
    assert files["pipe"].reason == "no regular file"
    assert files["dangling"].sha256 is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_of_artifacts_has_a_reason(database: Path, tmp_path: Path) -> None:
    """The folder is named with why it was not read; the rest is."""
    run = by_name(read(f"sqlite:///{database}", tmp_path)[0])["first"].id
    folder = tmp_path / run
    (folder / "closed").mkdir(parents=True)
    (folder / "open.txt").write_text("x")
    with closing(sqlite3.connect(database)) as moved, moved:
        moved.execute("UPDATE runs SET artifact_uri=?", (str(folder),))
    (folder / "closed").chmod(0)
    try:
        told, _, _ = read(f"sqlite:///{database}", tmp_path)
    finally:
        (folder / "closed").chmod(0o700)

    reasons = {file.path: file.reason for file in by_name(told)["first"].files}
    assert reasons == {"open.txt": None, "closed": "unreadable: Permission denied"}


def test_pages_do_not_change_what_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven runs, two of which began at the same time, are the same facts in pages of two and in one page."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("many")
    for number in (6, 0, 3, 3, 1, 5, 2):
        client.create_run(experiment, run_name=f"run {number}", start_time=1_700_000_000_000 + number)
    whole, _, _ = read(uri, tmp_path)
    monkeypatch.setattr(mlflow_pages, "PAGE", 2)

    in_pages, _, _ = read(uri, tmp_path)
    with open_store(uri, tmp_path) as store:
        sizes = [(len(page.experiments), len(page.runs)) for page in store.batches()]

    assert encoded(in_pages) == encoded(whole)
    assert [run.name for run in whole.runs] == [f"run {number}" for number in (0, 1, 2, 3, 3, 5, 6)]
    assert sizes == [(1, 2), (0, 2), (0, 2), (0, 1)]


def test_an_experiment_is_chosen_by_name_or_id(database: Path, tmp_path: Path) -> None:
    """An experiment that is not there is a problem, and no reason to read all."""
    for wanted in ("tiny", "1"):
        told, problems, _ = read(f"sqlite:///{database}", tmp_path, experiments=[wanted])
        assert list(by_name(told)) == ["first"]
        assert problems == []

    told, problems, _ = read(f"sqlite:///{database}", tmp_path, experiments=["tinny"])
    assert told.runs == ()
    assert problems == ["there is no experiment 'tinny'"]


# Folders.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `mlruns/` with one run that has an artifact."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    path = tmp_path / "mlruns"
    small_store(str(path))
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    (artifacts,) = path.glob("*/*/artifacts")
    (artifacts / "note.txt").write_text("hello")
    return path


def test_a_folder_is_read_without_a_trace(folder: Path, tmp_path: Path) -> None:
    """It is read although MLflow 3 refuses to; MLflow's own folders appear nowhere in it."""
    shutil.rmtree(folder / ".trash")
    shutil.rmtree(folder / "models", ignore_errors=True)
    before = contents(tmp_path)

    told, problems, _ = read("mlruns", tmp_path)
    again, _, _ = read(folder.as_uri(), tmp_path)

    (run,) = told.runs
    assert problems == []
    assert {metric.name: metric.last.value for metric in run.metrics} == {"loss": 0.25, "endless": "-Infinity"}
    assert [file.path for file in run.files] == ["note.txt"]
    assert encoded(again) == encoded(told)
    assert contents(tmp_path) == before


def test_a_broken_run_in_a_folder_costs_only_itself(folder: Path, tmp_path: Path) -> None:
    """A `meta.yaml` that was cut short is left out; the other run is read."""
    (meta,) = folder.glob("*/*/meta.yaml")
    broken = meta.parent.with_name("b" * 32)
    shutil.copytree(meta.parent, broken)
    (broken / "meta.yaml").write_text("artifact_uri: ")

    told, problems, _ = read("mlruns", tmp_path)
    later, _, _ = read("mlruns", tmp_path, started_from=1_700_000_001.0)

    assert list(by_name(told)) == ["first"]
    assert later.runs == ()
    (problem,) = problems
    assert broken.name in problem


# Servers.


@contextmanager
def answering(status: int, body: bytes, kind: str, asked: list[str | None] | None = None) -> Iterator[str]:
    """Run a server that gives one answer to everything, and yield its address; `asked` takes who asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if asked is not None:
                asked.append(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        httpd.server_close()


def test_a_dead_server_is_found_out_quickly(tmp_path: Path) -> None:
    """Nobody listens: one line within seconds, which names no password."""
    begin = time.monotonic()
    with pytest.raises(TrackerError, match=r"no answer .*check the address") as caught:
        open_store(f"http://someone:s3cr3t-word@127.0.0.1:{free_port()}", tmp_path)

    assert time.monotonic() - begin < 8.0
    assert "s3cr3t-word" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_silent_server_is_given_up(tmp_path: Path) -> None:
    """One that accepts and never answers costs no more than the first answer may take."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        with pytest.raises(TrackerError, match="no answer"):
            open_store(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path)
        assert time.monotonic() - begin < 15.0


@pytest.mark.parametrize(
    ("status", "kind", "what"),
    [
        (401, "text/plain", "access denied .*MLFLOW_TRACKING_USERNAME"),
        (403, "application/json", "access denied"),
        (200, "text/html", "no MLflow tracking server"),
        (404, "application/json", "no MLflow tracking server"),
        (503, "text/plain", "no answer"),
    ],
)
def test_a_server_that_cannot_be_used_says_why(tmp_path: Path, status: int, kind: str, what: str) -> None:
    """Each answer that is none has its own advice."""
    with answering(status, b"{}", kind) as address, pytest.raises(TrackerError, match=what):
        open_store(f"http://{address}", tmp_path)


@pytest.mark.parametrize("in_uri", [True, False])
def test_credentials_are_sent_from_the_uri_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_uri: bool
) -> None:
    """Either way the server sees the same user and password."""
    asked: list[str | None] = []
    if not in_uri:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "someone")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cr3t-word")
    with answering(200, b"{}", "application/json", asked) as address:
        user = "someone:s3cr3t-word@" if in_uri else ""
        with open_store(f"http://{user}{address}", tmp_path) as store:
            assert list(store.batches()) == []

    assert set(asked) == {"Basic " + base64.b64encode(b"someone:s3cr3t-word").decode()}


# MLflow itself.


@pytest.mark.parametrize(
    ("stub", "what"),
    [
        ("import sys; sys.modules['mlflow'] = None\n", "mlflow is not installed: `pip install"),
        (None, "mlflow cannot be imported (RuntimeError: broken here)"),
    ],
)
def test_without_mlflow_there_is_one_line(database: Path, tmp_path: Path, stub: str | None, what: str) -> None:
    """Whether it is absent or fails on import, the message says so and what was not done."""
    environ = {}
    if stub is None:
        (tmp_path / "stubs" / "mlflow").mkdir(parents=True)
        (tmp_path / "stubs" / "mlflow" / "__init__.py").write_text("raise RuntimeError('broken here')")
        environ["PYTHONPATH"] = str(tmp_path / "stubs")

    printed = python((stub or "") + READ, f"sqlite:///{database}", cwd=tmp_path, **environ)

    assert printed.startswith(what)
    assert len(printed.splitlines()) == 1


@pytest.mark.slow
def test_nothing_is_written_to_the_terminal(database: Path, tmp_path: Path) -> None:
    """Neither a store that is read, nor a server that is dead, nor a refused folder lets MLflow say anything."""
    for uri in (f"sqlite:///{database}", f"http://127.0.0.1:{free_port()}"):
        done = subprocess.run(
            [sys.executable, "-c", READ, uri],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1


def test_mlflow_and_its_surroundings_are_left_as_they_were(database: Path, tmp_path: Path) -> None:
    """The environment and the levels of loggers are ours only while a store is open."""
    import mlflow

    logger = logging.getLogger("mlflow")
    before, level, place = dict(os.environ), logger.level, mlflow.get_tracking_uri()

    with open_store(f"sqlite:///{database}", tmp_path) as store:
        assert os.environ["MLFLOW_ALLOW_FILE_STORE"] == "true"
        assert not logging.getLogger("mlflow.store.db.utils").isEnabledFor(logging.ERROR)
        list(store.batches())

    assert dict(os.environ) == before
    assert (logger.level, mlflow.get_tracking_uri()) == (level, place)
