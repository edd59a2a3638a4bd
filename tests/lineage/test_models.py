"""Models whose data has changed, and metrics that differ, from stores whose truth is plain."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lineage.graphs import filled, job_of, moment
from store.builders import RUN_A, RUN_B, Things

from snakemake_heliport.identity import content_iri, file_iri, job_iri, minted, part
from snakemake_heliport.lineage.diff import Bearing, diff
from snakemake_heliport.lineage.status import Status, status
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation
from snakemake_heliport.store import Store


def real_file(path: str, text: str, written: int) -> Things:
    """Return a file with the digest of a text."""
    digest = sha256(text.encode()).hexdigest()
    iri = file_iri("workdir", path, digest, written)
    return [
        DigitalObject(iri, Kind.FILE, path, attributes={"path": path, "modified": moment(written)}),
        DigitalObject(content_iri(digest), Kind.CONTENT, path, attributes={"sha256": digest, "size": len(text)}),
        Relation(iri, Predicate.SPECIALIZATION_OF, content_iri(digest)),
    ]


def iri_of(things: Things) -> str:
    assert isinstance(things[0], DigitalObject)
    return things[0].iri


def trained(run: str, number: int, data: Things, test: Things, accuracy: float, alpha: str = "1") -> Things:
    """Return a job that trained and evaluated a model."""
    training, model = minted("training", run, str(number)), minted("model", run, str(number))
    said: dict[str, Any] = {
        "name": "fit",
        "started": moment(number),
        "hyperparameters": [{"name": "alpha", "value": alpha}],
        "evaluations": [{"name": "accuracy", "value": accuracy}],
    }
    sets = {"train": data, "test": test}
    return [
        *job_of(run, number, [iri_of(data), iri_of(test)], [], rule="train"),
        DigitalObject(training, Kind.TRAINING_RUN, "fit", attributes=said),
        Relation(training, Predicate.WAS_PART_OF, job_iri(run, number, 1)),
        DigitalObject(model, Kind.MODEL, "net", attributes={"created": moment(number + 1)}),
        Relation(model, Predicate.WAS_GENERATED_BY, training),
        *(DigitalObject(part(training, role), Kind.DATASET, role) for role in sets),
        *(Relation(training, Predicate.USED_DATASET, part(training, role), {"role": [role]}) for role in sets),
        *(Relation(part(training, role), Predicate.HAS_SOURCE, iri_of(file)) for role, file in sets.items()),
        *(Relation(training, Predicate.USED, iri_of(file)) for file in sets.values()),
        Relation(model, Predicate.TRAINED_ON, part(training, "train")),
        Relation(model, Predicate.TESTED_ON, part(training, "test")),
    ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory with the files that were trained and tested on, as they were recorded."""
    write(tmp_path, "train.csv", "old", 1)
    write(tmp_path, "test.csv", "held out", 1)
    return tmp_path


def write(folder: Path, path: str, text: str, written: int) -> None:
    (folder / path).write_text(text)
    os.utime(folder / path, (1_700_000_000 + written, 1_700_000_000 + written))


def state(store: Store, folder: Path) -> Status:
    return status(store, folder, [row.iri for row in store.runs()])


def test_a_model_whose_training_data_is_the_same(store: Store, data: Path) -> None:
    """It is not stale."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9))

    assert state(store, data).is_current


def test_a_model_whose_training_data_changed(store: Store, data: Path) -> None:
    """It is named with the file that changed."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9))
    write(data, "train.csv", "new", 9)

    found = state(store, data)

    assert [(one.model.label, one.replaced, [cause.path for cause in one.causes]) for one in found.models] == [
        ("net", False, ["train.csv"])
    ]
    assert not found.is_current


def test_a_model_whose_test_data_changed(store: Store, data: Path) -> None:
    """It was not trained on that."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9))
    write(data, "test.csv", "more", 9)

    assert state(store, data).models == ()


def test_a_model_that_was_trained_again(store: Store, data: Path) -> None:
    """The old one was trained on what has changed since, and is told to be replaced; the new one is current."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    new = real_file("train.csv", "new", 9)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9))
    filled(store, RUN_B, new, test, trained(RUN_B, 12, new, test, 0.8))
    write(data, "train.csv", "new", 9)

    found = state(store, data)

    assert [(one.model.iri, one.replaced) for one in found.models] == [(minted("model", RUN_A, "3"), True)]
    assert found.is_current


