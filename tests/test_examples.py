"""The examples run as they stand, without the plugin; their science is sound, and MLflow knows what they trained."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLES = Path(__file__).parents[1] / "workflow_examples"
LEFTOVERS = (
    *(".snakemake", ".heliport", "benchmarks", "data", "logs", "models", "results"),
    *("mlflow.db", "mlruns", "__pycache__"),
)
ALL = ("let_surrogate", "bubble_segmentation", "laser_accelerator")

pytestmark = pytest.mark.slow


def snakemake(workdir: Path, *arguments: str) -> str:
    """Run Snakemake in a directory and return what it printed; fail the test where Snakemake fails."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy", *arguments]
    # Rules with a shell command call the `python` of the active environment; MLflow keeps to its defaults.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=workdir, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


class Finished:
    """A copy of an example that has been run once, and what MLflow tells of it."""

    def __init__(self, name: str, workdir: Path) -> None:
        """Run the example in a new directory."""
        self.workdir = workdir
        shutil.copytree(EXAMPLES / name, workdir, ignore=shutil.ignore_patterns(*LEFTOVERS))
        self.printed = snakemake(workdir)
        self.config = yaml.safe_load((workdir / "config" / "config.yaml").read_text())

    def __truediv__(self, path: str) -> Path:
        """Return a path in the working directory."""
        return self.workdir / path

    def json(self, path: str) -> Any:
        """Read a JSON file."""
        return json.loads((self / path).read_text())

    def rows(self, path: str) -> list[dict[str, str]]:
        """Read a CSV table."""
        return rows(self / path)

    @property
    def client(self) -> Any:
        """Return a client of the MLflow database that the example wrote."""
        import mlflow

        return mlflow.MlflowClient(tracking_uri=f"sqlite:///{self.workdir / 'mlflow.db'}")

    @property
    def runs(self) -> dict[str, Any]:
        """Return all MLflow runs by name: names are unique, and all runs are in the experiment of the config."""
        client = self.client
        experiments = {experiment.name: experiment.experiment_id for experiment in client.search_experiments()}
        assert set(experiments) <= {"Default", self.config["experiment"]}
        found = client.search_runs(list(experiments.values()))
        assert {run.info.experiment_id for run in found} == {experiments[self.config["experiment"]]}
        by_name = {run.info.run_name: client.get_run(run.info.run_id) for run in found}  # only this tells model inputs
        assert len(by_name) == len(found)
        return by_name

    def artifact(self, run: Any, name: str) -> bytes:
        """Return the bytes of a file that a run has logged."""
        return (Path(run.info.artifact_uri.removeprefix("file://")) / name).read_bytes()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Finished]]:
    """Return the examples that have been run so far; each is run when it is first asked for."""

    class Examples(dict[str, Finished]):
        def __missing__(self, name: str) -> Finished:
            self[name] = Finished(name, tmp_path_factory.mktemp("examples") / name)
            return self[name]

    return Examples()


@pytest.fixture
def let(finished: dict[str, Finished]) -> Finished:
    """Return the surrogate for proton beams."""
    return finished["let_surrogate"]


@pytest.fixture
def bubbles(finished: dict[str, Finished]) -> Finished:
    """Return the segmentation of bubbles."""
    return finished["bubble_segmentation"]


@pytest.fixture
def laser(finished: dict[str, Finished]) -> Finished:
    """Return the laser-driven accelerator."""
    return finished["laser_accelerator"]


@pytest.fixture(params=ALL)
def example(finished: dict[str, Finished], request: pytest.FixtureRequest) -> Finished:
    """Return each of the examples."""
    return finished[request.param]


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def nearest(table: list[dict[str, str]], column: str, value: float) -> dict[str, float]:
    """Return the row whose column is closest to a value."""
    row = min(table, key=lambda row: abs(float(row[column]) - value))
    return {name: float(text) for name, text in row.items()}


def parent(run: Any) -> str | None:
    """Return the id of the run that a run is nested in."""
    return run.data.tags.get("mlflow.parentRunId")


def datasets(run: Any) -> dict[str, tuple[str, str]]:
    """Return for each context the name and the path of the dataset that a run has used."""
    return {
        entry.tags[0].value: (entry.dataset.name, json.loads(entry.dataset.source)["uri"])
        for entry in run.inputs.dataset_inputs
    }


# Every example


def test_second_run_has_nothing_to_do(example: Finished) -> None:
    """Nothing in the workflow makes it run again by itself."""
    assert "Nothing to be done" in snakemake(example.workdir)


