"""What the runs of this study tell MLflow of their data and models."""

from pathlib import Path

import mlflow
import pandas as pd
import sklearn
import skops
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from surrogate import FEATURES, TARGET

# Stated, or MLflow would spend seconds in finding them out.
REQUIREMENTS = [f"scikit-learn=={sklearn.__version__}", f"skops=={skops.__version__}"]
# MLflow keeps models in the skops format, which loads nothing that is not known to be harmless, or named as such.
HARMLESS = ["sklearn.tree._tree.Tree"]


def log_table(path: str, context: str) -> None:
    """Log a table that the active run uses; the context is "training", "validation" or "test"."""
    source = LocalArtifactDatasetSource(path)
    dataset = mlflow.data.from_pandas(
        pd.read_csv(path, dtype=float), source=source, targets=TARGET, name=Path(path).stem
    )
    try:
        mlflow.log_input(dataset, context=context)
    except MlflowException:
        # Another job has logged the same table at the same moment; now MLflow finds it there.
        mlflow.log_input(dataset, context=context)


def log_surrogate(model: RegressorMixin, path: str, X: NDArray) -> None:
    """Log a trained surrogate: its file as it is, and an MLflow model that knows its inputs, output and packages."""
    mlflow.log_artifact(path)
    mlflow.sklearn.log_model(
        model,
        name="let_surrogate",
        signature=infer_signature(pd.DataFrame(X, columns=FEATURES), pd.Series(model.predict(X), name=TARGET)),
        pip_requirements=REQUIREMENTS,
        skops_trusted_types=HARMLESS,
    )
