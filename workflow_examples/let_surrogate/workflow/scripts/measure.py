"""Read out two detectors behind growing depths of water, as a measurement would: with noise, losses and saturation."""

import numpy as np
from tables import read_columns, write_columns

settings = snakemake.params
random = np.random.default_rng(settings.seed)
truth = read_columns(snakemake.input.let)
points = len(truth["depth_cm"])

names = np.array(sorted(settings.detectors))
detector = random.choice(names, size=points)
gain = np.array([settings.detectors[name]["gain_mV_per_keV_um"] for name in detector])
offset = np.array([settings.detectors[name]["offset_mV"] for name in detector])

signal = gain * truth["let_keV_per_um"] + offset
signal *= random.normal(1, settings.relative_noise, size=points)
fate = random.random(points)
signal[fate < settings.dropout / 2] = np.nan
signal[fate > 1 - settings.dropout / 2] = settings.saturation_mV

write_columns(
    snakemake.output.signal,
    {
        "depth_cm": truth["depth_cm"],
        "detector": detector,
        "signal_mV": np.minimum(signal, settings.saturation_mV),
    },
)
