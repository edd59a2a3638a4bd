"""Which training run did best, and curves that lose no peak."""

import pytest
from explorer.seeing import parsed

from snakemake_heliport.explorer.curves import MAX_POINTS, _thinned, curve, histories
from snakemake_heliport.explorer.measures import best_of, better, common
from snakemake_heliport.model import DigitalObject, Kind
from snakemake_heliport.wording import seconds_between


def _run(iri: str, **metrics: object) -> DigitalObject:
    evaluations = [{"name": name, "value": value} for name, value in metrics.items()]
    return DigitalObject(iri, Kind.TRAINING_RUN, iri, attributes={"evaluations": evaluations})


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("val_loss", -1),
        ("mean_absolute_error", -1),
        ("rmse", -1),
        ("accuracy", 1),
        ("test/f1", 1),
        ("r2", 1),
        ("epochs", 0),
    ],
)
def test_names_tell_whether_more_is_better(name: str, way: int) -> None:
    assert better(name) == way


def test_the_best_has_the_least_loss_and_the_greatest_accuracy() -> None:
    runs = [_run("a", loss=0.3, accuracy=0.7), _run("b", loss=0.1, accuracy=0.9), _run("c", loss="NaN")]
    assert best_of(runs, "loss") == best_of(runs, "accuracy") == "b"


def test_nothing_is_best_where_that_cannot_be_told() -> None:
    assert best_of([_run("a", epochs=3), _run("b", epochs=4)], "epochs") is None
    assert best_of([_run("a", loss=1.0), _run("b", loss=1.0)], "loss") is None


def test_columns_are_the_metrics_that_most_have() -> None:
    assert common(
        [_run("a", loss=1, x=1), _run("b", loss=2), _run("c", loss=3, val_loss=1), _run("d", val_loss=2)]
    ) == [
        "val_loss",
        "loss",
    ]


def test_a_peak_is_not_lost_among_many_points() -> None:
    points = [(float(step), 1000.0 if step == 4711 else 0.0) for step in range(20_000)]
    thinned = _thinned(points)
    assert len(thinned) <= MAX_POINTS + 1
    assert (4711.0, 1000.0) in thinned


def test_a_curve_is_sound_whatever_the_metric_is_called() -> None:
    drawn = curve("<img onerror=x> \"'", [(0, 1.0), (1, 1.0)])
    page = parsed(f"<!DOCTYPE html><title>x</title>{drawn}")
    assert page.problems == []
    assert page.handlers == []


def test_histories_leave_out_what_is_no_number() -> None:
    table = b"key,step,timestamp,value\r\nloss,1,0,0.5\r\nloss,0,0,1.0\r\nloss,2,0,NaN\r\nacc,0,0,x\r\n"
    assert histories(table) == {"loss": [(0.0, 1.0), (1.0, 0.5)]}


def test_a_clock_that_was_set_back_tells_no_duration() -> None:
    assert seconds_between("2026-11-24T08:00:00Z", "2026-11-24T07:59:59Z") is None
    assert seconds_between("2026-11-24T08:00:00Z", "2026-11-24T08:00:01Z") == 1