def test_all_training_runs_finish_quietly(example: Finished) -> None:
    """Every MLflow run ends as finished, and neither MLflow nor Python warns on the terminal."""
    assert {run.info.status for run in example.runs.values()} == {"FINISHED"}
    assert "warn" not in example.printed.lower()


def test_figure_and_benchmarks_are_written(example: Finished) -> None:
    """There is a figure, and whatever is trained leaves a log and a benchmark."""
    (figure,) = (example / "results").glob("*.png")
    benchmarks = list((example / "benchmarks").rglob("*.tsv"))

    assert figure.read_bytes().startswith(b"\x89PNG")
    assert benchmarks
    assert all(rows(benchmark) for benchmark in benchmarks)
    assert any("MLflow run" in log.read_text() for log in (example / "logs").rglob("*.log"))


def test_logged_models_know_inputs_output_and_packages(example: Finished) -> None:
    """Each MLflow model has a signature with named columns, and the packages that it needs."""
    import mlflow

    models = [
        example.client.get_logged_model(output.model_id)
        for run in example.runs.values()
        for output in run.outputs.model_outputs
    ]

    assert models
    for model in models:
        info = mlflow.models.Model.load(model.artifact_location)
        assert all(info.signature.inputs.input_names())
        assert info.signature.outputs
        assert "scikit-learn==" in (Path(model.artifact_location) / "requirements.txt").read_text()


def test_rules_of_every_kind_occur() -> None:
    """Scripts, shell commands and Python code in rules: the examples show all of them."""
    rules = "".join(path.read_text() for path in EXAMPLES.glob("*/workflow/rules/*.smk"))

    assert all(f"    {directive}:\n" in rules for directive in ("script", "shell", "run"))


# A surrogate for the LET of proton beams


@pytest.mark.parametrize(
    ("energy_MeV", "stopping_power_MeV_per_cm", "range_cm"),
    [(10, 45.67, 0.1230), (100, 7.289, 7.718), (200, 4.492, 25.96)],
)
def test_stopping_power_and_range_agree_with_pstar(
    let: Finished, energy_MeV: float, stopping_power_MeV_per_cm: float, range_cm: float
) -> None:
    """Stopping power and range of protons in water are those of NIST PSTAR, within 1 %."""
    row = nearest(let.rows("data/stopping_power.csv"), "energy_MeV", energy_MeV)

    assert row["stopping_power_MeV_per_cm"] == pytest.approx(stopping_power_MeV_per_cm, rel=0.01)
    assert row["range_cm"] == pytest.approx(range_cm, rel=0.01)


def test_let_starts_at_the_stopping_power_and_rises(let: Finished) -> None:
    """At the surface the dose-averaged LET is the stopping power of the beam; it grows all the way to the track end."""
    power = nearest(let.rows("data/stopping_power.csv"), "energy_MeV", 145)["stopping_power_MeV_per_cm"]
    values = [float(row["let_keV_per_um"]) for row in let.rows("data/theory/145MeV.csv")]

    assert values[0] == pytest.approx(power / 10, rel=0.01)
    assert values == sorted(values)
    assert 10 < values[-1] < 20


def test_each_beam_is_in_one_subset(let: Finished) -> None:
    """The beams of training, validation and test are those of the config, and no beam is in two of them."""
    planned = let.config["beams"]
    beams = {
        subset: {float(row["beam_energy_MeV"]) for row in let.rows(f"data/split/{subset}.csv")} for subset in planned
    }

    assert beams == {subset: set(map(float, energies)) for subset, energies in planned.items()}
    assert len(set().union(*beams.values())) == sum(map(len, beams.values()))


def test_untrusted_readings_are_dropped(let: Finished) -> None:
    """Lost and saturated readings are in the raw data and in no split."""
    raw = [row["signal_mV"] for path in (let / "data/raw").iterdir() for row in rows(path)]
    bad = [signal for signal in raw if signal in ("nan", f"{let.config['measurement']['saturation_mV']:g}")]
    kept = sum(len(rows(path)) for path in (let / "data/split").iterdir())

    assert bad
    assert kept == len(raw) - len(bad)


