"""Metrics, datasets, tags and model files as facts, whatever a job may have written."""

import math
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers.mlflow_datasets import Datasets
from snakemake_heliport.trackers.mlflow_facts import Facts
from snakemake_heliport.trackers.mlflow_files import Folder
from snakemake_heliport.trackers.mlflow_history import Row
from snakemake_heliport.trackers.mlflow_metrics import Measured, measured
from snakemake_heliport.trackers.mlflow_models import ModelFile, model_of_version, requirements
from snakemake_heliport.training import DatasetInput, JobContext, TrackedFile

ENDED = 1_700_000_000.0
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def told(rows: list[Row], last: Row | None = None) -> Measured:
    """Return what is told of the history of one metric."""
    return measured([last or rows[-1]], rows, str, lambda _: (None, None, None), tabled=True)


# Metrics.


@given(values=st.lists(NUMBERS, min_size=2, max_size=20), order=st.randoms())
def test_a_history_is_told_alike_in_any_order(values: list[float], order: object) -> None:
    """Stores return points in orders of their own; the metric and its table are the same bytes."""
    rows = [Row("m", step, 1000 + step, value) for step, value in enumerate(values)]
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined]

    assert told(shuffled, rows[-1]) == told(rows, rows[-1])


@given(values=st.lists(NUMBERS, min_size=1, max_size=20))
def test_numbers_rank_and_what_is_none_does_not(values: list[float]) -> None:
    """The least, mean and greatest are among the numbers; without any, they are what there is."""
    (metric,) = told([Row("m", step, 0, value) for step, value in enumerate(values)]).metrics
    finite = [value for value in values if math.isfinite(value) and abs(value) < 1.7e308]

    assert metric.count == len(values)
    if len(finite) == len(values):
        assert (metric.least.value, metric.greatest.value) == (min(finite), max(finite))
        assert metric.mean is None or min(finite) <= metric.mean <= max(finite) or math.isclose(metric.mean, finite[0])
    elif not finite and all(not math.isfinite(value) for value in values):
        assert {type(metric.least.value), type(metric.greatest.value)} == {str}
        assert metric.mean is None


def test_the_largest_number_of_a_database_is_an_infinity() -> None:
    """MLflow's databases hold it in place of one, and its folders hold the infinity itself."""
    stored, kept = told([Row("m", 0, 0, 1.7976931348623157e308)]), told([Row("m", 0, 0, math.inf)])

    assert stored == kept
    assert stored.metrics[0].last.value == "Infinity"


def test_names_of_metrics_are_quoted_in_the_table() -> None:
    """Commas, quotes and line ends in a name do not break a row (RFC 4180)."""
    name = 'a, "b"\nc'

    table = told([Row(name, 0, 5, 1.0), Row(name, 1, 6, math.inf)]).table

    assert table == b'key,step,timestamp,value\r\n"a, ""b""\nc",0,5,1.0\r\n"a, ""b""\nc",1,6,inf\r\n'


# Datasets.


def used(tmp_path: Path, source_type: str, source: str, until: float = ENDED) -> DatasetInput:
    """Return what is told of a dataset with this source."""
    from mlflow.entities import Dataset, InputTag
    from mlflow.entities import DatasetInput as Input

    dataset = Dataset("name", "digest", source_type, source)
    inputs = [Input(dataset, [InputTag("mlflow.data.context", context)]) for context in ("test", "eval", "test")]
    (found,) = Datasets(Redactor(), tmp_path, 1000).of(inputs, until)
    assert found.contexts == ("eval", "test")
    return found


