"""The graph of a run at real SPARQL servers: whatever happens on the way, it is there whole and once, and no other."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from helpers import exported
from servers import FaultProxy, fault_proxy
from sparql_servers import ENGINES, SparqlServer, lines
from store.builders import RUN_A, RUN_B, WORKFLOW, replace, whole_run

from snakemake_heliport.export.guard import SecretFound
from snakemake_heliport.model import DigitalObject, Kind, Visibility
from snakemake_heliport.store import Store
from snakemake_heliport.upload import sparql_server
from snakemake_heliport.upload.errors import Rejected, UploadError
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.session import Sent
from snakemake_heliport.upload.sparql import send_graph

GRAPH_A, GRAPH_B = f"{RUN_A}#graph", f"{RUN_B}#graph"
FOREIGN = "https://example.org/somebody-else"
ABOUT_GRAPH = "<{0}> a <http://www.w3.org/ns/prov#Bundle>, <http://www.w3.org/ns/prov#Entity> .\n"
FAULTS = (
    *("refused", "timeout", "reset", "401", "403", "413", "429", "500", "502"),
    *("timeout-after", "reset-after", "500-after", "502-after", "short"),
)
# Bytes of a request, so that a small run goes in some parts.
SMALL = 7000
TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT" + "1vW4yZ7bC0eF3hJ6"
LONG = "ünïcode ☃ \U0001f4a9 \"quotes\" \\ back\\u0041slash\nlines\r\ttab 'x' {curly} " + "x" * 20_000


@pytest.fixture(scope="module", params=list(ENGINES))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparqlServer]:
    """Each server that is installed."""
    try:
        with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as running:
            yield running
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def proxy(server: SparqlServer, tmp_path: Path) -> Iterator[FaultProxy]:
    """A way to the server on which things can go wrong."""
    with fault_proxy(server.base, tmp_path) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path, server: SparqlServer) -> Iterator[Path]:
    """A store with two runs, before a server that holds a graph of somebody else only."""
    server.put(FOREIGN, "<a:b> <a:c> <a:d> .")
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        replace(store, RUN_A, whole_run(RUN_A))
        replace(store, RUN_B, whole_run(RUN_B))
    yield path
    with Client(server.base + server.store) as client:
        for graph in server.graphs() - {FOREIGN}:
            sparql_server.GraphServer(client, None, lambda: None).drop(graph)


@pytest.fixture(params=["whole", "parts"])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a graph is replaced."""
    monkeypatch.setattr(sparql_server, "SIZES", (SMALL, 2000))
    return str(request.param)


def send(path: Path, server: SparqlServer, run: str, ways: str, base: str | None = None, **options) -> Sent:
    """Send a run, by default directly and once."""
    base, audience = base or server.base, options.pop("audience", Visibility.PRIVATE)
    patience = {"timeout": (5.0, 20.0), "attempts": 1, "backoff": 0.01, **options}
    with Store.open(path) as store, Client(base + server.store, **patience) as client:
        update = base + server.update if ways == "parts" else None
        return send_graph(store, store.ledger("institute"), run, client, update, lambda: None, audience)


def patience_for(fault: str) -> tuple[float, float]:
    """Return seconds to connect and to wait: few only where waiting is what is tried, for the machine may be busy."""
    return (1.0, 1.0) if fault.startswith("timeout") else (5.0, 20.0)


def expected(path: Path, run: str) -> list[str]:
    """Return what the graph of a run has to hold."""
    with Store.open(path) as store:
        return lines(exported(store, [run]) + ABOUT_GRAPH.format(f"{run}#graph").encode())


def change(path: Path, text: str) -> None:
    """Give the first run another description: one triple goes, one comes, all others stay."""
    with Store.open(path) as store:
        replace(store, RUN_A, [*whole_run(RUN_A), DigitalObject(f"{RUN_A}#note", Kind.CONFIG, "note", text)])


def assert_there(server: SparqlServer, path: Path, *runs: str) -> None:
    """The server holds the graphs of these runs, that of somebody else, and nothing else."""
    for run in runs:
        assert server.triples(f"{run}#graph") == expected(path, run)
    assert server.graphs() == {FOREIGN, *(f"{run}#graph" for run in runs)}
    assert server.triples(FOREIGN) == ["<a:b> <a:c> <a:d>"]


