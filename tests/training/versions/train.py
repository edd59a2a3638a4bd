import shutil
import sys
from pathlib import Path

import mlflow
import pandas
from sklearn.linear_model import LogisticRegression

data, out, strength = sys.argv[1:]
mlflow.set_experiment("versions")
frame = pandas.read_csv(data)
with mlflow.start_run(run_name=f"of {len(frame)} rows"):
    model = LogisticRegression(C=float(strength)).fit(frame[["x"]], frame["y"])
    dataset = mlflow.data.from_pandas(frame, source=data, name="beam", targets="y")
    mlflow.log_input(dataset, context="training")
    mlflow.log_params({"C": strength, "api_key": "sk-ant-api03-hunter2hunter2hunter2hunter2"})
    mlflow.set_tag("note", "ghp_0123456789abcdefghijABCDEFGHIJ012345")
    logged = mlflow.sklearn.log_model(
        model, name="classifier", pip_requirements=["scikit-learn"], registered_model_name="Beam model"
    )
    mlflow.log_metric("accuracy", model.score(frame[["x"]], frame["y"]), model_id=logged.model_id, dataset=dataset)
    mlflow.MlflowClient().set_registered_model_alias("Beam model", "champion", logged.registered_model_version)
    folder = Path(mlflow.artifacts.download_artifacts(logged.model_uri))
    (weights,) = (path for path in folder.iterdir() if path.stem == "model" and path.suffix != "")
    shutil.copyfile(weights, out)
