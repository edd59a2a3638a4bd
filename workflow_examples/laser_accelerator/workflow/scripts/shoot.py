"""Take the shots of one day with random settings, as an experiment would: with drift, shot noise and misfires."""

import logging

import numpy as np
import pandas as pd
from ion_physics import max_proton_energies_MeV

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

settings, machine, scanned = snakemake.params, snakemake.params.machine, snakemake.params.scanned
random = np.random.default_rng(settings.seed)
shots = pd.DataFrame(
    {
        name: random.uniform(*limits, settings.shots)
        if name == "focus_um"
        else np.exp(random.uniform(*np.log(limits), settings.shots))
        for name, limits in scanned.items()
    }
)
focus_today = machine["best_focus_um"] + random.normal(0, machine["focus_drift_um"])
true = shots.assign(focus_um=shots["focus_um"] - focus_today)
energy = max_proton_energies_MeV({name: true[name].to_numpy() for name in true})
shots["max_proton_energy_MeV"] = energy * random.lognormal(0, machine["shot_noise"], settings.shots)

fate = random.random(settings.shots) / machine["misfires"]
no_laser, no_foil, no_reading = fate < 1 / 3, (fate >= 1 / 3) & (fate < 2 / 3), (fate >= 2 / 3) & (fate < 1)
shots.loc[no_laser, "laser_energy_J"] = 0.02
shots.loc[no_laser | no_foil, "max_proton_energy_MeV"] = 0.0
shots.loc[no_reading, "max_proton_energy_MeV"] = np.nan
logging.info("%d shots, %d misfires", len(shots), (fate < 1).sum())

shots.insert(0, "shot", np.arange(1, len(shots) + 1))
shots.insert(0, "day", int(snakemake.wildcards.day))
shots.to_csv(snakemake.output.shots, index=False, float_format="%.5g", na_rep="nan")
