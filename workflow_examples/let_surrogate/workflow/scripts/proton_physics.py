"""Protons in water: stopping power, range, and the dose-averaged LET of a beam.

Sources of the formulas:
    Bethe, without shell and density corrections: R. L. Workman et al. (Particle Data Group), Prog. Theor. Exp. Phys.
    2022, 083C01, section 34, eq. 34.5. Mean excitation energy of water: ICRU Report 90 (2016).
    Range straggling and range-energy relation: T. Bortfeld, Med. Phys. 24, 2024 (1997), doi:10.1118/1.598116.
    Dose-averaged LET of the primary protons: J. J. Wilkens and U. Oelfke, Med. Phys. 30, 806 (2003),
    doi:10.1118/1.1567852.

Water has 1 g/cm3, so 1 MeV cm2/g = 1 MeV/cm = 0.1 keV/um, and a range in g/cm2 is a range in cm.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PROTON_MASS_MEV = 938.27208816
ELECTRON_MASS_MEV = 0.51099895
BETHE_CONSTANT_MEV_CM2_PER_MOL = 0.307075
WATER_Z_OVER_A_MOL_PER_G = 10 / 18.01528
WATER_MEAN_EXCITATION_ENERGY_MEV = 78e-6
KEV_PER_UM_IN_MEV_PER_CM = 10.0

# Below this energy the Bethe formula fails; the last micrometres of a track enter by their mean stopping power.
LOWEST_ENERGY_MEV = 0.5
RANGE_AT_LOWEST_ENERGY_CM = 8.87e-4  # NIST PSTAR, continuous slowing down

RANGE_FACTOR_CM = 2.2e-3  # range = factor * energy ** exponent, with the energy in MeV
RANGE_EXPONENT = 1.77


def stopping_power(energy_MeV: Array) -> Array:
    """Return the electronic stopping power of water for protons, in MeV/cm (Bethe)."""
    gamma = 1 + energy_MeV / PROTON_MASS_MEV
    beta2 = 1 - 1 / gamma**2
    mass_ratio = ELECTRON_MASS_MEV / PROTON_MASS_MEV
    momentum_term = 2 * ELECTRON_MASS_MEV * beta2 * gamma**2
    largest_transfer = momentum_term / (1 + 2 * gamma * mass_ratio + mass_ratio**2)
    logarithm = 0.5 * np.log(momentum_term * largest_transfer / WATER_MEAN_EXCITATION_ENERGY_MEV**2)
    return BETHE_CONSTANT_MEV_CM2_PER_MOL * WATER_Z_OVER_A_MOL_PER_G / beta2 * (logarithm - beta2)


def csda_range(energy_MeV: Array) -> Array:
    """Return the range in cm, in continuous slowing down, by integrating 1/S upward from the lowest energy."""
    inverse = 1 / stopping_power(energy_MeV)
    steps = np.diff(energy_MeV) * (inverse[1:] + inverse[:-1]) / 2
    return RANGE_AT_LOWEST_ENERGY_CM + np.concatenate([[0.0], np.cumsum(steps)])


def approximate_range(energy_MeV: Array) -> Array:
    """Return the range in cm by the Bragg-Kleeman rule: close enough to serve as a feature of a model."""
    return RANGE_FACTOR_CM * energy_MeV**RANGE_EXPONENT


def range_spread(range_cm: float, energy_MeV: float, relative_energy_spread: float) -> float:
    """Return the standard deviation of the range in cm: straggling in the water, and the spread of the beam energy."""
    straggling = 0.012 * range_cm**0.935
    energy_spread = relative_energy_spread * RANGE_EXPONENT * approximate_range(energy_MeV)
    return float(np.hypot(straggling, energy_spread))


def dose_averaged_let(depth_cm: Array, mean_range_cm: float, spread_cm: float, table: dict[str, Array]) -> Array:
    """Return the dose-averaged LET in keV/um at each depth, for normally distributed ranges.

    At depth z, a proton of range R has the residual range r = R - z, and LET_d = <S(r)^2> / <S(r)>. As dr = dE / S,
    both means are integrals over the energy of the table, weighted with the density of the ranges at z + r(E).
    """
    energy, power, residual = table["energy_MeV"], table["stopping_power_MeV_per_cm"], table["range_cm"]

    def density(range_cm: Array) -> Array:
        return np.exp(-0.5 * ((range_cm - mean_range_cm) / spread_cm) ** 2)

    weight = density(depth_cm[:, None] + residual)
    track_end = density(depth_cm) * energy[0]
    track_end_power = energy[0] / residual[0]
    first_moment = np.trapezoid(weight, energy, axis=1) + track_end
    second_moment = np.trapezoid(weight * power, energy, axis=1) + track_end * track_end_power
    return second_moment / first_moment / KEV_PER_UM_IN_MEV_PER_CM
