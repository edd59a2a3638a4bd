"""What a real training tells, read over HTTP from a real tracking server and straight from its database."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from trackers.mlflow_helpers import SECRET, by_name, encoded, read, server, train

from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers import mlflow_folders, mlflow_history, mlflow_pages
from snakemake_heliport.trackers.mlflow import TrackingStore
from snakemake_heliport.training import Batch, JobContext, LoggedModel, Metric, TrainingRun

pytestmark = pytest.mark.slow


@dataclass
class Trained:
    """A training that was done through a server, and what its database tells."""

    uri: str
    database: str
    workdir: Path
    told: Batch
    tables: list[bytes]

    def run(self, name: str) -> TrainingRun:
        """Return one of its runs."""
        return by_name(self.told)[name]

    def model(self) -> LoggedModel:
        """Return its model."""
        (model,) = self.told.models
        return model


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """Train once through a server that keeps the artifacts, and leave it running."""
    folder, workdir = tmp_path_factory.mktemp("server"), tmp_path_factory.mktemp("work")
    with server(folder) as uri:
        train(uri, workdir)
        database = f"sqlite:///{folder / 'mlflow.db'}"
        told, problems, tables = read(database, workdir)
        assert problems == []
        yield Trained(uri, database, workdir, told, tables)


def metric(run: TrainingRun, name: str) -> Metric:
    """Return one metric of a run."""
    return {metric.name: metric for metric in run.metrics}[name]


def test_both_ways_give_the_same_bytes(trained: Trained) -> None:
    """Reading over HTTP and from the database gives the same facts and the same tables of histories."""
    told, problems, tables = read(trained.uri, trained.workdir)

    assert problems == []
    assert encoded(told) == encoded(trained.told)
    assert sorted(tables) == sorted(trained.tables)


def test_every_way_over_http_gives_the_same_bytes(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages, answers that are cut short, and one look at all folders change nothing."""
    monkeypatch.setattr(mlflow_pages, "PAGE", 2)
    monkeypatch.setattr(mlflow_history, "BULK_POINTS", 2)
    monkeypatch.setattr(mlflow_folders, "FEW", 0)

    told, problems, _ = read(trained.uri, trained.workdir)

    assert problems == []
    assert sorted(encoded(told).splitlines()) == sorted(encoded(trained.told).splitlines())


