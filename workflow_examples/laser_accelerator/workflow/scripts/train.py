"""Try all candidates, leaving out one day at a time; train them on all days, and register the best."""

import logging

import joblib
import mlflow
import numpy as np
import pandas as pd
import sklearn
import skops
from mlflow.models import infer_signature
from surrogate import candidates, dataset, features, new_model, score, target

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

CRITERION = "mean_log_density"
# Stated, or MLflow would spend seconds in finding them out.
REQUIREMENTS = [f"scikit-learn=={sklearn.__version__}", f"skops=={skops.__version__}"]
# MLflow keeps models in the skops format, which loads nothing that is not known to be harmless, or named as such.
KERNELS = ("ConstantKernel", "Matern", "Product", "RBF", "Sum", "WhiteKernel")
HARMLESS = [f"sklearn.gaussian_process.kernels.{kernel}" for kernel in KERNELS]

settings = snakemake.params
shots = pd.read_csv(snakemake.input.train)
X, y = features(shots), target(shots)
rows, models = [], []

mlflow.set_experiment(settings.experiment)
with mlflow.start_run(run_name="sweep") as sweep:
    mlflow.log_params({"criterion": CRITERION, "seed": settings.seed})
    training_data = dataset(snakemake.input.train, "train", shots)
    mlflow.log_input(training_data, context="training")

    for family, hyperparameters in candidates(settings.candidates):
        name = "_".join([family, *map(str, hyperparameters.values())])
        with mlflow.start_run(run_name=name, nested=True):
            mlflow.log_params({"family": family, "seed": settings.seed, **hyperparameters})
            mlflow.log_input(training_data, context="training")
            folds = []
            for day in shots["day"].unique():
                left_out = shots["day"] == day
                model = new_model(family, settings.seed, **hyperparameters).fit(X[~left_out], y[~left_out])
                folds.append(score(model, shots[left_out]))
                mlflow.log_metrics(folds[-1], step=int(day))
            means = {f"mean_{metric}": float(np.mean([fold[metric] for fold in folds])) for metric in folds[0]}
            mlflow.log_metrics(means)

            model = new_model(family, settings.seed, **hyperparameters).fit(X, y)
            logged = mlflow.sklearn.log_model(
                model,
                name=settings.registered_model,
                signature=infer_signature(X, pd.Series(model.predict(X), name=y.name)),
                pip_requirements=REQUIREMENTS,
                skops_trusted_types=HARMLESS,
            )
        rows.append({"candidate": name, **means})
        models.append((model, logged))

    table = pd.DataFrame(rows)
    best = int(table[CRITERION].idxmax())
    model, logged = models[best]
    joblib.dump(model, snakemake.output.model)
    mlflow.log_artifact(snakemake.output.model)
    mlflow.log_param("best", table["candidate"][best])
    mlflow.log_metric(f"best_{CRITERION}", table[CRITERION][best])

version = mlflow.register_model(f"models:/{logged.model_id}", settings.registered_model).version
mlflow.MlflowClient().set_registered_model_alias(settings.registered_model, "best", version)
logging.info("MLflow run %s: best of %d is %s", sweep.info.run_id, len(table), table["candidate"][best])
logging.info("registered as version %s of %s", version, settings.registered_model)
table.to_csv(snakemake.output.sweep, index=False, float_format="%.7g")
