import sys
from pathlib import Path

import mlflow

from trainer import meet

begun, metric, out = sys.argv[1:]
if metric == "beside":
    meet("started:3")
with mlflow.start_run(run_id=Path(begun).read_text()):
    mlflow.log_metric(metric, 1.0)
if metric == "beside":
    meet("went on:3")
Path(out).write_text("done")
