"""A run whose second job trained a model, as the store has it; and questions to its graph."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph as ox
from store.builders import ENDED, RULE, RUN_A, STARTED, Things, file, file_itself, whole_run

from snakemake_heliport.export import FORMATS, Selection
from snakemake_heliport.identity import (
    experiment_iri,
    job_iri,
    minted,
    model_iri,
    model_version_iri,
    part,
    training_run_iri,
)
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store
from snakemake_heliport.vocabulary import DEFAULT_LAYERS, LAYERS, load

RUN_ID, CHILD_ID, LOOSE_ID = "4fd160df81ed4025a4d2e98b7cbfaf71", "5" * 32, "6" * 32
TRAINING, CHILD, LOOSE = map(training_run_iri, (RUN_ID, CHILD_ID, LOOSE_ID))
JOB = job_iri(RUN_A, 2, 1)
EXPERIMENT = experiment_iri("1", "iris", 1.0)
MODEL, VERSION = model_iri("m-4086fe0156914cfa9f0875a542d4e534"), model_version_iri("iris", "1", 2.0)
DATASET, HELD_OUT = part(TRAINING, "dataset", "raw", "c167484d"), part(TRAINING, "dataset", "test", "00000000")
ARTIFACT, IMPORT = file("runs:/x/figure.png", "cd"), minted("import", "here")

POINTS = [{"value": 0.5, "step": 0, "at": STARTED}]
EVALUATIONS = [
    {"name": "accuracy", "value": 0.93, "step": 3, "at": ENDED, "count": 4, "mean": 0.7, "model": MODEL}
    | {"dataset": HELD_OUT, "least": POINTS, "greatest": [{"value": "Infinity", "step": 1, "at": STARTED}]},
    {"name": "loss", "value": "NaN", "step": 3, "at": ENDED, "count": 1, "model": MODEL},
    {"name": "mae", "value": 1, "step": 0, "at": ENDED, "count": 1},
]


def training_run(iri: str, run_id: str, **attributes: Any) -> Things:
    """Return a finished training run in the experiment."""
    told = {"run_id": run_id, "name": "r1", "status": "finished", "started": STARTED, "ended": ENDED, **attributes}
    return [
        DigitalObject(iri, Kind.TRAINING_RUN, "r1", "a note", {"tracker": "MLflow", **told}),
        Relation(iri, Predicate.IN_EXPERIMENT, EXPERIMENT),
    ]


def learning(
    evaluations: Sequence[Mapping[str, Any]] = EVALUATIONS, params: Sequence[Mapping[str, Any]] = ()
) -> Things:
    """Return a run of two jobs, and what a tracker told of the second, with a nested run in it."""
    hyperparameters = params or [
        {"name": "lr", "value": "0.01", "same_as": part(JOB, "param", "rate")},
        {"name": "solver", "value": "adam"},
    ]
    usage = {"name": "energy_consumed", "property": "smk:energy_consumed", "value": 0.2, "unit": "unit:KiloW-HR"}
    influence = {"method": "RunContextTag", "confidence": 1.0, "evidence": ["its tags name the job"]}
    run = training_run(
        TRAINING,
        RUN_ID,
        hyperparameters=list(hyperparameters),
        evaluations=list(evaluations),
        usage=[{**usage, "method": "CodeCarbon 3", "estimated": False}],
        impact=[{"energy": 0.2, "emissions": 0.0031, "method": "CodeCarbon 3"}],
        tags=[{"name": "team", "value": "blue"}],
    )
    return [
        *whole_run(RUN_A),
        DigitalObject(EXPERIMENT, Kind.EXPERIMENT, "iris", attributes={"name": "iris", "experiment_id": "1"}),
        *run,
        Relation(TRAINING, Predicate.WAS_PART_OF, JOB),
        Relation(TRAINING, Predicate.WAS_INFLUENCED_BY, JOB, influence),
        Relation(TRAINING, Predicate.EXECUTES, RULE),
        Relation(TRAINING, Predicate.USED_DATASET, DATASET, {"role": ["training"]}),
        Relation(TRAINING, Predicate.USED_DATASET, HELD_OUT, {"role": ["test"]}),
        Relation(TRAINING, Predicate.USED, file("results/a.txt"), {"role": "training"}),
        *training_run(CHILD, CHILD_ID),
        Relation(CHILD, Predicate.NESTED_IN, TRAINING),
        Relation(CHILD, Predicate.WAS_PART_OF, TRAINING),
        Relation(CHILD, Predicate.WAS_INFLUENCED_BY, RUN_A, {**influence, "method": "SourcePath", "confidence": 0.8}),
        *_data_and_models(),
    ]


def _data_and_models() -> Things:
    raw = {"name": "raw", "dataset_digest": "c167484d", "source": "results/a.txt", "profile": {"rows": 3}}
    columns = [{"name": "x", "type": "double", "position": 0}, {"name": "y", "type": "long", "position": 1}]
    model = {
        "name": "model",
        "model_uri": "models:/m-4086fe0156914cfa9f0875a542d4e534",
        "status": "finished",
        "model_type": "classifier",
        "hyperparameters": [{"name": "lr", "value": "0.01"}],
        "signature": [{"direction": "inputs", "name": "x", "position": 0, "type": "double"}],
        "flavors": [{"name": "sklearn", "version": "1.5"}],
        "requirements": ["scikit-learn==1.5"],
    }
    version = {"name": "iris", "version": "1", "aliases": ["best"], "stage": "Production"}
    return [
        DigitalObject(DATASET, Kind.DATASET, "raw", attributes={**raw, "columns": columns}),
        Relation(DATASET, Predicate.HAS_SOURCE, file("results/a.txt")),
        DigitalObject(HELD_OUT, Kind.DATASET, "test", attributes={"name": "test", "dataset_digest": "00000000"}),
        DigitalObject(MODEL, Kind.MODEL, "model", attributes=model),
        Relation(MODEL, Predicate.WAS_GENERATED_BY, TRAINING),
        Relation(MODEL, Predicate.HAD_MEMBER, file("results/b.txt")),
        Relation(MODEL, Predicate.TRAINED_ON, DATASET),
        Relation(MODEL, Predicate.TESTED_ON, HELD_OUT),
        Relation(MODEL, Predicate.EVALUATED_ON, HELD_OUT),
        DigitalObject(VERSION, Kind.MODEL_VERSION, "iris version 1", attributes=version),
        Relation(VERSION, Predicate.SPECIALIZATION_OF, MODEL),
        *file_itself("runs:/x/figure.png", "cd" * 32),
        Relation(file("runs:/x/figure.png", "cd" * 32), Predicate.WAS_GENERATED_BY, TRAINING),
    ]


def unlinked() -> Things:
    """Return a training run that belongs to no recorded run, and what says where it was found."""
    return [
        DigitalObject(IMPORT, Kind.IMPORT, "import", attributes={"name": "import", "tracker": "MLflow"}),
        DigitalObject(EXPERIMENT, Kind.EXPERIMENT, "iris", attributes={"name": "iris", "experiment_id": "1"}),
        *training_run(LOOSE, LOOSE_ID, unlinked=True),
    ]


def exported(store: Store, layers: Sequence[str] = DEFAULT_LAYERS, form: str = "n-triples") -> bytes:
    """Return a store with these layers in force, in a format."""
    stream = io.BytesIO()
    FORMATS[form].write(store, Selection(layers=layers), stream)
    return stream.getvalue()


def graph_of(store: Store, layers: Sequence[str] = DEFAULT_LAYERS) -> ox.Store:
    """Return the graph of a store, to be asked."""
    graph = ox.Store()
    graph.load(exported(store, layers), format=ox.RdfFormat.N_TRIPLES)
    return graph


def ask(graph: ox.Store, question: str) -> list[tuple[str | None, ...]]:
    """Return the rows that a SELECT query finds, in order; all prefixes of the layers may be used."""
    prefixes = load(layers=LAYERS).prefixes
    found = graph.query(question, prefixes=dict(prefixes))
    return sorted(tuple(None if term is None else term.value for term in row) for row in found)  # type: ignore[union-attr,attr-defined]
