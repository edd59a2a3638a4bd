"""Draw theory, measurement and surrogate of the dose-averaged LET for the test beams."""

from itertools import cycle

import joblib
import matplotlib
import numpy as np
from surrogate import features
from tables import read_columns

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]  # told apart by colour-blind readers too

model = joblib.load(snakemake.input.model)
measured = read_columns(snakemake.input.measured)

plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
figure, (let, deviation) = plt.subplots(
    2, 1, figsize=(5.6, 5.0), sharex=True, height_ratios=[3, 1.2], layout="constrained"
)
beams = zip(snakemake.params.beam_energies_MeV, snakemake.input.theory, strict=True)
for (energy, path), colour in zip(beams, cycle(COLOURS)):
    theory = read_columns(path)
    depth, truth = theory["depth_cm"], theory["let_keV_per_um"]
    predicted = model.predict(features(np.full_like(depth, energy), depth))
    points = measured["beam_energy_MeV"] == energy
    let.plot(measured["depth_cm"][points], measured["let_keV_per_um"][points], ".", ms=3.5, color=colour, alpha=0.45)
    let.plot(depth, truth, color=colour, lw=1.2, label=f"{energy:.0f} MeV")
    let.plot(depth, predicted, "--", color="black", lw=1)
    deviation.plot(depth, 100 * (predicted / truth - 1), color=colour, lw=1.2)

let.set(ylabel="dose-averaged LET (keV/µm)", yscale="log")
let.set_yticks([0.5, 1, 2, 5, 10], labels=["0.5", "1", "2", "5", "10"])
let.minorticks_off()
let.plot([], [], ".", ms=3.5, color="grey", label="measured")
let.plot([], [], "--", color="black", lw=1, label="surrogate")
let.legend(frameon=False)
deviation.axhline(0, color="black", lw=0.6)
deviation.set(xlabel="depth in water (cm)", ylabel="deviation (%)")
figure.align_ylabels()
figure.savefig(snakemake.output.png, dpi=300)
figure.savefig(snakemake.output.pdf, metadata={"CreationDate": None})
