"""How long questions take in a store of very many relations: what a file came from, what depends on it, what changed.

The store is one run of made-up jobs (three in a row for each sample, all reading one settings file), in SQLite or, with
`--store`, in an empty database on a PostgreSQL server. For `status` the files of the run are written to disk, and
changed one after the other.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from measure import Row, parser, show
from synthetic import RUN, SETTINGS, write_files, write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.identity import run_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.lineage import flowing, impact, trace, versions
from snakemake_heliport.lineage.status import status
from snakemake_heliport.model import Kind
from snakemake_heliport.store import Store

# Relations that a job of the synthetic run has, on average.
RELATIONS_A_JOB = 11.3
AIM_MS = 10.0
NO_AIM = "none"
# How often the whole directory is compared.
COMPARED = 3


def questions(store: Store, sample: int) -> dict[str, Callable[[], int]]:
    """Return what is asked, each with how many things the answer has."""
    raw, figure = f"data/raw/run_{sample:06d}.h5", f"results/S{sample:06d}/figure.svg"

    def states(path: str) -> tuple:
        known = versions(store, path)
        if known is None:
            raise RuntimeError(f"nothing was recorded at {path}")
        return known.meant

    first, last = states(raw), states(figure)
    starts, ends = flowing(store, first, upward=False), flowing(store, last, upward=True)
    return {
        "in the store: up from a figure": lambda: len(store.walk(ends, upward=True)[0]),
        "in the store: down from a raw file": lambda: len(store.walk(starts, upward=False)[0]),
        "lineage --up of a figure": lambda: len(
            trace(store, flowing(store, states(figure), upward=True), upward=True).things
        ),
        "lineage --down of a raw file": lambda: len(
            trace(store, flowing(store, states(raw), upward=False), upward=False).things
        ),
        "impact of a raw file": lambda: len(impact(store, states(raw)).trace.things),
    }


def measured(store: Store, repeats: int, *, whole: bool) -> list[Row]:
    """Ask every question some times about different samples."""
    relations = _relations(store)
    samples = len(store.find("calibrate", (Kind.JOB,), limit=repeats + 1)) - 1
    rows: list[Row] = []
    for name in questions(store, 0):
        taken = [_timed(questions(store, sample)[name]) for sample in range(max(1, samples))]
        rows.append(_row(relations, name, taken, AIM_MS))
    if whole:
        known = versions(store, SETTINGS)
        starts = [state.iri for state in known.meant] if known else []
        taken = [_timed(lambda: len(store.walk(starts, upward=False)[0]))]
        rows.append(_row(relations, "in the store: down from what every job read", taken, NO_AIM))
    return rows


def compared(store: Store, workdir: Path, *, whole: bool) -> list[Row]:
    """Ask what of the files of the run is no longer as recorded: none, one, and those that everything came from."""
    rows: list[Row] = []

    def row(name: str, count: int) -> None:
        taken = [_timed(lambda: _told(store, workdir)) for _ in range(count)]
        rows.append(_row(_relations(store), f"status, {name}", taken, NO_AIM))

    row("nothing changed", COMPARED)
    (workdir / "data/raw/run_000000.h5").write_text("another content\n", encoding="utf-8")
    row("one raw file changed", COMPARED)
    if whole:
        (workdir / SETTINGS).write_text("other: settings\n", encoding="utf-8")
        row("what every job read changed", 1)
        for name in ("data", "config", "results"):
            (workdir / name).rename(workdir / f"{name} elsewhere")
        row("all files gone", 1)
    return rows


def _told(store: Store, workdir: Path) -> int:
    """Return how many paths are told to have changed, to be stale, or to be gone."""
    found = status(store, workdir, [run_iri(RUN)])
    return len(found.changed) + len(found.stale) + len(found.gone)


def _relations(store: Store) -> int:
    return sum(len(stated) for _, stated in store.statements())


class Taken(NamedTuple):
    """What an answer took in milliseconds, and how many things it had."""

    wall: float
    cpu: float
    things: int


def _timed(question: Callable[[], int]) -> Taken:
    begin, cpu = time.perf_counter(), time.process_time()
    things = question()
    return Taken((time.perf_counter() - begin) * 1000, (time.process_time() - cpu) * 1000, things)


def _row(relations: int, name: str, taken: list[Taken], aim: float | str) -> Row:
    return {
        "relations": relations,
        "question": name,
        "things": taken[-1].things,
        "CPU, ms": statistics.median(one.cpu for one in taken),
        "median, ms": statistics.median(one.wall for one in taken),
        "worst, ms": max(one.wall for one in taken),
        "aim, ms": aim,
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--relations", type=int, default=1_000_000)
    options.add_argument("--repeats", type=int, default=50)
    options.add_argument("--store", help="URL of an empty database on a server, instead of a file")
    options.add_argument(
        "--whole",
        action="store_true",
        help="also ask for what came of the file that every job read, and compare after everything changed",
    )
    given = options.parse_args()
    jobs = max(3, round(given.relations / RELATIONS_A_JOB))
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as folder:
        layout = Layout.of_workdir(Path(folder))
        write_journal(Path(folder), jobs)
        write_files(Path(folder), jobs)
        fold(layout, given.store, hash_missing=False)
        with Store.open(given.store or layout.store) as store:
            assert store.get(run_iri(RUN)) is not None
            rows = measured(store, given.repeats, whole=given.whole)
            rows += compared(store, Path(folder), whole=given.whole)
    show("questions over a large store", rows, as_json=given.json)


if __name__ == "__main__":
    main()
