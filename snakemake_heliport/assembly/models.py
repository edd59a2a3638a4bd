"""Models: what training runs logged, what it was trained on, its files, and its versions in a registry."""

from collections.abc import Iterable, Mapping

from snakemake_heliport.assembly.describing import present
from snakemake_heliport.assembly.facts import Training
from snakemake_heliport.assembly.files import write_tracked_file
from snakemake_heliport.assembly.sink import Sink
from snakemake_heliport.assembly.times import iso
from snakemake_heliport.identity import model_iri, part, training_run_iri
from snakemake_heliport.model import DigitalObject, JsonValue, Kind, Predicate, Relation
from snakemake_heliport.records import State
from snakemake_heliport.training import LoggedModel, ModelVersion, TrainingRun

STATES = {"READY": State.FINISHED, "FAILED": State.FAILED, "PENDING": State.PENDING}
# How a dataset is logged (`mlflow.log_input(…, context=…)`), and what a model has to do with it then.
USES = {
    Predicate.TRAINED_ON: {"train", "training", "fit"},
    Predicate.VALIDATED_ON: {"val", "valid", "validation", "dev"},
    Predicate.TESTED_ON: {"test", "testing"},
}


class ModelWriter:
    """Writes the models and model versions that a tracker tells of."""

    def __init__(self, training: Training, sink: Sink) -> None:
        self._training = training
        self._sink = sink

    def write(self) -> None:
        """Write all of them."""
        for model in self._training.models.values():
            self._model(model)
        for iri, version in self._training.versions.items():
            self._version(iri, version)

    def _relate(self, subject: str, predicate: Predicate, to: str) -> None:
        self._sink.relate(Relation(subject, predicate, to))

    def _model(self, model: LoggedModel) -> None:
        iri = model_iri(model.id)
        uri = f"models:/{model.id}" if model.id.startswith("m-") else f"runs:/{model.id}"
        attributes: dict[str, JsonValue] = {
            "name": model.name,
            "model_uri": uri,
            "status": str(STATES.get(model.status, State.PENDING)),
            "created": None if model.created is None else iso(model.created),
            "model_type": model.model_type,
            "hyperparameters": named_values(model.params),
            "tags": named_values(model.tags),
            "signature": _signature(model.signature),
            "flavors": [present({"name": name, "version": version}) for name, version in model.flavors.items()],
            "requirements": list(model.requirements),
            "tracker_version": model.tracker_version,
            "size": sum(file.size or 0 for file in model.files) or None,
        }
        self._sink.add(DigitalObject(iri, Kind.MODEL, model.name, attributes=present(attributes)))
        self._relate(iri, Predicate.WAS_GENERATED_BY, training_run_iri(model.run))
        for file in model.files:
            written = write_tracked_file(self._sink, uri, file)
            self._relate(iri, Predicate.HAD_MEMBER, written)
            self._relate(written, Predicate.WAS_GENERATED_BY, training_run_iri(model.run))
        run = self._training.runs.get(model.run)
        if run is not None:
            self._datasets(iri, model, run)

    def _datasets(self, iri: str, model: LoggedModel, run: TrainingRun) -> None:
        evaluated = {metric.dataset for metric in run.metrics if metric.model == model.id}
        for dataset in run.datasets:
            key = (dataset.name, dataset.digest)
            for predicate in _uses(dataset.contexts, measured=key in evaluated):
                self._relate(iri, predicate, dataset_iri(training_run_iri(run.id), *key))

    def _version(self, iri: str, version: ModelVersion) -> None:
        attributes: dict[str, JsonValue] = {
            "name": version.name,
            "version": version.version,
            "aliases": list(version.aliases),
            "created": None if version.created is None else iso(version.created),
            "stage": version.stage,
            "tags": named_values(version.tags),
        }
        label = f"{version.name} version {version.version}"
        self._sink.add(DigitalObject(iri, Kind.MODEL_VERSION, label, version.description, present(attributes)))
        if version.model is not None:
            self._relate(iri, Predicate.SPECIALIZATION_OF, model_iri(version.model))


def dataset_iri(run: str, name: str, digest: str) -> str:
    """Return the IRI of a dataset input of a training run; the tracker tells them apart by name and digest."""
    return part(run, "dataset", name, digest)


def named_values(values: Mapping[str, str]) -> list[JsonValue]:
    """Return names and values as the entries of an attribute."""
    return [{"name": name, "value": value} for name, value in values.items()]


def columns(schema: JsonValue) -> list[JsonValue]:
    """Return the columns or tensors of an MLflow schema (`mlflow_colspec`, `mlflow_tensorspec`, or their bare list)."""
    if isinstance(schema, dict):
        for key in ("mlflow_colspec", "mlflow_tensorspec", "features"):
            if key in schema:
                return columns(schema[key])
        return []
    entries = schema if isinstance(schema, list) else []
    return [_column(entry, position) for position, entry in enumerate(entries) if isinstance(entry, dict)]


def _column(entry: Mapping[str, JsonValue], position: int) -> dict[str, JsonValue]:
    kind = entry.get("type")
    tensor = entry.get("tensor-spec")
    if isinstance(tensor, dict):
        kind = f"{tensor.get('dtype')} {tensor.get('shape')}"
    return present({"name": entry.get("name") or str(position), "type": str(kind or ""), "position": position})


def _signature(signature: JsonValue) -> list[JsonValue]:
    if not isinstance(signature, dict):
        return []
    found: list[JsonValue] = []
    for direction in ("inputs", "outputs", "params"):
        for entry in columns(signature.get(direction)):
            if isinstance(entry, dict):
                found.append({"direction": direction, **entry})
    return found


def _uses(contexts: Iterable[str], *, measured: bool) -> set[Predicate]:
    """Return what a model has to do with a dataset of its run; nothing where nobody said what the dataset was for."""
    found = {Predicate.EVALUATED_ON} if measured else set()
    for context in contexts:
        known = (predicate for predicate, names in USES.items() if context.strip().lower() in names)
        found.add(next(known, Predicate.EVALUATED_ON))
    return found