def test_a_run_is_a_graph(server: SparqlServer, path: Path, ways: str) -> None:
    """Each run in its own graph, with texts of any kind; a change replaces it and touches no other."""
    assert send(path, server, RUN_A, ways).created == 1
    assert send(path, server, RUN_B, ways).created == 1
    assert_there(server, path, RUN_A, RUN_B)

    change(path, LONG)
    sent = send(path, server, RUN_A, ways)
    assert (sent.created, sent.changed, sent.refused) == (0, 1, {})
    assert_there(server, path, RUN_A, RUN_B)

    change(path, "shorter again")
    send(path, server, RUN_A, ways)
    assert_there(server, path, RUN_A, RUN_B)


def test_the_graph_holds_what_the_quads_hold(server: SparqlServer, path: Path) -> None:
    """Nothing of the N-Quads of a run is left out, wherever it stands there."""
    send(path, server, RUN_A, "whole")
    with Store.open(path) as store:
        quads = exported(store, [RUN_A], "n-quads")
    assert server.triples(GRAPH_A) == lines(quads.replace(f" <{GRAPH_A}> .\n".encode(), b" .\n"))


def test_where_it_can_be_read(server: SparqlServer, path: Path) -> None:
    """The address that is told is that of the graph."""
    url = send(path, server, RUN_A, "whole").url
    assert url == f"{server.base}{server.store}?graph={RUN_A.replace(':', '%3A')}%23graph"


def test_nothing_is_sent_that_is_there(server: SparqlServer, path: Path, proxy: FaultProxy, ways: str) -> None:
    """The second time not one request is made."""
    send(path, server, RUN_A, ways, proxy.url)
    before = len(proxy.seen())
    assert send(path, server, RUN_A, ways, proxy.url).unchanged == 1
    assert len(proxy.seen()) == before
    methods = [seen["method"] for seen in proxy.seen()]
    assert methods == ["PUT"] if ways == "whole" else len(methods) > 3 and set(methods) == {"POST"}


def test_requests_are_bounded(server: SparqlServer, path: Path, proxy: FaultProxy, monkeypatch) -> None:
    """With an address for updates, no request is much larger than a part may be."""
    monkeypatch.setattr(sparql_server, "SIZES", (SMALL,))
    send(path, server, RUN_A, "parts", proxy.url)
    assert max(seen["bytes"] for seen in proxy.seen()) < SMALL + 700


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_at_every_request(server: SparqlServer, path: Path, proxy: FaultProxy, ways: str, fault: str) -> None:
    """After a fault the graph is the old or the new one; after the next try it is the new one."""
    send(path, server, RUN_B, ways)
    send(path, server, RUN_A, ways)
    for number in count(1):
        before = server.triples(GRAPH_A)
        change(path, f"change {fault} {ways} {number}")
        proxy.plan({"fault": fault, "nth": number})
        failed = False
        try:
            send(path, server, RUN_A, ways, proxy.url, timeout=patience_for(fault))
        except UploadError:
            failed = True
            assert server.triples(GRAPH_A) in (before, expected(path, RUN_A))
            send(path, server, RUN_A, ways)
        assert_there(server, path, RUN_A, RUN_B)
        if not failed and proxy.rules()[0]["fired"] == 0:
            break
    assert number > (4 if ways == "parts" else 1)


@pytest.mark.parametrize("fault", ["reset-after", "500-after", "timeout-after"])
def test_what_was_done_is_not_undone_by_doing_it_again(
    server: SparqlServer, path: Path, proxy: FaultProxy, ways: str, fault: str
) -> None:
    """Every request is sent twice, because no answer came to the first: `MOVE` would leave nothing of the graph."""
    proxy.plan({"fault": fault, "nth": 1, "every": 2})
    send(path, server, RUN_A, ways, proxy.url, attempts=6, timeout=patience_for(fault))
    assert_there(server, path, RUN_A)


def test_an_update_that_comes_late_does_nothing(server: SparqlServer, path: Path) -> None:
    """What takes over does so only while all parts are there."""
    with Client(server.base + server.store) as client:
        gathered = f"{GRAPH_A}.gathered"
        sent = send(path, server, RUN_A, "whole")
        graphs = sparql_server.GraphServer(client, server.base + server.update, lambda: None)
        server.put(gathered, f"<a:new> <a:b> <a:c> . <{gathered}> <{sparql_server.HAS_PART}> <a:1> .")
        graphs._take_over(server.base + server.update, GRAPH_A, gathered, 2)
    assert sent.created == 1
    assert_there(server, path, RUN_A)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["timeout", "timeout-after"])
