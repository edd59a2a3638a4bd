"""Somebody else, who logs to the same tracking store while the workflow runs, and lets it look alike.

`python stranger.py URI DATASET SIGNAL` logs from the moment the file SIGNAL exists until it is gone.
"""

import sys
import time
from pathlib import Path

import mlflow
import pandas

from trainer import WEIGHTS

uri, dataset, signal = sys.argv[1:]
mlflow.set_tracking_uri(uri)
mlflow.search_experiments()
Path(f"{signal}.ready").touch()
until = time.monotonic() + 120
while not Path(signal).exists() and time.monotonic() < until:
    time.sleep(0.05)
experiment = mlflow.set_experiment("shared").experiment_id
client = mlflow.MlflowClient()
frame = pandas.read_csv(dataset)
for number in range(40):
    with mlflow.start_run(run_name=f"stranger fluent {number}"):
        mlflow.log_params({"lr": 0.1, "fold": number % 2 + 1})
        mlflow.log_metric("accuracy", 0.9)
        # Whoever runs the same training elsewhere makes the same bytes.
        mlflow.log_text(WEIGHTS.format("alone"), "model.txt")
        mlflow.log_input(mlflow.data.from_pandas(frame, source=dataset, name="beam"), context="training")
    run = client.create_run(experiment, run_name=f"stranger client {number}").info.run_id
    client.log_param(run, "lr", 0.1)
    client.log_param(run, "fold", number % 2 + 1)
    source = mlflow.data.from_pandas(frame, source=dataset, name="beam")
    client.log_inputs(run, datasets=[mlflow.entities.DatasetInput(source._to_mlflow_entity())])
    client.set_terminated(run)
    Path(f"{signal}.logged").touch()
    time.sleep(0.4)
    if not Path(signal).exists():
        break
