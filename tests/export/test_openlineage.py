"""OpenLineage events tell each run once started and once ended, by the names that its conventions want."""

import io
import json
import tomllib
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.builders import (
    ENDED,
    ENGINE,
    RULE,
    RUN_A,
    RUN_B,
    STARTED,
    WORKFLOW,
    file,
    job,
    replace,
    run_itself,
    whole_run,
)

from snakemake_heliport.export import Selection
from snakemake_heliport.export.openlineage import write_openlineage
from snakemake_heliport.export.openlineage_datasets import place
from snakemake_heliport.export.openlineage_facets import PRODUCER, run_id, source_location
from snakemake_heliport.identity import commit_iri, experiment_iri, job_iri, model_iri, part, training_run_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

client = pytest.importorskip("openlineage.client")
from openlineage.client import event_v2, facet_v2  # noqa: E402

OUTER, INNER, OTHER = (training_run_iri(digit * 32) for digit in "123")
MODEL = model_iri("m-" + "f" * 32)
DATASET = part(OUTER, "dataset", "in", "264dfb3e")
COMMIT = commit_iri("ab" * 20)
EXPERIMENT = experiment_iri("1", "bubbles", 1.0)
TIMES = {"status": "finished", "started": STARTED, "ended": ENDED}
# The facets of the specification by the name under which they stand, and the classes that the client has for them.
FACETS = {
    "parent": facet_v2.parent_run.ParentRunFacet,
    "nominalTime": facet_v2.nominal_time_run.NominalTimeRunFacet,
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "executionParameters": facet_v2.execution_parameters_run.ExecutionParametersRunFacet,
    "jobDependencies": facet_v2.job_dependencies_run.JobDependenciesRunFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "documentation": facet_v2.documentation_job.DocumentationJobFacet,
    "sourceCodeLocation": facet_v2.source_code_location_job.SourceCodeLocationJobFacet,
    "dataSource": facet_v2.datasource_dataset.DatasourceDatasetFacet,
    "datasetType": facet_v2.dataset_type_dataset.DatasetTypeDatasetFacet,
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "inputStatistics": facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


def training() -> list[DigitalObject | Relation]:
    """Return a training run in the first job, one nested in it, and one nested in it that another job made."""
    columns = [{"name": "a", "type": "long", "position": 0}, {"name": "b"}]
    things: list[DigitalObject | Relation] = [
        DigitalObject(
            OUTER,
            Kind.TRAINING_RUN,
            "outer",
            attributes={**TIMES, "hyperparameters": [{"name": "rate", "value": "0.1"}]},
        ),
        DigitalObject(INNER, Kind.TRAINING_RUN, "inner", attributes=TIMES),
        DigitalObject(
            OTHER, Kind.TRAINING_RUN, "other", attributes={**TIMES, "status": "failed", "error": "no memory"}
        ),
        DigitalObject(
            DATASET, Kind.DATASET, "in", attributes={"columns": columns, "source": "data/raw.csv", "rows": 9}
        ),
        DigitalObject(MODEL, Kind.MODEL, "net", attributes={"model_uri": "models:/m-" + "f" * 32}),
        Relation(DATASET, Predicate.HAS_SOURCE, file("data/raw.csv")),
        Relation(OUTER, Predicate.USED_DATASET, DATASET),
        Relation(MODEL, Predicate.WAS_GENERATED_BY, OUTER),
    ]
    for run, number in ((OUTER, 1), (INNER, 1), (OTHER, 2)):
        things += [
            Relation(run, Predicate.WAS_PART_OF, job_iri(RUN_A, number, 1)),
            Relation(run, Predicate.EXECUTES, RULE),
        ]
        if run != OUTER:
            things += [Relation(run, Predicate.NESTED_IN, OUTER), Relation(run, Predicate.WAS_PART_OF, OUTER)]
    return things


def written(store: Store, selection: Selection | None = None) -> bytes:
    stream = io.BytesIO()
    write_openlineage(store, selection or Selection(), stream)
    return stream.getvalue()


def events(store: Store, selection: Selection | None = None) -> list[Any]:
    """Return the events, each of which the client's classes take as it stands."""
    found = [json.loads(line) for line in written(store, selection).decode("utf-8").splitlines()]
    for event in found:
        check(event)
    return found


def check(event: dict[str, Any]) -> None:
    """Hold an event against the client's classes: they know the names and the required values of the specification."""
    told = {key: value for key, value in event.items() if key not in ("schemaURL", "inputs", "outputs", "run", "job")}
    run, of = event_v2.Run(**event["run"]), event_v2.Job(**event["job"])
    inputs = [event_v2.InputDataset(**dataset) for dataset in event["inputs"]]
    outputs = [event_v2.OutputDataset(**dataset) for dataset in event["outputs"]]
    made = event_v2.RunEvent(
        **{**told, "eventType": event_v2.RunState[event["eventType"]]}, run=run, job=of, inputs=inputs, outputs=outputs
    )
    assert made.schemaURL == event["schemaURL"]
    uuid.UUID(event["run"]["runId"])
    groups = [event["run"]["facets"], event["job"]["facets"]]
    for dataset in (*event["inputs"], *event["outputs"]):
        groups += [dataset.get(key, {}) for key in ("facets", "inputFacets", "outputFacets")]
    for name, facet in (item for group in groups for item in group.items()):
        assert facet["_producer"] == PRODUCER
        if not name.startswith("heliport_"):
            values = {key: value for key, value in facet.items() if not key.startswith("_")}
            # The client says in `_schemaURL` which version it knows; the name of the schema must be that.
            known = FACETS[name](**values)
            assert facet["_schemaURL"].rpartition("/")[2] == known._get_schema().rpartition("/")[2]


def of(found: list[Any], iri: str, *types: str) -> list[Any]:
    return [e for e in found if e["run"]["runId"] == run_id(iri) and (not types or e["eventType"] in types)]


def names(datasets: list[Any]) -> list[tuple[str, str]]:
    return [(dataset["namespace"], dataset["name"]) for dataset in datasets]


def test_each_run_starts_and_ends(store: Store) -> None:
    """The workflow run and each job have two events, in the order of time, parents around their children."""
    replace(store, RUN_A, [*whole_run(RUN_A), *training()])
    found = events(store)

    ends = [run_id(iri) for iri in (RUN_A, job_iri(RUN_A, 1, 1), job_iri(RUN_A, 2, 1), OUTER, INNER, OTHER)]
    assert sorted(e["run"]["runId"] for e in found if e["eventType"] == "START") == sorted(ends)
    assert sorted(e["run"]["runId"] for e in found if e["eventType"] != "START") == sorted(ends)
    assert (found[0]["run"]["runId"], found[-1]["run"]["runId"]) == (run_id(RUN_A), run_id(RUN_A))
    assert [e["eventTime"] for e in found] == sorted(e["eventTime"] for e in found)


def test_ids_and_names(store: Store) -> None:
    """A run keeps its UUID, a job gets one of its IRI; jobs are named after the workflow, the rule and the tracker."""
    replace(store, RUN_A, [*whole_run(RUN_A), *training()])
    jobs = {e["run"]["runId"]: (e["job"]["namespace"], e["job"]["name"]) for e in events(store)}

    assert jobs[RUN_A.removeprefix("urn:uuid:")] == ("snakemake", "demo")
    assert jobs[str(uuid.uuid5(uuid.NAMESPACE_URL, job_iri(RUN_A, 1, 1)))] == ("snakemake", "demo.copy")
    assert jobs[OUTER.removeprefix("urn:uuid:")] == ("snakemake", "demo.copy.mlflow")


@pytest.mark.parametrize(
    ("iri", "parent"),
    [(job_iri(RUN_A, 1, 1), RUN_A), (OUTER, job_iri(RUN_A, 1, 1)), (INNER, OUTER), (OTHER, job_iri(RUN_A, 2, 1))],
)
def test_parents(store: Store, iri: str, parent: str) -> None:
    """A job is of its run, a training run of its job, a nested one of the outer, unless another job made it."""
    replace(store, RUN_A, [*whole_run(RUN_A), *training()])

    for event in of(events(store), iri):
        facet = event["run"]["facets"]["parent"]
        assert facet["run"]["runId"] == run_id(parent)
        assert facet["root"] == {"run": {"runId": run_id(RUN_A)}, "job": {"namespace": "snakemake", "name": "demo"}}


@pytest.mark.parametrize(
    ("status", "types"),
    [
        ("finished", ["START", "COMPLETE"]),
        ("touched", ["START", "COMPLETE"]),
        ("failed", ["START", "FAIL"]),
        ("interrupted", ["START", "ABORT"]),
        ("running", ["START"]),
        ("pending", []),
        ("up-to-date", []),
    ],
)
def test_states(store: Store, status: str, types: list[str]) -> None:
    """An end is told as what it was, and not at all where nobody saw it."""
    replace(store, RUN_A, [*run_itself(RUN_A), *job(RUN_A, 1, attributes={"status": status, "error": "disk full"})])
    found = of(events(store), job_iri(RUN_A, 1, 1))

    assert [e["eventType"] for e in found] == types
    if status == "failed":
        assert found[1]["run"]["facets"]["errorMessage"]["message"] == "disk full"


def test_a_job_that_was_stopped_ended_with_its_run(store: Store) -> None:
    """Where the end of an interrupted job is unknown, that of its run stands for it; a historic job has no events."""
    stopped = {"status": "interrupted", "ended": None}
    things = [*run_itself(RUN_A), *job(RUN_A, 1, attributes=stopped), *job(RUN_A, 2, attributes={"historic": True})]
    replace(store, RUN_A, things)

    assert of(events(store), job_iri(RUN_A, 1, 1), "ABORT")[0]["eventTime"] == ENDED
    assert of(events(store), job_iri(RUN_A, 2, 1)) == []


def test_datasets_connect_jobs_and_training(store: Store) -> None:
    """What a training run logged as its data is the file that the job read; its model is what it made."""
    replace(store, RUN_A, [*whole_run(RUN_A), *training()])
    found = events(store)
    (made,) = of(found, job_iri(RUN_A, 1, 1), "COMPLETE")
    (trained,) = of(found, OUTER, "COMPLETE")

    assert names(made["inputs"]) == names(trained["inputs"]) == [("file", "data/raw.csv")]
    assert names(made["outputs"]) == [("file", "results/a.txt")]
    assert names(trained["outputs"]) == [("mlflow", "models/m-" + "f" * 32)]
    assert trained["outputs"][0]["facets"]["datasetType"]["datasetType"] == "MODEL"
    assert of(found, OUTER, "START")[0]["outputs"] == []


def test_what_is_said_of_a_dataset(store: Store) -> None:
    """Version, checksum and size come from the bytes, the schema from the tracker."""
    replace(store, RUN_A, [*whole_run(RUN_A), *training()])
    found = events(store)
    (source,) = of(found, job_iri(RUN_A, 1, 1), "START")[0]["inputs"]
    (dataset,) = of(found, OUTER, "START")[0]["inputs"]

    assert source["facets"]["version"]["datasetVersion"] == "ab" * 32
    assert source["facets"]["heliport_checksum"]["value"] == "ab" * 32
    assert source["facets"]["heliport_checksum"]["_schemaURL"].startswith(PRODUCER)
    assert source["inputFacets"]["inputStatistics"]["size"] == 7
    fields = [{"name": "a", "type": "long", "ordinal_position": 1}, {"name": "b"}]
    assert dataset["facets"]["schema"]["fields"] == fields
    assert dataset["inputFacets"]["inputStatistics"]["rowCount"] == 9


def test_what_is_said_of_a_run(store: Store) -> None:
    """Parameters, the engine, what had to be done first, and where the code is."""
    engine = DigitalObject(ENGINE, Kind.ENGINE, "S", attributes={"name": "Snakemake", "software_version": "9.1"})
    more = [
        *training(),
        engine,
        DigitalObject(COMMIT, Kind.COMMIT, "abab", attributes={"repository": "git@github.com:org/flow.git"}),
        Relation(WORKFLOW, Predicate.WAS_DERIVED_FROM, COMMIT),
        Relation(job_iri(RUN_A, 2, 1), Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 1, 1)),
    ]
    replace(store, RUN_A, [*whole_run(RUN_A), *more])
    found = events(store)
    (second,) = of(found, job_iri(RUN_A, 2, 1), "COMPLETE")
    (trained,) = of(found, OUTER, "COMPLETE")

    said = second["run"]["facets"]
    assert said["executionParameters"]["parameters"] == [{"key": "rate", "value": "0.01"}]
    assert trained["run"]["facets"]["executionParameters"]["parameters"] == [{"key": "rate", "value": "0.1"}]
    assert (said["processing_engine"]["name"], said["processing_engine"]["version"]) == ("Snakemake", "9.1")
    assert said["jobDependencies"]["upstream"][0]["run"]["runId"] == run_id(job_iri(RUN_A, 1, 1))
    assert said["heliport_run"]["iri"] == job_iri(RUN_A, 2, 1)
    code = second["job"]["facets"]["sourceCodeLocation"]
    assert code["url"] == f"https://github.com/org/flow/tree/{'ab' * 20}"
    assert (code["repoUrl"], code["version"]) == ("https://github.com/org/flow", "ab" * 20)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("data/a b.csv", ("file", "data/a b.csv")),
        ("s3://bucket/a/b.csv", ("s3://bucket", "a/b.csv")),
        ("https://user:secret@host.org:8080/a?b=1", ("https://host.org:8080", "a?b=1")),
        ("abfss://box@service.dfs.core.windows.net/a", ("abfss://box@service.dfs.core.windows.net", "a")),
        ("gs://bucket", ("gs://bucket", "bucket")),
        ("runs:/abc/model.pkl", ("mlflow", "runs/abc/model.pkl")),
        ("models:/m-1/MLmodel", ("mlflow", "models/m-1/MLmodel")),
    ],
)
def test_datasets_are_named_as_the_conventions_want(where: str, expected: tuple[str, str]) -> None:
    """Files by path, storage by scheme and bucket, without who may enter; MLflow's by its own addresses."""
    assert place(where) == expected


