"""Cards of models and datasets: what the graph knows reaches the card, nothing else does, and Hugging Face reads it."""

import json
import re
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import pytest
import yaml
from export.learning import DATASET, EVALUATIONS, HELD_OUT, JOB, MODEL, TRAINING, VERSION, learning
from store.builders import RULE, RUN_A, Things, file, file_itself, job, replace

from snakemake_heliport.errors import HeliportError
from snakemake_heliport.export.card import Card, CardKind, card_of, rendered
from snakemake_heliport.export.card.document import HEAD
from snakemake_heliport.export.card.head import size_category
from snakemake_heliport.export.card.licences import licence_head
from snakemake_heliport.export.card.results import metric_id
from snakemake_heliport.export.card.words import MISSING, code, md
from snakemake_heliport.export.guard import SecretFound
from snakemake_heliport.identity import content_iri, job_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

PRIVATE, PUBLIC = Visibility.PRIVATE, Visibility.PUBLIC
HELD_OUT_SHA = "cd" * 32
ODD = "a|b` <script>alert(1)</script> *x* [y](z) --> <!-- heliport:end title -->\n# no heading"


def known() -> Things:
    """Return the training of a model, with held-out data whose bytes are known."""
    measured = [{**entry, "step": 3} for entry in EVALUATIONS]
    return [
        *learning(measured),
        DigitalObject(content_iri(HELD_OUT_SHA), Kind.CONTENT, "cd", attributes={"sha256": HELD_OUT_SHA}),
        Relation(HELD_OUT, Predicate.SPECIALIZATION_OF, content_iri(HELD_OUT_SHA)),
    ]


def with_attributes(things: Things, iri: str, **attributes: Any) -> Things:
    """Return the same things, with attributes of one of them changed."""
    return [
        changed(thing, attributes={**thing.attributes, **attributes})
        if isinstance(thing, DigitalObject) and thing.iri == iri
        else thing
        for thing in things
    ]


def seen_by_all(things: Things, *hidden: Kind) -> Things:
    """Return the same things, public but for those of some kinds."""
    return [
        changed(thing, visibility=PUBLIC) if isinstance(thing, DigitalObject) and thing.kind not in hidden else thing
        for thing in things
    ]


def card(
    folder: Path, things: Things, of: str = MODEL, kind: CardKind = CardKind.MODEL, audience: Visibility = PRIVATE
) -> Card:
    """Return the card of a thing in a new store."""
    with Store.open(folder / "store.db") as store:
        replace(store, RUN_A, things)
        item = store.get(of)
        assert item is not None
        return card_of(store, kind, item, audience)


def section(found: Card, name: str) -> str:
    return found.sections[name].content


def head_of(text: str) -> dict[str, Any]:
    match = HEAD.match(text)
    assert match is not None
    return yaml.safe_load(match.group(2))


def test_results_with_known_data_are_in_the_head(tmp_path: Path) -> None:
    """The metric that was measured on named data, with the start of its checksum and the run that measured it."""
    head = card(tmp_path, known()).head

    (model,) = head["model-index"]
    (result,) = model["results"]
    assert result["dataset"] == {"name": "test", "type": "test", "split": "test", "revision": HELD_OUT_SHA[:8]}
    assert result["metrics"] == [{"type": "accuracy", "value": 0.93, "name": "accuracy"}]
    assert result["source"] == {"name": "MLflow run r1", "url": TRAINING}
    assert head["metrics"] == ["accuracy"]
    assert head["library_name"] == "sklearn"


def test_measured_emissions_are_in_grams(tmp_path: Path) -> None:
    assert card(tmp_path, known()).head["co2_eq_emissions"] == {"emissions": 3.1, "source": "CodeCarbon 3"}


def test_estimates_stay_in_the_text(tmp_path: Path) -> None:
    impact = [{"energy": 0.2, "emissions": 0.0031, "method": "estimate: 50 W", "estimated": True}]

    found = card(tmp_path, with_attributes(known(), TRAINING, impact=impact))

    assert "co2_eq_emissions" not in found.head
    assert re.search(r"emissions \| 3.1 g CO2e \|.*\(estimate\)", section(found, "cost"))


