import sys
from pathlib import Path

import mlflow

mlflow.set_experiment("versions")
with mlflow.start_run(run_name=f"carbon {Path('data/clean.csv').stat().st_size}"):
    mlflow.log_artifact("emissions.csv")
Path(sys.argv[1]).write_text("done")