@pytest.mark.parametrize("where", ["/home/jane/secret/a.csv", "file:///home/jane/secret/a.csv"])
def test_paths_of_the_machine_are_not_told(where: str) -> None:
    """What lies outside the working directory has the same name each time, and no folder of the machine in it."""
    namespace, name = place(where)

    assert namespace == "file"
    assert name.endswith("/a.csv")
    assert "jane" not in name
    assert place(where) == place("/home/jane/secret/a.csv") != place("/home/john/a.csv")


@pytest.mark.parametrize(
    ("remote", "repository", "url"),
    [
        ("https://github.com/org/flow", "https://github.com/org/flow", "https://github.com/org/flow/tree/"),
        ("ssh://git@gitlab.hzdr.de:22/a/b.git", "https://gitlab.hzdr.de/a/b", "https://gitlab.hzdr.de/a/b/-/tree/"),
        (
            "https://me:token@git.example.org/b.git",
            "https://git.example.org/b",
            "https://archive.softwareheritage.org/",
        ),
        ("/srv/git/flow", None, "https://archive.softwareheritage.org/"),
        ("file:///srv/git/flow", None, "https://archive.softwareheritage.org/"),
        (None, None, "https://archive.softwareheritage.org/"),
    ],
)
def test_code_is_shown_by_its_host_or_the_archive(remote: str | None, repository: str | None, url: str) -> None:
    """The address of the repository loses who may enter it; without one, the archive has the commit."""
    told = source_location(DigitalObject(COMMIT, Kind.COMMIT, "c", attributes={"repository": remote} if remote else {}))

    assert told.get("repoUrl") == repository
    assert told["url"].startswith(url)


