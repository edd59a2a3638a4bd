"""How long it takes to export a store, against writing the same statements as bare text.

The bare text is the least that any exporter does: for every triple, in a loop, one formatted line of three strings
that are ready-made, written to a file.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from measure import Row, cost_of, parser, peak_mb, python, show
from synthetic import write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.layout import Layout
from snakemake_heliport.store import Store

TARGET = 2.0
ROWS = 10_000
CHILD = "--measure"
N_TRIPLES = "n-triples"
RDF = [N_TRIPLES, "turtle", "n-quads", "trig", "json-ld", "rdf-xml"]


def measure(store: str, format: str, target: Path) -> dict[str, float]:
    """Export a store into a file; return CPU seconds, and memory before and at the peak."""
    with Store.open(store, readonly=True) as source, target.open("wb") as stream:
        before, begin = peak_mb(), time.process_time()
        FORMATS[format].write(source, Selection(), stream)
        return {"seconds": time.process_time() - begin, "before": before, "peak": peak_mb()}


def bare(triples: Path, target: Path) -> tuple[int, float]:
    """Write the statements of an N-Triples file as bare text; return how many there are, and the CPU seconds."""
    count, seconds = 0, 0.0
    with triples.open("rb") as source, target.open("w", encoding="utf-8") as stream:
        statements = _statements(source)
        while rows := list(islice(statements, ROWS)):
            begin = time.process_time()
            _write(rows, stream)
            seconds += time.process_time() - begin
            count += len(rows)
    return count, seconds


def _statements(lines: BinaryIO) -> Iterator[list[str]]:
    return (line.decode().removesuffix(" .\n").split(" ", 2) for line in lines)


def _write(rows: list[list[str]], stream: TextIO) -> None:
    for subject, predicate, object_ in rows:
        stream.write(f"{subject} {predicate} {object_} .\n")


def exported(jobs: int, formats: list[str]) -> list[Row]:
    """Make a store of so many jobs and export it in each format, each in a fresh process."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        workdir = Path(name)
        write_journal(workdir, jobs)
        fold(Layout.of_workdir(workdir), hash_missing=False)
        found = {format: _in_child(workdir, format) for format in [N_TRIPLES, *formats]}
        triples, bare_seconds = bare(workdir / N_TRIPLES, workdir / "bare")
        return [
            {
                "jobs": jobs,
                "format": format,
                "triples": triples,
                "MB": (workdir / format).stat().st_size / 1e6,
                "CPU, s": costs["seconds"],
                "bare text, s": bare_seconds,
                "ratio": costs["seconds"] / bare_seconds,
                "target": f"{TARGET:.1f}" if format == N_TRIPLES else "",
                "memory added, MB": costs["peak"] - costs["before"],
            }
            for format, costs in found.items()
            if format in formats
        ]


def _in_child(workdir: Path, format: str) -> dict[str, float]:
    store = Layout.of_workdir(workdir).store
    found: dict[str, float] = json.loads(cost_of(python("export.py", CHILD, store, format, format), workdir).output)
    return found


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[1000, 10_000])
    options.add_argument("--formats", nargs="+", choices=RDF, default=RDF)
    given = options.parse_args()
    for jobs in sorted(given.jobs):
        show(f"export of {jobs:,} jobs", exported(jobs, given.formats), as_json=given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        print(json.dumps(measure(sys.argv[2], sys.argv[3], Path(sys.argv[4]))))
    else:
        main()
