"""How long it takes to import very many MLflow runs, against reading them by MlflowClient."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import Row, cost_of, parser, python, show
from mlflow_store import make_store

TARGET = 1.5
PAGE = 1000
CHILD = "--measure"
PAGES, HISTORIES, IMPORT = "client: pages of runs", "client: and each history", "import, into the store"


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, nargs="+", default=[1_000, 10_000], help="numbers of runs in the store")
    options.add_argument("--histories-up-to", type=int, default=1_000, help="also read every history one by one")
    given = options.parse_args()
    rows = [row for count in sorted(given.runs) for row in measured(count, histories=count <= given.histories_up_to)]
    show("import of MLflow runs from SQLite", rows, as_json=given.json)
    show("import, time of a run against the smallest size", _growth(rows), as_json=given.json)


def _growth(rows: list[Row]) -> list[Row]:
    """Return how much longer one run takes as stores grow: 1 is linear."""
    each = [(row["runs"], 1000 * float(row["CPU, s"]) / float(row["runs"])) for row in rows if row["what"] == IMPORT]
    return [{"runs": runs, "ms a run": cost, "ratio": cost / each[0][1]} for runs, cost in each]


def measured(count: int, *, histories: bool) -> Iterator[Row]:
    """Yield what each way of reading one store took, and its ratio to the pages of MlflowClient."""
    with tempfile.TemporaryDirectory(prefix="heliport-benchmark-") as folder:
        uri = make_store(Path(folder) / "mlflow.db", count)
        base = 0.0
        for what in WAYS:
            if what == HISTORIES and not histories:
                continue
            cost = cost_of(python("training.py", CHILD, what, uri, folder), Path(folder))
            seconds = float(json.loads(cost.output.splitlines()[-1]))
            base = base or seconds
            yield {
                "runs": count,
                "what": what,
                "CPU, s": seconds,
                "ratio": seconds / base,
                "target": TARGET if what == IMPORT else 0.0,
                "peak, MB": cost.peak_mb,
            }


def timed(read: Callable[[str, Path], None], uri: str, folder: Path) -> float:
    """Return the CPU seconds of reading, without those of loading MLflow and opening the store."""
    from mlflow import MlflowClient

    MlflowClient(uri).search_experiments()
    begin = time.process_time()
    read(uri, folder)
    return time.process_time() - begin


def pages(uri: str, _folder: Path) -> Iterator[list[object]]:
    """Yield the pages of all runs, as MlflowClient gives them."""
    from mlflow import MlflowClient

    client, token = MlflowClient(uri), None
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    while True:
        page = client.search_runs(experiments, max_results=PAGE, page_token=token)
        yield page
        token = page.token
        if not token:
            return


def read_pages(uri: str, folder: Path) -> None:
    for _ in pages(uri, folder):
        pass


def read_histories(uri: str, folder: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    for page in pages(uri, folder):
        for run in page:
            for key in run.data.metrics:
                client.get_metric_history(run.info.run_id, key)


def import_runs(uri: str, folder: Path) -> None:
    """Import the runs into a new store, from reading to the last row."""
    from snakemake_heliport.assembly.fold import fold
    from snakemake_heliport.layout import Layout
    from snakemake_heliport.redaction import Redactor
    from snakemake_heliport.settings import Settings
    from snakemake_heliport.trackers.importing import import_all
    from snakemake_heliport.trackers.reader import Reader

    layout = Layout.of_workdir(folder)
    layout.create()
    import_all(layout, [uri], Reader(layout, Settings(), Redactor(), layout.workdir_id()))
    fold(layout)


WAYS: dict[str, Callable[[str, Path], None]] = {PAGES: read_pages, HISTORIES: read_histories, IMPORT: import_runs}


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        way, uri, folder = sys.argv[2:]
        print(json.dumps(timed(WAYS[way], uri, Path(folder))))
    else:
        main()
