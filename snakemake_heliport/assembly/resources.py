"""Measured resources: a column of a benchmark file becomes a value with a term and a unit."""

from snakemake_heliport.model import JsonValue

# Snakemake divides memory and I/O by 1024², whatever its own comments say (benchmark.py), so these are mebibytes.
COLUMNS = {
    "s": ("wall_clock", "SEC"),
    "cpu_time": ("cpu_time", "SEC"),
    "max_rss": ("max_rss", "MebiBYTE"),
    "max_vms": ("max_vms", "MebiBYTE"),
    "max_uss": ("max_uss", "MebiBYTE"),
    "max_pss": ("max_pss", "MebiBYTE"),
    "io_in": ("io_in", "MebiBYTE"),
    "io_out": ("io_out", "MebiBYTE"),
    "mean_load": ("mean_load", "PERCENT"),
}
MISSING = frozenset(("NA", "-", "", "None", "nan"))


def usage(rows: tuple[dict[str, str], ...]) -> list[JsonValue]:
    """Return the measured values of a benchmark file, one set for each repeat; what was not sampled is absent."""
    found: list[JsonValue] = []
    for repeat, row in enumerate(rows, start=1):
        for column, (name, unit) in COLUMNS.items():
            value = _number(row.get(column, ""))
            if value is not None:
                found.append(
                    {
                        "name": name,
                        "property": f"smk:{name}",
                        "value": value,
                        "unit": f"unit:{unit}",
                        "repeat": repeat,
                    }
                )
    return found


def total(measured: list[JsonValue], name: str) -> float | None:
    """Return the sum of a measured value over all repeats, None where it was not measured."""
    values = [entry["value"] for entry in measured if isinstance(entry, dict) and entry["name"] == name]
    numbers = [value for value in values if isinstance(value, float)]
    return sum(numbers) if numbers else None


def _number(text: str) -> float | None:
    if text in MISSING:
        return None
    try:
        return float(text)
    except ValueError:
        return None
