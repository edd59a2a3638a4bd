"""Summarise the cross-validation, and train the final model on all development images, in the parent run."""

import json
import logging
from pathlib import Path

import joblib
import mlflow
import numpy as np
import pandas as pd
from classifier import dataset, log_classifier, train

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)
logging.captureWarnings(True)

settings = snakemake.params
folds = pd.DataFrame([json.loads(Path(path).read_text()) for path in snakemake.input.scores]).set_index("fold")
folds.to_csv(snakemake.output.summary, float_format="%.7g", lineterminator="\n")
with np.load(snakemake.input.pixels) as pixels:
    features, target = pixels["features"], pixels["classes"]

mlflow.set_experiment(settings.experiment)
with mlflow.start_run(run_id=Path(snakemake.input.parent_run).read_text().strip()) as run:
    for fold, scores in folds.iterrows():
        mlflow.log_metrics(scores.to_dict(), step=fold)
    mlflow.log_metrics(folds.mean().add_prefix("mean_").to_dict())
    mlflow.log_metrics(folds.std().add_prefix("std_").to_dict())

    mlflow.log_input(dataset("development", snakemake.input.pixels, features, target), context="training")
    model = train(features, target, settings.iterations, settings.learning_rate, settings.leaves, settings.seed)
    joblib.dump(model, snakemake.output.model)
    model_id = log_classifier(model, snakemake.output.model, features)
    logging.info("MLflow run %s: trained on %d images; MLflow model %s", run.info.run_id, len(features), model_id)
Path(snakemake.output.model_id).write_text(f"{model_id}\n")
