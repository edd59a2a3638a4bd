"""What is told of the metrics of a run: each by its last, least and greatest point, and all points as one table."""

import csv
import io
import math
import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from snakemake_heliport.trackers.mlflow_history import Row
from snakemake_heliport.training import Metric, Point, Table

SYSTEM_PREFIX = "system/"
# What a database of MLflow holds in place of an infinity.
INFINITE = sys.float_info.max
# Model, dataset name and dataset digest.
Subject: TypeAlias = tuple[str | None, str | None, str | None]


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
