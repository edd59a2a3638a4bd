"""A training that takes no time: it logs to MLflow what its options say. Copied beside each workflow."""

import argparse
import os
import signal
import time
from pathlib import Path

WEIGHTS = "weights of {}: " + "0123456789 " * 10  # longer than what is alike by chance


def main() -> None:
    """Train as the command line says."""
    options = _options()
    import mlflow

    if options.untold:
        forget_provider()
    if options.store:
        mlflow.set_tracking_uri(options.store)
    time.sleep(options.late)
    mlflow.set_experiment("shared")
    with mlflow.start_run(run_name=options.name) as run:
        log(options)
        if options.child:
            with mlflow.start_run(run_name=options.child, nested=True):
                mlflow.log_metric("accuracy", 0.25)
        if options.id:
            Path(options.id).write_text(run.info.run_id, "utf-8")
        if options.meet:
            meet(options.meet)
        end(options.end)
    for name in options.more:
        with mlflow.start_run(run_name=name):
            mlflow.log_metric("accuracy", 0.5)
    if options.out:
        # Equal for all runs: it tells nothing.
        Path(options.out).write_text("done", "utf-8")


def log(options: argparse.Namespace) -> None:
    """Log parameters, a metric, a dataset and a model file."""
    import mlflow

    mlflow.log_params(dict(entry.split("=", 1) for entry in options.param))
    for step, value in enumerate(options.accuracy):
        mlflow.log_metric("accuracy", value, step=step)
    if options.data:
        import pandas

        frame = pandas.read_csv(options.data)
        log_input(mlflow.data.from_pandas(frame, source=options.data, name="beam"))
    if options.model:
        Path(options.model).write_text(WEIGHTS.format(options.name), "utf-8")
        mlflow.log_artifact(options.model)


def log_input(dataset) -> None:
    """Log a dataset; MLflow fails where somebody else logs the same one at the same moment, and finds it afterwards."""
    import mlflow

    for _ in range(5):
        try:
            mlflow.log_input(dataset, context="training")
        except mlflow.exceptions.MlflowException:
            time.sleep(0.2)
        else:
            return


def meet(what: str) -> None:
    """Wait until so many runs have come to a folder: `FOLDER:N`."""
    folder, _, number = what.rpartition(":")
    Path(folder).mkdir(exist_ok=True)
    (Path(folder) / str(os.getpid())).touch()
    until = time.monotonic() + 60
    while len(list(Path(folder).iterdir())) < int(number) and time.monotonic() < until:
        time.sleep(0.05)


def end(how: str | None) -> None:
    """End before the training does."""
    if how == "raise":
        raise SystemExit("the training went wrong")
    if how == "exit":
        os._exit(3)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


def forget_provider() -> None:
    """Make MLflow forget our package, as if it were not installed in the environment of the rule."""
    from mlflow.tracking.context import registry

    providers = registry._run_context_provider_registry._registry
    providers[:] = [provider for provider in providers if type(provider).__name__ != "JobContextProvider"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--param", action="append", default=[])
    parser.add_argument("--accuracy", action="append", type=float, default=[])
    parser.add_argument("--data")
    parser.add_argument("--model", help="write a model file, and log it")
    parser.add_argument("--id", help="write the id of the run")
    parser.add_argument("--child", help="a nested run")
    parser.add_argument("--more", action="append", default=[], help="another run")
    parser.add_argument("--store", help="the tracking URI, told by the script alone")
    parser.add_argument("--untold", action="store_true", help="as if our package were not installed")
    parser.add_argument("--meet", help="FOLDER:N, wait for others")
    parser.add_argument("--late", type=float, default=0.0, help="seconds before it starts a run")
    parser.add_argument("--end", choices=("raise", "exit", "kill"))
    parser.add_argument("--out", help="a file that tells nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