def test_a_training_run_of_no_workflow(store: Store) -> None:
    """It is a run of its experiment, without a parent."""
    things = [
        DigitalObject(OUTER, Kind.TRAINING_RUN, "outer", attributes={**TIMES, "unlinked": True}),
        DigitalObject(EXPERIMENT, Kind.EXPERIMENT, "bubbles"),
        Relation(OUTER, Predicate.IN_EXPERIMENT, EXPERIMENT),
    ]
    replace(store, RUN_A, things)

    for event in events(store):
        assert event["job"]["namespace"] == "mlflow"
        assert event["job"]["name"] == "bubbles"
        assert "parent" not in event["run"]["facets"]


def test_a_selected_run_tells_only_of_itself(store: Store) -> None:
    """The jobs of another run that it relied on are told by the events of that run."""
    replace(store, RUN_A, whole_run(RUN_A))
    relied = Relation(RUN_B, Predicate.RELIED_ON, job_iri(RUN_A, 2, 1))
    replace(store, RUN_B, [*run_itself(RUN_B), relied, *job(RUN_B, 1, ["results/b.txt"], ["c"])])

    told = {e["run"]["runId"] for e in events(store, Selection([RUN_B]))}
    assert told == {run_id(RUN_B), run_id(job_iri(RUN_B, 1, 1))}
    assert len(events(store)) == 10


