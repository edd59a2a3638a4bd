"""Tabulate the stopping power of water for protons, and their range, from 0.5 MeV up."""

import numpy as np
from proton_physics import LOWEST_ENERGY_MEV, csda_range, stopping_power
from tables import write_columns

energy = np.geomspace(LOWEST_ENERGY_MEV, snakemake.params.max_energy_MeV, 4000)
write_columns(
    snakemake.output.table,
    {
        "energy_MeV": energy,
        "stopping_power_MeV_per_cm": stopping_power(energy),
        "range_cm": csda_range(energy),
    },
)
