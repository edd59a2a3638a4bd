"""Join the beams of each subset into one table."""

import numpy as np
from tables import read_columns, write_columns

for subset, path in snakemake.output.items():
    beams = [read_columns(beam) for beam in snakemake.input[subset]]
    write_columns(path, {name: np.concatenate([beam[name] for beam in beams]) for name in beams[0]})
