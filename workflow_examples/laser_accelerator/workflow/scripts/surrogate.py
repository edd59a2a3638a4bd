"""What all candidates share: features, target, predictions with their uncertainty, and how MLflow shall know them.

A candidate predicts the logarithm of the maximum proton energy, because shot noise is relative. Each can tell how
uncertain a single shot is, noise included.
"""

from collections.abc import Iterator
from itertools import product

import mlflow
import numpy as np
import pandas as pd
from mlflow.data.pandas_dataset import PandasDataset
from mlflow.data.sources import LocalArtifactDatasetSource
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Kernel, Matern, WhiteKernel
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

Array = NDArray[np.float64]

SETTINGS = ["laser_energy_J", "pulse_duration_fs", "focus_um", "thickness_um"]
LINEAR = ["focus_um"]
ENERGY = "max_proton_energy_MeV"
TARGET = "log_max_proton_energy_MeV"
WITHIN_95_PERCENT = 1.96  # standard deviations of a normal distribution


def features(shots: pd.DataFrame) -> pd.DataFrame:
    """Return the settings of shots, as logarithms where ratios count: everywhere but for a position."""
    return pd.DataFrame(
        {
            name if name in LINEAR else f"log_{name}": shots[name] if name in LINEAR else np.log(shots[name])
            for name in SETTINGS
        }
    )


def target(shots: pd.DataFrame) -> pd.Series:
    """Return the logarithm of the maximum proton energy in MeV."""
    return np.log(shots[ENERGY]).rename(TARGET)


def predict(model: RegressorMixin, shots: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Return the maximum proton energy of each shot in MeV: the median, and the limits that hold 95 % of such shots."""
    mean, deviation = model.predict(features(shots), return_std=True)
    return np.exp(mean), np.exp(mean - WITHIN_95_PERCENT * deviation), np.exp(mean + WITHIN_95_PERCENT * deviation)


def score(model: RegressorMixin, shots: pd.DataFrame) -> dict[str, float]:
    """Score a model on shots: relative deviation, coverage of its intervals, and log density, which judges both."""
    mean, deviation = model.predict(features(shots), return_std=True)
    pull = (target(shots).to_numpy() - mean) / deviation
    return {
        "relative_error": float(np.sqrt(np.mean((pull * deviation) ** 2))),
        "coverage_95": float(np.mean(np.abs(pull) < WITHIN_95_PERCENT)),
        "log_density": float(np.mean(-0.5 * pull**2 - np.log(deviation * np.sqrt(2 * np.pi)))),
    }


def kernel(name: str) -> Kernel:
    """Return a kernel with a length scale for each setting, and shot noise."""
    scales = np.ones(len(SETTINGS))
    smooth = {"rbf": RBF(scales), "matern32": Matern(scales, nu=1.5), "matern52": Matern(scales, nu=2.5)}[name]
    return ConstantKernel(1.0) * smooth + WhiteKernel(0.01)


def new_model(family: str, seed: int, **hyperparameters: object) -> RegressorMixin:
    """Return an untrained candidate."""
    if family == "gaussian_process":
        process = GaussianProcessRegressor(kernel(hyperparameters["kernel"]), normalize_y=True, random_state=seed)
        return make_pipeline(StandardScaler(), process)
    polynomial = PolynomialFeatures(hyperparameters["degree"], include_bias=False)
    return make_pipeline(StandardScaler(), polynomial, StandardScaler(), BayesianRidge())


def candidates(config: dict[str, dict[str, list[object]]]) -> Iterator[tuple[str, dict[str, object]]]:
    """Return family and hyperparameters of each candidate: all combinations of what the config names."""
    for family, choices in config.items():
        for values in product(*choices.values()):
            yield family, dict(zip(choices, values, strict=True))


def dataset(path: str, name: str, shots: pd.DataFrame) -> PandasDataset:
    """Describe shots that a run uses to MLflow."""
    used = shots[[*SETTINGS, ENERGY]]
    return mlflow.data.from_pandas(used, source=LocalArtifactDatasetSource(path), targets=ENERGY, name=name)
