"""`explore` and `export --format html` as a user starts them, and what a browser says to the pages."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from explorer.browsers import needs_chromium, seen
from explorer.hostile import hostile_run
from explorer.seeing import page_of, parsed
from helpers import copy_workflow, environment, folded, heliport, snakemake
from store.builders import RUN_A, replace

from snakemake_heliport.layout import Layout
from snakemake_heliport.model import Kind
from snakemake_heliport.store import Store

START = [sys.executable, "-c", "from snakemake_heliport.cli import main; main()", "explore", "--port", "0"]


@dataclass
class Server:
    """A server that runs."""

    address: str
    workdir: Path
    process: subprocess.Popen[str]


def _start(workdir: Path, *arguments: str) -> Server:
    process = subprocess.Popen(
        [*START, *arguments], cwd=workdir, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, line + (process.stderr.read() if process.stderr else "")
    return Server(found[0], workdir, process)


def _stop(server: Server) -> int:
    server.process.send_signal(signal.SIGINT)
    code = server.process.wait(timeout=20)
    for stream in (server.process.stdout, server.process.stderr):
        if stream is not None:
            stream.close()
    return code


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workflow with a recorded run."""
    workdir = copy_workflow("minimal", tmp_path_factory.mktemp("explore") / "work")
    assert snakemake(workdir, "--cores", "2").returncode == 0
    folded(workdir)
    return workdir


@pytest.fixture
def server(recorded: Path) -> Iterator[Server]:
    started = _start(recorded)
    yield started
    if started.process.poll() is None:
        _stop(started)


def test_it_serves_this_machine_and_ends_with_ctrl_c(server: Server) -> None:
    assert server.address.startswith("http://127.0.0.1:")
    assert "?token=" not in server.address
    answer = requests.get(server.address, timeout=20)
    assert answer.status_code == 200
    assert "Latest runs" in answer.text
    assert _stop(server) == 0


ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"


def _children(server: Server) -> set[str]:
    pid = server.process.pid
    return {child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()}


def _until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def _ask(server: Server, timeout: float) -> None:
    with suppress(requests.RequestException):
        while requests.get(f"{server.address}query", params={"sparql": ENDLESS}, timeout=timeout).status_code == 503:
            time.sleep(0.1)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are counted in /proc")
def test_a_query_ends_with_who_asked_and_with_the_server(server: Server) -> None:
    leaving = threading.Thread(target=_ask, args=(server, 3), daemon=True)
    leaving.start()
    _until(lambda: bool(_children(server)))
    leaving.join()
    _until(lambda: not _children(server))
    for _ in range(2):
        threading.Thread(target=_ask, args=(server, 60), daemon=True).start()
    _until(lambda: len(_children(server)) == 2)
    assert requests.get(f"{server.address}query", params={"sparql": ENDLESS}, timeout=20).status_code == 503
    begin = time.monotonic()
    for _ in range(2):
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    _, told = server.process.communicate(timeout=20)
    assert time.monotonic() - begin < 5
    assert server.process.returncode == 0
    assert "Stopped." in told
    assert "Traceback" not in told


def test_over_http_names_of_others_and_changes_are_refused(server: Server) -> None:
    assert requests.get(server.address, headers={"Host": "evil.example"}, timeout=20).status_code == 421
    assert requests.post(server.address, timeout=20).status_code == 405


def test_a_token_is_printed_once_and_asked_for(recorded: Path) -> None:
    server = _start(recorded, "--token")
    try:
        home, _, token = server.address.partition("?token=")
        assert len(token) >= 32
        assert requests.get(home, timeout=20).status_code == 401
        with requests.Session() as session:
            assert session.get(server.address, timeout=20).url == home
            assert session.get(home, timeout=20).status_code == 200
    finally:
        _stop(server)


def test_a_port_that_is_taken_is_named(server: Server) -> None:
    port = server.address.rstrip("/").rpartition(":")[2]
    done = heliport(server.workdir, "explore", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr


@pytest.mark.slow
def test_a_run_that_goes_on_is_shown_as_it_goes(server: Server) -> None:
    before = requests.get(f"{server.address}live", timeout=20).json()["version"]
    assert snakemake(server.workdir, "--cores", "1", "--forceall").returncode == 0
    for _ in range(100):
        if requests.get(f"{server.address}live", timeout=20).json()["version"] != before:
            break
        time.sleep(0.2)
    with Store.open(Layout.of_workdir(server.workdir).store) as store:
        latest = store.runs()[-1].iri
    assert page_of(latest) in requests.get(server.address, timeout=20).text


def test_export_writes_a_folder_and_one_file(recorded: Path, tmp_path: Path) -> None:
    done = heliport(recorded, "export", "--format", "html", "-o", f"{tmp_path}/pages/")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "pages/index.html").is_file()
    done = heliport(recorded, "export", "--format", "html", "--run", "latest", "-o", f"{tmp_path}/run.html")
    assert done.returncode == 0, done.stderr
    assert parsed((tmp_path / "run.html").read_text()).problems == []


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("width", [360, 1200, 2560])
def test_a_browser_has_nothing_to_complain_about(server: Server, width: int) -> None:
    with Store.open(Layout.of_workdir(server.workdir).store) as store:
        run = store.runs()[-1].iri
        file = store.find(":", [Kind.FILE])
    for place in ("", "runs", page_of(run)[1:], page_of(file[0].iri)[1:], f"graph?run={run}"):
        found = seen(server.address + place, width)
        assert found.complaints == [], place
        assert "<main" in found.dom


@pytest.mark.slow
@needs_chromium
def test_a_browser_runs_no_name(tmp_path: Path) -> None:
    layout = Layout.of_workdir(tmp_path)
    layout.create()
    with Store.open(layout.store) as store:
        replace(store, RUN_A, hostile_run())
    done = heliport(tmp_path, "export", "--format", "html", "-o", "pages/")
    assert done.returncode == 0, done.stderr
    pages = [tmp_path / "pages/index.html", *sorted((tmp_path / "pages/objects").iterdir())[:6]]
    pages += (tmp_path / "pages/graphs").iterdir()
    for page in pages:
        assert seen(page.as_uri()).complaints == [], page


@pytest.mark.slow
@needs_chromium
def test_the_search_from_disk_finds_and_is_safe(tmp_path: Path) -> None:
    layout = Layout.of_workdir(tmp_path)
    layout.create()
    with Store.open(layout.store) as store:
        replace(store, RUN_A, hostile_run())
    assert heliport(tmp_path, "export", "--format", "html", "-o", "pages/").returncode == 0
    found = seen(f"{(tmp_path / 'pages/search.html').as_uri()}?q=%3Cimg")
    assert found.complaints == []
    hits = parsed(found.dom)
    assert "found" in hits.text
    assert any(link.startswith("objects/") for link in hits.links)
    assert "onerror" not in " ".join(hits.handlers)
