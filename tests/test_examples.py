"""The examples run as they stand, without the plugin, and their science is sound."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

EXAMPLE = Path(__file__).parents[1] / "workflow_examples" / "let_surrogate"
LEFTOVERS = (".snakemake", ".heliport", "benchmarks", "data", "logs", "models", "results", "__pycache__")
CONFIG = yaml.safe_load((EXAMPLE / "config" / "config.yaml").read_text())

pytestmark = pytest.mark.slow


def snakemake(workdir: Path, *arguments: str) -> str:
    """Run Snakemake in a directory and return what it printed; fail the test where Snakemake fails."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy", *arguments]
    done = subprocess.run(command, cwd=workdir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example that has been run once."""
    workdir = tmp_path_factory.mktemp("examples") / EXAMPLE.name
    shutil.copytree(EXAMPLE, workdir, ignore=shutil.ignore_patterns(*LEFTOVERS))
    snakemake(workdir)
    return workdir


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def nearest(table: list[dict[str, str]], column: str, value: float) -> dict[str, float]:
    """Return the row whose column is closest to a value."""
    row = min(table, key=lambda row: abs(float(row[column]) - value))
    return {name: float(text) for name, text in row.items()}


@pytest.mark.parametrize(
    ("energy_MeV", "stopping_power_MeV_per_cm", "range_cm"),
    [(10, 45.67, 0.1230), (100, 7.289, 7.718), (200, 4.492, 25.96)],
)
def test_stopping_power_and_range_agree_with_pstar(
    finished: Path, energy_MeV: float, stopping_power_MeV_per_cm: float, range_cm: float
) -> None:
    """Stopping power and range of protons in water are those of NIST PSTAR, within 1 %."""
    row = nearest(rows(finished / "data" / "stopping_power.csv"), "energy_MeV", energy_MeV)

    assert row["stopping_power_MeV_per_cm"] == pytest.approx(stopping_power_MeV_per_cm, rel=0.01)
    assert row["range_cm"] == pytest.approx(range_cm, rel=0.01)


def test_let_starts_at_the_stopping_power_and_rises(finished: Path) -> None:
    """At the surface the dose-averaged LET is the stopping power of the beam; it grows all the way to the track end."""
    power = nearest(rows(finished / "data" / "stopping_power.csv"), "energy_MeV", 145)["stopping_power_MeV_per_cm"]
    let = [float(row["let_keV_per_um"]) for row in rows(finished / "data" / "theory" / "145MeV.csv")]

    assert let[0] == pytest.approx(power / 10, rel=0.01)
    assert let == sorted(let)
    assert 10 < let[-1] < 20


def test_each_beam_is_in_one_subset(finished: Path) -> None:
    """The beams of training, validation and test are those of the config, and no beam is in two of them."""
    beams = {
        subset: {float(row["beam_energy_MeV"]) for row in rows(finished / "data" / "split" / f"{subset}.csv")}
        for subset in CONFIG["beams"]
    }

    assert beams == {subset: set(map(float, energies)) for subset, energies in CONFIG["beams"].items()}
    assert len(set().union(*beams.values())) == sum(map(len, beams.values()))


def test_untrusted_readings_are_dropped(finished: Path) -> None:
    """Lost and saturated readings are in the raw data and in no split."""
    raw = [row["signal_mV"] for path in (finished / "data" / "raw").iterdir() for row in rows(path)]
    bad = [signal for signal in raw if signal in ("nan", f"{CONFIG['measurement']['saturation_mV']:g}")]
    kept = sum(len(rows(path)) for path in (finished / "data" / "split").iterdir())

    assert bad
    assert kept == len(raw) - len(bad)


def test_sweep_trains_every_candidate_and_keeps_the_best(finished: Path) -> None:
    """Each point of the sweep has a model and a score; the chosen model is the one with the smallest error."""
    sweep = rows(finished / "results" / "sweep.csv")
    boosting, mlp = CONFIG["sweep"]["gradient_boosting"], CONFIG["sweep"]["mlp"]
    expected = len(boosting["max_depth"]) * len(boosting["learning_rate"]) + len(mlp["width"]) * len(mlp["alpha"])
    best = min(sweep, key=lambda row: float(row["mean_absolute_percentage_error"]))["candidate"]

    assert expected == len(sweep) == len(list((finished / "models").glob("*/*.joblib")))
    assert (finished / "models" / f"{best}.joblib").read_bytes() == (finished / "models" / "best.joblib").read_bytes()


def test_surrogate_predicts_unseen_beams(finished: Path) -> None:
    """On the test beams the error stays near the noise of the measurement, the least that any model can reach."""
    scores = json.loads((finished / "results" / "test.json").read_text())
    noise_percent = 100 * CONFIG["measurement"]["relative_noise"]

    assert scores["mean_absolute_percentage_error"] < 1.2 * noise_percent
    assert scores["r2"] > 0.99


def test_surrogate_follows_theory(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the test beams the surrogate is within 5 % of the noise-free theory at every depth, 2 % on average."""
    monkeypatch.syspath_prepend(str(finished / "workflow" / "scripts"))
    import joblib
    import numpy as np
    from surrogate import features

    model = joblib.load(finished / "models" / "best.joblib")
    for energy in CONFIG["beams"]["test"]:
        theory = rows(finished / "data" / "theory" / f"{energy}MeV.csv")
        depth, let = (np.array([float(row[name]) for row in theory]) for name in ("depth_cm", "let_keV_per_um"))
        deviation = np.abs(model.predict(features(np.full_like(depth, energy), depth)) / let - 1)

        assert deviation.max() < 0.05
        assert deviation.mean() < 0.02


def test_figure_and_records_are_written(finished: Path) -> None:
    """The figure is a PNG and a PDF; training leaves a log and a benchmark; the temporary files are gone."""
    assert (finished / "results" / "let_surrogate.png").read_bytes().startswith(b"\x89PNG")
    assert (finished / "results" / "let_surrogate.pdf").read_bytes().startswith(b"%PDF")
    assert "training loss" in (finished / "logs" / "train" / "mlp" / "width16_alpha0.0001.log").read_text()
    assert rows(finished / "benchmarks" / "train" / "mlp" / "width16_alpha0.0001.tsv")
    assert not list((finished / "data" / "clean").glob("*.csv"))


def test_second_run_has_nothing_to_do(finished: Path) -> None:
    """Nothing in the workflow makes it run again by itself."""
    assert "Nothing to be done" in snakemake(finished)


def test_corrected_calibration_reaches_the_models_but_not_the_raw_data(finished: Path, tmp_path: Path) -> None:
    """After a change of the calibration file Snakemake plans to calibrate and train again, not to measure."""
    workdir = tmp_path / "corrected"
    shutil.copytree(finished, workdir)
    calibration = workdir / "resources" / "calibration.csv"
    calibration.write_text(calibration.read_text().replace("38.5", "39.5"))

    plan = snakemake(workdir, "--dry-run")

    assert "rule calibrate:" in plan
    assert "rule train_mlp:" in plan
    assert "rule measure:" not in plan
