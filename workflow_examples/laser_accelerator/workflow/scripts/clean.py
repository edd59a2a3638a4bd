"""Join the shots of some days, and set misfires aside with the reason."""

import logging

import numpy as np
import pandas as pd

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

shots = pd.concat([pd.read_csv(path) for path in snakemake.input.days], ignore_index=True)
reason = np.select(
    [
        shots["max_proton_energy_MeV"].isna(),
        shots["laser_energy_J"] < snakemake.params.lowest_laser_energy_J,
        shots["max_proton_energy_MeV"] < snakemake.params.detection_limit_MeV,
    ],
    ["no reading", "no laser pulse", "no protons"],
    default="",
)
good = reason == ""
logging.info("kept %d of %d shots", good.sum(), len(shots))
shots[good].to_csv(snakemake.output.shots, index=False)
shots.assign(reason=reason)[~good].to_csv(snakemake.output.misfires, index=False, na_rep="nan")
