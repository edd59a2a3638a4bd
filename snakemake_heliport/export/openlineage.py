"""OpenLineage 2-0-2: what ran as run events, one a line, in the order of their times.

A workflow run, an attempt of a job and a training run are runs of OpenLineage, each the parent of the next; the
workflow, the rule and the training in the rule are their jobs. A run that nobody saw end has a START and nothing else.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, NamedTuple

from snakemake_heliport.export.openlineage_datasets import Datasets
from snakemake_heliport.export.openlineage_facets import PRODUCER, Json, told_time
from snakemake_heliport.export.openlineage_runs import JOBS, Described, Runs
from snakemake_heliport.export.selecting import Selection
from snakemake_heliport.export.stream import write_text
from snakemake_heliport.export.view import View
from snakemake_heliport.model import DigitalObject, Predicate
from snakemake_heliport.store import Store

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
# What some readers take for the end of a line.
LINES = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
START = "START"
ENDS = {"finished": "COMPLETE", "touched": "COMPLETE", "failed": "FAIL", "interrupted": "ABORT"}


class Moment(NamedTuple):
    """An event to be written: sorts by time, the start of a parent before that of a child, its end after it."""

    at: datetime
    rank: int
    iri: str
    type: str
    text: str


def write_openlineage(store: Store, selection: Selection, stream: BinaryIO) -> None:
    """Write the selection as OpenLineage run events, one a line."""
    view = View.of(store, selection)
    runs = Runs(view)
    wanted = None if selection.runs is None else frozenset(selection.runs)
    moments: list[Moment] = []
    for rank, kind in enumerate(JOBS):
        for thing in view.of_kind(kind):
            # What a run relied on is told by the events of the run that did it.
            if wanted is None or (root := runs.root(thing)) is None or root.iri in wanted:
                moments += _moments(runs, thing, rank)
    moments.sort()
    write_text(stream, _lines(view, Datasets(view, store), runs, moments))


def _moments(runs: Runs, thing: DigitalObject, rank: int) -> Iterator[Moment]:
    attributes = thing.attributes
    if attributes.get("historic") is True:
        return  # an attempt that nobody recorded
    state = str(attributes.get("status"))
    end = ENDS.get(state)
    started, ended = told_time(attributes.get("started")), told_time(attributes.get("ended"))
    if end is None and state != "running":
        return
    if ended is None and end is not None:
        # Stopped before it could say so; then it ended with its run.
        root = runs.root(thing)
        ended = (told_time(root.attributes.get("ended")) if root else None) or started
    started = started or ended
    if started is None:
        return
    yield Moment(datetime.fromisoformat(started), rank, thing.iri, START, started)
    if end is not None and ended is not None:
        yield Moment(datetime.fromisoformat(ended), 2 * len(JOBS) - rank, thing.iri, end, ended)


def _lines(view: View, datasets: Datasets, runs: Runs, moments: list[Moment]) -> Iterator[str]:
    for moment in moments:
        event = _event(view, datasets, runs.described(view.objects[moment.iri]), moment)
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":")).translate(LINES) + "\n"


def _event(view: View, datasets: Datasets, described: Described, moment: Moment) -> Json:
    used = view.ahead(moment.iri, Predicate.USED, Predicate.USED_DATASET)
    made = [] if moment.type == START else view.behind(moment.iri, Predicate.WAS_GENERATED_BY)
    return {
        "eventType": moment.type,
        "eventTime": moment.text,
        "run": {"runId": described.id, "facets": described.facets(ended=moment.type != START)},
        "job": {**described.job, "facets": described.job_facets},
        "inputs": datasets.inputs(used),
        "outputs": datasets.outputs(made),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    }
