"""A large run is sketched from counts until it is read, and reading leaves out what no graph shows."""

import dataclasses
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from explorer.test_graph import SERVED, chains, inside, store
from export.learning import learning
from store.builders import RULE, RUN_A, RUN_B, file, job, replace, run_itself

from snakemake_heliport.errors import NotFound
from snakemake_heliport.explorer.graph import BadQuestion, graph_page, graph_part
from snakemake_heliport.explorer.graph.graph import graph_of
from snakemake_heliport.explorer.graph.shelf import COMPARED, DRAWN
from snakemake_heliport.explorer.site import quoted
from snakemake_heliport.export.figure.figure import STATES
from snakemake_heliport.export.figure.flow import flow_of
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import job_iri, part
from snakemake_heliport.model import DigitalObject, Predicate, Relation, Visibility
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
    assert {box["title"]: box["words"] for box in first["boxes"]} == {
        "calibrate": "rule · 3 jobs",
        "evaluate": "rule · 3 jobs · 2 finished, 1 failed",
    }
    assert [
        (first["boxes"][one["tail"]]["title"], first["boxes"][one["head"]]["title"]) for one in first["arrows"]
    ] == [("calibrate", "evaluate")]
    assert "things" not in first
    assert told["version"] == ""
    assert told["parts"].startswith("/graph/part?")
    end = time.monotonic() + SECONDS
    while graph_part(large, RUN_A, {"ready": "1"}, SERVED) != '{"ready": true}':
        assert time.monotonic() < end
        time.sleep(0.02)
    whole = inside(graph_page(large, RUN_A, SERVED))
    assert whole["version"]
    assert len(whole["graphs"][0]["boxes"]) == 5


def ask(store: Store, audience: Visibility = Visibility.PRIVATE, **question: object) -> Any:
    words = {"version": "", "view": "rule", **{name: str(value) for name, value in question.items()}}
    return json.loads(graph_part(store, RUN_A, words, SERVED, audience=audience))


def test_boxes_of_a_sketch_open_before_all_is_read(large: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is asked for the jobs of a rule alone: their names and states, and the page of each."""
    monkeypatch.setattr(View, "whole", None)
    monkeypatch.setattr("snakemake_heliport.explorer.graph.page.begin", lambda *_: None)
    (first,) = inside(graph_page(large, RUN_A, SERVED))["graphs"]
    (box,) = [box for box in first["boxes"] if box["title"] == "evaluate"]

    opened, listed = ask(large, box=box["place"]), ask(large, listed=box["place"])["listed"]
    assert listed == [
        [box["first"] + 2, "sample=2", "failed"],
        [box["first"], "sample=0", "finished"],
        [box["first"] + 1, "sample=1", "finished"],
    ]
    frame = ElementTree.fromstring(opened["frame"])
    assert [row.findtext("title") for row in frame.findall(".//*[@class='thing']")] == [
        "sample=0 · finished",
        "sample=1 · finished",
        "sample=2 · failed",
    ]
    for place, _, state in listed:
        told = ask(large, thing=place)
        assert told["words"] == state
        assert large.get(unquote(told["page"].partition("iri=")[2])).attributes["status"] == state


def test_tiles_of_a_sketch_need_nothing_but_counts(large: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box of very many jobs opens as soon as one of few: its tiles are told apart by their states alone."""
    monkeypatch.setattr("snakemake_heliport.explorer.graph.page.begin", lambda *_: None)
    monkeypatch.setattr("snakemake_heliport.explorer.graph.sketch.ROWS_UP_TO", 2)
    monkeypatch.setattr("snakemake_heliport.explorer.graph.opening.ROWS_UP_TO", 2)
    (first,) = inside(graph_page(large, RUN_A, SERVED))["graphs"]
    monkeypatch.setattr(Store, "objects", None)
    monkeypatch.setattr(Store, "relations_at", None)
    (box,) = [box for box in first["boxes"] if box["title"] == "evaluate"]
    tiles = ElementTree.fromstring(ask(large, box=box["place"])["frame"]).findall(".//path[@class='thing']")
    assert {STATES[int(tile.get("data-state", ""))] for tile in tiles} == {"finished", "failed"}


def test_a_sketch_finds_jobs_of_its_run_and_files(large: Store) -> None:
    """What is found leads to its page: where it is in the graph is not known yet."""
    replace(large, RUN_B, chains(1, RUN_B))
    found = ask(large, find="sample=0")["found"]
    assert {(one["name"], one["of"]) for one in found} == {("copy (sample=0)", "job")}
    assert all(quoted(f"{RUN_A}#job-") in one["page"] for one in found)
    (file_found,) = ask(large, find="mid/1.csv")["found"]
    assert file_found["page"] == SERVED.url(file("mid/1.csv"))


@pytest.mark.parametrize(
    "question", [{"box": 7}, {"listed": 7}, {"thing": 99}, {"thing": "x"}, {"lit": 1, "item": 0}, {}]
)
def test_nonsense_about_a_sketch_is_refused(large: Store, question: dict[str, object]) -> None:
    """There are only its boxes and their jobs to be asked for."""
    with pytest.raises(BadQuestion):
        ask(large, **question)


def test_others_than_the_owner_are_told_to_wait_and_nothing_else(large: Store) -> None:
    """Counts, names and rules would tell of what an audience must not see; so would an error that differs."""
    things = [*chains(3, status="failed")]
    run = next(thing for thing in things if isinstance(thing, DigitalObject) and thing.iri == RUN_A)
    things[things.index(run)] = dataclasses.replace(run, visibility=Visibility.PUBLIC)
    replace(large, RUN_A, things)
    page = graph_page(large, RUN_A, SERVED, audience=Visibility.PUBLIC)

    assert "still being read" in page
    assert inside(page)["graphs"][0]["boxes"] == []
    assert not [word for word in ("calibrate", "evaluate", "sample", "failed,") if word in page]
    assert ask(large, Visibility.PUBLIC, find="sample")["found"] == []
    for question in ({"box": 0}, {"listed": 0}, {"thing": 0}):
        with pytest.raises(BadQuestion):
            ask(large, Visibility.PUBLIC, **question)


def test_a_private_run_is_not_there_for_others(large: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused without being read, so that not even the time it takes tells of it."""
    monkeypatch.setattr(View, "whole", None)
    with pytest.raises(NotFound):
        graph_page(large, RUN_A, SERVED, audience=Visibility.PUBLIC)


def test_of_a_job_that_was_tried_again_the_last_attempt_is_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setattr("snakemake_heliport.explorer.graph.sketch.LARGE", 0)
    assert [told[2] for told in ask(store, listed=0)["listed"]] == ["finished"]
    assert ask(store, thing=0)["page"] == SERVED.url(second.iri)
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
