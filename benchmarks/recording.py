"""What recording costs: the same run with and without `--logger heliport`, in turn, on the same machine.

CPU is that of the whole process tree. A shared machine shows differences of a few percent that are not ours, so the
median of several pairs stands beside counters from inside the process, which a busy neighbour hardly moves.
"""

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from measure import Cost, Row, cost_of, parser, python, show

TARGET = 1.02
SNAKEFILE = """
rule all:
    input: expand("out/{i}.txt", i=range(JOBS))

rule one:
    input: "in.txt"
    output: "out/{i}.txt"
    params: seed=7
    shell: "touch {output}"
"""
PARTS = ("imports", "start", "events", "observer threads", "settle", "assemble")


def run(jobs: int, *arguments: str, counters: Path | None = None) -> Cost:
    """Run the trivial workflow once in a fresh folder."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        folder = Path(name)
        (folder / "Snakefile").write_text(SNAKEFILE.replace("JOBS", str(jobs)), encoding="utf-8")
        (folder / "in.txt").write_text("1\n", encoding="utf-8")
        program = [sys.executable, "-m", "snakemake"] if counters is None else python("counted_run.py", counters)
        return cost_of([*program, "--cores", "1", *arguments], folder)


def pairs(jobs: int, count: int, scheduler: str) -> list[tuple[Cost, Cost]]:
    """Return (without, with) of each pair; every other pair begins with the recorded run."""
    found = []
    for number in range(count):
        plain, recorded = ("--scheduler", scheduler), ("--scheduler", scheduler, "--logger", "heliport")
        if number % 2:
            second = run(jobs, *recorded)
            found.append((run(jobs, *plain), second))
        else:
            first = run(jobs, *plain)
            found.append((first, run(jobs, *recorded)))
    return found


def counted(jobs: int, scheduler: str) -> dict[str, float]:
    """Return the counters of one recorded run."""
    with tempfile.TemporaryDirectory(prefix="heliport-counters-") as name:
        path = Path(name) / "counters.json"
        run(jobs, "--scheduler", scheduler, "--logger", "heliport", counters=path)
        found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return found


def paired_row(jobs: int, found: list[tuple[Cost, Cost]]) -> Row:
    """Return the ratios of the pairs."""
    ratios = [recorded.cpu / plain.cpu for plain, recorded in found]
    plain = median(without.cpu for without, _ in found)
    return {
        "jobs": jobs,
        "pairs": len(found),
        "CPU without, s": plain,
        "CPU with, s": median(recorded.cpu for _, recorded in found),
        "ratio": median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        "target": TARGET,
        "memory added, MB": median(recorded.peak_mb - without.peak_mb for without, recorded in found),
    }


def counter_row(jobs: int, found: dict[str, float], plain_cpu: float) -> Row:
    """Return the CPU milliseconds of each part, and all of them against the run without the plugin."""
    parts = {f"{name}, ms": 1000 * found.get(name, 0.0) for name in PARTS}
    ours = sum(found.get(name, 0.0) for name in PARTS)
    return {
        "jobs": jobs,
        **parts,
        "waiting at the end, ms": 1000 * found["wait, wall"],
        "events, µs a job": 1e6 * found["events"] / jobs,
        "all, µs a job": 1e6 * ours / jobs,
        "ratio": 1 + ours / plain_cpu,
        "target": TARGET,
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[500, 3000])
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--scheduler", default="greedy", help="Snakemake's scheduler (default: greedy, the quicker)")
    given = options.parse_args()
    for jobs in given.jobs:
        row = paired_row(jobs, pairs(jobs, given.pairs, given.scheduler))
        show("recording, paired runs", [row], as_json=given.json)
        inside = counter_row(jobs, counted(jobs, given.scheduler), float(row["CPU without, s"]))
        show("recording, counters inside the process (CPU)", [inside], as_json=given.json)


if __name__ == "__main__":
    main()