def test_text_sections_tell_where_a_model_comes_from(tmp_path: Path) -> None:
    found = card(tmp_path, known())

    assert "`data/raw.csv`" in section(found, "provenance")
    assert "1. **copy** (2 jobs)" in section(found, "provenance")
    assert "```mermaid" in section(found, "provenance")
    assert "sha256:" + "ab" * 32 in section(found, "training-data")
    assert "| `lr` | `0.01` | parameter of the job |" in section(found, "parameters")
    assert "sha256:" + HELD_OUT_SHA[:12] in section(found, "metrics")
    assert "scikit-learn==1.5" in section(found, "software")
    assert "| input | `x` | `double` |" in section(found, "signature")
    assert "iris version 1 (`@best`, Production)" in section(found, "details")
    assert "mlflow.pyfunc.load_model('models:/iris@best')" in section(found, "loading")


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    things = [
        *with_attributes(known(), RUN_A, gaps=["the log was cut"], dirty=True, reconstructed=True),
        Relation(
            TRAINING, Predicate.WAS_INFLUENCED_BY, job_iri(RUN_A, 1, 1), {"confidence": 0.6, "evidence": ["time"]}
        ),
    ]
    things = with_attributes(things, job_iri(RUN_A, 1, 1), from_cache=True)
    unknown = DigitalObject("urn:big", Kind.FILE, "data/big.bin", attributes={"unknown_reason": "too large"})

    text = section(card(tmp_path, [*things, unknown, Relation(JOB, Predicate.USED, "urn:big")]), "limits")

    for sentence in (
        "the log was cut",
        "not committed",
        "reconstructed",
        "60% sure: time",
        "cache of results",
        "`data/big.bin` (too large)",
        "not recorded: `loss`",
        "Not a finite number: `loss`",
        "No commit",
    ):
        assert sentence in text


def test_a_version_has_the_card_of_its_model(tmp_path: Path) -> None:
    found = card(tmp_path, known(), VERSION)

    assert found.head["model-index"][0]["name"] == "iris version 1"
    assert "accuracy" in section(found, "metrics")


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    """The file of the workflow that has the bytes of the model's file has what MLflow knows of the model."""
    twin = [*file_itself("models/m.pkl", "ef" * 32), *file_itself("models:/m-1/model.pkl", "ef" * 32)]
    path, logged = file("models/m.pkl", "ef" * 32), file("models:/m-1/model.pkl", "ef" * 32)
    things = [
        *known(),
        *twin,
        Relation(MODEL, Predicate.HAD_MEMBER, logged),
        Relation(path, Predicate.WAS_GENERATED_BY, JOB),
    ]

    found = card(tmp_path, things, path)

    assert found.head["model-index"][0]["results"]
    assert "same bytes" in section(found, "details")
    assert "The file is `models/m.pkl`" in section(found, "loading")


def test_the_only_training_run_of_a_job_is_not_proven(tmp_path: Path) -> None:
    things = [*known(), *file_itself("m.pkl", "ef" * 32)]
    path = file("m.pkl", "ef" * 32)

    found = card(tmp_path, [*things, Relation(path, Predicate.WAS_GENERATED_BY, JOB)], path)

    assert "`lr`" in section(found, "parameters")
    assert "is not proven" in section(found, "limits")


def test_a_commit_has_a_permanent_address(tmp_path: Path) -> None:
    sha1 = "12" * 20
    said = {"version": sha1, "repository": "https://gitlab.com/a/b.git"}
    commit = DigitalObject("urn:commit", Kind.COMMIT, sha1[:12], attributes=said, identifiers=(f"swh:1:rev:{sha1}",))

    text = section(card(tmp_path, [*known(), commit, Relation(TRAINING, Predicate.USED, "urn:commit")]), "code")

    assert f"https://gitlab.com/a/b/-/tree/{sha1}" in text
    assert f"swh:1:rev:{sha1}" in text


