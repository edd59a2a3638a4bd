"""What tests of the MLflow reader share: a real training, real tracking servers, and reading a store as a whole.

Run as a script, this file trains: `python mlflow_helpers.py URI`, in the working directory.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from snakemake_heliport.redaction import Redactor
from snakemake_heliport.trackers.mlflow import TrackingStore
from snakemake_heliport.training import Batch, TrainingRun

SECRET = "hunter2-hunter2"


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing of MLflow is set, and nothing is sent anywhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    return {**kept, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_FILE_STORE": "true", **more}


def python(code: str, *arguments: str, cwd: Path, **environ: str) -> str:
    """Run Python code in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def train(uri: str, workdir: Path, **environ: str) -> None:
    """Train in a process of its own, as a job does."""
    workdir.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).resolve()), uri],
        cwd=workdir,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(folder: Path, *arguments: str) -> Iterator[str]:
    """Run `mlflow server` in a folder, with `mlflow.db` and `mlartifacts/` there, and yield its URI."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--backend-store-uri", "sqlite:///mlflow.db", *arguments],
            cwd=folder,
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the tracking server did not come up")


def read(uri: str, workdir: Path, **conditions: object) -> tuple[Batch, list[str], list[bytes]]:
    """Return all that a store tells as one page, its problems, and the tables it kept."""
    tables: list[bytes] = []
    with TrackingStore.open(uri, redactor=Redactor(), workdir=workdir, keep=tables.append) as store:
        pages = list(store.batches(**conditions))
        problems = store.problems
    names = ("experiments", "runs", "models", "versions")
    whole = Batch(**{name: tuple(fact for page in pages for fact in getattr(page, name)) for name in names})
    return whole, problems, tables


def small_store(uri: str, artifacts: str | None = None) -> str:
    """Make a store with one experiment, `tiny`, and one run of two metrics, through MLflow's client; return its id."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("tiny", artifact_location=artifacts)
    run = client.create_run(experiment, run_name="first", start_time=1_700_000_000_000).info.run_id
    client.log_param(run, "depth", "3")
    for step, value in enumerate((0.5, 0.25)):
        client.log_metric(run, "loss", value, timestamp=1_700_000_001_000 + step, step=step)
    client.log_metric(run, "endless", float("-inf"), timestamp=1_700_000_001_000)
    client.set_terminated(run, end_time=1_700_000_002_000)
    engine = getattr(client._tracking_client.store, "engine", None)
    if engine is not None:
        engine.dispose()
    return str(run)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return all files below a folder with their bytes, and its folders with None."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def encoded(batch: Batch) -> bytes:
    """Return a page as JSON, a fact a line."""
    return b"\n".join(map(msgspec.json.encode, (*batch.experiments, *batch.runs, *batch.models, *batch.versions)))


def by_name(batch: Batch) -> dict[str, TrainingRun]:
    """Return the runs of a page by their names."""
    return {run.name: run for run in batch.runs}


def _train() -> None:
    import mlflow
    import mlflow.data
    import mlflow.sklearn
    import pandas
    from mlflow.entities import LoggedModelInput
    from sklearn.linear_model import LogisticRegression

    mlflow.set_tracking_uri(sys.argv[1])
    client = mlflow.MlflowClient()
    Path("data").mkdir(exist_ok=True)
    frame = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0, 0, 1, 1]})
    frame.to_csv("data/train.csv", index=False)
    Path("emissions.csv").write_text(
        "timestamp,run_id,duration,emissions,energy_consumed,latitude,country_name\n"
        "2026-01-01,abc,12.5,0.002,0.01,51.05,Germany\n"
    )
    mlflow.set_experiment("Tiny ünïcode / experiment")
    with mlflow.start_run(run_name="parent run") as parent:
        mlflow.log_params({"depth": 3, "api_token": SECRET, "long": "x" * 5000, "a name/with: all": "a\nb"})
        mlflow.set_tags(
            {
                "colour": "grün",
                "mlflow.note.content": "What it is about.",
                "heliport.run": "urn:uuid:00000000-0000-0000-0000-000000000001",
                "heliport.rule": "train",
                "heliport.jobs": '["aa", "bb"]',
                "heliport.commands": '[[12, "cc"]]',
            }
        )
        for step, loss in enumerate([0.5, 0.25, float("nan"), 0.75]):
            mlflow.log_metric("loss", loss, step=step, timestamp=1_700_000_000_000 + step)
        mlflow.log_metric("system/cpu_utilization_percentage", 12.5)
        mlflow.log_metric("nothing", float("nan"))
        mlflow.log_metric("endless", float("inf"))
        dataset = mlflow.data.from_pandas(frame, source="data/train.csv", name="training data", targets="y")
        mlflow.log_input(dataset, context="training")
        mlflow.log_input(mlflow.data.from_pandas(frame.head(2), name="from code"), context="validation")
        mlflow.log_artifact("emissions.csv")
        mlflow.log_text("hello", "notes/a file.txt")
        model = LogisticRegression().fit(frame[["x"]], frame["y"])
        logged = mlflow.sklearn.log_model(
            model, name="classifier", input_example=frame[["x"]], registered_model_name="registered"
        )
        mlflow.log_metric("accuracy", 1.0, model_id=logged.model_id, dataset=dataset)
        client.set_registered_model_alias("registered", "champion", 1)
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_param("depth", 4)
            mlflow.set_tag("heliport.jobs", "{not json")
    with mlflow.start_run(run_name="evaluation") as evaluation:
        client.log_inputs(evaluation.info.run_id, models=[LoggedModelInput(logged.model_id)])
        mlflow.log_metric("accuracy", 0.5, model_id=logged.model_id)
    with mlflow.start_run(run_name="removed") as removed:
        mlflow.log_metric("loss", 1.0)
    client.delete_run(removed.info.run_id)
    client.create_run(parent.info.experiment_id, run_name="never ended")
    gone = client.create_experiment("gone")
    client.create_run(gone, run_name="in a deleted experiment")
    client.delete_experiment(gone)


if __name__ == "__main__":
    _train()
