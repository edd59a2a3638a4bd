"""Compute the dose-averaged LET of one proton beam along its depth in water."""

import logging

import numpy as np
from proton_physics import dose_averaged_let, range_spread
from tables import read_columns, write_columns

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

energy = snakemake.params.beam_energy_MeV
table = read_columns(snakemake.input.stopping_power)
mean_range = float(np.interp(energy, table["energy_MeV"], table["range_cm"]))
spread = range_spread(mean_range, energy, snakemake.params.relative_energy_spread)
logging.info("beam of %g MeV: range %.3f cm, standard deviation %.3f cm", energy, mean_range, spread)

# The LET changes fast only where protons stop.
plateau = np.linspace(0, mean_range - 4 * spread, 40, endpoint=False)
peak = np.linspace(mean_range - 4 * spread, mean_range + 2 * spread, 60)
depth = np.concatenate([plateau, peak])

write_columns(
    snakemake.output.let,
    {
        "depth_cm": depth,
        "let_keV_per_um": dose_averaged_let(depth, mean_range, spread, table),
    },
)
