"""Propose the next shot: of all settings that the machine allows, the one with the highest predicted proton energy."""

import json
import logging
from itertools import product
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from surrogate import SETTINGS, predict

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

STEPS = {"laser_energy_J": 6, "pulse_duration_fs": 35, "focus_um": 41}

allowed = snakemake.params.allowed
choices = [
    np.linspace(*allowed[name], STEPS[name]) if name in STEPS else allowed[name]  # of foils, only those in stock
    for name in SETTINGS
]
grid = pd.DataFrame(product(*choices), columns=SETTINGS)
predicted, low, high = predict(joblib.load(snakemake.input.model), grid)
best = int(np.argmax(predicted))
logging.info("the best of %d settings", len(grid))

shot = {
    **{name: round(float(value), 3) for name, value in grid.loc[best].items()},
    "predicted_max_proton_energy_MeV": round(float(predicted[best]), 2),
    "interval_95_MeV": [round(float(low[best]), 2), round(float(high[best]), 2)],
}
Path(snakemake.output.next_shot).write_text(json.dumps(shot, indent=2) + "\n")
