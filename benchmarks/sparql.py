"""How long it takes until the graph of a run is at a SPARQL server: the one of the `oxigraph` wheel, or one that runs.

Whole, it is one PUT; in parts, it is gathered beside the graph and then takes over by one update.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from measure import Row, parser, peak_mb, show
from synthetic import RUN, write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.identity import run_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.store import Store
from snakemake_heliport.upload.http.client import Client
from snakemake_heliport.upload.sparql import send_graph
from snakemake_heliport.upload.sparql_server import GraphServer

# A request may take as long as the server needs.
TIMEOUT = (5.0, 7200.0)


@contextmanager
def oxigraph(folder: str) -> Iterator[tuple[str, str]]:
    """Start a server on disk; yield the addresses of its graph store and for updates."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or "oxigraph"
    with socket.create_server(("127.0.0.1", 0)) as free:
        base = f"127.0.0.1:{free.getsockname()[1]}"
    command = [program, "serve", "--location", folder, "--bind", base]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                requests.head(f"http://{base}/", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield f"http://{base}/store", f"http://{base}/update"
    finally:
        process.kill()
        process.wait()


def sent(jobs: int, store_url: str, update_url: str) -> list[Row]:
    """Send a run of so many jobs in both ways, and again without a change."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        write_journal(Path(name), jobs)
        fold(Layout.of_workdir(Path(name)), hash_missing=False)
        with Store.open(Layout.of_workdir(Path(name)).store) as store, Client(store_url, timeout=TIMEOUT) as client:
            ledger, run = store.ledger("benchmark"), run_iri(RUN)
            triples = _triples(store, run, Path(name))
            rows: list[Row] = []
            for way, update in (("whole", None), ("in parts", update_url)):
                ledger.forget_all()
                GraphServer(client, None, lambda: None).drop(f"{run}#graph")
                for what in (way, f"{way}, unchanged"):
                    before, begin = peak_mb(), time.perf_counter()
                    send_graph(store, ledger, run, client, update, lambda: None)
                    seconds = time.perf_counter() - begin
                    rows.append(
                        {
                            "jobs": jobs,
                            "way": what,
                            "triples": triples,
                            "wall, s": seconds,
                            "triples/s": triples / seconds,
                            "memory added, MB": peak_mb() - before,
                        }
                    )
            return rows


def _triples(store: Store, run: str, folder: Path) -> int:
    with (folder / "run.nt").open("w+b") as file:
        FORMATS["n-triples"].write(store, Selection([run]), file)
        file.seek(0)
        return sum(1 for _ in file)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[1000])
    options.add_argument("--store", help="graph store of a server that runs; by default Oxigraph is started")
    options.add_argument("--update", help="its address for updates")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="heliport-oxigraph-", ignore_cleanup_errors=True) as folder:
        for jobs in sorted(given.jobs):
            if given.store:
                rows = sent(jobs, given.store, given.update)
            else:
                with oxigraph(f"{folder}/{jobs}") as addresses:
                    rows = sent(jobs, *addresses)
            show(f"graph of {jobs:,} jobs to a SPARQL server", rows, as_json=given.json)


if __name__ == "__main__":
    main()
