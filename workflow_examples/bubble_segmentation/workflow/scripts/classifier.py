"""The classifier of pixels, and what MLflow shall know of it."""

import mlflow
import numpy as np
import pandas as pd
import sklearn
import skops
from mlflow.data.numpy_dataset import NumpyDataset
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.models import infer_signature
from numpy.typing import NDArray
from segmentation import FEATURES
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss

# Stated, or MLflow would spend seconds in finding them out.
REQUIREMENTS = [f"scikit-learn=={sklearn.__version__}", f"skops=={skops.__version__}"]
# MLflow keeps models in the skops format, which loads nothing that is not known to be harmless, or named as such.
HARMLESS = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]

Pixels = NDArray[np.float32]
Classes = NDArray[np.uint8]


def train(features: Pixels, target: Classes, iterations: int, learning_rate: float, leaves: int, seed: int):
    """Train on all pixels of some images, and log the loss as it falls."""
    model = HistGradientBoostingClassifier(
        max_iter=iterations,
        learning_rate=learning_rate,
        max_leaf_nodes=leaves,
        early_stopping=False,
        random_state=seed,
    )
    X, y = features.reshape(-1, len(FEATURES)), target.ravel()
    model.fit(X, y)
    log_losses(model, X, y, "training_loss")
    return model


def log_losses(model: HistGradientBoostingClassifier, X: Pixels, y: Classes, name: str) -> None:
    """Log the cross-entropy after every ten iterations of the boosting."""
    sample = slice(None, None, 7)  # enough for a curve
    for iteration, probability in enumerate(model.staged_predict_proba(X[sample]), start=1):
        if iteration % 10 == 0:
            mlflow.log_metric(name, log_loss(y[sample], probability), step=iteration)


def predict(model: HistGradientBoostingClassifier, features: Pixels) -> Classes:
    """Return the class of each pixel of each image."""
    return model.predict(features.reshape(-1, len(FEATURES))).reshape(features.shape[:-1])


def dataset(name: str, path: str, features: Pixels, target: Classes) -> NumpyDataset:
    """Describe the pixels that a run uses to MLflow."""
    return mlflow.data.from_numpy(features, source=LocalArtifactDatasetSource(path), targets=target, name=name)


def log_classifier(model: HistGradientBoostingClassifier, path: str, features: Pixels) -> str:
    """Log a classifier: its file as it is, and an MLflow model with inputs, output and packages; return its id."""
    mlflow.log_artifact(path)
    some = features.reshape(-1, len(FEATURES))[:100]
    signature = infer_signature(pd.DataFrame(some, columns=FEATURES), pd.Series(model.predict(some), name="class"))
    return mlflow.sklearn.log_model(
        model,
        name="bubble_segmentation",
        signature=signature,
        pip_requirements=REQUIREMENTS,
        skops_trusted_types=HARMLESS,
    ).model_id
