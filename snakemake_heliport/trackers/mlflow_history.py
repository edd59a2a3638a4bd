"""Histories of metrics, read for many runs at once: one question for each run and metric would take hours."""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from snakemake_heliport.trackers.mlflow_library import part
from snakemake_heliport.trackers.mlflow_store import Opened

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


def histories(store: Opened, keys: Keys, pool: Executor) -> Histories:
    """Yield histories in the fastest way that a store offers."""
    if hasattr(store.backend, "ManagedSessionMaker"):
        return from_database(store.backend, keys)
    if hasattr(store.backend, "get_host_creds"):
        return from_server(store.backend, store.client, keys, pool)
    return from_client(store.client, keys)


def latest_points(run: Any) -> list[Row]:
    """Return the last point of each metric of a run, as MLflow ranks them."""
    points = getattr(run.data, "_metric_objs", None)
    if points is None:
        return [Row(key, 0, run.info.start_time, value) for key, value in run.data.metrics.items()]
    return [Row(point.key, point.step, point.timestamp, point.value) for point in points]


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
    answer = request(store.get_host_creds(), BULK_ENDPOINT, "GET", params=params, raise_on_status=False)
    try:
        points = answer.json()["metrics"] if answer.status_code == 200 else None
    except (ValueError, LookupError):
        points = None
    if points is None:  # a server without that endpoint
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
