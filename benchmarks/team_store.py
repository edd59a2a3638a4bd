"""How long a store on PostgreSQL takes to fill, against SQLite, and how long others wait while a run is written."""

import json
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measure import Row, cost_of, parser, python, show
from sqlalchemy import create_engine, make_url
from synthetic import write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.layout import Layout
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.store import Store

TARGET_RATIO = 2.0
CHILD = "--fold"


@contextmanager
def server(given: str | None) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server: the given one, or one that `pgserver` starts with its own defaults."""
    if given:
        yield given
        return
    import pgserver

    with tempfile.TemporaryDirectory(prefix="heliport-pg-", ignore_cleanup_errors=True) as folder:
        process = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield process.get_uri()
        finally:
            process.cleanup()


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """Yield the URL of an empty database, and remove it afterwards."""
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"heliport_benchmark_{time.time_ns()}"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        engine.dispose()


def measure(workdir: Path, store: str | None) -> dict[str, float]:
    """Fold the journal of a working directory; return seconds of wall time and of this process's CPU."""
    begin, used = time.perf_counter(), time.process_time()
    fold(Layout.of_workdir(workdir), store, hash_missing=False)
    return {"wall": time.perf_counter() - begin, "cpu": time.process_time() - used}


def folded(workdir: Path, store: str | None = None) -> dict[str, float]:
    """Have a fresh process fold the journal."""
    found: dict[str, float] = json.loads(
        cost_of(python("team_store.py", CHILD, workdir, *([store] if store else [])), workdir).output
    )
    return found


def compared(server_url: str, jobs: int, pairs: int) -> list[Row]:
    """Fold one journal into either database in turn: once into an empty store, and once again in its place."""
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        workdir = Path(name)
        write_journal(workdir, jobs)
        for _ in range(pairs):
            Layout.of_workdir(workdir).store.unlink(missing_ok=True)
            with database(server_url) as url:
                for what in ("new", "again"):
                    for kind, store in (("SQLite", None), ("PostgreSQL", url)):
                        found.setdefault((what, kind), []).append(folded(workdir, store))
                        forget_size(store or str(Layout.of_workdir(workdir).store))
    return list(_rows(jobs, found))


def _rows(jobs: int, found: dict[tuple[str, str], list[dict[str, float]]]) -> Iterator[Row]:
    for (what, kind), costs in found.items():
        base = found[what, "SQLite"]
        yield {
            "jobs": jobs,
            "run": what,
            "store": kind,
            "wall, s": statistics.median(cost["wall"] for cost in costs),
            "CPU of the client, s": statistics.median(cost["cpu"] for cost in costs),
            "ratio of wall": statistics.median(a["wall"] / b["wall"] for a, b in zip(costs, base, strict=True)),
            "target": TARGET_RATIO,
        }


def forget_size(store: str) -> None:
    """Let the next fold take the journal for one that has grown."""
    url = make_url(store).set(drivername="postgresql+psycopg") if "://" in store else f"sqlite:///{store}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE run SET journal_size = 0")
    engine.dispose()


def waits(server_url: str, jobs: int) -> list[Row]:
    """Write small runs one after the other: alone, and while another process writes a large one, new and again."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name, database(server_url) as url:
        workdir = Path(name)
        write_journal(workdir, jobs)
        with Store.open(url) as store:
            rows.append(_waited("nobody", store, lambda: time.sleep(2)))
            for what in ("a new run", "a run again"):
                rows.append(_waited(what, store, lambda: folded(workdir, url)))
                forget_size(url)
    return rows


def _waited(what: str, store: Store, meanwhile: Any) -> Row:
    other = threading.Thread(target=meanwhile)
    times = []
    other.start()
    begin = time.perf_counter()
    while other.is_alive():
        now = time.perf_counter()
        write_small(store)
        times.append(time.perf_counter() - now)
        time.sleep(0.02)
    return {
        "beside": what,
        "it took, s": time.perf_counter() - begin,
        "small runs": len(times),
        "median, s": statistics.median(times),
        "longest, s": max(times),
    }


def write_small(store: Store) -> None:
    """Record a new run of a few objects, one of which every run has."""
    iri = f"urn:uuid:{uuid.uuid4()}"
    facts: dict[str, Any] = {"started": "", "state": "finished", "journal": "j", "journal_size": 1}
    with store.replace_run(iri, **facts, assembly_version=1) as writer:
        writer.add(DigitalObject(iri, Kind.RUN, "small"))
        writer.add(DigitalObject("urn:x:shared", Kind.ENGINE, "shared"))


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, default=10_000)
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--server", help="URL of a PostgreSQL server where databases may be made; else pgserver")
    given = options.parse_args()
    with server(given.server) as url:
        show("PostgreSQL against SQLite", compared(url, given.jobs, given.pairs), as_json=given.json)
        show("small runs beside a large one", waits(url, given.jobs), as_json=given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        print(json.dumps(measure(Path(sys.argv[2]), *(sys.argv[3:] or [None]))))
    else:
        main()
