"""A large run is sketched from counts until it is read, and reading leaves out what no graph shows."""

import time
from pathlib import Path

import pytest
from explorer.test_graph import SERVED, chains, inside, store
from export.learning import learning
from store.builders import RULE, RUN_A, job, replace, run_itself

from snakemake_heliport.errors import NotFound
from snakemake_heliport.explorer.graph import graph_page, graph_part
from snakemake_heliport.explorer.graph.graph import graph_of
from snakemake_heliport.explorer.graph.shelf import COMPARED, DRAWN
from snakemake_heliport.export.figure.flow import flow_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import job_iri, part
from snakemake_heliport.model import Predicate, Relation, Visibility
from snakemake_heliport.store import Store

__all__ = ["store"]
SECONDS = 20


@pytest.fixture
def large(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store with a run that counts as large: three samples, of which one failed."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.sketch.LARGE", 4)
    monkeypatch.setattr("snakemake_heliport.explorer.graph.shelf.HEAD_START", 0.0)
    order = Relation(
        part(RULE.partition("#")[0], "rule-evaluate"),
        Predicate.IS_PRECEDED_BY,
        part(RULE.partition("#")[0], "rule-calibrate"),
    )
    replace(store, RUN_A, [*chains(3, status="failed"), order])
    return store


def test_a_large_run_is_sketched_and_then_complete(large: Store) -> None:
    """At first the rules stand there with the numbers and states of their jobs, in order; then everything."""
    told = inside(graph_page(large, RUN_A, SERVED))

    (first,) = told["graphs"]
    assert {box["title"]: box["lines"] for box in first["boxes"]} == {
        "calibrate": ["3 jobs"],
        "evaluate": ["3 jobs", "2 finished, 1 failed"],
    }
    assert [
        (first["boxes"][one["tail"]]["title"], first["boxes"][one["head"]]["title"]) for one in first["arrows"]
    ] == [("calibrate", "evaluate")]
    assert first["parts"] == {}
    assert told["parts"] == ""
    assert told["waiting"].startswith("/graph/part?")
    end = time.monotonic() + SECONDS
    while graph_part(large, RUN_A, {"ready": "1"}, SERVED) != '{"ready": true}':
        assert time.monotonic() < end
        time.sleep(0.02)
    whole = inside(graph_page(large, RUN_A, SERVED))
    assert whole["waiting"] == ""
    assert len(whole["graphs"][0]["boxes"]) == 5


def test_others_than_the_owner_get_no_sketch(large: Store) -> None:
    """Counts would tell of what an audience must not see."""
    with pytest.raises(NotFound):
        graph_page(large, RUN_A, SERVED, audience=Visibility.PUBLIC)


def test_of_a_job_that_was_tried_again_the_last_attempt_is_counted(store: Store) -> None:
    """A retried job is one, in the state that it had in the end."""
    again = job(RUN_A, 1)[0]
    second = type(again)(job_iri(RUN_A, 1, 2), again.kind, "copy", attributes={"attempt": 2, "status": "finished"})
    steps = [
        Relation(second.iri, Predicate.CORRESPONDS_TO_STEP, RULE),
        Relation(second.iri, Predicate.WAS_PART_OF, RUN_A),
        Relation(second.iri, Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 1, 1), {"role": "retry"}),
    ]
    replace(store, RUN_A, [*run_itself(RUN_A), *job(RUN_A, 1, (), (), {"status": "failed"}), second, *steps])

    assert [(one.rule, one.status, one.count) for one in store.jobs_by_rule(RUN_A)] == [(RULE, "finished", 1)]
    assert list(store.stamps()) == [RUN_A]


@pytest.mark.parametrize("kinds", [DRAWN, COMPARED])
def test_nothing_that_is_drawn_is_left_unread(tmp_path: Path, kinds: frozenset[object]) -> None:
    """A graph of what is read for it is the graph of all that is recorded."""
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, learning())
        selection = Selection([RUN_A])
        made = [
            graph_of(flow_of(view), "rule", RUN_A)
            for view in (View.whole(store, selection, kinds), View.of(store, selection))
        ]
    assert made[0] == made[1]
