"""Starts real SPARQL servers, each with an empty database of its own, and reads back what they hold.

with oxigraph(tmp_path) as server:
    …
    assert server.triples(graph) == expected
"""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
import requests
from servers import logged_in

PATIENCE = 60.0
GRAPHS = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
VIRTUOSO = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = {sql_port}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = {port}
ServerRoot = {folder}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = 1000000
"""


@dataclass
class SparqlServer:
    """A running server.

    Attributes:
        base: Its address; `store`, `update` and `query` are paths there.
        native: Graphs that it has by itself.
    """

    base: str
    store: str
    update: str
    query: str
    native: frozenset[str] = frozenset()

    def triples(self, graph: str) -> list[str]:
        """Return what a graph holds, as sorted lines."""
        accept = {"Accept": "application/n-triples, text/turtle;q=0.5"}
        with logged_in("") as session:
            answer = session.get(self.base + self.store, params={"graph": graph}, headers=accept, timeout=PATIENCE)
        if answer.status_code == 404:
            return []
        answer.raise_for_status()
        return lines(answer.content)

    def put(self, graph: str, turtle: str) -> None:
        """Replace a graph, as somebody else would."""
        with logged_in("") as session:
            session.put(
                self.base + self.store,
                params={"graph": graph},
                data=turtle.encode(),
                headers={"Content-Type": "text/turtle"},
                timeout=PATIENCE,
            ).raise_for_status()

    def graphs(self) -> set[str]:
        """Return the names of all graphs that are not empty."""
        accept = {"Accept": "application/sparql-results+json"}
        with logged_in("") as session:
            answer = session.get(self.base + self.query, params={"query": GRAPHS}, headers=accept, timeout=PATIENCE)
        answer.raise_for_status()
        return {row["g"]["value"] for row in answer.json()["results"]["bindings"]} - self.native


def lines(turtle: bytes) -> list[str]:
    """Return the triples of N-Triples or Turtle without blank nodes, sorted and without doubles.

    They pass through a store, because servers keep values: a `nonNegativeInteger` may come back as an `integer`.
    """
    store = pyoxigraph.Store()
    store.load(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    return sorted(str(quad.triple) for quad in store)


@contextmanager
def oxigraph(folder: Path) -> Iterator[SparqlServer]:
    """Start the server of the `oxigraph` wheel."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if program is None:
        raise FileNotFoundError("no oxigraph: pip install oxigraph")
    (port,) = _free_ports(1)
    # Without a location, it keeps everything in memory.
    command = [program, "serve", "--bind", f"127.0.0.1:{port}"]
    server = SparqlServer(f"http://127.0.0.1:{port}", "/store", "/update", "/query")
    with _running(command, folder, server):
        yield server


@contextmanager
def virtuoso(folder: Path) -> Iterator[SparqlServer]:
    """Start Virtuoso, so that everybody may write."""
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        raise FileNotFoundError("no Virtuoso: apt-get install virtuoso-opensource")
    port, sql_port = _free_ports(2)
    settings = folder / "virtuoso.ini"
    settings.write_text(VIRTUOSO.format(folder=folder, port=port, sql_port=sql_port), "utf-8")
    server = SparqlServer(f"http://127.0.0.1:{port}", "/sparql-graph-crud", "/sparql", "/sparql")
    with _running(["virtuoso-t", "+foreground", "+configfile", str(settings)], folder, server):
        grant = ["isql-vt", str(sql_port), "dba", "dba", 'exec=GRANT SPARQL_UPDATE TO "SPARQL";']
        subprocess.run(grant, check=True, capture_output=True, timeout=PATIENCE)
        server.native = frozenset(server.graphs())
        yield server


ENGINES: dict[str, Callable[[Path], AbstractContextManager[SparqlServer]]] = {
    "oxigraph": oxigraph,
    "virtuoso": virtuoso,
}


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def _running(command: list[str], folder: Path, server: SparqlServer) -> Iterator[None]:
    with Path(folder, "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            _wait_for(process, server, Path(log.name))
            yield
        finally:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen, server: SparqlServer, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            server.graphs()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