def test_killed_at_every_request(server: SparqlServer, path: Path, proxy: FaultProxy, ways: str, fault: str) -> None:
    """SIGKILL before and after the server has done what it was asked for; the next try cleans up and completes."""
    send(path, server, RUN_B, ways)
    update = proxy.url + server.update if ways == "parts" else None
    for number in count(1):
        change(path, f"killed {fault} {ways} {number}")
        proxy.plan({"fault": fault, "nth": number})
        process = subprocess.Popen([sys.executable, "-c", SENDER, path, proxy.url + server.store, str(update), RUN_A])
        while process.poll() is None and proxy.rules()[0]["fired"] == 0:
            time.sleep(0.02)
        if fault == "timeout-after":
            time.sleep(0.3)
        process.kill()
        process.wait()
        finished = proxy.rules()[0]["fired"] == 0
        # What was under way is of other content than what is sent next.
        change(path, f"after {number}")
        send(path, server, RUN_A, ways)
        assert_there(server, path, RUN_A, RUN_B)
        if finished:
            break
    assert number > (4 if ways == "parts" else 1)


SENDER = f"""
import sys
from snakemake_heliport.store import Store
from snakemake_heliport.upload import sparql_server
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.sparql import send_graph
sparql_server.SIZES = ({SMALL}, 2000)
path, url, update, run = sys.argv[1:]
with Store.open(path) as store, Client(url) as client:
    send_graph(store, store.ledger("institute"), run, client, None if update == "None" else update, lambda: None)
"""


def test_two_at_once(server: SparqlServer, path: Path, ways: str) -> None:
    """Two who send the same run at the same moment leave one graph."""
    change(path, LONG)
    failures: list[Exception] = []

    def one() -> None:
        try:
            send(path, server, RUN_A, ways, attempts=6)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    change(path, "settled")
    send(path, server, RUN_A, ways)
    assert_there(server, path, RUN_A)


def test_a_lost_ledger(server: SparqlServer, path: Path, ways: str) -> None:
    """Who has forgotten what is there sends it again; it is there once."""
    send(path, server, RUN_A, ways)
    with Store.open(path) as store:
        store.ledger("institute").forget_all()
    assert send(path, server, RUN_A, ways).created == 1
    assert_there(server, path, RUN_A)


def test_smaller_parts_where_they_are_too_large(server: SparqlServer, path: Path, proxy: FaultProxy, ways: str) -> None:
    """A proxy that takes small requests only gets small ones; without updates, one is told what to do."""
    proxy.plan({"fault": "413", "nth": [1, 2] if ways == "whole" else 3})
    if ways == "whole":
        with pytest.raises(Rejected, match="name its address for updates as `update`"):
            send(path, server, RUN_A, ways, proxy.url)
        assert server.graphs() == {FOREIGN}
    else:
        send(path, server, RUN_A, ways, proxy.url)
        assert_there(server, path, RUN_A)


def test_a_secret_does_not_leave(server: SparqlServer, path: Path, proxy: FaultProxy) -> None:
    """The object is named, and nothing is sent."""
    change(path, f"token {TOKEN}")
    with pytest.raises(SecretFound, match="description"):
        send(path, server, RUN_A, "whole", proxy.url)
    assert proxy.seen() == []


def test_who_may_see_it(server: SparqlServer, path: Path, ways: str) -> None:
    """A server for everybody gets public runs, and of those what is public; one that is public no more is removed."""

    def public(visibility: Visibility) -> None:
        things = [
            DigitalObject(RUN_A, Kind.RUN, "a run", visibility=visibility),
            DigitalObject(WORKFLOW, Kind.WORKFLOW, "secretive", visibility=Visibility.PRIVATE),
        ]
        with Store.open(path) as store:
            replace(store, RUN_A, things)

    public(Visibility.PUBLIC)
    assert send(path, server, RUN_A, ways, audience=Visibility.PUBLIC).created == 1
    told = server.triples(GRAPH_A)
    assert any("a run" in line for line in told)
    assert not any("secretive" in line for line in told)

    public(Visibility.PRIVATE)
    assert "not public" in send(path, server, RUN_A, ways, audience=Visibility.PUBLIC).refused[GRAPH_A]
    assert server.graphs() == {FOREIGN}


def test_no_room(server: SparqlServer, path: Path, monkeypatch: pytest.MonkeyPatch, proxy: FaultProxy) -> None:
    """A full disk is told as what it is, and nothing is sent."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("snakemake_heliport.upload.sparql.write_ntriples", full)
    with pytest.raises(Exception, match="No space left on device; make room, or name another folder as TMPDIR"):
        send(path, server, RUN_A, "whole", proxy.url)
    assert proxy.seen() == []
