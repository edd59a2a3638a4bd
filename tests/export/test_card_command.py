"""`snakemake-heliport card`: which thing is meant, what is written, and the exit codes."""

import shutil
from pathlib import Path

import pytest
import typer
from export.learning import MODEL, TRAINING, learning
from export.test_card import seen_by_all, with_attributes
from store.builders import RUN_A, replace
from training_helpers import snakemake
from typer.testing import CliRunner, Result

from snakemake_heliport.cli.card import card
from snakemake_heliport.errors import HeliportError
from snakemake_heliport.store import Store

EXAMPLE = Path(__file__).parents[2] / "workflow_examples" / "laser_accelerator"
ID = "m-4086fe0156914cfa9f0875a542d4e534"
PRIVATE = ("--visibility", "private")


def run(*arguments: str | Path) -> Result:
    """Run the command as the command line does."""
    app = typer.Typer()
    app.command()(card)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with the store of a run that trained a model."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, learning())
    return tmp_path


def store_of(place: Path) -> tuple[str, str]:
    return "--store", str(place / "store.db")


@pytest.mark.parametrize(
    "thing",
    ["iris", "iris@best", "models:/iris@best", "models:/iris/1", "iris version 1", "model", MODEL, ID, f"models:/{ID}"],
)
def test_a_model_has_many_names(place: Path, thing: str) -> None:
    done = run("model", thing, *PRIVATE, *store_of(place))

    assert done.exit_code == 0
    assert "scikit-learn==1.5" in done.output


@pytest.mark.parametrize("thing", ["raw", "results/a.txt"])
def test_a_dataset_is_a_logged_one_or_a_file(place: Path, thing: str) -> None:
    assert "`x`" in run("dataset", thing, *PRIVATE, *store_of(place)).output


def test_a_card_is_public_unless_asked_otherwise(place: Path) -> None:
    done = run("model", "iris", *store_of(place))

    assert isinstance(done.exception, HeliportError)
    assert "--visibility private" in str(done.exception)


def test_a_written_card_is_checked_by_its_name(place: Path) -> None:
    """The card remembers its thing and its audience; the exit code says whether it is right."""
    path = place / "README.md"
    run("model", "iris", "-o", path, *PRIVATE, *store_of(place))
    assert run("model", path, "--check", *store_of(place)).exit_code == 0

    path.write_text(path.read_text().replace("value: 0.93", "value: 0.99"))

    done = run("model", path, "--check", *store_of(place))
    assert done.exit_code == 1
    assert "0.99 in the card and 0.93 in the graph" in done.output.replace("\n", "")


def test_a_card_is_renewed_when_the_model_was_measured_again(place: Path) -> None:
    path = place / "README.md"
    run("model", "iris", "-o", path, *PRIVATE, *store_of(place))
    path.write_text(path.read_text().replace("[More Information Needed]", "Mine.", 1))
    measured = [{"name": "accuracy", "value": 0.5, "step": 3, "count": 1, "model": MODEL}]
    with Store.open(place / "store.db") as store:
        replace(store, RUN_A, with_attributes(learning(), TRAINING, evaluations=measured))
    assert run("model", "iris", "-o", path, "--check", *store_of(place)).exit_code == 1

    run("model", path, *store_of(place))

    assert "Mine." in path.read_text()
    assert "| 0.5 |" in path.read_text()
    assert run("model", path, "--check", *store_of(place)).exit_code == 0


def test_the_audience_stays_that_of_the_card(place: Path) -> None:
    with Store.open(place / "store.db") as store:
        replace(store, RUN_A, seen_by_all(learning()))
    path = place / "README.md"
    run("model", "iris", "-o", path, *store_of(place))

    assert '"for":"public"' in path.read_text()
    assert run("model", path, "--check", *store_of(place)).exit_code == 0


def test_a_card_names_its_thing_wherever_the_new_one_goes(place: Path) -> None:
    old, new = place / "README.md", place / "COPY.md"
    run("model", "iris", "-o", old, *PRIVATE, *store_of(place))

    for target in (old, new):
        assert run("model", old, "-o", target, *store_of(place)).exit_code == 0
        assert target.read_text() == old.read_text()


def test_nothing_to_check(place: Path) -> None:
    done = run("model", "iris", "--check", *PRIVATE, *store_of(place))

    assert "name one with --output" in str(done.exception)


def test_not_a_text(place: Path) -> None:
    (place / "README.md").write_bytes(b"\xff\xfe\x00")

    assert "not a text" in str(run("model", "iris", "-o", place / "README.md", *store_of(place)).exception)


@pytest.mark.slow
def test_an_example_has_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registered model of a real run, and its training data, as Hugging Face reads them."""
    hub = pytest.importorskip("huggingface_hub")
    workdir = tmp_path / "run"
    shutil.copytree(EXAMPLE, workdir, ignore=shutil.ignore_patterns(".snakemake", ".heliport", "mlruns", "mlflow.db"))
    done = snakemake(workdir, "--cores", "2", "--scheduler", "greedy")
    assert done.returncode == 0, done.stderr
    monkeypatch.chdir(workdir)

    run("model", "laser_accelerator@best", "-o", "MODEL.md", *PRIVATE)
    run("dataset", "data/clean/train.csv", "-o", "DATA.md", *PRIVATE)

    model, data = hub.ModelCard.load(Path("MODEL.md")), hub.DatasetCard.load(Path("DATA.md"))
    assert model.data.library_name == "sklearn"
    assert {result.dataset_split for result in model.data.eval_results} == {"test"}
    assert "1. **shoot** (5 jobs)" in model.text
    assert data.data.size_categories == ["n<1K"]
    assert "`max_proton_energy_MeV`" in data.text
    assert run("model", "MODEL.md", "--check").exit_code == 0
    assert run("dataset", "DATA.md", "--check").exit_code == 0
