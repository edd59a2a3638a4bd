"""How long it takes to draw the graph of a large run, beside reading it from the store.

By rule everything is grouped first. By job, as many jobs are drawn as a figure has room for.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from measure import Row, parser, show
from synthetic import RUN, write_journal

from snakemake_heliport.assembly.fold import fold
from snakemake_heliport.export.figure import FigureOptions, figure_of
from snakemake_heliport.export.figure.drawing import scene_of
from snakemake_heliport.export.figure.svg import svg
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import run_iri
from snakemake_heliport.layout import Layout
from snakemake_heliport.store import Store

TARGET = 1.0
# Chains of three jobs with their files: about as many boxes as are drawn by job.
BY_JOB = 60
Result = TypeVar("Result")


def drawn(jobs: int, options: FigureOptions) -> Row:
    """Make a store of so many jobs, and draw it."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as name:
        layout = Layout.of_workdir(Path(name))
        write_journal(Path(name), jobs)
        fold(layout, hash_missing=False)
        with Store.open(layout.store, readonly=True) as store:
            view, reading = _timed(lambda: View.of(store, Selection([run_iri(RUN)])))
    figure, grouping = _timed(lambda: figure_of(view, options))
    scene, placing = _timed(lambda: scene_of(figure, options))
    text, writing = _timed(lambda: svg(scene))
    return {
        "jobs": jobs,
        "by": figure.by,
        "boxes": len(figure.boxes),
        "arrows": len(figure.arrows),
        "reading the store, s": reading,
        "grouping, s": grouping,
        "layout, s": placing,
        "SVG, s": writing,
        "drawing in all, s": grouping + placing + writing,
        "target": f"{TARGET:.1f}",
        "kB": len(text) / 1000,
    }


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    begin = time.process_time()
    return work(), time.process_time() - begin


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, nargs="+", default=[1000, 10_000])
    given = options.parse_args()
    rows = [drawn(jobs, FigureOptions()) for jobs in sorted(given.jobs)]
    show("figures", [*rows, drawn(BY_JOB, FigureOptions(by="job"))], as_json=given.json)


if __name__ == "__main__":
    main()
