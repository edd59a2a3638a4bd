"""How long it takes to write an RO-Crate, how much memory that needs, and whether both grow with the jobs alone."""

import json
import sys
import tempfile
import time
from pathlib import Path

from measure import Row, cost_of, parser, peak_mb, python, show
from synthetic import write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export import Selection
from snakemake_heliport.export.crate import DataMode, write_crate
from snakemake_heliport.layout import Layout
from snakemake_heliport.store import Store

TARGET_SECONDS_OF_10_000 = 10.0
TARGET_MB_OF_10_000 = 300.0
CHILD = "--measure"


def measure(store: str, target: Path, *, zipped: bool) -> dict[str, float]:
    """Write a crate; return CPU seconds and memory at the peak."""
    with Store.open(store, readonly=True) as source:
        begin = time.process_time()
        write_crate(source, Selection(), target, data=DataMode.NONE, zipped=zipped)
        return {"seconds": time.process_time() - begin, "peak": peak_mb()}


def written(jobs: int) -> list[Row]:
    """Make a store of so many jobs, and write it as a folder and as a zip file, each in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        workdir = Path(name)
        write_journal(workdir, jobs)
        fold(Layout.of_workdir(workdir), hash_missing=False)
        rows = []
        for form in ("folder", "zip"):
            target = workdir / ("crate.zip" if form == "zip" else "crate")
            place = Layout.of_workdir(workdir).store
            found = json.loads(cost_of(python("crate.py", CHILD, place, target), workdir).output)
            size = target.stat().st_size if form == "zip" else (target / "ro-crate-metadata.json").stat().st_size
            rows.append(
                {
                    "jobs": jobs,
                    "form": form,
                    "crate, MB": size / 1e6,
                    "CPU, s": found["seconds"],
                    "seconds of 10,000 jobs": found["seconds"] * 10_000 / jobs,
                    "target, s": TARGET_SECONDS_OF_10_000,
                    "peak memory, MB": found["peak"],
                    "target, MB": TARGET_MB_OF_10_000 if jobs == 10_000 else "",
                }
            )
        return rows


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[1000, 10_000])
    given = options.parse_args()
    rows = [row for jobs in sorted(given.jobs) for row in written(jobs)]
    show("RO-Crate", rows, as_json=given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]), zipped=sys.argv[3].endswith(".zip"))))
    else:
        main()