def compared(store: Store) -> list[tuple[Bearing, str, str]]:
    before, after = store.get(RUN_A), store.get(RUN_B)
    assert before is not None
    assert after is not None
    return [(one.bearing, str(one.aspect), one.what) for one in diff(store, before, after).differences]


def test_metrics_follow_from_the_data(store: Store) -> None:
    """The training data is the cause, the metric follows."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    new = real_file("train.csv", "new", 9)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9))
    filled(store, RUN_B, new, test, trained(RUN_B, 12, new, test, 0.8))

    assert compared(store) == [
        (Bearing.CAUSE, "input", "train.csv"),
        (Bearing.EFFECT, "metric", "accuracy of training run fit"),
    ]


def test_a_hyperparameter_that_no_parameter_of_the_job_tells(store: Store) -> None:
    """Where the job is the same, what its training run was given is the cause."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9))
    filled(store, RUN_B, train, test, trained(RUN_B, 3, train, test, 0.8, alpha="2"))

    assert compared(store) == [
        (Bearing.CAUSE, "parameter", "alpha of training run fit"),
        (Bearing.EFFECT, "metric", "accuracy of training run fit"),
    ]


def software(run: str, version: str, host: str = "here") -> Things:
    """Return the environment that a run had, and where it ran."""
    environment, package = minted("environment", version), f"pkg:pypi/numpy@{version}"
    return [
        DigitalObject(environment, Kind.ENVIRONMENT, "python"),
        DigitalObject(package, Kind.PACKAGE, "numpy", attributes={"name": "numpy", "software_version": version}),
        DigitalObject(minted("host", host), Kind.HOST, host),
        Relation(run, Predicate.USED, environment, {"role": "environment"}),
        Relation(environment, Predicate.HAD_MEMBER, package),
        Relation(run, Predicate.AT_LOCATION, minted("host", host)),
    ]


def test_a_package_is_what_may_be_why_where_nothing_else_is(store: Store) -> None:
    """Another version explains another result of the same job; where the data explains it, it stands aside."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    filled(store, RUN_A, train, test, trained(RUN_A, 3, train, test, 0.9), software(RUN_A, "1.0"))
    filled(store, RUN_B, train, test, trained(RUN_B, 3, train, test, 0.8), software(RUN_B, "2.0"))

    assert compared(store) == [
        (Bearing.POSSIBLE, "software", "numpy"),
        (Bearing.EFFECT, "metric", "accuracy of training run fit"),
    ]

    new = real_file("train.csv", "new", 9)
    filled(store, RUN_B, new, test, trained(RUN_B, 3, new, test, 0.8), software(RUN_B, "2.0", "there"))
    assert [one for one in compared(store) if one[0] is not Bearing.EFFECT] == [
        (Bearing.CAUSE, "input", "train.csv"),
        (Bearing.IDLE, "software", "numpy"),
        (Bearing.IDLE, "environment", "host"),
    ]


def test_training_runs_of_jobs_that_a_run_relied_on(store: Store) -> None:
    """A metric of an earlier run that the first run relied on is compared as if it had been measured there."""
    train, test = real_file("train.csv", "old", 1), real_file("test.csv", "held out", 1)
    new, earlier = real_file("train.csv", "new", 9), "urn:uuid:cccccccc-e3c4-4bcf-aec1-70ddc2a78eb1"
    filled(store, earlier, train, test, trained(earlier, 3, train, test, 0.9))
    filled(store, RUN_A, [Relation(RUN_A, Predicate.RELIED_ON, job_iri(earlier, 3, 1))])
    filled(store, RUN_B, new, test, trained(RUN_B, 12, new, test, 0.8))

    assert compared(store) == [
        (Bearing.CAUSE, "input", "train.csv"),
        (Bearing.EFFECT, "metric", "accuracy of training run fit"),
    ]
