"""Keep the candidate with the smallest validation error."""

import json
import logging
import shutil
from pathlib import Path

from tables import write_columns

logging.basicConfig(filename=snakemake.log[0], level=logging.INFO)

names, criterion = snakemake.params.names, snakemake.params.criterion
scores = [json.loads(Path(path).read_text()) for path in snakemake.input.scores]
best = min(range(len(names)), key=lambda candidate: scores[candidate][criterion])
logging.info("best of %d: %s, %s = %.3g", len(names), names[best], criterion, scores[best][criterion])

shutil.copyfile(snakemake.input.models[best], snakemake.output.model)
write_columns(
    snakemake.output.sweep,
    {"candidate": names, **{score: [float(row[score]) for row in scores] for score in scores[0]}},
)
