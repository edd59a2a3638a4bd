"""Score the best model on a day that it has not seen."""

import json
import logging
from pathlib import Path

import joblib
import mlflow
import pandas as pd
from mlflow.entities import LoggedModelInput
from surrogate import dataset, score

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

shots = pd.read_csv(snakemake.input.test)
scores = score(joblib.load(snakemake.input.model), shots)
Path(snakemake.output.scores).write_text(json.dumps({"shots": len(shots), **scores}, indent=2) + "\n")

model_id = mlflow.models.get_model_info(f"models:/{snakemake.params.registered_model}@best").model_id
mlflow.set_experiment(snakemake.params.experiment)
with mlflow.start_run(run_name="test") as run:
    test_data = dataset(snakemake.input.test, "test", shots)
    mlflow.log_input(test_data, context="test", model=LoggedModelInput(model_id))
    mlflow.log_metrics(scores, model_id=model_id, dataset=test_data)
    logging.info("MLflow run %s: tested MLflow model %s on %d shots", run.info.run_id, model_id, len(shots))
