"""Train a surrogate of a small neural network."""

import logging

import joblib
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from surrogate import on_log_scale, read_dataset

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

settings = snakemake.params
X, y = read_dataset(snakemake.input.train)
network = MLPRegressor(
    hidden_layer_sizes=(settings.width, settings.width),
    alpha=settings.alpha,
    activation="tanh",
    solver="lbfgs",
    max_iter=1500,
    max_fun=20000,
    random_state=settings.seed,
)
model = on_log_scale(make_pipeline(StandardScaler(), network))
model.fit(X, y)
logging.info("trained on %d points; training loss %.4g", len(y), model.regressor_[-1].loss_)
joblib.dump(model, snakemake.output.model)
