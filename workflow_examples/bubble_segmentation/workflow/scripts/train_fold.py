"""Train a classifier without the images of one fold, and score it on them: a run nested in the cross-validation."""

import argparse
import json
from pathlib import Path

import joblib
import mlflow
import numpy as np
from classifier import dataset, log_classifier, log_losses, predict, train
from segmentation import FEATURES, find_instances, score

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("pixels", help="features and classes of all development images (.npz)")
parser.add_argument("stack", help="the images and their true instances (.npz)")
parser.add_argument("model", help="where to write the classifier (.joblib)")
parser.add_argument("scores", help="where to write the scores (.json)")
parser.add_argument("--fold", type=int, required=True, help="number of the fold that is left out")
parser.add_argument("--folds", type=int, required=True, help="how many folds there are")
parser.add_argument("--iterations", type=int, required=True)
parser.add_argument("--learning-rate", type=float, required=True)
parser.add_argument("--leaves", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--experiment", required=True, help="name of the MLflow experiment")
parser.add_argument("--parent-run", required=True, help="id of the MLflow run that all folds belong to")
options = parser.parse_args()

with np.load(options.pixels) as pixels, np.load(options.stack) as stack:
    features, target, instances = pixels["features"], pixels["classes"], stack["instances"]
validation = np.arange(len(features)) % options.folds == options.fold
settings = {name: getattr(options, name) for name in ("iterations", "learning_rate", "leaves", "seed")}

mlflow.set_experiment(options.experiment)
with mlflow.start_run(run_name=f"fold{options.fold}", nested=True, parent_run_id=options.parent_run) as run:
    print(f"MLflow run {run.info.run_id}: training without the images {np.flatnonzero(validation).tolist()}")
    mlflow.log_params({**settings, "fold": options.fold, "folds": options.folds})
    for context, part in (("training", ~validation), ("validation", validation)):
        name = f"fold{options.fold}_{context}"
        mlflow.log_input(dataset(name, options.pixels, features[part], target[part]), context=context)

    model = train(features[~validation], target[~validation], **settings)
    log_losses(model, features[validation].reshape(-1, len(FEATURES)), target[validation].ravel(), "validation_loss")
    predicted = predict(model, features[validation])
    found = np.stack([find_instances(image) for image in predicted])
    scores = score(instances[validation], target[validation], predicted, found)
    mlflow.log_metrics(scores)

    joblib.dump(model, options.model)
    log_classifier(model, options.model, features)
Path(options.scores).write_text(json.dumps({"fold": options.fold, **scores}, indent=2) + "\n")
