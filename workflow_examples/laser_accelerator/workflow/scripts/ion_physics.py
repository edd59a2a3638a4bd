"""Protons from a laser on a thin foil: how fast the fastest ones get.

Sources of the formulas:
    Maximum energy of ions from the charge that the laser drives through the foil: J. Schreiber et al., Phys. Rev. Lett.
    97, 045005 (2006), doi:10.1103/PhysRevLett.97.045005; what it says about the best pulse duration and thickness:
    J. Schreiber et al., High Power Laser Sci. Eng. 2, e41 (2014), doi:10.1017/hpl.2014.46. For ultrashort pulses it was
    compared with the laser DRACO of HZDR: K. Zeil et al., New J. Phys. 12, 045015 (2010),
    doi:10.1088/1367-2630/12/4/045015.
    Light before the main pulse spoils thin foils: M. Kaluza et al., Phys. Rev. Lett. 93, 045003 (2004),
    doi:10.1103/PhysRevLett.93.045003. The form of that loss here is made up, only its trend is theirs.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

SPEED_OF_LIGHT_M_PER_S = 299792458.0
ELECTRON_MASS_MEV = 0.51099895
PROTON_MASS_MEV = 938.27208816
REFERENCE_POWER_W = 8.71e9  # electron mass * c^3 / classical electron radius

WAVELENGTH_UM = 0.8
WAIST_UM = 2.5  # radius of the spot in the focus
ENERGY_IN_SPOT = 0.5  # fraction of the laser energy
ELECTRON_ANGLE_DEG = 10.0  # half the opening angle of the electrons in the foil
SPOILED_THICKNESS_UM = 1.0  # below this, light before the main pulse takes more than half of the energy


def spot_radius_um(focus_um: float) -> float:
    """Return the radius of a Gaussian beam at this distance from its focus."""
    rayleigh_length_um = np.pi * WAIST_UM**2 / WAVELENGTH_UM
    return float(WAIST_UM * np.hypot(1, focus_um / rayleigh_length_um))


def absorbed_fraction(intensity_W_per_cm2: float) -> float:
    """Return the fraction of the laser energy that goes into hot electrons (Schreiber)."""
    return min(1.2e-15 * intensity_W_per_cm2**0.75, 0.5)


def reached_fraction(duration: float) -> float:
    """Return which fraction of its final energy an ion reaches within a pulse, its duration in reference times."""

    def duration_until(speed: float) -> float:
        return speed * (1 + 0.5 / (1 - speed**2)) + 0.25 * np.log((1 + speed) / (1 - speed))

    return brentq(lambda speed: duration_until(speed) - duration, 0, 1 - 1e-9) ** 2


def max_proton_energy_MeV(
    laser_energy_J: float, pulse_duration_fs: float, focus_um: float, thickness_um: float
) -> float:
    """Return the maximum proton energy of one shot, without noise; the focus counts from the front of the foil."""
    radius_um = spot_radius_um(focus_um)
    power_W = ENERGY_IN_SPOT * laser_energy_J / (pulse_duration_fs * 1e-15)
    absorbed_W = absorbed_fraction(power_W / (np.pi * (radius_um * 1e-4) ** 2)) * power_W
    final_MeV = 2 * ELECTRON_MASS_MEV * np.sqrt(absorbed_W / REFERENCE_POWER_W)
    sheath_radius_m = 1e-6 * (radius_um + thickness_um * np.tan(np.radians(ELECTRON_ANGLE_DEG)))
    final_speed_m_per_s = SPEED_OF_LIGHT_M_PER_S * np.sqrt(2 * final_MeV / PROTON_MASS_MEV)
    reference_fs = 1e15 * sheath_radius_m / final_speed_m_per_s
    intact = 1 / (1 + (SPOILED_THICKNESS_UM / thickness_um) ** 3)
    return float(final_MeV * reached_fraction(pulse_duration_fs / reference_fs) * intact)


def max_proton_energies_MeV(shots: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the maximum proton energy of each shot, its settings in columns named as above."""
    return np.array(
        [max_proton_energy_MeV(**dict(zip(shots, shot, strict=True))) for shot in zip(*shots.values(), strict=True)]
    )
