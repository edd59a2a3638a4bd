"""Segment the held-out images with the final model, and score it: a last run nested in the cross-validation."""

import json
import logging
from pathlib import Path

import joblib
import mlflow
import numpy as np
from classifier import dataset, predict
from mlflow.entities import LoggedModelInput
from segmentation import find_instances, score

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

with np.load(snakemake.input.pixels) as pixels, np.load(snakemake.input.stack) as stack:
    features, target, instances = pixels["features"], pixels["classes"], stack["instances"]
predicted = predict(joblib.load(snakemake.input.model), features)
found = np.stack([find_instances(image) for image in predicted])
scores = score(instances, target, predicted, found)
np.save(snakemake.output.instances, found)
Path(snakemake.output.scores).write_text(json.dumps(scores, indent=2) + "\n")

mlflow.set_experiment(snakemake.params.experiment)
parent, model_id = (Path(path).read_text().strip() for path in (snakemake.input.parent_run, snakemake.input.model_id))
with mlflow.start_run(run_name="test", nested=True, parent_run_id=parent) as run:
    heldout = dataset("heldout", snakemake.input.pixels, features, target)
    mlflow.log_input(heldout, context="test", model=LoggedModelInput(model_id))
    mlflow.log_metrics(scores, model_id=model_id, dataset=heldout)
    logging.info("MLflow run %s: tested on %d images", run.info.run_id, len(features))
