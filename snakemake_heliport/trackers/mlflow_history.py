"""Histories of metrics, read for many runs at once: one question for each run and metric would take hours."""

import csv
import io
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from hashlib import sha256
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from snakemake_heliport.trackers.mlflow_library import part
from snakemake_heliport.training import Metric, Point, Table

SYSTEM_PREFIX = "system/"
# What a database of MLflow holds in place of an infinity.
INFINITE = sys.float_info.max
ROWS_AT_ONCE = 10_000
# Limits of the server's bulk endpoint.
BULK_RUNS, BULK_POINTS = 100, 25_000
BULK_ENDPOINT = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"


class Row(NamedTuple):
    """One logged value; its time in milliseconds since the epoch."""

    key: str
    step: int
    timestamp: int
    value: float


# The keys of a run's metrics, by run; and the histories of runs, some of them perhaps absent, in any order.
Keys: TypeAlias = Mapping[str, Sequence[str]]
Histories: TypeAlias = Iterator[tuple[str, list[Row]]]
# Model, dataset name and dataset digest.
Subject: TypeAlias = tuple[str | None, str | None, str | None]


def from_database(store: Any, keys: Keys) -> Histories:
    """Yield histories straight from the table of metrics, run by run."""
    import sqlalchemy

    table = part("mlflow.store.tracking.dbmodels.models", "SqlMetric")
    columns = (table.run_uuid, table.key, table.step, table.timestamp, table.value, table.is_nan)
    question = (
        sqlalchemy.select(*columns)
        .where(table.run_uuid.in_(list(keys)))
        .order_by(table.run_uuid)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    with store.ManagedSessionMaker() as session:
        for run, rows in groupby(session.execute(question), key=itemgetter(0)):
            yield run, [Row(key, step, at, math.nan if nan else value) for _, key, step, at, value, nan in rows]


def from_server(store: Any, client: Any, keys: Keys, pool: Executor) -> Histories:
    """Yield histories from the bulk endpoint of a server, or one by one where it has none."""
    runs = iter(keys)
    while group := list(islice(runs, BULK_RUNS)):
        by_key: dict[str, list[str]] = {}
        for run in group:
            for key in keys[run]:
                by_key.setdefault(key, []).append(run)
        asked = [pool.submit(_bulk, store, client, key, having) for key, having in by_key.items()]
        found: dict[str, list[Row]] = {}
        for answer in asked:
            for run, row in answer.result():
                found.setdefault(run, []).append(row)
        yield from found.items()


def _bulk(store: Any, client: Any, key: str, runs: list[str]) -> list[tuple[str, Row]]:
    request = part("mlflow.utils.rest_utils", "http_request")
    params = [("metric_key", key), ("max_results", BULK_POINTS), *(("run_id", run) for run in runs)]
    try:
        answer = request(store.get_host_creds(), BULK_ENDPOINT, "GET", params=params)
        points = answer.json()["metrics"]
    except Exception:  # noqa: BLE001 (a server without that endpoint may answer anything)
        return [(run, row) for run in runs for row in one_history(client, run, key)]
    if len(points) < BULK_POINTS:
        return [(p["run_id"], Row(key, p["step"], p["timestamp"], float(p["value"]))) for p in points]
    if len(runs) == 1:
        return [(runs[0], row) for row in one_history(client, runs[0], key)]
    middle = len(runs) // 2
    return _bulk(store, client, key, runs[:middle]) + _bulk(store, client, key, runs[middle:])


def from_client(client: Any, keys: Keys) -> Histories:
    """Yield histories as any version of MLflow's client can tell them."""
    for run, names in keys.items():
        yield run, [row for name in names for row in one_history(client, run, name)]


def one_history(client: Any, run: str, key: str) -> list[Row]:
    """Return the history of one metric of one run."""
    return [Row(key, point.step, point.timestamp, point.value) for point in client.get_metric_history(run, key)]


# What is told of them.


class Measured(NamedTuple):
    """The metrics of one run, by name; `table` is their full history where that is more than the last points."""

    metrics: tuple[Metric, ...]
    system: tuple[Metric, ...]
    table: bytes | None
    rows: int

    def described(self) -> Table | None:
        """Return what is written down of the table."""
        if self.table is None:
            return None
        return Table(sha256=sha256(self.table).hexdigest(), size=len(self.table), rows=self.rows)


def measured(
    latest: Iterable[Row],
    history: Iterable[Row],
    text: Callable[[str], str],
    subject: Callable[[Row], Subject],
    *,
    tabled: bool,
) -> Measured:
    """Return what is told of the metrics of a run.

    Args:
        latest: The last point of each metric, as MLflow ranks them.
        history: All points of all metrics.
        text: Redacts the name of a metric.
        subject: Returns what a point was measured on.
        tabled: Whether a table is wanted.
    """
    points: dict[str, list[Row]] = {}
    for row in history:
        points.setdefault(row.key, []).append(row)
    metrics, system, several = [], [], False
    for last in sorted(latest):
        of_key = points.setdefault(last.key, [last])
        several = several or len(of_key) > 1
        if last.key.startswith(SYSTEM_PREFIX):
            system.append(_metric(text(last.key.removeprefix(SYSTEM_PREFIX)), last, of_key, subject(last)))
        else:
            metrics.append(_metric(text(last.key), last, of_key, subject(last)))
    rows = [row for of_key in points.values() for row in of_key] if several and tabled else []
    return Measured(tuple(metrics), tuple(system), _csv(rows, text) if rows else None, len(rows))


def _metric(name: str, last: Row, rows: list[Row], subject: Subject) -> Metric:
    model, dataset, digest = subject
    on = (dataset, digest) if dataset is not None and digest is not None else None
    point = _point(last)
    if len(rows) == 1:
        mean = point.value if isinstance(point.value, float) else None
        return Metric(name=name, last=point, least=point, greatest=point, mean=mean, model=model, dataset=on)
    finite = [row for row in rows if -INFINITE < row.value < INFINITE]
    return Metric(
        name=name,
        last=point,
        least=_point(min(finite, key=_least)) if finite else point,
        greatest=_point(min(finite, key=_greatest)) if finite else point,
        count=len(rows),
        mean=_mean([row.value for row in finite]),
        model=model,
        dataset=on,
    )


def _least(row: Row) -> tuple[float, int, int]:
    return row.value, row.step, row.timestamp


def _greatest(row: Row) -> tuple[float, int, int]:
    return -row.value, row.step, row.timestamp


def _mean(values: list[float]) -> float | None:
    try:
        # The exact sum does not depend on the order in which a store returns the points.
        return math.fsum(values) / len(values)
    except (OverflowError, ZeroDivisionError):
        return None


def _point(row: Row) -> Point:
    return Point(_plain(row.value), row.step, row.timestamp / 1000)


def _plain(value: float) -> float | str:
    if -INFINITE < value < INFINITE:
        return float(value)
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _csv(rows: list[Row], text: Callable[[str], str]) -> bytes:
    stream = io.StringIO(newline="")
    table = csv.writer(stream, lineterminator="\r\n")
    table.writerow(("key", "step", "timestamp", "value"))
    table.writerows(sorted((text(row.key), row.step, row.timestamp, _number(row.value)) for row in rows))
    return stream.getvalue().encode("utf-8", "backslashreplace")


def _number(value: float) -> str:
    if -INFINITE < value < INFINITE or math.isnan(value):
        return repr(float(value))
    return "inf" if value > 0 else "-inf"
