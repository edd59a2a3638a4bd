"""What was measured of a model: every metric with the data that it was measured on, and who measured it."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snakemake_heliport.export.card.subject import Subject, entries, roles, sha256_of
from snakemake_heliport.export.card.words import plain, slug
from snakemake_heliport.export.view import View
from snakemake_heliport.lineage.near import path_of
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate

# Names of Hugging Face's own metrics, by the names that libraries log them under.
KNOWN = {
    **{name: name for name in ("accuracy", "f1", "precision", "recall", "mse", "mae", "mape", "smape", "r_squared")},
    **{name: name for name in ("roc_auc", "perplexity", "bleu", "rouge", "wer", "cer", "mean_iou", "exact_match")},
    **{name: name for name in ("matthews_correlation", "pearsonr", "spearmanr", "brier_score")},
    "acc": "accuracy",
    "accuracy_score": "accuracy",
    "f1_score": "f1",
    "precision_score": "precision",
    "recall_score": "recall",
    "r2": "r_squared",
    "r2_score": "r_squared",
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "roc_auc_score": "roc_auc",
    "miou": "mean_iou",
}
SPLITS = ("training", "train", "validation", "valid", "val", "test", "eval", "evaluation")
TASKS = {"classifier": "tabular-classification", "regressor": "tabular-regression"}
SPLIT_OF = {"train": "training", "valid": "validation", "val": "validation", "eval": "evaluation"}
_AFFIX = re.compile(rf"^(?:{'|'.join(SPLITS)})[_/.-]|[_/.-](?:{'|'.join(SPLITS)})$")


@dataclass(frozen=True, slots=True)
class Result:
    """The last value of a metric.

    Attributes:
        on: The data that it was measured on, None where the tracker was not told.
        split: What the training run used this data for.
        by: The training run that measured it.
        certain: Whether the tracker says that it was measured of this very model.
    """

    name: str
    value: JsonValue
    step: JsonValue
    on: DigitalObject | None
    split: str
    by: DigitalObject
    certain: bool

    @property
    def finite(self) -> bool:
        """Whether the value is a number that can be compared."""
        return isinstance(self.value, int | float) and math.isfinite(self.value)


def results_of(subject: Subject) -> list[Result]:
    """Return what was measured of a model: where the tracker does not say of which, all that its training measured."""
    view, model, training = subject.view, subject.model, subject.training
    own = [] if training is None else [*_of_run(view, training, model)]
    certain = [result for result in own if result.certain]
    found = certain or own
    if model is not None:
        others = (run for run in view.of_kind(Kind.TRAINING_RUN) if training is None or run.iri != training.iri)
        found += [result for run in others for result in _of_run(view, run, model) if result.certain]
    return sorted(found, key=lambda result: (_on(result), result.name, result.by.label, result.by.iri))


def _on(result: Result) -> tuple[bool, str, str]:
    # What is known to be measured on data that can be named comes first.
    return result.on is None, result.split, "" if result.on is None else result.on.iri


def _of_run(view: View, run: DigitalObject, model: DigitalObject | None) -> Iterator[Result]:
    for entry in entries(run.attributes.get("evaluations")):
        of, on = entry.get("model"), entry.get("dataset")
        data = view.objects.get(on) if isinstance(on, str) else None
        certain = model is not None and of == model.iri
        if of is None or certain:
            name, value = str(entry.get("name")), entry.get("value")
            yield Result(name, value, entry.get("step"), data, _split(view, run, data), run, certain)


def _split(view: View, run: DigitalObject, data: DigitalObject | None) -> str:
    """Return what a training run used data for, as a split is called."""
    if data is None:
        return ""
    used = [relation for relation in view.out(run.iri, Predicate.USED_DATASET) if relation.object == data.iri]
    said = [SPLIT_OF.get(role, role) for relation in used for role in roles(relation)]
    return plain(said[0]) if said else ""


def metric_id(name: str) -> str | None:
    """Return Hugging Face's name of a metric, None where it is not one of theirs."""
    bare = _AFFIX.sub("", re.sub(r"[\s-]+", "_", name.strip().lower()))
    return KNOWN.get(bare)


def data_name(view: View, data: DigitalObject) -> str:
    """Return what a dataset is called, with the file that it was read from."""
    files = [path_of(file) for file in view.ahead(data.iri, Predicate.HAS_SOURCE)]
    return f"{data.label} ({', '.join(files)})" if files and files != [data.label] else data.label


def task_of(subject: Subject) -> str:
    """Return the task of a model, `other` where the record does not tell."""
    said = {} if subject.model is None else subject.model.attributes
    columns = any(entry.get("direction") == "inputs" and entry.get("name") for entry in entries(said.get("signature")))
    return TASKS.get(str(said.get("model_type")), "other") if columns else "other"


def model_index(subject: Subject, name: str) -> list[JsonValue]:
    """Return the results whose data is known, as Hugging Face takes them."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results_of(subject):
        if result.on is not None and result.finite:
            groups.setdefault((result.on.iri, result.by.iri), []).append(result)
    found: list[JsonValue] = [_results(subject, group) for group in groups.values()]
    return [{"name": name, "results": found}] if found else []


def _results(subject: Subject, group: list[Result]) -> dict[str, JsonValue]:
    view, first = subject.view, group[0]
    assert first.on is not None
    data: dict[str, JsonValue] = {"name": plain(data_name(view, first.on)), "type": slug(first.on.label)}
    if first.split:
        data["split"] = first.split
    digest = sha256_of(view, first.on)
    if digest:
        data["revision"] = digest[:8]
    metrics: list[JsonValue] = [_metric(result) for result in group]
    source: Mapping[str, JsonValue] = {
        "name": plain(f"{_tracker(first.by)} run {first.by.label}"),
        "url": first.by.iri,
    }
    return {"task": {"type": task_of(subject)}, "dataset": data, "metrics": metrics, "source": dict(source)}


def _metric(result: Result) -> dict[str, JsonValue]:
    return {
        "type": metric_id(result.name) or slug(result.name).replace("-", "_"),
        "value": result.value,
        "name": plain(result.name),
    }


def _tracker(run: DigitalObject) -> str:
    return str(run.attributes.get("tracker") or "training")
