"""Train a surrogate of boosted regression trees."""

import logging

import joblib
import mlflow
from sklearn.ensemble import GradientBoostingRegressor
from surrogate import on_log_scale, read_dataset
from tracking import log_surrogate, log_table

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

settings = snakemake.params
hyperparameters = {
    "n_estimators": 200,
    "subsample": 0.7,
    "max_depth": settings.max_depth,
    "learning_rate": settings.learning_rate,
    "random_state": settings.seed,
}
mlflow.set_experiment(settings.experiment)
with mlflow.start_run(run_name=settings.candidate) as run:
    mlflow.log_params({"family": "gradient_boosting", **hyperparameters})
    log_table(snakemake.input.train, context="training")

    X, y = read_dataset(snakemake.input.train)
    model = on_log_scale(GradientBoostingRegressor(**hyperparameters))
    model.fit(X, y)
    losses = model.regressor_.train_score_
    for trees in range(10, len(losses) + 1, 10):
        mlflow.log_metric("training_loss", losses[trees - 1], step=trees)

    logging.info("MLflow run %s: trained on %d points; training loss %.4g", run.info.run_id, len(y), losses[-1])
    joblib.dump(model, snakemake.output.model)
    log_surrogate(model, snakemake.output.model, X)
