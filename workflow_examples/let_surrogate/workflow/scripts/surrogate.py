"""What all surrogates share: features, target, and how they read their data.

A surrogate predicts the dose-averaged LET from beam energy and depth. Its errors count relative to the LET, so it
learns the logarithm; the residual range, which orders the physics of the track end, is offered as a feature.
"""

import numpy as np
from numpy.typing import NDArray
from proton_physics import approximate_range
from sklearn.base import RegressorMixin
from sklearn.compose import TransformedTargetRegressor
from tables import read_columns

Array = NDArray[np.float64]

FEATURES = ["energy_MeV", "depth_cm", "residual_range_cm", "depth_fraction_of_range"]
TARGET = "let_keV_per_um"


def features(energy_MeV: Array, depth_cm: Array) -> Array:
    """Return energy, depth, residual range and depth as a fraction of the range, one row a point, as in FEATURES."""
    range_cm = approximate_range(energy_MeV)
    return np.column_stack([energy_MeV, depth_cm, range_cm - depth_cm, depth_cm / range_cm])


def read_dataset(path: str) -> tuple[Array, Array]:
    """Read features and dose-averaged LET (keV/um) of a split."""
    table = read_columns(path)
    return features(table["beam_energy_MeV"], table["depth_cm"]), table[TARGET]


def on_log_scale(regressor: RegressorMixin) -> TransformedTargetRegressor:
    """Make a regressor learn the logarithm of its target."""
    return TransformedTargetRegressor(regressor, func=np.log, inverse_func=np.exp)
