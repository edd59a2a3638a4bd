"""Score a surrogate on beams that it has not been trained on."""

import json
import logging
from pathlib import Path

import joblib
import mlflow
from sklearn.metrics import max_error, mean_absolute_error, mean_absolute_percentage_error, r2_score
from surrogate import read_dataset
from tracking import log_table

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

X, y = read_dataset(snakemake.input.data)
predicted = joblib.load(snakemake.input.model).predict(X)
scores = {
    "points": len(y),
    "mean_absolute_percentage_error": 100 * mean_absolute_percentage_error(y, predicted),
    "mean_absolute_error_keV_per_um": mean_absolute_error(y, predicted),
    "max_error_keV_per_um": max_error(y, predicted),
    "r2": r2_score(y, predicted),
}
Path(snakemake.output.scores).write_text(json.dumps(scores, indent=2) + "\n")

mlflow.set_experiment(snakemake.params.experiment)
with mlflow.start_run(run_name=snakemake.params.run_name) as run:
    log_table(snakemake.input.data, context=snakemake.params.context)
    mlflow.log_param("model_file", snakemake.input.model)
    mlflow.log_metrics(scores)
    logging.info("MLflow run %s: scored on %d points", run.info.run_id, len(y))
