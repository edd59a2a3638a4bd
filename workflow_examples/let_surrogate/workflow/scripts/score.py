"""Score a surrogate on beams that it has not been trained on."""

import json
from pathlib import Path

import joblib
from sklearn.metrics import max_error, mean_absolute_error, mean_absolute_percentage_error, r2_score
from surrogate import read_dataset

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
