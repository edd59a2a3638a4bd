"""Train a surrogate of a small neural network."""

import logging

import joblib
import mlflow
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from surrogate import on_log_scale, read_dataset
from tracking import log_surrogate, log_table

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

settings = snakemake.params
hyperparameters = {
    "hidden_layer_sizes": (settings.width, settings.width),
    "alpha": settings.alpha,
    "activation": "tanh",
    "solver": "lbfgs",
    "max_iter": 1500,
    "max_fun": 20000,
    "random_state": settings.seed,
}
mlflow.set_experiment(settings.experiment)
with mlflow.start_run(run_name=settings.candidate) as run:
    mlflow.log_params({"family": "mlp", **hyperparameters})
    log_table(snakemake.input.train, context="training")

    X, y = read_dataset(snakemake.input.train)
    model = on_log_scale(make_pipeline(StandardScaler(), MLPRegressor(**hyperparameters)))
    model.fit(X, y)
    network = model.regressor_[-1]
    mlflow.log_metric("training_loss", network.loss_, step=network.n_iter_)

    logging.info("MLflow run %s: trained on %d points; training loss %.4g", run.info.run_id, len(y), network.loss_)
    joblib.dump(model, snakemake.output.model)
    log_surrogate(model, snakemake.output.model, X)
