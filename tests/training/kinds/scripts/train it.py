import json

import mlflow
import pandas
from sklearn.linear_model import LogisticRegression

mlflow.set_experiment("shared")
mlflow.sklearn.autolog(log_models=False)
frame = pandas.read_csv(snakemake.input.data)
LogisticRegression().fit(frame[["x"]], frame["y"])
run = mlflow.last_active_run()
mlflow.MlflowClient().set_tag(run.info.run_id, "mlflow.runName", "autologged")
with open(snakemake.output[0], "w") as stream:
    json.dump({"autologged": True}, stream)
