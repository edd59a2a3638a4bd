"""Create the MLflow experiment that all runs of this study belong to."""

import logging
from pathlib import Path

import mlflow

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

experiment = mlflow.set_experiment(snakemake.params.experiment)
logging.info("experiment %s in %s", experiment.experiment_id, mlflow.get_tracking_uri())
Path(snakemake.output.experiment).write_text(f"{experiment.name}\n")