def test_sweep_trains_every_candidate_and_keeps_the_best(let: Finished) -> None:
    """Each point of the sweep has a model and a score; the chosen model is the one with the smallest error."""
    sweep = let.rows("results/sweep.csv")
    boosting, mlp = let.config["sweep"]["gradient_boosting"], let.config["sweep"]["mlp"]
    expected = len(boosting["max_depth"]) * len(boosting["learning_rate"]) + len(mlp["width"]) * len(mlp["alpha"])
    best = min(sweep, key=lambda row: float(row["mean_absolute_percentage_error"]))["candidate"]

    assert expected == len(sweep) == len(list((let / "models").glob("*/*.joblib")))
    assert (let / f"models/{best}.joblib").read_bytes() == (let / "models/best.joblib").read_bytes()


def test_surrogate_predicts_unseen_beams(let: Finished) -> None:
    """On the test beams the error stays near the noise of the measurement, the least that any model can reach."""
    scores = let.json("results/test.json")
    noise_percent = 100 * let.config["measurement"]["relative_noise"]

    assert scores["mean_absolute_percentage_error"] < 1.2 * noise_percent
    assert scores["r2"] > 0.99


def test_surrogate_follows_theory(let: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the test beams the surrogate is within 5 % of the noise-free theory at every depth, 2 % on average."""
    import joblib
    import numpy as np

    surrogate = helper(let, "surrogate", monkeypatch)
    model = joblib.load(let / "models/best.joblib")
    for energy in let.config["beams"]["test"]:
        theory = let.rows(f"data/theory/{energy}MeV.csv")
        depth, truth = (np.array([float(row[name]) for row in theory]) for name in ("depth_cm", "let_keV_per_um"))
        deviation = np.abs(model.predict(surrogate.features(np.full_like(depth, energy), depth)) / truth - 1)

        assert deviation.max() < 0.05
        assert deviation.mean() < 0.02


def test_temporary_files_are_gone(let: Finished) -> None:
    """The clean readings of single beams are temporary."""
    assert not list((let / "data/clean").glob("*.csv"))


def test_mlflow_knows_each_candidate_of_the_sweep(let: Finished) -> None:
    """Each candidate has a run with its parameters, the loss as it falls, the training beams and the model's bytes."""
    runs = let.runs
    for row in let.rows("results/sweep.csv"):
        run, validation = runs[row["candidate"]], runs[f"validation/{row['candidate']}"]
        family, name = row["candidate"].split("/")
        losses = let.client.get_metric_history(run.info.run_id, "training_loss")

        assert run.data.params["family"] == family
        assert run.data.params["random_state"] == str(let.config["seed"])
        assert datasets(run) == {"training": ("train", "data/split/train.csv")}
        assert let.artifact(run, f"{name}.joblib") == (let / f"models/{row['candidate']}.joblib").read_bytes()
        assert [loss.step for loss in losses] == sorted({loss.step for loss in losses})
        assert datasets(validation) == {"validation": ("validation", "data/split/validation.csv")}
        assert validation.data.metrics["r2"] == pytest.approx(float(row["r2"]), rel=1e-6)

    assert len(let.client.get_metric_history(runs["gradient_boosting/depth2_rate0.1"].info.run_id, "training_loss")) > 5
    assert datasets(runs["test/best"]) == {"test": ("test", "data/split/test.csv")}


def test_corrected_calibration_reaches_the_models_but_not_the_raw_data(let: Finished, tmp_path: Path) -> None:
    """After a change of the calibration file Snakemake plans to calibrate and train again, not to measure."""
    workdir = tmp_path / "corrected"
    shutil.copytree(let.workdir, workdir)
    calibration = workdir / "resources" / "calibration.csv"
    calibration.write_text(calibration.read_text().replace("38.5", "39.5"))

    plan = snakemake(workdir, "--dry-run")

    assert "rule calibrate:" in plan
    assert "rule train_mlp:" in plan
    assert "rule measure:" not in plan


# Segmentation of bubbles in a flow


def test_images_have_overlapping_bubbles_of_the_right_size(bubbles: Finished) -> None:
    """Bubbles are as many and as large as the config says, some touch, and bright rims surround a darker inside."""
    import numpy as np

    flow, mm_per_px = bubbles.config["flow"], bubbles.config["camera"]["mm_per_px"]
    with np.load(bubbles / "data/stack/development.npz") as stack:
        images, truth = stack["images"], stack["instances"]
    areas = [np.bincount(instances.ravel())[1:] for instances in truth]
    visible = [area[area > 0] for area in areas]
    largest_mm = 2 * np.sqrt(max(area.max() for area in visible) / np.pi) * mm_per_px
    touching = [(a != b) & (a > 0) & (b > 0) for a, b in zip(truth[:, :, :-1], truth[:, :, 1:], strict=True)]

    assert len(images) == bubbles.config["images"]["development"]
    assert flow["bubbles"][0] / 2 < np.mean([len(area) for area in visible]) <= flow["bubbles"][1]
    assert min(area.min() for area in visible) >= flow["smallest_px"]
    assert 0.9 * flow["diameter_mm"][1] < largest_mm < 1.1 * flow["diameter_mm"][1]
    assert sum(map(np.any, touching)) > len(images) / 2
    assert images[truth > 0].mean() > images[truth == 0].mean()


def test_bubbles_flatten_with_their_size(bubbles: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small bubbles are spheres; at an Eötvös number of one the short axis is 1 / 1.163 of the long one (Wellek)."""
    physics = helper(bubbles, "bubble_physics", monkeypatch)
    weight = physics.DENSITY_DIFFERENCE_KG_PER_M3 * physics.GRAVITY_M_PER_S2

    assert physics.aspect_ratio(0.1) > 0.99
    assert physics.aspect_ratio(1000 * (physics.SURFACE_TENSION_N_PER_M / weight) ** 0.5) == pytest.approx(1 / 1.163)


def test_scores_of_a_perfect_and_a_broken_segmentation(bubbles: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """The truth scores one; one of two bubbles lost, or both merged, scores what the definition says."""
    import numpy as np

    segmentation = helper(bubbles, "segmentation", monkeypatch)
    truth = np.zeros((1, 20, 20), dtype=np.int16)
    truth[0, 2:10, 2:10], truth[0, 2:10, 10:18] = 1, 2
    target = segmentation.classes(truth[0])[None]

    def scores(found: Any) -> tuple[float, float]:
        result = segmentation.score(truth, target, target, found)
        return result["average_precision_iou50"], result["count_error"]

    assert scores(truth) == (1.0, 0.0)
    assert scores(np.where(truth == 2, 0, truth)) == (0.5, 0.5)
    assert scores(np.minimum(truth, 1)) == (0.0, 0.5)
    assert scores(segmentation.find_instances(target[0])[None]) == (1.0, 0.0)


def test_segmentation_finds_held_out_bubbles(bubbles: Finished) -> None:
    """On images that no model has seen, and in each fold, nearly all pixels and most bubbles are right."""
    test = bubbles.json("results/test.json")
    folds = bubbles.rows("results/cross_validation.csv")

    assert [int(row["fold"]) for row in folds] == list(range(bubbles.config["folds"]))
    assert min(float(row["average_precision_iou50"]) for row in folds) > 0.6
    assert test["pixel_accuracy"] > 0.96
    assert test["average_precision_iou50"] > 0.8
    assert test["count_error"] < 0.2


def test_held_out_images_are_others(bubbles: Finished) -> None:
    """No held-out image is among those that models were trained on, and no rule of training reads them."""
    import numpy as np

    with (
        np.load(bubbles / "data/stack/development.npz") as development,
        np.load(bubbles / "data/stack/heldout.npz") as heldout,
    ):
        seen = {image.tobytes() for image in development["images"]}
        unseen = {image.tobytes() for image in heldout["images"]}

    assert len(seen) + len(unseen) == sum(bubbles.config["images"].values())
    assert not seen & unseen
    for name, run in bubbles.runs.items():
        paths = {path for _, path in datasets(run).values()}
        assert paths == {f"data/pixels/{'heldout' if name == 'test' else 'development'}.npz"}


def test_folds_are_nested_in_one_parent_run(bubbles: Finished) -> None:
    """Each fold has a run below the parent: parameters, both parts of the data, falling losses, the model's bytes."""
    runs, folds = bubbles.runs, range(bubbles.config["folds"])
    cross_validation = runs["cross-validation"]

    assert set(runs) == {"cross-validation", "test", *(f"fold{fold}" for fold in folds)}
    assert cross_validation.info.run_id == (bubbles / "results/parent_run.txt").read_text().strip()
    assert parent(cross_validation) is None
    for fold in folds:
        run = runs[f"fold{fold}"]
        history = bubbles.client.get_metric_history(run.info.run_id, "validation_loss")
        assert parent(run) == cross_validation.info.run_id
        assert run.data.params["fold"] == str(fold)
        assert run.data.params["iterations"] == str(bubbles.config["classifier"]["iterations"])
        assert {context: name for context, (name, _) in datasets(run).items()} == {
            "training": f"fold{fold}_training",
            "validation": f"fold{fold}_validation",
        }
        assert history[0].value > history[-1].value
        assert bubbles.artifact(run, f"fold{fold}.joblib") == (bubbles / f"models/folds/fold{fold}.joblib").read_bytes()


def test_parent_run_is_resumed_with_summary_and_final_model(bubbles: Finished) -> None:
    """The parent run has the folds' scores by step, their mean, the final model, and what it was trained on."""
    run = bubbles.runs["cross-validation"]
    folds = bubbles.rows("results/cross_validation.csv")
    history = bubbles.client.get_metric_history(run.info.run_id, "average_precision_iou50")
    scores = [float(row["average_precision_iou50"]) for row in folds]

    assert [point.step for point in history] == list(range(len(folds)))
    assert [point.value for point in history] == pytest.approx(scores, rel=1e-6)
    assert run.data.metrics["mean_average_precision_iou50"] == pytest.approx(sum(scores) / len(scores), rel=1e-6)
    assert datasets(run) == {"training": ("development", "data/pixels/development.npz")}
    assert bubbles.artifact(run, "segmentation.joblib") == (bubbles / "models/segmentation.joblib").read_bytes()


def test_final_model_is_an_input_of_its_test(bubbles: Finished) -> None:
    """The test is a nested run that names the model it has used, and the model has its scores."""
    runs = bubbles.runs
    (output,) = runs["cross-validation"].outputs.model_outputs
    (tested,) = runs["test"].inputs.model_inputs
    metrics = {
        metric.key: metric.value
        for metric in bubbles.client.get_logged_model(output.model_id).metrics
        if metric.dataset_name == "heldout"
    }

    assert parent(runs["test"]) == runs["cross-validation"].info.run_id
    assert tested.model_id == output.model_id == (bubbles / "results/mlflow_model.txt").read_text().strip()
    assert metrics == bubbles.json("results/test.json")


# The next shot of a laser-driven ion accelerator


def test_proton_energies_are_plausible(laser: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formula solves its own equation, grows with laser energy, and is best in focus, at a medium thickness."""
    import numpy as np

    physics = helper(laser, "ion_physics", monkeypatch)
    energy = physics.max_proton_energy_MeV
    speed = np.sqrt(physics.reached_fraction(1.7))
    thicknesses = [energy(3, 40, 0, thickness) for thickness in (0.5, 1, 2, 5, 10)]

    assert speed * (1 + 0.5 / (1 - speed**2)) + 0.25 * np.log((1 + speed) / (1 - speed)) == pytest.approx(1.7)
    assert physics.reached_fraction(1e3) == pytest.approx(1, abs=0.01)
    assert 5 < energy(3, 30, 0, 2) < 25
    assert energy(1, 40, 0, 2) < energy(2, 40, 0, 2) < energy(4, 40, 0, 2)
    assert energy(3, 40, -30, 2) == energy(3, 40, 30, 2) < energy(3, 40, 0, 2)
    assert max(thicknesses) == thicknesses[2]


def test_misfires_are_set_aside_with_a_reason(laser: Finished) -> None:
    """Every shot is either clean or set aside; clean shots have laser light and protons."""
    limits = laser.config["cleaning"]
    for subset, days in laser.config["days"].items():
        clean, misfires = laser.rows(f"data/clean/{subset}.csv"), laser.rows(f"data/clean/{subset}_misfires.csv")

        assert len(clean) + len(misfires) == len(days) * laser.config["shots_per_day"]
        assert {row["reason"] for row in misfires} <= {"no reading", "no laser pulse", "no protons"}
        assert min(float(row["max_proton_energy_MeV"]) for row in clean) >= limits["detection_limit_MeV"]
        assert min(float(row["laser_energy_J"]) for row in clean) >= limits["lowest_laser_energy_J"]


def test_test_day_is_in_no_training(laser: Finished) -> None:
    """Days are split as a whole, and no run of the sweep uses the day of the test."""
    days = {subset: {int(row["day"]) for row in laser.rows(f"data/clean/{subset}.csv")} for subset in ("train", "test")}

    assert days == {subset: set(planned) for subset, planned in laser.config["days"].items()}
    assert not days["train"] & days["test"]
    for name, run in laser.runs.items():
        context, subset = ("test", "test") if name == "test" else ("training", "train")
        assert datasets(run) == {context: (subset, f"data/clean/{subset}.csv")}


def test_surrogate_predicts_an_unseen_day(laser: Finished) -> None:
    """On the test day the deviation stays near the shot noise, and the intervals hold what they should."""
    scores = laser.json("results/test.json")

    assert scores["relative_error"] < 1.6 * laser.config["machine"]["shot_noise"]
    assert 0.85 <= scores["coverage_95"] <= 1


def test_candidates_are_nested_in_the_sweep(laser: Finished) -> None:
    """Each candidate is a run below the sweep, with its parameters and a score for each day left out."""
    runs, days = laser.runs, laser.config["days"]["train"]
    table = {row.pop("candidate"): row for row in laser.rows("results/sweep.csv")}

    assert set(runs) == {"sweep", "test", *table}
    for name, row in table.items():
        run = runs[name]
        history = laser.client.get_metric_history(run.info.run_id, "log_density")
        assert parent(run) == runs["sweep"].info.run_id
        assert name == "_".join([run.data.params["family"], *(run.data.params[key] for key in hyperparameters(run))])
        assert [point.step for point in history] == days
        assert run.data.metrics["mean_log_density"] == pytest.approx(
            sum(point.value for point in history) / len(history)
        )
        assert run.data.metrics["mean_log_density"] == pytest.approx(float(row["mean_log_density"]), rel=1e-6)


def hyperparameters(run: Any) -> list[str]:
    """Return the names of the parameters that tell a candidate from others of its family."""
    return sorted(set(run.data.params) - {"family", "seed"})


def test_best_candidate_is_registered(laser: Finished) -> None:
    """The alias "best" leads to the model of the best run, which the test has used and the workflow keeps."""
    import joblib
    import pandas as pd
    import skops.io

    runs, client = laser.runs, laser.client
    table = laser.rows("results/sweep.csv")
    best = max(table, key=lambda row: float(row["mean_log_density"]))["candidate"]
    version = client.get_model_version_by_alias(laser.config["registered_model"], "best")
    (output,) = runs[best].outputs.model_outputs
    (tested,) = runs["test"].inputs.model_inputs
    location = Path(client.get_logged_model(output.model_id).artifact_location) / "model.skops"
    registered = skops.io.load(location, trusted=skops.io.get_untrusted_types(file=location))
    model = joblib.load(laser / "models/best.joblib")
    points = pd.DataFrame([[0.5, 4.0, 0.0, 1.0], [1.0, 4.5, 20.0, 0.5]], columns=model.feature_names_in_)

    assert runs["sweep"].data.params["best"] == best
    assert version.run_id == runs[best].info.run_id
    assert version.source == f"models:/{output.model_id}"
    assert tested.model_id == output.model_id
    assert laser.artifact(runs["sweep"], "best.joblib") == (laser / "models/best.joblib").read_bytes()
    assert registered.predict(points) == pytest.approx(model.predict(points))


def test_next_shot_is_allowed_and_near_the_true_optimum(laser: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proposal keeps the limits; in truth it reaches 95 % of what is possible, within its interval."""
    import numpy as np

    physics = helper(laser, "ion_physics", monkeypatch)
    shot, allowed = laser.json("results/next_shot.json"), laser.config["next_shot"]
    focus = shot["focus_um"] - laser.config["machine"]["best_focus_um"]
    reached = physics.max_proton_energy_MeV(
        shot["laser_energy_J"], shot["pulse_duration_fs"], focus, shot["thickness_um"]
    )
    possible = max(
        physics.max_proton_energy_MeV(allowed["laser_energy_J"][1], duration, 0, thickness)
        for duration in np.linspace(*allowed["pulse_duration_fs"], 30)
        for thickness in allowed["thickness_um"]
    )
    low, high = shot["interval_95_MeV"]

    for setting in ("laser_energy_J", "pulse_duration_fs", "focus_um"):
        assert allowed[setting][0] <= shot[setting] <= allowed[setting][1]
    assert shot["thickness_um"] in allowed["thickness_um"]
    assert low < shot["predicted_max_proton_energy_MeV"] < high
    assert low < reached < high
    assert reached > 0.95 * possible


def helper(example: Finished, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a module of an example's scripts; two examples may have modules of the same name."""
    monkeypatch.syspath_prepend(str(example / "workflow/scripts"))
    monkeypatch.delitem(sys.modules, name, raising=False)
    module = __import__(name)
    monkeypatch.delitem(sys.modules, name)
    return module
