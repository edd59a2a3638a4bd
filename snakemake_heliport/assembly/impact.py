"""Energy and emissions of jobs and training runs: what was measured and by what method, or an estimate on request.

CodeCarbon writes kilowatt hours and kilograms of CO2 equivalents (its own documentation of `emissions.csv`); MLflow's
system metrics divide by powers of ten and name their unit (mlflow/system_metrics). Energy is told in kilowatt hours.
"""

import math
from collections.abc import Iterable, Mapping

from snakemake_heliport.assembly.pairing import paired
from snakemake_heliport.model import JsonValue
from snakemake_heliport.records import AnyRecord
from snakemake_heliport.training import Metric, TrainingRun

JOULES_PER_KWH = 3.6e6
Impact = dict[str, JsonValue]

UNITS = {"energy": ("energy_consumed", "KiloW-HR"), "emissions": ("emissions", "KiloGM")}
# The ending of a system metric's name tells its unit.
SYSTEM_UNITS = {
    "_percentage": "PERCENT",
    "_megabytes": "MegaBYTE",
    "_gigabytes": "GigaBYTE",
    "_watts": "W",
}
LOGGED_PREFIXES = ("codecarbon/", "codecarbon.", "codecarbon_")


def usage_of_system(metrics: Iterable[Metric]) -> list[JsonValue]:
    """Return system metrics as measured resources: the mean and the greatest of each whose unit is known."""
    found: list[JsonValue] = []
    for metric in metrics:
        unit = next((unit for ending, unit in SYSTEM_UNITS.items() if metric.name.endswith(ending)), None)
        if unit is None:
            continue
        for aggregate, value in (("mean", metric.mean), ("max", metric.greatest.value)):
            number = _number(value if value is not None else metric.last.value)
            if number is not None:
                found.append(_usage(f"{metric.name}_{aggregate}", number, unit, "MLflow system metrics"))
    return found


def usage_of_impact(impact: Iterable[Impact]) -> list[JsonValue]:
    """Return energy and emissions as measured resources."""
    found: list[JsonValue] = []
    for repeat, entry in enumerate(impact, start=1):
        for key, (name, unit) in UNITS.items():
            number = _number(entry.get(key))
            if number is not None:
                usage = _usage(name, number, unit, str(entry["method"]))
                if repeat > 1:
                    usage["repeat"] = repeat
                if entry.get("estimated"):
                    usage["estimated"] = True
                found.append(usage)
    return found


def _usage(name: str, value: float, unit: str, method: str) -> dict[str, JsonValue]:
    return {"name": name, "property": f"smk:{name}", "value": value, "unit": f"unit:{unit}", "method": method}


def impact_of_run(run: TrainingRun) -> list[Impact]:
    """Return what a training run cost: by CodeCarbon's table or the values that it logged, else by its GPUs' power."""
    return impact_of_rows(run.emissions) or _logged(run) or _gpu_power(run)


def impact_of_rows(rows: Iterable[Mapping[str, str]]) -> list[Impact]:
    """Return the energy and emissions in the rows of CodeCarbon's `emissions.csv`, which measures one task a row."""
    found = []
    for row in rows:
        version = row.get("codecarbon_version", "").strip()
        details = [f"{name}={row[name]}" for name in ("tracking_mode", "country_iso_code") if row.get(name)]
        entry = _impact(row.get("energy_consumed"), row.get("emissions"))
        if entry:
            found.append({**entry, "method": ", ".join([f"CodeCarbon {version}".strip(), *details])})
    return found


def _impact(energy: object, emissions: object) -> Impact:
    numbers = {"energy": _number(energy), "emissions": _number(emissions)}
    return {name: number for name, number in numbers.items() if number is not None}


def _logged(run: TrainingRun) -> list[Impact]:
    """Return the values that were logged under CodeCarbon's names; without its prefix, only where both stand."""
    values: dict[str, object] = {**run.params, **{metric.name: metric.last.value for metric in run.metrics}}
    for prefix in LOGGED_PREFIXES:
        entry = _impact(values.get(f"{prefix}energy_consumed"), values.get(f"{prefix}emissions"))
        if entry:
            return [{**entry, "method": "CodeCarbon, as logged to MLflow"}]
    entry = _impact(values.get("energy_consumed"), values.get("emissions"))
    return [{**entry, "method": "CodeCarbon, as logged to MLflow"}] if len(entry) > 1 else []


def _gpu_power(run: TrainingRun) -> list[Impact]:
    watts = [metric.mean for metric in run.system if metric.name.endswith("power_usage_watts")]
    if run.ended is None or not watts:
        return []
    energy = sum(mean for mean in watts if mean is not None) * (run.ended - run.started) / JOULES_PER_KWH
    return [{"energy": energy, "method": "mean GPU power of MLflow's system metrics times duration; GPUs only"}]


def estimated_impact(watts: float, cpu_seconds: float, how: str) -> list[Impact]:
    """Return an estimate of the energy of a job, marked as one.

    Args:
        watts: What one busy core takes, as the user says.
        cpu_seconds: The time for which a core was busy, summed over cores.
        how: How that is known.
    """
    method = f"estimate: {watts:g} W for each busy core (setting estimate_power) times {how}"
    return [{"energy": watts * cpu_seconds / JOULES_PER_KWH, "method": method, "estimated": True}]


def attributed(
    rows: Iterable[Mapping[str, str]], records: Iterable[AnyRecord]
) -> dict[tuple[int, int], list[Mapping[str, str]]]:
    """Return the rows of a table that jobs share by job and attempt: those whose time lies in one attempt alone."""
    windows = [
        (started.at, ended.at, (ended.jobid, ended.attempt)) for started, ended in paired(records) if ended is not None
    ]
    found: dict[tuple[int, int], list[Mapping[str, str]]] = {}
    for row in rows:
        end, duration = _number(row.get("at")), _number(row.get("duration")) or 0.0
        if end is not None:
            # CodeCarbon writes whole seconds.
            inside = [key for start, stop, key in windows if start - 1 <= end - duration and end <= stop + 1]
            if len(inside) == 1:
                found.setdefault(inside[0], []).append(row)
    return found


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
