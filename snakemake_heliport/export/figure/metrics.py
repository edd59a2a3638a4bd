"""The metrics that are worth a line in a figure."""

import math
from collections.abc import Iterator, Sequence

from snakemake_heliport.export.figure.describing import names_of, several, state_words, states_of, text
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, JsonValue, Predicate

METRICS_SHOWN = 3
ENDLESS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def training_words(runs: Sequence[DigitalObject]) -> list[str]:
    """Return what is said of training runs: names, what went wrong, and their key metrics."""
    tracker = text(runs[0].attributes.get("tracker")) or "training"
    names = names_of(runs)
    head = [*names, f"{tracker} run"] if len(runs) == 1 else [several(len(runs), f"{tracker} run"), ", ".join(names)]
    return [*head, *state_words(states_of(runs)), *key_metrics(runs)]


def key_metrics(runs: Sequence[DigitalObject]) -> list[str]:
    """Return the metrics that most runs have, evaluated on a dataset before others, single values before histories.

    Of several runs the least and the greatest of the last values are told.
    """
    values: dict[str, list[float]] = {}
    weight: dict[str, tuple[int, int]] = {}
    for evaluation in _evaluations(runs):
        value = _number(evaluation.get("value"))
        if value is not None:
            name = text(evaluation.get("name"))
            values.setdefault(name, []).append(value)
            weight.setdefault(name, ("dataset" not in evaluation, evaluation.get("count") != 1))
    best = sorted(values, key=lambda name: (-len(values[name]), weight[name], name))
    return [f"{name} {_span(values[name])}" for name in best[:METRICS_SHOWN]]


def _evaluations(runs: Sequence[DigitalObject]) -> Iterator[dict[str, JsonValue]]:
    for run in runs:
        found = run.attributes.get("evaluations")
        yield from (
            evaluation for evaluation in (found if isinstance(found, list) else ()) if isinstance(evaluation, dict)
        )


def _number(value: JsonValue) -> float | None:
    if isinstance(value, str):
        return ENDLESS.get(value)
    return float(value) if isinstance(value, int | float) else None


def _span(values: Sequence[float]) -> str:
    told = list(dict.fromkeys(f"{value:.3g}" for value in (min(values), max(values))))
    return " to ".join(told) if len(values) > 1 else f"{values[0]:.3g}"


def model_words(view: View, models: Sequence[DigitalObject]) -> list[str]:
    """Return what is said of models: names, number, and the versions that are registered."""
    versions = [
        version for model in models for version in view.behind(model.iri, Predicate.SPECIALIZATION_OF)
    ]  # fmt: skip
    told = [_version(version) for version in versions]
    more = [f"… and {len(told) - 2} more versions"] if len(told) > 2 else []
    return [", ".join(names_of(models)), several(len(models), "model"), *told[:2], *more]


def _version(version: DigitalObject) -> str:
    aliases = version.attributes.get("aliases")
    marks = "".join(f" @{text(alias)}" for alias in (aliases if isinstance(aliases, list) else ()))
    return f"registered: version {text(version.attributes.get('version'))}{marks}"


def datasets_words(datasets: Sequence[DigitalObject]) -> list[str]:
    """Return what is said of datasets: names and number."""
    return [", ".join(names_of(datasets)), several(len(datasets), "dataset")]
