"""Figures tell what the graph tells: its rules, jobs, files and training runs, what failed, and the path asked for."""

import io
from pathlib import Path
from typing import Any

import pytest
from export.learning import EXPERIMENT
from store.builders import RULE, RUN_A, file, file_itself, job, replace, run_itself, whole_run

from snakemake_heliport.errors import NotFound
from snakemake_heliport.export.figure import Figure, FigureOptions, Shape, Tie, figure_of, write_svg
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.view import View
from snakemake_heliport.identity import job_iri, part, training_run_iri
from snakemake_heliport.model import DigitalObject, Kind, Predicate, Relation, Visibility
from snakemake_heliport.store import Store

WORKFLOW = RULE.partition("#")[0]
CALIBRATE, EVALUATE = (part(WORKFLOW, f"rule-{name}") for name in ("calibrate", "evaluate"))


def view_of(*things: DigitalObject | Relation) -> View:
    view = View()
    for thing in things:
        if isinstance(thing, Relation):
            view.add(thing)
        else:
            view.objects[thing.iri] = thing
    return view


def rules() -> list[DigitalObject]:
    return [DigitalObject(iri, Kind.RULE, iri.rpartition("-")[2]) for iri in (CALIBRATE, EVALUATE)]


def chains(samples: int, **last: Any) -> View:
    """Return a view of so many samples, each calibrated and evaluated; the last evaluation is as told."""
    things: list[Any] = [*run_itself(RUN_A), *rules()]
    for number in range(samples):
        told = last if number == samples - 1 else {}
        outputs = [] if told.get("status") in ("failed", "interrupted") else [f"out/{number}.json"]
        things += job(RUN_A, 2 * number, [f"raw/{number}.csv"], [f"mid/{number}.csv"], rule=CALIBRATE)
        things += job(RUN_A, 2 * number + 1, [f"mid/{number}.csv"], outputs, told, rule=EVALUATE)
        things.append(
            Relation(job_iri(RUN_A, 2 * number + 1, 1), Predicate.WAS_INFORMED_BY, job_iri(RUN_A, 2 * number, 1))
        )
    return view_of(*things)


def titles(figure: Figure, *shapes: Shape) -> set[str]:
    return {box.title for box in figure.boxes if not shapes or box.shape in shapes}


def arrows(figure: Figure) -> set[tuple[str, str]]:
    return {(figure.boxes[arrow.tail].title, figure.boxes[arrow.head].title) for arrow in figure.arrows}


def test_by_rule_each_rule_is_one_box_and_files_are_between_them() -> None:
    """Jobs of a rule are one box with their number, files of one maker and user are one with their pattern."""
    figure = figure_of(chains(5))

    found = {box.title: box.lines for box in figure.boxes if box.shape is Shape.JOB}
    assert found == {"calibrate": ("5 jobs",), "evaluate": ("5 jobs",)}
    assert titles(figure, Shape.DATA) == {"raw/*.csv", "mid/*.csv", "out/*.json"}
    assert len(figure.boxes) == 5
    assert len(figure.arrows) == 4
    assert not [arrow for arrow in figure.arrows if arrow.tie is not Tie.FLOW], "the order is explained by the files"


def test_by_job_each_job_is_one_box() -> None:
    """Every job has a box, and its files are told by their paths."""
    figure = figure_of(chains(3), FigureOptions(by="job"))

    assert figure.by == "job"
    assert sum(box.shape is Shape.JOB for box in figure.boxes) == 6
    assert titles(figure, Shape.DATA) == {
        f"{place}" for n in range(3) for place in (f"raw/{n}.csv", f"mid/{n}.csv", f"out/{n}.json")
    }
    assert ("raw/0.csv", "copy") in arrows(figure)


def test_a_large_figure_collapses() -> None:
    """A figure by job with too many boxes is one by rule; one by rule with too many shows files at the arrows."""
    large = figure_of(chains(40), FigureOptions(by="job"))
    assert large.by == "rule"
    assert len(large.boxes) == 5

    bare = figure_of(chains(40), FigureOptions(limit=4))
    assert {box.shape for box in bare.boxes} == {Shape.JOB}
    assert [arrow.label for arrow in bare.arrows] == ["40 files"]


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_what_went_wrong_is_told_in_words_and_generated_nothing(status: str) -> None:
    """The number of failed jobs stands in the box and in the description, and no file is said to be made."""
    figure = figure_of(chains(3, status=status))

    (box,) = [box for box in figure.boxes if dict(box.states).get(status)]
    assert dict(box.states) == {"finished": 2, status: 1}
    assert f"2 finished, 1 {status}" in box.lines
    assert box.title in figure.summary
    assert status in figure.summary
    assert "out/2.json" not in str(figure_of(chains(3, status=status), FigureOptions(by="job")))


def test_of_a_job_that_was_tried_again_the_last_attempt_counts() -> None:
    """One job with two attempts is one job, finished, with an attempt that was repeated."""
    first = DigitalObject(
        job_iri(RUN_A, 1, 1), Kind.JOB, "copy", attributes={"jobid": 1, "attempt": 1, "status": "failed"}
    )
    second = DigitalObject(
        job_iri(RUN_A, 1, 2), Kind.JOB, "copy", attributes={"jobid": 1, "attempt": 2, "status": "finished"}
    )
    steps = [Relation(thing.iri, Predicate.CORRESPONDS_TO_STEP, RULE) for thing in (first, second)]
    retry = Relation(second.iri, Predicate.WAS_INFORMED_BY, first.iri, {"role": "retry"})
    view = view_of(*run_itself(RUN_A), first, second, *steps, retry)

    (box,) = figure_of(view).boxes
    assert box.states == (("finished", 1),)
    assert box.lines == ("1 job, 1 attempt repeated",)
    assert arrows(figure_of(view, FigureOptions(by="job"))) == {("copy", "copy")}


