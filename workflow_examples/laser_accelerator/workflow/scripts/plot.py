"""Draw the test of the surrogate, and its predictions around the proposed shot."""

import json
from pathlib import Path

import joblib
import matplotlib
import numpy as np
import pandas as pd
from surrogate import ENERGY, SETTINGS, predict

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BLUE, ORANGE = "#0072B2", "#D55E00"  # told apart by colour-blind readers too
LABELS = {"pulse_duration_fs": "pulse duration (fs)", "focus_um": "focus (µm)", "thickness_um": "thickness (µm)"}

model = joblib.load(snakemake.input.model)
test = pd.read_csv(snakemake.input.test)
shot = json.loads(Path(snakemake.input.next_shot).read_text())

plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
figure, axes = plt.subplots(2, 2, figsize=(6.4, 5.2), layout="constrained")
predicted, low, high = predict(model, test)
largest = 1.1 * max(high.max(), test[ENERGY].max())
axes[0, 0].errorbar(test[ENERGY], predicted, [predicted - low, high - predicted], fmt=".", ms=4, lw=0.7, color=BLUE)
axes[0, 0].plot([1, largest], [1, largest], color="black", lw=0.8)
axes[0, 0].set(xscale="log", yscale="log", xlabel="measured (MeV)", ylabel="predicted (MeV)")

for panel, (name, label) in zip(axes.flat[1:], LABELS.items(), strict=True):
    values = np.linspace(*snakemake.params.scanned[name], 120)
    slice_ = pd.DataFrame({other: shot[other] for other in SETTINGS}, index=range(len(values))).assign(**{name: values})
    predicted, low, high = predict(model, slice_)
    panel.fill_between(values, low, high, color=BLUE, alpha=0.2, lw=0)
    panel.plot(values, predicted, color=BLUE, lw=1.2)
    panel.plot(shot[name], shot["predicted_max_proton_energy_MeV"], "o", ms=5, color=ORANGE)
    panel.set(xlabel=label, ylabel="maximum proton energy (MeV)", ylim=(0, None))
figure.savefig(snakemake.output.png, dpi=200)
