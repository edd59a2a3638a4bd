"""Train a surrogate of boosted regression trees."""

import logging

import joblib
from sklearn.ensemble import GradientBoostingRegressor
from surrogate import on_log_scale, read_dataset

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

settings = snakemake.params
X, y = read_dataset(snakemake.input.train)
model = on_log_scale(
    GradientBoostingRegressor(
        n_estimators=200,
        subsample=0.7,
        max_depth=settings.max_depth,
        learning_rate=settings.learning_rate,
        random_state=settings.seed,
    )
)
model.fit(X, y)
logging.info("trained on %d points; last training loss %.4g", len(y), model.regressor_.train_score_[-1])
joblib.dump(model, snakemake.output.model)
