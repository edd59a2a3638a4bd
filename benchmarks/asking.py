"""How soon a SPARQL query is answered: from a graph that is loaded for it, made to be kept, or found.

The query is one that is answered at once, so what is measured is how it gets its graph. A small store is always loaded
for each query; here every one is taken for a large one, to see from which size on it is worth it.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from measure import Row, cost_of, parser, python, show
from synthetic import write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export import kept
from snakemake_heliport.export.query import ask
from snakemake_heliport.layout import Layout
from snakemake_heliport.store import Store

QUERY = "ASK { ?job a smk:JobAttempt }"
LOADED, MADE, FOUND = "loaded for it", "made and kept", "found"
CHILD = "--measure"


def measure(store: str, way: str) -> dict[str, float]:
    """Ask a store; return the seconds until the answer and the CPU seconds."""
    kept.LARGE = sys.maxsize if way == LOADED else 1
    with Store.open(store, readonly=True) as source:
        begin, cpu = time.perf_counter(), time.process_time()
        if ask(source, QUERY) is not True:
            raise RuntimeError("the store holds no jobs")
        return {"wall": time.perf_counter() - begin, "cpu": time.process_time() - cpu}


def asked(jobs: int) -> list[Row]:
    """Make a store of so many jobs, and ask it in each way, each in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        layout = Layout.of_workdir(Path(name))
        write_journal(Path(name), jobs)
        fold(layout, hash_missing=False)
        rows: list[Row] = []
        for way in (LOADED, MADE, FOUND):
            cost = cost_of(python("asking.py", CHILD, layout.store, way), Path(name))
            taken: dict[str, float] = json.loads(cost.output)
            rows.append(
                {
                    "jobs": jobs,
                    "graph": way,
                    "CPU, s": taken["cpu"],
                    "wall, s": taken["wall"],
                    "ratio": taken["cpu"] / float(rows[0]["CPU, s"]) if rows else 1.0,
                    "memory, MB": cost.peak_mb,
                    "on disk, MB": _size(layout.root / kept.CACHE / kept.GRAPHS) / 1e6,
                }
            )
        return rows


def _size(folder: Path) -> int:
    return sum((Path(root) / name).stat().st_size for root, _, names in os.walk(folder) for name in names)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[30, 300, 3000])
    given = options.parse_args()
    for jobs in sorted(given.jobs):
        show(f"a query of {jobs:,} jobs", asked(jobs), as_json=given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        print(json.dumps(measure(*sys.argv[2:4])))
    else:
        main()