def test_what_is_private_is_not_told(store: Store) -> None:
    """A public job has events; the private file that it read is not named."""
    things = [
        DigitalObject(t.iri, t.kind, t.label, attributes=t.attributes, visibility=Visibility.PUBLIC)
        if isinstance(t, DigitalObject) and t.kind is not Kind.FILE
        else t
        for t in whole_run(RUN_A)
    ]
    replace(store, RUN_A, things)

    text = written(store, Selection(audience=Visibility.PUBLIC))
    assert b"demo.copy" in text
    assert b"raw.csv" not in text


def test_the_same_store_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    """An export repeated, and one of a store filled in another order, are equal to the byte."""
    things = [*whole_run(RUN_A), *training()]
    replace(store, RUN_A, things)
    with Store.open(tmp_path / "other.db") as other:
        replace(other, RUN_A, reversed(things))
        assert written(other) == written(store) == written(store)


def test_the_producer_is_the_project() -> None:
    """The producer is the address of the repository that the package names."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert PRODUCER in project["urls"].values()


odd = st.text(max_size=15) | st.sampled_from(["\ud800", "\x00", "://", "/", "runs:/", "s3:///", "\n"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    label=odd, path=odd, value=odd | st.floats() | st.integers(), at=st.sampled_from([STARTED, "2026-11-23", "never"])
)
def test_odd_texts_come_through(tmp_path: Path, label: str, path: str, value: Any, at: str) -> None:
    """Whatever stands in names, paths, values and times, the events are events."""
    with Store.open(tmp_path / "odd.db") as store:
        told = {
            "params": [{"slot": label, "value": value}],
            "wildcards": [{"name": label, "value": path}],
            "started": at,
        }
        thing = DigitalObject(file("odd"), Kind.FILE, label, attributes={"path": path, "size": value})
        rule = DigitalObject(RULE, Kind.RULE, label)
        used = Relation(job_iri(RUN_A, 1, 1), Predicate.USED, thing.iri)
        replace(store, RUN_A, [*run_itself(RUN_A), *job(RUN_A, 1, attributes=told), rule, thing, used])

        assert len(events(store)) == 4