def test_the_highlighted_path_is_the_lineage_and_nothing_else() -> None:
    """What a thing came from and what came from it is lit; other samples and other branches are not."""
    view = chains(3)
    figure = figure_of(view, FigureOptions(by="job", path_to=file("mid/1.csv")))

    lit = {box.title for box in figure.boxes if box.lit and box.shape is Shape.DATA}
    assert lit == {"raw/1.csv", "mid/1.csv", "out/1.json"}
    assert sum(box.lit for box in figure.boxes) == 5
    assert sum(arrow.lit for arrow in figure.arrows) == 4


def test_siblings_are_not_on_the_path() -> None:
    """Two results of one source are not each other's lineage, nor is an arrow between relatives by another way."""
    things = [*run_itself(RUN_A), *job(RUN_A, 1, ["raw"], ["a"]), *job(RUN_A, 2, ["raw", "a"], ["b"])]
    figure = figure_of(view_of(*things), FigureOptions(by="job", path_to=file("a")))

    assert {box.title for box in figure.boxes if box.shape is Shape.DATA and box.lit} == {"raw", "a", "b"}
    (by_the_side,) = [arrow for arrow in figure.arrows if not arrow.lit]
    assert figure.boxes[by_the_side.tail].title == "raw"


def test_a_path_to_nothing_is_refused() -> None:
    """What is not in the figure cannot be highlighted."""
    with pytest.raises(NotFound):
        figure_of(chains(1), FigureOptions(path_to="urn:x:elsewhere"))


def learned() -> View:
    """Return a view of a job with two training runs of one rule, a dataset from its input, and a model."""
    things: list[Any] = [*run_itself(RUN_A), *job(RUN_A, 1, ["raw.csv"], ["model.pkl"])]
    dataset, model = "urn:x:dataset", "urn:x:model"
    for number, accuracy in enumerate((0.912345, 0.95)):
        iri = training_run_iri(f"{number:032x}")
        evaluations: list[Any] = [{"name": "accuracy", "value": accuracy, "count": 1, "dataset": dataset}]
        attributes = {"status": "finished", "tracker": "MLflow", "evaluations": evaluations}
        things += [
            DigitalObject(iri, Kind.TRAINING_RUN, f"fold{number}", attributes=attributes),
            Relation(iri, Predicate.WAS_PART_OF, job_iri(RUN_A, 1, 1)),
            Relation(iri, Predicate.EXECUTES, RULE),
            Relation(iri, Predicate.USED_DATASET, dataset),
            Relation(iri, Predicate.IN_EXPERIMENT, EXPERIMENT),
        ]
    return view_of(
        *things,
        DigitalObject(dataset, Kind.DATASET, "iris"),
        Relation(dataset, Predicate.HAS_SOURCE, file("raw.csv")),
        DigitalObject(model, Kind.MODEL, "classifier"),
        Relation(model, Predicate.WAS_GENERATED_BY, training_run_iri(f"{0:032x}")),
        Relation(model, Predicate.TRAINED_ON, dataset),
    )


def test_training_runs_their_metrics_datasets_and_models_are_shown() -> None:
    """Runs of one rule are one box with the span of their metrics, between dataset and model."""
    figure = figure_of(learned())

    (runs,) = [box for box in figure.boxes if box.shape is Shape.TRAINING]
    assert runs.title == "2 MLflow runs"
    assert "accuracy 0.912 to 0.95" in runs.lines
    assert {("raw.csv", "iris"), ("iris", runs.title), ("copy", runs.title), (runs.title, "classifier")} < arrows(
        figure
    )
    assert ("iris", "classifier") not in arrows(figure), "the training run tells it"


def test_without_training_the_workflow_is_left() -> None:
    """Nothing of the tracker is shown where it is not wanted."""
    assert {box.shape for box in figure_of(learned(), FigureOptions(training=False)).boxes} == {Shape.JOB, Shape.DATA}


def test_an_audience_sees_what_it_may_and_that_it_is_connected(tmp_path: Path) -> None:
    """Between two public files whose jobs are private, a dashed arrow leads, and nothing private is named."""
    public = [
        thing if isinstance(thing, Relation) else DigitalObject(**{**_fields(thing), "visibility": Visibility.PUBLIC})
        for path in ("data/raw.csv", "results/b.txt")
        for thing in file_itself(path)
    ]
    with Store.open(tmp_path / "store.db") as store:
        replace(store, RUN_A, [*whole_run(RUN_A), *public])
        selection = Selection([RUN_A], Visibility.PUBLIC)
        figure = figure_of(View.of(store, selection))
        stream = io.BytesIO()
        write_svg(store, selection, stream)

    assert arrows(figure) == {("data/raw.csv", "results/b.txt")}
    assert [arrow.tie for arrow in figure.arrows] == [Tie.TOLD]
    assert b"results/a.txt" not in stream.getvalue()


def _fields(thing: DigitalObject) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in DigitalObject.__slots__}
