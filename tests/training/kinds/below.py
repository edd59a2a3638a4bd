import sys
from pathlib import Path

import mlflow

from trainer import meet

parent, name, out = sys.argv[1:]
mlflow.set_experiment("shared")
with mlflow.start_run(run_name=name, parent_run_id=Path(parent).read_text()):
    mlflow.log_metric("accuracy", 0.75)
    meet("started:3")
    meet("went on:3")
Path(out).write_text("done")
