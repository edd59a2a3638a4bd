"""What an export of some runs contains."""

from pathlib import Path
from typing import Any

import pytest
from store.builders import ENGINE, RUN_A, RUN_B, WORKFLOW, file, file_itself, job, replace, run_itself, whole_run

from snakemake_heliport.identity import content_iri, job_iri, part, workflow_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

OTHER_WORKFLOW = workflow_iri("34" * 32)


@pytest.fixture
def store(database: str) -> Any:
    """A store where run B relied on job 2 of run A, and used what that job generated."""
    with Store.open(database) as opened:
        replace(opened, RUN_A, whole_run(RUN_A))
        rule = part(OTHER_WORKFLOW, "rule-copy")
        relied = Relation(RUN_B, Predicate.RELIED_ON, job_iri(RUN_A, 2, 1))
        own = job(RUN_B, 1, ["results/b.txt"], ["results/c.txt"], rule=rule)
        replace(opened, RUN_B, [*run_itself(RUN_B, OTHER_WORKFLOW), relied, *own])
        yield opened


def selected(store: Store, *runs: str) -> tuple[set[str], set[tuple[str, str, str]]]:
    """Return the IRIs and relations of a selection."""
    found = list(store.statements(runs))
    return {thing.iri for thing, _ in found}, {
        (r.subject, r.predicate, r.object) for _, stated in found for r in stated
    }


def test_a_run_that_relied_on_nothing_is_itself_alone(store: Store) -> None:
    """Nothing of a later run slips into the selection of an earlier one."""
    objects, relations = selected(store, RUN_A)

    assert RUN_B not in objects
    assert file("results/c.txt") not in objects
    assert objects == {thing.iri for thing in whole_run(RUN_A) if isinstance(thing, DigitalObject)}
    assert relations == {(r.subject, r.predicate, r.object) for r in whole_run(RUN_A) if isinstance(r, Relation)}


def test_what_a_run_relied_on_is_explained(store: Store) -> None:
    """The job that a run relied on comes with its inputs, outputs, step and run, and each of them is described."""
    objects, relations = selected(store, RUN_B)
    relied = job_iri(RUN_A, 2, 1)

    assert (relied, "used", file("results/a.txt")) in relations
    assert (file("results/b.txt"), "wasGeneratedBy", relied) in relations
    assert (relied, "correspondsToStep", part(WORKFLOW, "rule-copy")) in relations
    assert (relied, "wasPartOf", RUN_A) in relations
    assert (part(WORKFLOW, "rule-copy"), "isStepOfPlan", WORKFLOW) in relations
    assert (file("results/a.txt"), "specializationOf", content_iri("ab" * 32)) in relations
    assert (RUN_A, "wasAssociatedWith", ENGINE) in relations
    assert {relied, RUN_A, WORKFLOW, file("results/a.txt")} <= objects


def test_the_explanation_ends_with_the_job(store: Store) -> None:
    """How the inputs of a relied-upon job came about is told by the run that made them."""
    objects, relations = selected(store, RUN_B)

    assert job_iri(RUN_A, 1, 1) not in objects
    assert file("data/raw.csv") not in objects
    assert not [relation for relation in relations if relation[2] == job_iri(RUN_A, 1, 1)]


def test_all_runs_together_are_everything(store: Store) -> None:
    """Selecting every run gives the same statements as selecting nothing in particular."""
    assert list(store.statements([RUN_A, RUN_B])) == list(store.statements())
    assert list(store.statements([])) == []
    assert list(store.statements(["urn:x:unknown"])) == []


def test_statements_come_in_a_stable_order(store: Store, tmp_path: Path) -> None:
    """The order depends on the statements, not on when they were written."""
    expected = list(store.statements([RUN_A]))

    with Store.open(tmp_path / "other.db") as other:
        replace(other, RUN_A, reversed([part for thing, stated in expected for part in (*stated, thing)]))
        assert list(other.statements()) == expected

    kinds = [thing.kind.value for thing, _ in expected]
    assert kinds == sorted(kinds)
    assert all(stated == sorted(stated, key=lambda r: (r.predicate, r.object)) for _, stated in expected)


def test_a_public_selection_names_public_objects_only(store: Store) -> None:
    """What may not be seen is neither described nor pointed at."""
    public = DigitalObject("urn:x:public", Kind.FILE, "figure", visibility=Visibility.PUBLIC)
    content = DigitalObject("urn:x:content", Kind.CONTENT, "bytes", visibility=Visibility.PUBLIC)
    project = DigitalObject("urn:x:project", Kind.FILE, "draft", visibility=Visibility.PROJECT)
    relations = [
        Relation("urn:x:public", Predicate.SPECIALIZATION_OF, "urn:x:content"),
        Relation("urn:x:public", Predicate.WAS_GENERATED_BY, job_iri(RUN_A, 1, 1)),
        Relation("urn:x:public", Predicate.WAS_DERIVED_FROM, "urn:x:nobody-described"),
    ]
    replace(store, RUN_A, [*whole_run(RUN_A), public, content, project, *relations])

    shown = list(store.statements(audience=Visibility.PUBLIC))
    assert [(thing.iri, [r.object for r in stated]) for thing, stated in shown] == [
        ("urn:x:content", []),
        ("urn:x:public", ["urn:x:content"]),
    ]
    assert {thing.iri for thing, _ in store.statements(audience=Visibility.PROJECT)} == {
        "urn:x:content",
        "urn:x:public",
        "urn:x:project",
    }


def test_a_stream_that_is_left_early_leaves_nothing_behind(store: Store) -> None:
    """The temporary tables of a broken-off stream do not disturb the next one, nor a writer."""
    for _ in range(3):
        next(iter(store.statements([RUN_B])))

    replace(store, RUN_A, [*run_itself(RUN_A), *file_itself("x")])
    assert RUN_A in {thing.iri for thing, _ in store.statements([RUN_A])}
