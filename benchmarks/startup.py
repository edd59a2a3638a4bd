"""What the plugin adds to every start of Snakemake, what `--logger heliport` loads, how soon the commands answer."""

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from measure import Row, cost_of, parser, show
from recording import run
from synthetic import write_journal

TARGET_MS = 50
# Times the import of what Snakemake loads of us at every start; all that it needs itself is there already.
PROBE = """
import sys, time
import snakemake.cli
before, begin = set(sys.modules), time.process_time()
import snakemake_logger_plugin_heliport, snakemake_report_plugin_heliport
print(1000 * (time.process_time() - begin), len(set(sys.modules) - before))
"""
# Runs Snakemake as if the plugin were not installed.
WITHOUT = """
import pkgutil, sys
every = pkgutil.iter_modules
pkgutil.iter_modules = lambda *a: (found for found in every(*a) if not found.name.endswith("_plugin_heliport"))
from snakemake.cli import main
main(sys.argv[1:])
"""
WITH = """
import sys
from snakemake.cli import main
main(sys.argv[1:])
"""
# What every answer needs, whoever writes it: the library that asks the database, and the one that reads the options.
LIBRARIES = "import sqlalchemy, typer"
ANSWER_SECONDS = 0.3
RAW, FIGURE = "data/raw/run_000000.h5", "results/S000000/figure.svg"
ANSWERS = (
    ("--version",),
    ("--help",),
    ("runs",),
    ("show",),
    ("show", FIGURE),
    ("lineage", FIGURE),
    ("lineage", RAW, "--down"),
    ("impact", RAW),
)
FOLDER = Path(tempfile.gettempdir())


def every_start(repeats: int) -> Row:
    """Return what installing the plugin costs each `snakemake`, whether it is used or not."""
    found = [cost_of([sys.executable, "-c", PROBE], FOLDER).output.split() for _ in range(repeats)]
    pairs = [(_version(WITHOUT), _version(WITH)) for _ in range(repeats)]
    added = median(float(milliseconds) for milliseconds, _ in found)
    return {
        "import, ms": added,
        "target, ms": TARGET_MS,
        "modules": int(found[0][1]),
        "`snakemake --version` without, s": median(without for without, _ in pairs),
        "with, s": median(recorded for _, recorded in pairs),
        "ratio": median(recorded / without for without, recorded in pairs),
    }


def _version(program: str) -> float:
    return cost_of([sys.executable, "-c", program, "--version"], FOLDER).cpu


def recorded_start() -> Row:
    """Return what a recorded run loads; of the heavy modules it must be none that Snakemake does not load itself."""
    plain, recorded = _counters(), _counters("--logger", "heliport")
    ours = sorted(set(recorded["heavy modules"]) - set(plain["heavy modules"]))
    return {
        "imports, ms": 1000 * recorded["imports"],
        "start, ms": 1000 * recorded["start"],
        "heavy modules": ", ".join(ours) or "none",
        "target": "none",
    }


def _counters(*arguments: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        counters = Path(name) / "counters.json"
        run(1, *arguments, counters=counters)
        return json.loads(counters.read_text(encoding="utf-8"))


def answers(repeats: int, jobs: int) -> list[Row]:
    """Return how soon `snakemake-heliport` answers over a run that is folded in already."""
    command = [sys.executable, "-c", "from snakemake_heliport.cli import main; main()"]
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        folder = Path(name)
        write_journal(folder, jobs)
        cost_of([*command, "runs"], folder)
        libraries, _ = _taken([sys.executable, "-c", LIBRARIES], folder, repeats)
        rows: list[Row] = []
        for arguments in ANSWERS:
            cpu, wall = _taken([*command, *arguments], folder, repeats)
            told = {"command": " ".join(arguments), "CPU, s": cpu, "ratio to its libraries": cpu / libraries}
            rows.append({**told, "wall, s": wall, "target, s": ANSWER_SECONDS})
        return rows


def _taken(command: list[str], folder: Path, repeats: int) -> tuple[float, float]:
    """Return the CPU and wall seconds that a command takes."""
    cpu, wall = [], []
    for _ in range(repeats):
        begin = time.perf_counter()
        cpu.append(cost_of(command, folder).cpu)
        wall.append(time.perf_counter() - begin)
    return median(cpu), median(wall)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--jobs", type=int, default=100, help="of the run that the commands are asked about")
    given = options.parse_args()
    show("every start of Snakemake (CPU)", [every_start(given.repeats)], as_json=given.json)
    show("a run with --logger heliport (CPU)", [recorded_start()], as_json=given.json)
    show("snakemake-heliport", answers(given.repeats, given.jobs), as_json=given.json)


if __name__ == "__main__":
    main()