@pytest.mark.parametrize(("kind", "of"), [(CardKind.MODEL, MODEL), (CardKind.DATASET, DATASET)])
def test_names_are_data(tmp_path: Path, kind: CardKind, of: str) -> None:
    """Neither HTML nor Markdown nor our own markers get into a card by a name."""
    things = [
        changed(thing, label=ODD, description=ODD) if isinstance(thing, DigitalObject) else thing for thing in known()
    ]
    hyper = [{"name": ODD, "value": ODD}]

    found = card(tmp_path, with_attributes(things, TRAINING, name=ODD, hyperparameters=hyper), of, kind)
    text = rendered(found)

    assert "<script>" not in re.sub(r"(`+)[^`].*?\1", "", text.split("\n---\n", 1)[1])
    assert text.count("heliport:end title -->") == 1 + text.split("\n---\n")[0].count("heliport:end title -->")
    assert not re.search(r"^# no heading", text, re.MULTILINE)
    assert list(found.sections) == re.findall(r"^<!-- heliport:begin (\S+) -->$", text, re.M)
    rows = [line for line in section(found, "details").split("\n") if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1


def test_a_dataset_tells_its_structure_origin_and_users(tmp_path: Path) -> None:
    things = with_attributes(known(), DATASET, profile={"num_rows": 4000})

    found = card(tmp_path, things, DATASET, CardKind.DATASET)

    assert found.head["pretty_name"] == "raw"
    assert found.head["size_categories"] == ["1K<n<10K"]
    assert found.head["source_datasets"] == ["extended"]
    assert "| `x` | `double` |" in section(found, "structure")
    assert "`data/raw.csv`" in section(found, "provenance")
    assert f"sha256:{'ab' * 32}" in section(found, "files")
    assert "training run r1" in section(found, "users")
    assert "model model (`models:/m-4086" in section(found, "users")


def test_who_only_asks_for_a_file_does_not_use_it(tmp_path: Path) -> None:
    """The job of the target rule names what it wants as its inputs, and does nothing with them."""
    made, target, asking = file("results/a.txt"), f"{RULE}-all", job_iri(RUN_A, 9, 1)
    things = [
        *known(),
        DigitalObject(target, Kind.RULE, "all", attributes={"action": "none"}),
        DigitalObject(asking, Kind.JOB, "all"),
        Relation(asking, Predicate.USED, made),
        Relation(asking, Predicate.CORRESPONDS_TO_STEP, target),
    ]

    assert "job all" not in rendered(card(tmp_path, things, made, CardKind.DATASET))


def test_a_licence_that_is_not_told_is_not_called_unknown(tmp_path: Path) -> None:
    project = DigitalObject("urn:uuid:project", Kind.PROJECT, "P", attributes={"license": "MIT"})
    things = [*seen_by_all(known()), project, Relation(RUN_A, Predicate.IN_PROJECT, project.iri)]

    assert "No licence is told here" in section(card(tmp_path, things, audience=PUBLIC), "limits")
    assert "No licence is known" in section(card(tmp_path, seen_by_all(known()), audience=PUBLIC), "limits")


def test_a_file_is_a_dataset_by_what_trackers_say_of_it(tmp_path: Path) -> None:
    found = card(tmp_path, known(), file("results/a.txt"), CardKind.DATASET)

    assert "| `y` | `long` |" in section(found, "structure")
    assert found.about["thing"] == "results/a.txt"


def test_a_private_thing_has_no_public_card(tmp_path: Path) -> None:
    with pytest.raises(HeliportError, match=r"private.*heliport\.yaml"):
        card(tmp_path, known(), audience=PUBLIC)


def test_a_public_card_tells_gaps_and_no_more(tmp_path: Path) -> None:
    things = seen_by_all(known(), Kind.TRAINING_RUN, Kind.DATASET)

    found = card(tmp_path, things, audience=PUBLIC)

    text = rendered(found)
    assert "2 training runs" in found.hidden
    assert found.hidden in section(found, "limits")
    assert "accuracy" not in text
    assert TRAINING not in text
    assert "metrics" not in found.sections


def test_no_place_of_the_machine_is_told_to_others(tmp_path: Path) -> None:
    hyper = [{"name": "data", "value": "--in=/home/ada/secret/in.csv"}]
    things = with_attributes(seen_by_all(known()), TRAINING, hyperparameters=hyper)

    assert "/home/ada" not in rendered(card(tmp_path, things, audience=PUBLIC))


def test_a_secret_is_refused(tmp_path: Path) -> None:
    hyper = [{"name": "api_key", "value": "abcdefgh12345678"}]

    with pytest.raises(SecretFound):
        card(tmp_path, with_attributes(known(), TRAINING, hyperparameters=hyper))


@pytest.mark.parametrize(
    ("spdx", "head"),
    [
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("ODbL-1.0", {"license": "odbl"}),
        (None, {}),
    ],
)
def test_licences_by_the_names_of_hugging_face(spdx: str | None, head: dict[str, str]) -> None:
    assert licence_head(spdx) == head


def test_other_licences_have_a_name_and_an_address() -> None:
    found = licence_head("CECILL-2.1")

    assert found["license"] == "other"
    assert found["license_link"] == "https://spdx.org/licenses/CECILL-2.1.html"


def test_metrics_by_the_names_of_hugging_face() -> None:
    names = {
        "val_acc": "accuracy",
        "Test/F1": "f1",
        "r2_score": "r_squared",
        "loss": None,
        "mean absolute error": "mae",
    }

    assert {name: metric_id(name) for name in names} == names


def test_sizes() -> None:
    assert [size_category(rows) for rows in (999, 1000, 10**12)] == ["n<1K", "1K<n<10K", "n>1T"]


def test_markdown_shows_what_was_said() -> None:
    assert md("a_b *c* <d> 1. | $x") == r"a_b \*c\* &lt;d&gt; 1. \| \$x"
    assert md("- x\ny") == r"\- x y"
    assert code("a`b") == "``a`b``"
    assert code("a|b") == r"a\|b"


def test_the_same_card_every_time(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    assert rendered(card(tmp_path, known())) == rendered(card(tmp_path / "other", [*reversed(known())]))


def test_long_chains_are_no_matter(tmp_path: Path) -> None:
    """A chain of a thousand jobs of one rule is one step."""
    things: Things = []
    for number in range(1000):
        things += job(RUN_A, number + 10, [f"f{number}"], [f"f{number + 1}"], rule=RULE)

    found = card(tmp_path, [*known(), *things], file("f1000"), CardKind.DATASET)

    assert "1. **copy** (1,000 jobs)" in section(found, "provenance")
    assert len(section(found, "provenance").split("\n")) < 40


def test_hugging_face_reads_the_cards(tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    (tmp_path / "d").mkdir()
    path = tmp_path / "README.md"

    text = rendered(card(tmp_path, known()))
    path.write_text(text)
    model = hub.ModelCard.load(path)
    assert hub.metadata_load(path)["library_name"] == "sklearn"
    path.write_text(rendered(card(tmp_path / "d", known(), DATASET, CardKind.DATASET)))
    dataset = hub.DatasetCard.load(path)

    (result,) = model.data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_revision) == ("accuracy", 0.93, HELD_OUT_SHA[:8])
    assert model.data.co2_eq_emissions["emissions"] == 3.1
    assert yaml.safe_load(model.data.to_yaml())["model-index"] == head_of(text)["model-index"]
    assert dataset.data.pretty_name == "raw"
    assert MISSING in model.text
    assert json.loads(json.dumps(model.data.to_dict()))


def test_only_text_of_people_waits_for_a_person(tmp_path: Path) -> None:
    """Who fills in a placeholder edits no section of ours, which could not be renewed from then on."""
    for kind, of in ((CardKind.MODEL, MODEL), (CardKind.DATASET, DATASET)):
        (tmp_path / kind).mkdir()
        found = card(tmp_path / kind, known(), of, kind)

        assert MISSING in rendered(found)
        assert not any(MISSING in section.content for section in found.sections.values())