def data_file(path: Path, content: bytes = b"x,y\n", at: float = ENDED - 10) -> str:
    """Make a file that was written at a time, and return its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return sha256(content).hexdigest()


def test_a_local_source_is_a_path_as_jobs_name_it(tmp_path: Path) -> None:
    """Relative, absolute and `file:` sources in the working directory are the same relative path."""
    digest = data_file(tmp_path / "data" / "a b.csv")

    for source in ("data/a b.csv", "./data/../data/a b.csv", str(tmp_path / "data/a b.csv")):
        found = used(tmp_path, "local", f'{{"uri": "{source}"}}')
        assert (found.source, found.path, found.sha256) == (source, "data/a b.csv", digest)
    uri = (tmp_path / "data" / "a b.csv").as_uri()
    assert used(tmp_path, "local", f'{{"uri": "{uri}"}}').path == "data/a b.csv"


def test_a_source_outside_is_absolute(tmp_path: Path) -> None:
    """It is hashed too."""
    digest = data_file(tmp_path / "outside.csv")

    found = used(tmp_path / "work", "local", '{"uri": "../outside.csv"}')

    assert (found.path, found.sha256) == (str(tmp_path / "outside.csv"), digest)


@pytest.mark.parametrize(
    ("source_type", "source", "address"),
    [
        ("s3", '{"uri": "s3://bucket/key.csv"}', "s3://bucket/key.csv"),
        ("http", '{"url": "https://example.org/a.csv"}', "https://example.org/a.csv"),
        ("hugging_face", '{"path": "rotten_tomatoes", "split": "train"}', "rotten_tomatoes"),
        ("code", '{"tags": {"mlflow.user": "me"}, "uri": "train.py"}', None),
        ("odd", "no JSON", "no JSON"),
        ("odd", "[1, 2]", None),
        ("odd", "{}", None),
    ],
)
def test_other_sources_are_no_paths(tmp_path: Path, source_type: str, source: str, address: str | None) -> None:
    """Where they came from is told, and no local file is claimed."""
    found = used(tmp_path, source_type, source)

    assert (found.source, found.path, found.sha256) == (address, None, None)


def test_a_file_that_the_run_did_not_read_has_no_digest(tmp_path: Path) -> None:
    """One that was written after the run ended, is too large, is a folder or is gone is named without."""
    data_file(tmp_path / "later.csv", at=ENDED + 5)
    data_file(tmp_path / "large.csv", b"x" * 1001)
    (tmp_path / "folder").mkdir()

    for name in ("later.csv", "large.csv", "folder", "gone.csv"):
        found = used(tmp_path, "local", f'{{"uri": "{name}"}}')
        assert (found.path, found.sha256) == (name, None)


# Tags.


@pytest.mark.parametrize(
    "tags",
    [
        {"heliport.jobs": "no JSON"},
        {"heliport.jobs": '{"a": 1}'},
        {"heliport.jobs": "[1, 2]"},
        {"heliport.commands": '[["12", "cc"]]'},
        {"heliport.commands": "[[12]]"},
        {"heliport.commands": "[12]"},
        {"heliport.else": "x"},
    ],
)
def test_a_context_that_is_malformed_is_none(tags: dict[str, str]) -> None:
    """Whatever a job writes into our tags, its run is read, and they stay out of the user's."""
    found = Facts(Redactor()).tags({**tags, "mlflow.user": "me", "own": "kept"})

    assert found.context == JobContext()
    assert found.own == {"own": "kept"}
    assert found.internal == {"user": "me"}


# Models.


def test_a_model_among_the_artifacts_is_told_as_one() -> None:
    """MLflow 2 kept models there: the folder is a model of that path, and its files count from there."""
    folder = Folder(
        [TrackedFile("best/model/MLmodel", 1, "aa"), TrackedFile("best/model/data/x", 2, "bb"), TrackedFile("plot", 3)],
        {
            "best/model/MLmodel": b"mlflow_version: 2.12.2\nutc_time_created: '2024-05-01 10:00:00.5'\n"
            b"flavors: {sklearn: {sklearn_version: 1.4.0}, xgboost: {xgb_version: 2.0},"
            b" python_function: {python_version: 3}}\n"
            b'signature: {inputs: \'[{"name": "x"}]\', outputs: null}\n',
            "best/model/requirements.txt": b"# needs\n\nscikit-learn==1.4.0\n",
        },
    )

    (model,) = Facts(Redactor()).models_in("run", folder)

    assert (model.id, model.name, model.run) == ("run/best/model", "best/model", "run")
    assert [file.path for file in model.files] == ["MLmodel", "data/x"]
    assert model.flavors == {"python_function": "", "sklearn": "1.4.0", "xgboost": "2.0"}
    assert model.signature == {"inputs": [{"name": "x"}]}
    assert model.requirements == ("scikit-learn==1.4.0",)
    assert (model.tracker_version, model.created) == ("2.12.2", 1714557600.5)


@pytest.mark.parametrize(
    "content", [None, b"", b"- a list", b"{unclosed", b"\xff\xfe\x00", b"flavors: 3\nsignature: x"]
)
def test_a_broken_model_file_tells_nothing(content: bytes | None) -> None:
    """It is read by people's tools as well as by MLflow's."""
    told = ModelFile(content)

    assert (told.signature(), told.flavors(), told.tracker_version(), told.created()) == (None, {}, None, None)
    assert requirements(content if content is None else b"") == ()


@pytest.mark.parametrize(
    ("source", "model_id", "model"),
    [
        ("models:/m-0123", "m-0123", "m-0123"),
        ("models:/m-0123", None, "m-0123"),
        ("runs:/run1/best/model", None, "run1/best/model"),
        ("s3://bucket/1/run1/artifacts/model", None, "run1/model"),
        ("s3://bucket/elsewhere", None, None),
        (None, None, None),
    ],
)
def test_a_version_leads_to_its_model(source: str | None, model_id: str | None, model: str | None) -> None:
    """By the id that MLflow 3 keeps, or by the address that MLflow 2 kept."""
    from mlflow.entities.model_registry import ModelVersion

    version = ModelVersion("name", "1", 0, source=source, run_id="run1", model_id=model_id)

    assert model_of_version(version) == model


# Energy.


def test_only_tables_of_codecarbon_are_energy() -> None:
    """A table of another kind, a cut one and a file of another name are none."""
    header = b"run_id,duration,emissions,energy_consumed,longitude\n"
    folder = Folder(
        telling={
            "a/emissions_1.csv": header + b"r,1,2,3,13.7\n",
            "emissions.csv": b"year,emissions\n2020,5\n",
            "emissions_empty.csv": b"",
            "requirements.txt": header + b"r,1,2,3,13.7\n",
        }
    )

    assert Facts(Redactor()).emissions(folder) == (
        {"duration": "1", "emissions": "2", "energy_consumed": "3", "run_id": "r"},
    )