def test_a_server_without_the_bulk_endpoint_is_asked_run_by_run(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Histories are the same from the endpoint that every version of MLflow has."""
    monkeypatch.setattr(mlflow_history, "BULK_ENDPOINT", "/ajax-api/2.0/mlflow/metrics/there-is-none")

    told, problems, _ = read(trained.uri, trained.workdir)

    assert problems == []
    assert encoded(told) == encoded(trained.told)


def test_no_secret_and_no_address_is_told(trained: Trained) -> None:
    """Neither the value of a credential nor where the tracker keeps things is among the facts."""
    text = encoded(trained.told).decode()

    assert trained.run("parent run").params["api_token"] == "[redacted]"
    for hidden in (SECRET, trained.uri, "mlflow-artifacts:", "mlartifacts", str(trained.workdir)):
        assert hidden not in text


def test_runs_are_told_whole(trained: Trained) -> None:
    """Active, nested, deleted and unfinished runs are there, with what MLflow's own tags say."""
    runs = by_name(trained.told)
    parent, child = runs["parent run"], runs["child"]

    assert set(runs) == {"parent run", "child", "evaluation", "removed", "never ended", "in a deleted experiment"}
    assert [run.started for run in trained.told.runs] == sorted(run.started for run in trained.told.runs)
    assert child.parent == parent.id
    assert parent.status == "FINISHED"
    assert parent.started < (parent.ended or 0.0)
    assert parent.description == "What it is about."
    assert parent.tags == {"colour": "grün"}
    assert (parent.source_name or "").endswith("mlflow_helpers.py")
    assert parent.source_type == "LOCAL"
    assert runs["removed"].deleted
    assert not parent.deleted
    assert (runs["never ended"].status, runs["never ended"].ended) == ("RUNNING", None)
    assert parent.params["depth"] == "3"
    assert parent.params["a name/with: all"] == "a\nb"
    assert len(parent.params["long"]) == 5000


def test_experiments_come_with_their_runs(trained: Trained) -> None:
    """Those with runs are told, deleted ones too; MLflow's own empty default is not."""
    found = {experiment.name: experiment for experiment in trained.told.experiments}

    assert set(found) == {"Tiny ünïcode / experiment", "gone"}
    assert found["gone"].deleted
    assert {run.experiment for run in trained.told.runs} == {experiment.id for experiment in found.values()}


def test_our_tags_become_the_context_of_the_job(trained: Trained) -> None:
    """What jobs noted is read; what is not as it should be is left out, and stays no tag either."""
    assert trained.run("parent run").context == JobContext(
        run="urn:uuid:00000000-0000-0000-0000-000000000001",
        rule="train",
        jobs=("aa", "bb"),
        commands=((12, "cc"),),
    )
    assert trained.run("child").context == JobContext()
    assert trained.run("child").tags == {}


def test_a_metric_is_told_by_last_least_and_greatest(trained: Trained) -> None:
    """NaN counts as a point, but is never the least or greatest where there is a number."""
    loss = metric(trained.run("parent run"), "loss")

    assert (loss.last.value, loss.last.step, loss.last.at) == (0.75, 3, 1_700_000_000.003)
    assert (loss.least.value, loss.least.step) == (0.25, 1)
    assert (loss.greatest.value, loss.greatest.step) == (0.75, 3)
    assert (loss.count, loss.mean) == (4, 0.5)


def test_numbers_that_are_none_are_told_as_texts(trained: Trained) -> None:
    """NaN and infinity stand for themselves, although the database cannot hold the latter."""
    run = trained.run("parent run")

    assert metric(run, "nothing").least.value == "NaN"
    assert metric(run, "nothing").mean is None
    assert metric(run, "endless").greatest.value == "Infinity"


def test_system_metrics_are_told_apart(trained: Trained) -> None:
    """They go without their prefix, and are not among the metrics."""
    run = trained.run("parent run")

    assert [(found.name, found.last.value) for found in run.system] == [("cpu_utilization_percentage", 12.5)]
    assert "cpu_utilization_percentage" not in {found.name for found in run.metrics}


def test_a_history_is_one_table(trained: Trained) -> None:
    """The table holds every point of the run, sorted, and is named by its bytes; a run of single points has none."""
    run = trained.run("parent run")

    assert run.history is not None
    (table,) = [table for table in trained.tables if sha256(table).hexdigest() == run.history.sha256]
    rows = list(csv.reader(io.StringIO(table.decode(), newline="")))
    assert rows[0] == ["key", "step", "timestamp", "value"]
    assert [row[3] for row in rows if row[0] == "loss"] == ["0.5", "0.25", "nan", "0.75"]
    assert rows[1:] == sorted(rows[1:], key=lambda row: (row[0], int(row[1])))
    assert (run.history.rows, run.history.size) == (len(rows) - 1, len(table))
    assert trained.run("removed").history is None


def test_what_was_measured_on_a_model_and_dataset_says_so(trained: Trained) -> None:
    """A metric names its model and dataset, also where another run measured the model."""
    model, parent = trained.model(), trained.run("parent run")
    (dataset,) = [found for found in parent.datasets if found.name == "training data"]

    assert metric(parent, "accuracy").model == model.id
    assert metric(parent, "accuracy").dataset == ("training data", dataset.digest)
    assert metric(trained.run("evaluation"), "accuracy").model == model.id
    assert metric(trained.run("removed"), "loss").model is None


def test_datasets_lead_to_the_local_file(trained: Trained) -> None:
    """A relative source is a path in the working directory with its digest; code is no source."""
    found = {dataset.name: dataset for dataset in trained.run("parent run").datasets}
    data, code = found["training data"], found["from code"]

    assert (data.source, data.path, data.contexts) == ("data/train.csv", "data/train.csv", ("training",))
    assert data.sha256 == sha256((trained.workdir / "data/train.csv").read_bytes()).hexdigest()
    assert data.profile == {"num_rows": 4, "num_elements": 8}
    assert isinstance(data.schema, dict)
    assert (code.source, code.path, code.sha256, code.contexts) == (None, None, None, ("validation",))


def test_artifacts_are_told_by_path_size_and_digest(trained: Trained) -> None:
    """All artifacts of a run are there; those of its model are the model's."""
    files = {file.path: file for file in trained.run("parent run").files}

    assert set(files) == {"emissions.csv", "notes/a file.txt"}
    assert files["notes/a file.txt"].sha256 == sha256(b"hello").hexdigest()
    assert files["notes/a file.txt"].size == 5


def test_emissions_are_told_without_the_place(trained: Trained) -> None:
    """CodeCarbon's row is read from the artifact; coordinates are not."""
    (row,) = trained.run("parent run").emissions

    assert (row["emissions"], row["energy_consumed"], row["country_name"]) == ("0.002", "0.01", "Germany")
    assert "latitude" not in row


def test_a_logged_model_is_told_with_its_files(trained: Trained) -> None:
    """Its files, signature, libraries and requirements come from where the model is kept, not from the run."""
    model, parent = trained.model(), trained.run("parent run")
    paths = {file.path for file in model.files}

    assert parent.models == (model.id,)
    assert (model.run, model.name, model.status) == (parent.id, "classifier", "READY")
    assert {"MLmodel", "requirements.txt", "conda.yaml"} <= paths
    assert all(file.sha256 for file in model.files)
    assert model.flavors["sklearn"]
    assert model.tracker_version
    assert any(line.startswith("scikit-learn") for line in model.requirements)
    assert isinstance(model.signature, dict)
    assert model.signature["inputs"] == [{"type": "double", "name": "x", "required": True}]


def test_a_used_model_is_told(trained: Trained) -> None:
    """A run that says it used a model names it, and made none."""
    evaluation = trained.run("evaluation")

    assert evaluation.used_models == (trained.model().id,)
    assert evaluation.models == ()


def test_a_registered_version_is_the_model_under_another_name(trained: Trained) -> None:
    """The version leads to its run and model, and carries its alias."""
    (version,) = trained.told.versions

    assert (version.name, version.version, version.aliases) == ("registered", "1", ("champion",))
    assert (version.run, version.model) == (trained.run("parent run").id, trained.model().id)


@pytest.mark.parametrize("way", ["uri", "database"])
def test_some_runs_are_told_as_all_are(trained: Trained, way: str) -> None:
    """A single run comes with its experiment, model and version, in the same words; an unknown id is a problem."""
    parent = trained.run("parent run")
    unknown = "0" * 32

    told, problems, _ = read(getattr(trained, way), trained.workdir, runs=[parent.id, unknown])

    assert told.runs == (parent,)
    assert told.models == trained.told.models
    assert told.versions == trained.told.versions
    assert [experiment.id for experiment in told.experiments] == [parent.experiment]
    (problem,) = problems
    assert unknown in problem


@pytest.mark.parametrize("way", ["uri", "database"])
def test_times_choose_runs(trained: Trained, way: str) -> None:
    """A window of starts and a bound on ends choose the same runs either way; runs without end have ended never."""
    child, parent = trained.run("child"), trained.run("parent run")

    started, _, _ = read(getattr(trained, way), trained.workdir, started_from=child.started, started_to=child.started)
    ended, _, _ = read(
        getattr(trained, way), trained.workdir, started_to=child.started, ended_from=(child.ended or 0.0) + 0.001
    )
    late, _, _ = read(getattr(trained, way), trained.workdir, ended_from=0.0)

    assert started.runs == (child,)
    assert ended.runs == (parent,)
    assert "never ended" not in by_name(late)


def test_a_file_above_the_limit_has_a_reason(trained: Trained) -> None:
    """Over HTTP and from the folder, what is too large is named without a digest."""
    for uri in (trained.uri, trained.database):
        with TrackingStore.open(uri, redactor=Redactor(), workdir=trained.workdir, max_hash_size=100) as store:
            (page,) = store.batches(runs=[trained.run("parent run").id])
        files = {file.path: file for file in page.runs[0].files}

        assert (files["emissions.csv"].sha256, files["emissions.csv"].reason) == (None, "size")
        assert files["emissions.csv"].size
        assert files["notes/a file.txt"].sha256
