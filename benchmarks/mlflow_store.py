"""Make a tracking store with very many runs, through MLflow's own tables: logging them one by one would take hours."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

PARAMS, METRICS, POINTS, TAGS = 5, 5, 3, 3
BEGIN_MS = 1_790_000_000_000
AT_ONCE = 1_000

# A row, with its table.
Rowed: TypeAlias = tuple[Any, dict[str, Any]]


def make_store(path: Path, runs: int) -> str:
    """Make an SQLite tracking store whose runs have 5 params, 5 metrics of 3 points and 3 tags, and return its URI."""
    from mlflow import MlflowClient
    from mlflow.store.tracking.dbmodels import models
    from sqlalchemy import create_engine

    uri = f"sqlite:///{path}"
    experiment = MlflowClient(uri).create_experiment("synthetic", artifact_location=str(path.parent / "artifacts"))
    tables = (models.SqlRun, models.SqlParam, models.SqlMetric, models.SqlLatestMetric, models.SqlTag)
    engine = create_engine(uri)
    with engine.begin() as connection:
        for start in range(0, runs, AT_ONCE):
            rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in tables}
            for number in range(start, min(runs, start + AT_ONCE)):
                for table, row in rows_of(number, int(experiment), path.parent, tables):
                    rows[table].append(row)
            for table, some in rows.items():
                connection.execute(table.__table__.insert(), some)
    engine.dispose()
    return uri


def rows_of(
    number: int, experiment: int, folder: Path, tables: tuple[Any, ...]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the rows of one run, each with its table."""
    run, param, metric, latest, tag = tables
    id_ = uuid.uuid5(uuid.NAMESPACE_URL, f"synthetic run {number}").hex
    at = BEGIN_MS + number * 1000
    yield (
        run,
        {
            "run_uuid": id_,
            "name": f"run {number}",
            "source_type": "LOCAL",
            "source_name": "train.py",
            "user_id": "alice",
            "status": "FINISHED",
            "start_time": at,
            "end_time": at + 900,
            "lifecycle_stage": "active",
            "artifact_uri": str(folder / "artifacts" / id_ / "artifacts"),
            "experiment_id": experiment,
        },
    )
    for index in range(PARAMS):
        yield param, {"run_uuid": id_, "key": f"param_{index}", "value": str(number * index)}
    for index in range(METRICS):
        for step in range(POINTS):
            point = {"run_uuid": id_, "key": f"metric_{index}", "value": step + index / 10, "timestamp": at + step}
            yield metric, {**point, "step": step, "is_nan": False}
        yield latest, {**point, "step": POINTS - 1, "is_nan": False}
    for name, value in (("mlflow.user", "alice"), ("mlflow.runName", f"run {number}"), ("team", "beam physics")):
        yield tag, {"run_uuid": id_, "key": name, "value": value}
