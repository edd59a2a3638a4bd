"""How long it takes to make a store of a journal, and whether that grows with the number of jobs alone."""

import json
import sys
import tempfile
import time
from pathlib import Path

from measure import Row, cost_of, parser, peak_mb, python, show
from synthetic import write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.layout import Layout

TARGET_SECONDS_OF_10_000 = 3.0
CHILD = "--measure"


def measure(workdir: Path) -> dict[str, float]:
    """Assemble the journal in a working directory; return CPU seconds, and memory before and at the peak."""
    before, begin = peak_mb(), time.process_time()
    fold(Layout.of_workdir(workdir), hash_missing=False)
    return {"seconds": time.process_time() - begin, "before": before, "peak": peak_mb()}


def assembled(jobs: int) -> Row:
    """Write a journal, and have a fresh process assemble it."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        workdir = Path(name)
        journal = write_journal(workdir, jobs)
        found = json.loads(cost_of(python("assembly.py", CHILD, workdir), workdir).output)
        return {
            "jobs": jobs,
            "journal, MB": journal.stat().st_size / 1e6,
            "store, MB": Layout.of_workdir(workdir).store.stat().st_size / 1e6,
            "CPU, s": found["seconds"],
            "jobs a second": round(jobs / found["seconds"]),
            "memory added, MB": found["peak"] - found["before"],
        }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[1000, 10_000, 100_000])
    given = options.parse_args()
    rows = [assembled(jobs) for jobs in sorted(given.jobs)]
    show("assembly", rows, as_json=given.json)
    show("assembly, time of a job against the next smaller size", _growth(rows), as_json=given.json)


def _growth(rows: list[Row]) -> list[Row]:
    """Return how much longer one job takes as runs grow: 1 is linear."""
    each = [(row["jobs"], float(row["CPU, s"]) / float(row["jobs"])) for row in rows]
    return [
        {
            "jobs": jobs,
            "seconds of 10,000 jobs": 10_000 * seconds,
            "target": TARGET_SECONDS_OF_10_000,
            "ratio": seconds / each[max(0, position - 1)][1],
        }
        for position, (jobs, seconds) in enumerate(each)
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main()
