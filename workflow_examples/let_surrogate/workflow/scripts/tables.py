"""The CSV tables of this study: one header line, then numbers or words."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


def read_rows(path: str) -> list[dict[str, str]]:
    """Read a table with words in it, row by row."""
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def read_columns(path: str) -> dict[str, Column]:
    """Read a table of numbers, column by column."""
    rows = read_rows(path)
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def write_columns(path: str, columns: Mapping[str, Sequence[object] | Column]) -> None:
    """Write columns of equal length; numbers keep seven digits."""
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(f"{value:.7g}" if isinstance(value, float) else value for value in row)
